"""Accepted findings, and members that the document does not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts.catalog import VENDORS
from contracts.cli import main
from contracts.deviations import read
from contracts.result import CannotRun
from mock_server import Settings, create_app

LATER, BEFORE = (date.today() + timedelta(days=days) for days in (30, -1))
ENTRY = "- {operation: GET /session, check: response_schema_conformance, why: under repair, until: UNTIL}"
Make = Callable[..., Any]


@pytest.fixture
def spoilt(change_rows: Make, importable: Make) -> str:
    def drop(row: dict[str, Any]) -> None:
        row.pop("orgId", None)

    name: str = importable(change_rows(create_app(Settings(sessions=30, vendor=("vapi",))), drop))
    return name


def check(app: str, *arguments: str) -> Result:
    only = ("--operation", "SessionController_findAllPaginated", "--level", "wire")
    return CliRunner().invoke(main, ["check", "--vendor", "vapi", "--app", app, *only, *arguments])


def accepted(tmp_path: Path, text: str) -> tuple[str, str]:
    file = tmp_path / "deviations.yaml"
    file.write_text(text)
    return "--deviations", str(file)


def test_an_accepted_finding_does_not_fail(spoilt: str, tmp_path: Path) -> None:
    assert check(spoilt).exit_code == 1

    assert check(spoilt, *accepted(tmp_path, ENTRY.replace("UNTIL", LATER.isoformat()))).exit_code == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(ENTRY.replace("UNTIL", BEFORE.isoformat()), "Expired on", id="expired"),
        pytest.param(
            ENTRY.replace("UNTIL", LATER.isoformat()).replace("GET /session,", "GET /other,"),
            "Not met any more",
            id="unused",
        ),
        pytest.param(
            ENTRY.replace("UNTIL", LATER.isoformat()).replace("why:", "path: cost, why:"),
            "Not met any more",
            id="elsewhere",
        ),
    ],
)
def test_expired_and_unused_entries_fail(spoilt: str, tmp_path: Path, text: str, told: str) -> None:
    result = check(spoilt, *accepted(tmp_path, text))

    assert result.exit_code == 1
    assert told in result.output


def test_an_unused_entry_fails_a_clean_run(importable: Make, tmp_path: Path) -> None:
    sound = importable(create_app(Settings(sessions=30, vendor=("vapi",))))

    assert check(sound, *accepted(tmp_path, ENTRY.replace("UNTIL", LATER.isoformat()))).exit_code == 3


def test_the_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "deviations.yaml"
    file.write_text("- {operation: a, check: b, why: c, until: 2026-12-31}", "utf-8-sig")

    assert [each.operation for each in read("vapi", file)] == ["a"]


@pytest.mark.parametrize("text", ["- {operation: x}", "- 5", "- {operation: a, check: b, why: c, until: soon}", "{"])
def test_entries_that_are_not_whole(tmp_path: Path, text: str) -> None:
    file = tmp_path / "deviations.yaml"
    file.write_text(text)

    with pytest.raises(CannotRun):
        read("vapi", file)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_stand_in_needs_no_deviations(vendor: str) -> None:
    assert read(vendor, None) == ()


def test_undocumented_fields_are_warnings_and_findings_if_asked(change_rows: Make, importable: Make) -> None:
    def add(row: dict[str, Any]) -> None:
        if "orgId" in row:
            row["region"] = "eu"

    app = importable(change_rows(create_app(Settings(sessions=30, vendor=("vapi",))), add))

    lenient, strict = check(app), check(app, "--strict-fields")

    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert "Undocumented field $.results[].region, a string, in GET /session." in lenient.output
    assert "GET /session: undocumented_field" in strict.output
