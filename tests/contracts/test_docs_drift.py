"""A vendor's document against ours: changes are found where they are, and what corrections explain is not told."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from contracts.catalog import VENDORS
from contracts.cli import main
from contracts.drift.documents import departures
from contracts.parsing import parse_yaml
from tests.contracts.documents import GONE, at, edited

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


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("cost/type", "string"), ("status/type", "number"), ("status/enum", ["active"]), ("messages/type", "object")],
)
def test_no_correction_explains_another_type_of_a_member(pointer: str, value: Any, tmp_path: Path) -> None:
    result = drift(str(written(tmp_path, edited(OURS, f"{_SESSION}/{pointer}", value))))

    assert result.exit_code == 1, result.output
    assert f"{_SESSION}/{pointer.partition('/')[0]}\n" in result.output


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


def renamed(document: Any, pointer: str, name: str) -> Any:
    """A copy in which a member or a parameter has another name."""
    parent, _, old = pointer.rpartition("/")
    if "parameters" in parent:
        return edited(document, f"{pointer}/name", name)
    return edited(edited(document, f"{parent}/{name}", at(document, pointer)), f"{parent}/{old}", GONE)


@pytest.mark.parametrize(
    ("pointer", "new"),
    [
        pytest.param("/components/parameters/idAny", "ids", id="parameter"),
        pytest.param("/components/parameters/limit", "pageSize", id="parameter-alone-in-its-form"),
        pytest.param("/components/parameters/createdAtGt", "createdAfter", id="parameter-of-two-operations"),
        pytest.param(f"{_SESSION}/cost", "price", id="member"),
        pytest.param(f"{_SESSION}/messages", "turns", id="member-with-members"),
        pytest.param("/components/schemas/PaginationMeta/properties/nextCursor", "cursorNext", id="member-of-a-page"),
        pytest.param("/components/schemas/PaginationMeta/properties/totalItems", "itemsTotal", id="member-required"),
    ],
)
def test_another_name_is_one_difference(pointer: str, new: str, tmp_path: Path) -> None:
    document = renamed(OURS, pointer, new)
    if pointer.endswith("totalItems"):
        place = "/components/schemas/PaginationMeta/required"
        document = edited(document, place, ["itemsPerPage", new, "currentPage"])
    file, files = written(tmp_path, document), reports(tmp_path)

    result = drift(str(file), *options(files))

    old = pointer.rpartition("/")[2]
    assert result.output.splitlines()[:3] == [f"renamed: {pointer}", f"  vendor: {new}", f"  ours:   {old}"]
    (found,) = json.loads(files["json"].read_text())["differences"]
    assert found == {"layer": "renamed", "place": pointer, "vendor": new, "ours": old, "curl": ""}
    (case,) = ElementTree.parse(files["junit"]).findall("testsuite/testcase")
    assert case.get("name") == pointer
    assert [failure.get("message") for failure in case] == [f"vendor: {new}; ours: {old}"]
    page = files["html"].read_text()
    assert f"<tr><th>vendor</th><td>{new}</td></tr><tr><th>ours</th><td>{old}</td></tr>" in page
    assert not any(word in files[kind].read_text() for kind in files for word in ("target", "recorded"))


def test_what_could_be_another_name_of_several_is_not_called_so() -> None:
    document = renamed(renamed(OURS, f"{_SESSION}/squadId", "teamId"), f"{_SESSION}/customerId", "teamsId")

    found = departures(document, OURS, [])

    assert {each.keyword for each in found} == {"member"}
    assert len(found) == 4


def test_two_clear_renames_at_once() -> None:
    document = renamed(
        renamed(OURS, f"{_SESSION}/assistantId", "assistantID2"), f"{_SESSION}/customerId", "customer_id"
    )

    found = departures(document, OURS, [])

    assert [(each.keyword, each.vendor, each.ours) for each in found] == [
        ("renamed", "assistantID2", "assistantId"),
        ("renamed", "customer_id", "customerId"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "form"),
    [
        pytest.param("cost", "price", {"type": "string"}, id="another-type"),
        pytest.param("name", "title", {"type": "string", "maxLength": 41}, id="another-limit"),
    ],
)
def test_another_form_is_no_rename(old: str, new: str, form: dict[str, Any]) -> None:
    document = edited(edited(OURS, f"{_SESSION}/{new}", form), f"{_SESSION}/{old}", GONE)

    found = departures(document, OURS, [])

    assert [(each.keyword, each.pointer) for each in found] == [
        ("member", f"{_SESSION}/{name}") for name in sorted((old, new))
    ]


def test_a_path_is_known_by_any_name_of_its_parameter() -> None:
    document = renamed(OURS, "/components/parameters/id", "sessionId")
    document = edited(document, "/paths/~1session~1{sessionId}", document["paths"]["/session/{id}"])

    (found,) = departures(edited(document, "/paths/~1session~1{id}", GONE), OURS, [])

    assert (found.keyword, found.vendor, found.ours) == ("renamed", "sessionId", "id")


_CIRCLE = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
_DOUBLED = {f"D{number}": {"allOf": [{"$ref": f"#/components/schemas/D{number + 1}"}] * 2} for number in range(40)} | {
    "D40": {"type": "string"}
}
_WIDE = {
    "W": {"type": "object", "properties": {f"m{number}": {"$ref": "#/components/schemas/W"} for number in range(20)}}
}
_ROUND = {"R": {"allOf": [{"$ref": "#/components/schemas/R"}], "type": "string"}}
_LONG = {f"L{number}": {"$ref": f"#/components/schemas/L{number + 1}"} for number in range(3000)}
_LONG["L3000"] = {"type": "string"}


@pytest.mark.parametrize(
    ("schemas", "member"),
    [
        pytest.param({}, {"$ref": f"#{_SESSION}/cost"}, id="a-reference-to-itself"),
        pytest.param(_CIRCLE, {"$ref": "#/components/schemas/A"}, id="a-circle-of-references"),
        pytest.param({}, {"$ref": "#/nowhere"}, id="a-reference-to-nowhere"),
        pytest.param({}, {"$ref": "other.yaml#/A"}, id="a-reference-to-another-file"),
        pytest.param({}, {"$ref": ["A"]}, id="a-reference-that-is-a-list"),
        pytest.param({}, {"allOf": 5}, id="an-all-of-that-is-a-number"),
        pytest.param({}, {"properties": ["a"]}, id="members-that-are-a-list"),
    ],
)
def test_a_document_that_leads_nowhere_is_refused(schemas: dict[str, Any], member: Any, tmp_path: Path) -> None:
    result = drift(str(written(tmp_path, with_cost(member, schemas))))

    assert result.exit_code == 3, result.output
    assert "is no OpenAPI document of vapi" in result.output


@pytest.mark.parametrize(
    ("schemas", "member"),
    [
        pytest.param(_ROUND, {"$ref": "#/components/schemas/R"}, id="an-all-of-of-itself"),
        pytest.param(_DOUBLED, {"$ref": "#/components/schemas/D0"}, id="an-all-of-doubled-forty-times"),
        pytest.param(_WIDE, {"$ref": "#/components/schemas/W"}, id="twenty-members-that-are-itself"),
        pytest.param(_LONG, {"$ref": "#/components/schemas/L0"}, id="three-thousand-references"),
        pytest.param({}, {"type": {"a": ["b"]}, "enum": [[], {}]}, id="odd-types"),
    ],
)
def test_a_document_without_an_end_is_compared(schemas: dict[str, Any], member: Any) -> None:
    found = departures(with_cost(member, schemas), OURS, [])

    assert {each.pointer for each in found} == {f"{_SESSION}/cost"}


def test_thousands_of_new_members_are_compared() -> None:
    members = {f"n{number}": {"type": "string"} for number in range(20_000)}

    found = departures(
        with_cost({"type": "object", "properties": members}, {}),
        edited(
            OURS,
            f"{_SESSION}/cost",
            {"type": "object", "properties": {f"o{number}": {"type": "string"} for number in range(20)}},
        ),
        [],
    )

    assert len(found) == 20_020


def with_cost(member: Any, schemas: dict[str, Any]) -> Any:
    """Our document, with another cost of a session and more schemas."""
    document = edited(OURS, f"{_SESSION}/cost", member)
    document["components"]["schemas"].update(schemas)
    return document


ALIASES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{number}: &a{number} {{{', '.join(f'k{each}: *a{number - 1}' for each in range(9))}}}\n"
    for number in range(1, 10)
)
ALIASES += "paths: {/session: {get: {responses: {200: {content: {application/json: {schema: {enum: [*a9]}}}}}}}}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, id="json-of-a-hundred-thousand-levels"),
        pytest.param('{"a":' * 5_000 + "1" + "}" * 5_000, id="json-of-five-thousand-levels"),
        pytest.param("[" * 100_000, id="yaml-of-a-hundred-thousand-levels"),
        pytest.param("paths: &a\n  /session: {get: *a}\n", id="an-alias-of-itself"),
        pytest.param(ALIASES, id="aliases-that-stand-for-millions"),
        pytest.param('{"paths": {"\\ud800": 5, "/session": 5}}', id="half-a-pair"),
        pytest.param("paths: {1: 2, null: {}, /session: 5}", id="odd-names"),
    ],
)
def test_a_text_that_is_hostile(text: str, tmp_path: Path) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_text(text)

    result = drift(str(file))

    assert result.exit_code == 3, result.output
    assert result.output.startswith("Error: "), result.output


def test_names_of_a_document_reach_neither_terminal_nor_reports_as_they_are(tmp_path: Path) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\u202eevil\ud800\n1 difference"
    document = edited(OURS, f"{_SESSION}/{hostile}", {"type": "string"})
    file, files = written(tmp_path, edited(document, f"{_SESSION}/cost/minimum", hostile)), reports(tmp_path)

    result = drift(str(file), *options(files))

    assert result.exit_code == 1
    assert {character for character in result.output if not character.isprintable()} == {"\n"}
    assert f"member: {_SESSION}/\\x1b]0;owned\\x07\\x1b[2J\\u202eevil\\ud800\\n1 difference" in result.output
    assert len(json.loads(files["json"].read_text())["differences"]) == 2
    assert len(ElementTree.parse(files["junit"]).findall("testsuite/testcase/failure")) == 2
    assert files["html"].read_text().count("<article>") == 2


def written(folder: Path, document: Any) -> Path:
    file = folder / "vendor.json"
    file.write_text(json.dumps(document))
    return file


def reports(folder: Path) -> dict[str, Path]:
    return {kind: folder / f"drift.{kind}" for kind in ("json", "junit", "html")}


def options(files: dict[str, Path]) -> list[str]:
    return [text for kind, path in files.items() for text in (f"--{kind}", str(path))]


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "paths: 5"])
def test_what_is_no_document(text: str, tmp_path: Path) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_text(text)

    result = drift(str(file))

    assert result.exit_code == 3
    assert "OpenAPI document" in result.output
