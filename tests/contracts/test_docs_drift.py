"""A vendor's document against ours: changes are found where they are, and what corrections explain is not told."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts.catalog import VENDORS
from contracts.cli import main
from contracts.drift.documents import departures
from contracts.parsing import parse_yaml
from tests.contracts.documents import GONE, edited

OURS: dict[str, Any] = parse_yaml(VENDORS["vapi"].document.read_text("utf-8"))
_SESSION = "/components/schemas/Session/properties"


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["docs-drift", *arguments])


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_document_does_not_drift_from_itself(vendor: str) -> None:
    document = parse_yaml(VENDORS[vendor].document.read_text("utf-8"))

    assert departures(copy.deepcopy(document), document, []) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "vapi.json"
    file.write_text(json.dumps(OURS), encoding)

    result = drift(str(file), "--vendor", "vapi")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("pointer", "value", "keyword"),
    [
        pytest.param("/components/parameters/limit/schema/maximum", 500, "maximum", id="limit"),
        pytest.param("/components/parameters/sortBy/schema/enum", ["createdAt", "cost"], "enum", id="enum"),
        pytest.param("/components/parameters/sortOrder/schema/default", "ASC", "default", id="default"),
        pytest.param("/components/parameters/createdAtGt/schema/format", GONE, "format", id="format"),
        pytest.param("/components/parameters/cursor/required", True, "required", id="parameter-required"),
        pytest.param(f"{_SESSION}/region", {"type": "string"}, "member", id="member-added"),
        pytest.param(f"{_SESSION}/cost", GONE, "member", id="member-removed"),
        pytest.param(f"{_SESSION}/cost/type", "string", "type", id="type"),
        pytest.param("/components/schemas/SessionMessage/anyOf/0", GONE, "union", id="branch-removed"),
        pytest.param("/components/schemas/UserMessage/properties/duration", GONE, "member", id="member-of-a-branch"),
        pytest.param("/paths/~1session/put", {"responses": {}}, "operation", id="operation-added"),
        pytest.param("/paths/~1session~1{id}/delete", GONE, "operation", id="operation-removed"),
        pytest.param("/paths/~1session~1{id}", GONE, "path", id="path-removed"),
        pytest.param("/paths/~1session/get/responses/206", {"description": "part"}, "response", id="response-added"),
    ],
)
def test_one_change_is_one_difference(pointer: str, value: Any, keyword: str) -> None:
    found = departures(edited(OURS, pointer, value), OURS, [])

    assert {each.keyword for each in found} == {keyword}
    assert len(found) == 1


def test_a_new_required_member_is_told() -> None:
    required = [*OURS["components"]["schemas"]["Session"]["required"], "name"]

    (found,) = departures(edited(OURS, "/components/schemas/Session/required", required), OURS, [])

    assert (found.pointer, found.keyword, found.vendor, found.ours) == (f"{_SESSION}/name", "required", "True", "False")


@pytest.mark.parametrize(
    ("correction", "explains"),
    [
        ({"pointer": "/components/parameters/limit/schema/maximum"}, True),
        ({"pointer": "/components/parameters/*/schema/maximum"}, True),
        ({"pointer": "/components/parameters/limit"}, True),
        ({"pointer": "/components/parameters/limit/schema", "excuses": {"maximum": {"vendor": 5, "ours": 6}}}, True),
        ({"pointer": "/components/parameters/limit/schema", "excuses": {"minimum": {"vendor": 5, "ours": 6}}}, False),
        ({"pointer": "/components/parameters/limit/schema/minimum"}, False),
        ({"pointer": "/components/parameters/page"}, False),
        ({"pointer": "/components"}, False),
    ],
)
def test_what_a_correction_explains(correction: dict[str, Any], explains: bool) -> None:
    vendor = edited(OURS, "/components/parameters/limit/schema/maximum", 500)

    assert (departures(vendor, OURS, [correction]) == []) is explains


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "vendor.json"
    file.write_text(json.dumps(edited(OURS, f"{_SESSION}/region", {"type": "string"})))

    files = {kind: tmp_path / f"drift.{kind}" for kind in ("json", "junit", "html")}
    result = drift(str(file), *(text for kind, path in files.items() for text in (f"--{kind}", str(path))))

    lines = result.output.splitlines()
    assert lines[:3] == [f"member: {_SESSION}/region", "  vendor: present", "  ours:   absent"]
    assert (result.exit_code, lines[3][:12]) == (1, "1 difference")
    assert [each["place"] for each in json.loads(files["json"].read_text())["differences"]] == [f"{_SESSION}/region"]
    assert all(f"{_SESSION}/region" in path.read_text() for path in files.values())


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "paths: 5"])
def test_what_is_no_document(text: str, tmp_path: Path) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_text(text)

    result = drift(str(file))

    assert result.exit_code == 3
    assert "OpenAPI document" in result.output
