"""The laws of lists: clean on the emulator, within their budget, biting, and never vacuous without saying so."""

from __future__ import annotations

import dataclasses
import json

import pytest

from contracts import judging
from contracts.result import RunResult
from contracts.rules import RULES, Answer, Ask, Bite, Probe
from contracts.rules.laws import telling
from contracts.rules.lists import RULES as LIST_RULES
from contracts.rules.vapi import SESSIONS
from tests.contracts.mutants import hunt

# One of each kind; python -m tests.contracts.mutants tries all of them.
SAMPLE = [
    ("vapi", "createdAtGt as Ge"),
    ("vapi", "offsets are dropped"),
    ("vapi", "pages overlap"),
    ("vapi", "cost sorts as text"),
    ("vapi", "every list is empty"),
    ("vapi", "the export quotes wrongly"),
    ("evovoice", "AccountIds is not split"),
    ("evovoice", "simplified has never more"),
    ("evovoice", "every list is empty"),
    ("evovoice", "XML says another total"),
    ("evovoice", "no role is needed"),
]
QUICK = {("vapi", "every list is empty"), ("evovoice", "XML says another total")}


@pytest.fixture(scope="module", params=["vapi", "evovoice"])
def sound(request: pytest.FixtureRequest) -> RunResult:
    return hunt.check(request.param, None, "rules")


def test_the_emulator_keeps_every_rule_within_300_requests(sound: RunResult) -> None:
    assert (sound.findings, sound.errors, sound.warnings) == ((), (), ())
    assert sound.cases <= 300
    assert all(use.judged and use.bitten for use in sound.rules)
    assert len(sound.rules) >= 20


@pytest.mark.parametrize(
    ("vendor", "bug"), [pytest.param(*bug, marks=() if bug in QUICK else pytest.mark.slow) for bug in SAMPLE]
)
def test_planted_bugs_are_found(vendor: str, bug: str) -> None:
    checks = hunt.hunt((vendor, bug), needed_only=True)

    assert all(checks.values())
    assert "not_a_server_error" not in str(checks)


@pytest.mark.slow
def test_each_level_does_more_than_the_one_before() -> None:
    wire, rules = (hunt.check("evovoice", None, level) for level in ("wire", "rules"))

    assert (wire.rules, wire.cases < rules.cases) == ((), True)
    assert {tally.check for it in wire.operations for tally in it.tallies} <= {
        tally.check for it in rules.operations for tally in it.tallies
    }


@pytest.fixture(scope="module")
def shifted() -> RunResult:
    """Return what is found where createdAtGt is as createdAtGe."""
    mutant = next(it for it in hunt.MUTANTS["vapi"] if it.id == "createdAtGt as Ge")
    return hunt.check("vapi", mutant, "rules")


def test_a_finding_explains_itself(shifted: RunResult) -> None:
    finding = next(it for it in shifted.findings if it.check == "filter-sound")

    assert finding.message.startswith("Every row satisfies every filter: 1 of ")
    assert "rows break createdAtGt=" in finding.message
    assert '"createdAt": "20' in finding.message
    assert "Documented: docs.vapi.ai/api-reference/sessions/list, query parameter createdAtGt." in finding.message
    assert finding.message.endswith("(level rules, seed 1)")
    assert finding.curl.startswith("curl -X GET ")


def test_a_finding_about_two_answers_shows_both_requests(shifted: RunResult) -> None:
    finding = next(it for it in shifted.findings if it.check == "bounds-split")

    assert [line.count("createdAtGt") + line.count("createdAtLe") for line in finding.curl.split("\n")] == [1, 1]


def test_a_rule_that_always_holds_is_called_vacuous(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(rule: object) -> object:
        return dataclasses.replace(rule, judge=lambda *_: Bite.NO) if rule.id == "count" else rule  # type: ignore

    table = {kind: [always(rule) for rule in rules] for kind, rules in judging.BY_KIND.items()}
    monkeypatch.setattr(judging, "BY_KIND", table)

    result = hunt.check("evovoice", None, "rules")

    assert [finding.check for finding in result.findings] == ["not_vacuous"]
    assert "Nothing could have broken the rule count (the total is" in result.findings[0].message


@pytest.mark.slow
def test_a_vacuous_rule_may_be_allowed() -> None:
    mutant = next(it for it in hunt.MUTANTS["evovoice"] if it.id == "usage ends a month early")
    strict = hunt.check("evovoice", mutant, "rules")

    allowed = hunt.check("evovoice", mutant, "rules", allow_vacuous=("usage-periods", "usage-adds-up"))

    assert {finding.check for finding in strict.findings} == {"not_vacuous"}
    assert allowed.findings == ()


def test_rules_have_names_words_and_kinds_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.words for rule in RULES}) == len(RULES)
    assert {rule.id for rule in RULES if not rule.live} == {
        *("reads-back", "patch-only", "listed-or-not", "deleted"),
        *("told-once", "told-as-read", "told-when"),
    }
    assert {rule.id for rule in LIST_RULES} >= set(SESSIONS.sources)


def test_telling_values_are_those_that_are_easily_confused() -> None:
    assert telling(["b", "Ann", "ann", "Ann Lee", "c", "d"])[:2] == ["Ann", "ann"]
    assert set(telling(["zeta", "Ann", "ann", "other"], 2)) == {"Ann", "ann"}
    assert telling([]) == []
    assert telling([None, "", 5, "x"]) == ["x"]


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '{"results": 5}', '{"results": [1, null]}', "<html>", '{"metadata": []}']
)
@pytest.mark.parametrize("rule", LIST_RULES, ids=lambda rule: rule.id)
def test_rules_do_not_crash_on_answers_that_are_no_lists(rule: object, body: str) -> None:
    laws = dataclasses.replace(
        SESSIONS, universe=({"id": "a", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"},)
    )
    sent = (Ask.of(SESSIONS.operation, {"id": "a"}), Answer(200, "application/json", body))
    about = {"sorting": "createdAt", "descending": True, "size": 1, "index": 0, "value": "x"}

    verdict = rule.judge(laws, Probe("any", SESSIONS.operation, (sent, sent), about))  # type: ignore[attr-defined]

    assert verdict is not None


MADE = {"id": "a", "name": "A"}
CREATED, UPDATED, DELETED = (
    {"type": f"session.{what}", "timestamp": 1_769_850_000_000, "session": MADE}
    for what in ("created", "updated", "deleted")
)


@pytest.mark.parametrize(
    ("messages", "broken"),
    [
        ([CREATED, UPDATED, DELETED], set()),
        ([CREATED, DELETED], {"told-once"}),
        ([], {"told-once"}),
        ([CREATED, UPDATED, UPDATED, DELETED], {"told-once"}),
        ([UPDATED, CREATED, DELETED], {"told-once"}),
        ([{**CREATED, "session": {**MADE, "name": "B"}}, UPDATED, DELETED], {"told-as-read"}),
        ([CREATED, {**UPDATED, "session": None}, DELETED], {"told-as-read"}),
        ([CREATED, {**UPDATED, "timestamp": 1_769_850_000}, DELETED], {"told-when"}),
        ([{**CREATED, "timestamp": "2026-01-31T09:00:00Z"}, UPDATED, DELETED], {"told-when"}),
        ([{**CREATED, "timestamp": 1_769_850_000_001}, UPDATED, DELETED], {"told-when"}),
    ],
)
def test_rules_of_messages_bite(messages: list[dict[str, object]], broken: set[str]) -> None:
    answer = Answer(200, "application/json", json.dumps(MADE))
    types = ["session.created", "session.updated", "session.deleted"]
    about = {"messages": messages, "types": types, "session_at": "/session"}
    probe = Probe("told", "make", tuple((Ask.of("make"), answer) for _ in range(3)), about)

    verdicts = {rule.id: rule.judge(SESSIONS, probe) for rule in judging.BY_KIND["told"]}

    assert {rule for rule, verdict in verdicts.items() if not isinstance(verdict, Bite)} == broken
