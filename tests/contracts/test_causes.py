"""One cause is one finding, in an order that tells the cause first, with sums that agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Request, Response

from contracts.causes import Objection, Scope, by_cause
from contracts.cli import main
from contracts.result import Finding
from mock_server import Settings, create_app

Make = Callable[..., Any]
Change = Callable[[dict[str, Any]], object]
ROWS = ("results", "items")
LISTS = {"vapi": "/session", "evovoice": "/ai/sessions"}
LABEL = {"vapi": "GET /session", "evovoice": "GET /ai/sessions"}


def check(vendor: str, app: str, tmp_path: Path, *arguments: str) -> tuple[Result, dict[str, Any]]:
    """The result, and the report as JSON, which there must be whatever was answered."""
    files = ("--json", str(tmp_path / "r.json"), "--junit", str(tmp_path / "r.xml"), "--html", str(tmp_path / "r.html"))
    result = CliRunner().invoke(main, ["check", "--vendor", vendor, "--app", app, *files, *arguments])
    assert "Traceback" not in result.output
    assert ElementTree.parse(tmp_path / "r.xml").getroot().tag == "testsuites"
    assert (tmp_path / "r.html").read_text().endswith("</html>\n")
    return result, json.loads((tmp_path / "r.json").read_text())


@pytest.fixture
def spoilt(rewrite: Make, importable: Make) -> Callable[[str, Callable[[Any], Any]], str]:
    """An emulator whose list is changed, by the name that --app takes."""

    def make(vendor: str, change: Callable[[Any], Any], sessions: int = 20) -> str:
        def spoil(request: Request, response: Response) -> None:
            listed = request.method == "GET" and request.path == LISTS[vendor] and response.is_json
            if listed and response.status_code < 300:
                response.set_data(json.dumps(change(json.loads(response.get_data()))))

        settings = Settings(vendor=(vendor,), sessions=sessions, clock="2026-01-31T09:00:00Z")
        return str(importable(rewrite(create_app(settings), spoil)))

    return make


def total_off_by_one(body: dict[str, Any]) -> dict[str, Any]:
    if "metadata" in body:
        return {**body, "metadata": {**body["metadata"], "totalItems": body["metadata"]["totalItems"] + 1}}
    return {**body, "totalCount": body["totalCount"] + 1}


def test_a_total_off_by_one_is_one_finding(spoilt: Make, tmp_path: Path) -> None:
    result, report = check("vapi", spoilt("vapi", total_off_by_one, sessions=60), tmp_path)

    (finding,) = report["findings"]
    assert (result.exit_code, finding["check"], sorted(finding["also"])) == (1, "count", ["count-only", "page-facts"])
    failed = sum(operation["failed"] for operation in report["operations"])
    assert failed == finding["times"] > 50
    assert f"In {failed} requests." in finding["message"]
    (total,) = [line.split() for line in result.output.splitlines() if line.startswith("  Total")]
    assert total[1:4] == [str(report["cases"]), str(report["cases"] - failed), str(failed)]
    failing = ElementTree.parse(tmp_path / "r.xml").findall("testsuite/testcase[failure]")
    assert {case.get("name") for case in failing} == {
        f"GET /session {rule}" for rule in ("count", "count-only", "page-facts")
    }


@pytest.mark.parametrize("vendor", LISTS)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda body: body.get("results", body.get("items")), id="bare array"),
        pytest.param(
            lambda body: {n: v for n, v in body.items() if n not in ROWS}, id="no rows", marks=pytest.mark.slow
        ),
        pytest.param(
            lambda body: {n: v if n not in ROWS else {} for n, v in body.items()}, id="object", marks=pytest.mark.slow
        ),
        pytest.param(
            lambda body: {n: v if n not in ROWS else [1] for n, v in body.items()}, id="number", marks=pytest.mark.slow
        ),
    ],
)
def test_a_list_that_cannot_be_read_is_its_schema_and_nothing_else(
    spoilt: Make, tmp_path: Path, vendor: str, change: Callable[[Any], Any]
) -> None:
    result, report = check(vendor, spoilt(vendor, change), tmp_path)

    assert result.exit_code == 1
    assert [(each["operation"], each["check"]) for each in report["findings"]] == [
        (LABEL[vendor], "response_schema_conformance")
    ]
    (error,) = report["errors"]
    assert error.startswith(f"{LABEL[vendor]}: the rules of its rows could not be judged: ")


def test_single_answers_come_first_and_what_was_not_met_last(spoilt: Make, tmp_path: Path) -> None:
    def change(body: dict[str, Any]) -> dict[str, Any]:
        return total_off_by_one({**body, "results": [{**row, "status": 5} for row in body["results"]]})

    _, report = check("vapi", spoilt("vapi", change, sessions=1), tmp_path)

    checks = [each["check"] for each in report["findings"]]
    assert checks[0] == "response_schema_conformance"
    assert checks.index("count") < checks.index("not_vacuous") == len(checks) - 1


def test_an_empty_list_is_one_finding_that_names_the_rules(importable: Make, tmp_path: Path) -> None:
    app = importable(create_app(Settings(vendor=("vapi",), sessions=0)))

    result, report = check("vapi", app, tmp_path)

    (finding,) = report["findings"]
    assert (result.exit_code, finding["check"]) == (1, "not_vacuous")
    assert "filter-sound (every row satisfies every filter), judged" in finding["message"]
    assert "--allow-vacuous filter-sound --allow-vacuous " in finding["message"]


def each_row(**members: object) -> Callable[[Any], Any]:
    """Give every row other members, and take away those that are None."""

    def change(body: dict[str, Any]) -> dict[str, Any]:
        name = "results" if "results" in body else "items"
        rows = [{**row, **{key: value for key, value in members.items() if key in row}} for row in body[name]]
        return {**body, name: [{n: v for n, v in row.items() if v is not None} for row in rows]}

    return change


@pytest.mark.parametrize(
    ("vendor", "change", "unjudged"),
    [
        ("vapi", each_row(cost="1.5"), "could not be judged: order, order-reversed; cost is a string."),
        pytest.param(
            "vapi",
            each_row(createdAt=5),
            "could not be judged: order, order-reversed, order-default; createdAt is a",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "vapi",
            each_row(createdAt=None),
            "order, order-reversed, order-default; createdAt is missing or null.",
            marks=pytest.mark.slow,
        ),
        pytest.param("vapi", each_row(updatedAt="soon"), "updatedAt is not a date-time.", marks=pytest.mark.slow),
        ("evovoice", each_row(purpose=5), "could not be judged: order, order-reversed; purpose is a number."),
    ],
)
def test_a_member_of_another_type_is_told_by_the_schema_and_costs_only_its_rules(
    spoilt: Make, tmp_path: Path, vendor: str, change: Callable[[Any], Any], unjudged: str
) -> None:
    result, report = check(vendor, spoilt(vendor, change), tmp_path)

    assert result.exit_code == 1
    assert report["findings"][0]["check"] == "response_schema_conformance"
    assert any(unjudged in error for error in report["errors"]), report["errors"]
    assert "not_vacuous" not in {each["check"] for each in report["findings"]}
    judged = {use["rule"] for use in report["rules"] if use["judged"]}
    assert {"pages-joined", "page-size", "ids-any-order" if vendor == "evovoice" else "cursor"} <= judged


@pytest.mark.parametrize("vendor", LISTS)
def test_ids_that_no_path_can_carry_are_not_asked_for(spoilt: Make, tmp_path: Path, vendor: str) -> None:
    result, report = check(vendor, spoilt(vendor, each_row(id="../x?y=1#")), tmp_path)

    assert result.exit_code == 1
    assert any("with the listed session; there was none" in warning for warning in report["warnings"])
    assert report["errors"] == []


# Which objections have one cause


def objection(rule: str, *subject: str, about: str = "", requests: tuple[int, ...] = (1,)) -> Objection:
    finding = Finding(check=rule, operation="GET /x", message=f"{rule}.", curl="curl", phase="rules", status=200)
    return Objection("x", finding, Scope(frozenset(subject), about), requests, 1)


@pytest.mark.parametrize(
    ("found", "held", "causes"),
    [
        pytest.param([objection("a", "f"), objection("a", "g")], (), [("a",)], id="a rule that holds nowhere"),
        pytest.param([objection("a", "f"), objection("a", "g")], ("a",), [("a",), ("a",)], id="two filters"),
        pytest.param([objection("a", *name) for name in "fgh"], ("a",), [("a",)], id="many filters"),
        pytest.param([objection("a", "f"), objection("a", "f", "g")], ("a",), [("a",)], id="beside another filter"),
        pytest.param([objection("a", "f"), objection("b", "f")], ("a", "b"), [("a", "b")], id="a filter in two rules"),
        pytest.param([objection("a", about="/t"), objection("b", about="/t")], ("b",), [("a", "b")], id="a member"),
        pytest.param([objection("a", about="/t"), objection("a", about="/u")], ("a",), [("a",), ("a",)], id="members"),
    ],
)
def test_objections_of_one_cause_are_one_finding(
    found: list[Objection], held: tuple[str, ...], causes: list[tuple[str, ...]]
) -> None:
    told = list(by_cause(found, {("x", rule) for rule in held}))

    assert [finding.checks for _, finding in told] == causes


def test_a_finding_counts_each_request_once() -> None:
    ((rank, finding),) = by_cause([objection("a", "f", requests=(1, 2)), objection("a", "g", requests=(2, 3))], ())

    assert (rank, finding.times) == (1, 3)
    assert finding.message == "a. In 3 requests. Seen for: f; g."
