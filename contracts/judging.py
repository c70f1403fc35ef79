"""Sends what the sweeps ask for, has the rules judge it, and says which of them met nothing to judge."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from contracts.exchange import Exchange
from contracts.receiver import Receiver
from contracts.recording import JudgedCase, Judgement
from contracts.result import RuleUse
from contracts.rules import RULES, Answer, Ask, Bite, Probe, Rule, Violation
from contracts.rules import evovoice as evovoice_laws
from contracts.rules import vapi as vapi_laws
from contracts.rules.laws import ListLaws
from contracts.sweeps import evovoice, vapi
from contracts.sweeps.drawn import draw
from contracts.sweeps.lists import AskFor, sweep_list, with_universe
from contracts.wording import Wording

if TYPE_CHECKING:
    from contracts.loading import AnyCase

PHASE = "rules"
VACUOUS = "not_vacuous"


class Sweeps(Protocol):
    """What a vendor is asked beside its lists."""

    @property
    def RULES(self) -> tuple[str, ...]:  # a module's constant
        """The rules that `sweep_details` must give something to judge."""

    def sweep_details(self, laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
        """What only reads."""

    def sweep_changes(self, laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
        """What makes, changes and deletes a row of its own."""


_VENDORS: dict[str, tuple[tuple[ListLaws, ...], Sweeps]] = {
    "vapi": ((vapi_laws.SESSIONS,), vapi),
    "evovoice": ((evovoice_laws.SESSIONS, evovoice_laws.ACCOUNTS), evovoice),
}
BY_KIND: dict[str, list[Rule]] = {}
for _each in RULES:
    for _kind in _each.kinds:
        BY_KIND.setdefault(_kind, []).append(_each)
_MESSAGES = tuple(rule.id for rule in BY_KIND["told"])
_CHANGES = tuple(rule.id for rule in RULES if not rule.live and rule.id not in _MESSAGES)
_TELLING: dict[str, Callable[[ListLaws, AskFor, Receiver], Iterator[Probe]]] = {"vapi": vapi.sweep_messages}
"""How the vendors that send messages are asked for some."""
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass
class Inquiry:
    """The sweeps of one run: each request is sent once, however many rules look at its answer."""

    exchange: Exchange
    told: str
    """How findings say what run this was."""
    judged: Counter[str] = field(default_factory=Counter)
    bitten: Counter[str] = field(default_factory=Counter)
    _answers: dict[Ask, Answer] = field(default_factory=dict)

    def ask(self, sent: Ask) -> Answer:
        """The answer, out of memory when the same was asked before."""
        answer = self._answers.get(sent)
        if answer is None:
            answer = self._answers[sent] = self._send(sent)
        return answer

    def judge(self, laws: ListLaws, probe: Probe) -> None:
        """Have every rule of the probe's kind look at it."""
        for rule in BY_KIND[probe.kind]:
            if probe.operation == laws.operation and rule.id in _OF_LISTS - laws.sources.keys():
                continue
            verdict = rule.judge(laws, probe)
            for ask, _ in probe.sent:
                self.exchange.coverage.note_rule(ask.operation, [name for name, _ in ask.query], rule.id)
            self.judged[rule.id] += 1
            self.bitten[rule.id] += verdict is Bite.YES or isinstance(verdict, Violation)
            self._record(laws, rule, probe, verdict if isinstance(verdict, Violation) else None)

    def _record(self, laws: ListLaws, rule: Rule, probe: Probe, violation: Violation | None) -> None:
        objection = None
        if violation is not None:
            asked = [name for name, _ in probe.sent[0][0].query if name in laws.filters]
            source = laws.filters[asked[0]].source if asked else laws.sources.get(rule.id, "")
            names = "+".join(name for name, _ in probe.sent[-1][0].query)
            documented = f" Documented: {source}." if source else ""
            message = f"{rule.words[0].upper()}{rule.words[1:]}: {violation}.{documented} "
            objection = Wording(f"{message}({self.told})", f"{rule.id} {names}")
        curls = dict.fromkeys(answer.curl for answer in probe.answers)
        self.exchange.record.note(
            JudgedCase(
                operation=probe.operation,
                phase=PHASE,
                status=probe.answers[0].status,
                curl=lambda: "\n".join(curls),
                judgements=(Judgement(rule.id, objection),),
            )
        )

    def _send(self, sent: Ask) -> Answer:
        response = self.exchange.send(self.case(sent), PHASE)
        if response is None:
            return Answer(0, "", "")
        media_type = (response.headers.get("content-type") or [""])[0].partition(";")[0]
        text = response.content.decode("utf-8", "replace")
        return Answer(response.status_code, media_type, text, self.exchange.curl(response.request))

    def case(self, sent: Ask) -> AnyCase:
        operation = self.exchange.contract.operations[sent.operation]
        path, query = dict(sent.path), dict(sent.query)
        if sent.body is None:
            return operation.Case(path_parameters=path, query=query)
        return operation.Case(
            path_parameters=path, query=query, body=json.loads(sent.body), media_type="application/json"
        )


_OF_LISTS = frozenset((*vapi_laws.SESSIONS.sources, *evovoice_laws.SESSIONS.sources))


def laws_of(vendor: str) -> dict[str, ListLaws]:
    """The laws of the vendor's lists, by operation."""
    return {laws.operation: laws for laws in _VENDORS[vendor][0]}


def judge_laws(
    exchange: Exchange,
    *,
    changes: bool,
    drawn: int,
    seed: int,
    told: str,
    allow_vacuous: tuple[str, ...],
    listen: Callable[[ListLaws, Probe], None] = lambda *_: None,
) -> tuple[RuleUse, ...]:
    """Sweep the vendor's lists and what is beside them; `changes` also makes and deletes, `drawn` requests are random.

    A rule that met no data able to break it is a finding unless it is allowed.
    """
    lists, sweeps = _VENDORS.get(exchange.contract.vendor.name, ((), None))
    inquiry = Inquiry(exchange, told)
    chosen = set(exchange.contract.chosen)
    whole = chosen == set(exchange.contract.operations)
    expected: dict[str, str] = {}
    for laws in lists:
        if laws.operation not in chosen or sweeps is None:
            continue
        exchange.progress(f"rules: {exchange.contract.operations[laws.operation].label}")
        known = with_universe(laws, inquiry.ask)
        for sweep in _sweeps(known, sweeps, changes=changes, drawn=drawn, seed=seed):
            for probe in sweep(inquiry.ask):
                if probe.operation in chosen:
                    listen(known, probe)
                    inquiry.judge(known, probe)
        due = (*laws.sources, *(sweeps.RULES if whole else ()), *(_CHANGES if whole and changes else ()))
        expected |= {rule: laws.operation for rule in due if rule not in expected}
    if drawn and whole:
        expected |= _judge_messages(inquiry, lists)
    _mind_the_vacuous(inquiry, expected, allow_vacuous)
    return tuple(
        RuleUse(rule=rule.id, words=rule.words, judged=inquiry.judged[rule.id], bitten=inquiry.bitten[rule.id])
        for rule in RULES
        if rule.id in expected
    )


def _judge_messages(inquiry: Inquiry, lists: tuple[ListLaws, ...]) -> dict[str, str]:
    """Listen while sessions are changed, if the target is on this machine and can reach us; the rules that are due."""
    exchange = inquiry.exchange
    sweep = _TELLING.get(exchange.contract.vendor.name)
    if sweep is None or urlsplit(exchange.connection.base_url).hostname not in _HERE:
        return {}
    exchange.progress("rules: messages")
    with Receiver() as receiver:
        for probe in sweep(lists[0], inquiry.ask, receiver):
            inquiry.judge(lists[0], probe)
    return dict.fromkeys(_MESSAGES, lists[0].operation)


def _sweeps(
    laws: ListLaws, sweeps: Sweeps, *, changes: bool, drawn: int, seed: int
) -> Iterator[Callable[[AskFor], Iterator[Probe]]]:
    yield lambda ask: sweep_list(laws, ask)
    yield lambda ask: sweeps.sweep_details(laws, ask)
    if drawn:
        yield lambda ask: draw(laws, ask, random.Random(f"{seed} {laws.operation}"), drawn)
    if changes:
        yield lambda ask: sweeps.sweep_changes(laws, ask)


def _mind_the_vacuous(inquiry: Inquiry, expected: dict[str, str], allowed: tuple[str, ...]) -> None:
    """A rule that nothing could have broken has shown nothing, so that it must not pass for one that holds."""
    words = {rule.id: rule.words for rule in RULES}
    for rule, operation in expected.items():
        objection = None
        if not inquiry.bitten[rule] and rule not in allowed:
            objection = Wording(
                f"Nothing could have broken the rule {rule} ({words[rule]}): it was judged "
                f"{inquiry.judged[rule]} times on data that every answer would satisfy. Give the target more data, "
                f"or --allow-vacuous {rule}.",
                rule,
            )
        inquiry.exchange.record.note(
            JudgedCase(
                operation=operation,
                phase=PHASE,
                status=None,
                curl=lambda: "",
                judgements=(Judgement(VACUOUS, objection),),
            )
        )
