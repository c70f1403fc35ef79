"""Each report of one made-up result."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from requests import Request

from contracts.redaction import Redactor
from contracts.reports import REPORTERS
from contracts.result import CheckTally, CheckUse, Covered, Finding, OperationResult, RuleUse, RunResult, Tolerated
from contracts.wording import curl_line

FINDING = Finding(
    check="response_schema_conformance",
    operation="GET /session",
    message='Response violates schema: at $.results[*].cost, "1.5" is not of type "number"',
    curl='curl -X GET -H "Authorization: Bearer $TOKEN" \'http://127.0.0.1:8400/session?idAny=[red]x[/red]&n='
    + "9" * 200
    + "'",
    phase="walk",
    status=200,
    times=7,
)
LIST = OperationResult(
    name="listSessions",
    label="GET /session",
    cases=10,
    failed=7,
    seconds=1.25,
    tallies=(
        CheckTally(check="not_a_server_error", run=10, failed=0),
        CheckTally(check="response_schema_conformance", run=10, failed=7),
    ),
)
RESULT = RunResult(
    vendor="vapi",
    document="openapi.yaml",
    target="http://127.0.0.1:8400",
    seed=7,
    seconds=2.5,
    operations=(LIST,),
    findings=(FINDING,),
    warnings=("Not exercised: GET /session/{id} with the listed session; there was none.",),
    errors=("POST /session: Schema Error: impossible",),
    checks=(CheckUse(name="ignored_auth", on=False, reason="it crashes"),),
    tolerated=(Tolerated(check="negative_data_rejection", scope="empty query value", reason="policy", times=3),),
)
CLEAN = replace(RESULT, findings=(), errors=(), warnings=(), operations=(replace(LIST, failed=0),))


def written(name: str, result: RunResult) -> str:
    stream = io.StringIO()
    REPORTERS[name]([result], stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("result", "code"),
    [
        pytest.param(CLEAN, 0, id="clean"),
        pytest.param(RESULT, 1, id="found"),
        pytest.param(replace(RESULT, findings=()), 3, id="not all could be done"),
        pytest.param(replace(CLEAN, operations=()), 3, id="nothing was sent"),
    ],
)
def test_the_exit_code_says_what_happened(result: RunResult, code: int) -> None:
    assert result.exit_code == code


@pytest.mark.parametrize("name", REPORTERS)
def test_every_report_tells_the_finding_with_a_curl_line_in_one_piece(name: str) -> None:
    text = written(name, RESULT)

    assert "$.results[*].cost" in text
    assert "[red]x[/red]" in text
    assert "9" * 200 in text


def test_the_text_has_a_row_per_operation_and_a_verdict() -> None:
    text = written("text", RESULT)

    assert ["GET", "/session", "10", "3", "7", "20", "1.2"] in [line.split() for line in text.splitlines()]
    assert "seen 7 times, in phase walk, answered 200" in text
    assert "3 x negative_data_rejection (empty query value): policy" in text
    assert text.rstrip().endswith("FAIL: 10 cases, 1 finding, seed 7, 2.5 s")


def test_a_clean_text_is_short() -> None:
    text = written("text", replace(CLEAN, tolerated=()))

    assert "PASS: 10 cases, no finding" in text
    assert "Warnings" not in text


def test_a_long_list_is_cut_in_the_text_and_whole_in_the_json() -> None:
    many = replace(RESULT, findings=tuple(replace(FINDING, message=f"number {n}") for n in range(60)))

    assert "... and 35 more; --json FILE holds all of them." in written("text", many)
    assert len(json.loads(written("json", many))["findings"]) == 60


def test_the_json_holds_everything() -> None:
    document = json.loads(written("json", RESULT))

    assert document["version"] == 1
    assert document["exitCode"] == 1
    assert (document["seed"], document["cases"]) == (7, 10)
    assert document["operations"][0]["checks"]["response_schema_conformance"] == {"run": 10, "failed": 7}
    assert document["findings"][0]["times"] == 7
    assert document["checks"] == [{"name": "ignored_auth", "on": False, "reason": "it crashes"}]
    assert document["warnings"]
    assert document["errors"]
    assert document["tolerated"][0]["times"] == 3


def test_the_junit_has_one_case_per_operation_and_check() -> None:
    (suite,) = ElementTree.fromstring(written("junit", RESULT))

    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    (failing,) = suite.findall("testcase[failure]")
    assert failing.get("name") == "GET /session response_schema_conformance"
    assert failing.get("classname") == "contracts.vapi.listSessions"
    assert "Not exercised" in (suite.findtext("system-out") or "")


def test_the_junit_survives_characters_that_xml_forbids() -> None:
    broken = replace(RESULT, findings=(replace(FINDING, message="nul \x00, escape \x1b, half \ud800"),))

    assert "nul \ufffd, escape \ufffd, half \ufffd" in written("junit", broken)
    ElementTree.fromstring(written("junit", broken))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('s3cret/"k"', id="plain"),
        pytest.param("s3cret%2F%22k%22", id="percent encoded"),
        pytest.param('s3cret/%22k"', id="partly encoded"),
        pytest.param('s3cret/\\"k\\"', id="in JSON"),
        pytest.param("s3cret ...", id="cut by Schemathesis"),
        pytest.param("s3cr… (20 characters)", id="cut by us"),
    ],
)
def test_a_secret_is_redacted_however_it_is_spelt(text: str) -> None:
    redact = Redactor({"TOKEN": 's3cret/"k"', "OTHER": ""})

    assert redact(f"a {text} b").startswith("a $TOKEN")
    assert "s3c" not in redact(f"a {text} b")


def test_a_short_secret_is_redacted_as_a_word_only() -> None:
    redact = Redactor({"TOKEN": "test"})

    assert redact("Bearer test, Bearer%20test, latest tests") == "Bearer $TOKEN, Bearer%20$TOKEN, latest tests"


def test_a_curl_line_keeps_what_matters_and_the_shell_can_read_it() -> None:
    request = Request(
        "POST",
        "http://localhost/session?name=a%20b&it's",
        headers={"Authorization": "Bearer s3cret", "Content-Type": "application/json", "User-Agent": "x"},
        data=b'{"name": "it\'s \\u0000"}\x01',
    ).prepare()

    line = curl_line(request, redact=Redactor({"TOKEN": "s3cret"}), local_base="http://localhost")
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}; TOKEN=s3cret BASE_URL=http://there; {line}"
    words = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout.split("\n")

    assert words[:-1] == [
        "-X",
        "POST",
        "-H",
        "Authorization: Bearer s3cret",
        "-H",
        "Content-Type: application/json",
        "--data-raw",
        '{"name": "it\'s \\u0000"}\x01',
        "http://there/session?name=a%20b&it's",
    ]


def test_the_page_for_readers_needs_nothing_else_and_cannot_be_broken_out_of() -> None:
    hostile = replace(FINDING, message="</pre><script>alert(1)</script>", curl="curl '<b>'")
    use = RuleUse(rule="count", words="the total is <so>", judged=3, bitten=0)
    row = Covered(operation="GET /session", parameter="sortBy", value="cost", times=0, rules=("order",))

    page = written("html", replace(RESULT, findings=(hostile,), rules=(use,), coverage=(row,)))

    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "http" not in page.replace(RESULT.target, "").replace("http-equiv", "")
    for text in (
        "Broken: 1 finding",
        "&lt;script&gt;",
        "vacuous",
        "the total is &lt;so&gt;",
        "sortBy=cost",
        "Not exercised",
    ):
        assert text in page
