"""Sends what the sweeps ask for, has the rules judge it, and says which of them met nothing to judge."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from contracts.causes import Scope
from contracts.exchange import Exchange
from contracts.receiver import Receiver
from contracts.recording import JudgedCase, Judgement
from contracts.result import CannotRun, RuleUse
from contracts.rules import RULES, Answer, Ask, Bite, Probe, Rule, Unjudged, Unreadable, Violation
from contracts.rules import evovoice as evovoice_laws
from contracts.rules import lists as list_rules
from contracts.rules import vapi as vapi_laws
from contracts.rules.laws import ListLaws
from contracts.rules.model import in_words
from contracts.sweeps import evovoice, vapi
from contracts.sweeps.drawn import draw
from contracts.sweeps.lists import AskFor, Sweep, sweeps_of, with_universe
from contracts.transport import is_local
from contracts.wording import Wording

if TYPE_CHECKING:
    from contracts.loading import AnyCase

PHASE = "rules"
VACUOUS = "not_vacuous"


class Sweeps(Protocol):
    """What a vendor is asked beside its lists."""

    @property
    def RULES(self) -> tuple[str, ...]:  # a module's constant
        """The rules that `DETAILS` must give something to judge."""

    @property
    def DETAILS(self) -> tuple[Sweep, ...]:
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
_OF_FILTERS = frozenset({"filtered", "narrowed", "united", "split", "respelled"})
_OF_ROWS = frozenset(kind for rule in list_rules.RULES for kind in rule.kinds) | {"got", "exported", "formatted"}
"""Kinds of probes that mean nothing when the list cannot be read."""


@dataclass
class Inquiry:
    """The sweeps of one run: each request is sent once, however many rules look at its answer."""

    exchange: Exchange
    told: str
    """How findings say what run this was."""
    judged: Counter[str] = field(default_factory=Counter)
    bitten: Counter[str] = field(default_factory=Counter)
    unjudged: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    """Operation and reason -> how often each rule could not be judged."""
    unread: set[str] = field(default_factory=set)
    """Lists that could not be read."""
    stopped: bool = False
    """Whether a sweep ended before it had asked for everything."""
    _answers: dict[Ask, Answer] = field(default_factory=dict)

    def ask(self, sent: Ask) -> Answer:
        """The answer, out of memory when the same was asked before."""
        answer = self._answers.get(sent)
        if answer is None:
            answer = self._answers[sent] = self._send(sent)
        return answer

    def follow(self, name: str, sweep: Callable[[], Iterator[Probe]]) -> Iterator[Probe]:
        """The probes of a sweep of the named operation; one that cannot go on ends, and the run does not."""
        try:
            yield from sweep()
        except CannotRun:
            raise
        except Exception as error:  # its requests are made of answers, which may hold anything
            self.stopped = True
            if name in self.unread:
                return  # the reason has been told
            reason = str(error) if isinstance(error, Unreadable) else in_words(error)
            label = self.exchange.contract.operations[name].label
            self.exchange.record.fail(f"{label}: not everything could be asked: {reason}.")

    def judge(self, laws: ListLaws, probe: Probe) -> None:
        """Have every rule of the probe's kind look at it."""
        for rule in BY_KIND[probe.kind]:
            if probe.operation == laws.operation and rule.id in _OF_LISTS - laws.sources.keys():
                continue
            verdict = rule.judge(laws, probe)
            for ask, _ in probe.sent:
                self.exchange.coverage.note_rule(ask.operation, [name for name, _ in ask.query], rule.id)
            if isinstance(verdict, Unjudged):
                self.unjudged.setdefault((probe.operation, verdict.reason), Counter())[rule.id] += 1
                continue
            violation = verdict if isinstance(verdict, Violation) else None
            self.judged[rule.id] += 1
            self.bitten[rule.id] += verdict is Bite.YES or violation is not None
            self._record(laws, rule, probe, violation, held=verdict is Bite.YES)

    def tell_unjudged(self) -> None:
        """Say which rules could not be judged, one line for each reason."""
        for (name, reason), rules in self.unjudged.items():
            label = self.exchange.contract.operations[name].label
            self.exchange.record.fail(f"{label}: could not be judged: {', '.join(rules)}; {reason}.")

    def _record(self, laws: ListLaws, rule: Rule, probe: Probe, violation: Violation | None, *, held: bool) -> None:
        objection = None
        if violation is not None:
            asked = [name for name, _ in probe.sent[0][0].query if name in laws.filters]
            source = laws.filters[asked[0]].source if asked else laws.sources.get(rule.id, "")
            documented = f" Documented: {source}." if source else ""
            objection = Wording(f"{rule.words[0].upper()}{rule.words[1:]}: {violation}.{documented}", rule.id)
        curls = dict.fromkeys(answer.curl for answer in probe.answers)
        scope = Scope(_subject(laws, probe), violation.about if violation else "", held=held, run=f"({self.told})")
        self.exchange.record.note(
            JudgedCase(
                operation=probe.operation,
                phase=PHASE,
                status=probe.answers[0].status,
                curl=lambda: "\n".join(curls),
                judgements=(Judgement(rule.id, objection, scope),),
                requests=tuple((ask.operation, ask) for ask, _ in probe.sent),
            )
        )

    def _send(self, sent: Ask) -> Answer:
        response = self.exchange.send(self.case(sent), PHASE, key=sent)
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


def _subject(laws: ListLaws, probe: Probe) -> frozenset[str]:
    """What a probe tries: filters, an order, a bound or a format; nothing for one of the list as it is."""
    for name in ("sorting", "wrong", "format"):
        if name in probe.about:
            return frozenset((str(probe.about[name]),))
    if probe.kind not in _OF_FILTERS:
        return frozenset()
    return frozenset(name for ask, _ in probe.sent for name, _ in ask.query if name in laws.filters)


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
        known = _read(laws, inquiry)
        unread = laws.operation in inquiry.unread
        for sweep in _sweeps(known, sweeps, changes=changes, drawn=drawn, seed=seed, details_only=unread):
            for probe in inquiry.follow(laws.operation, partial(sweep, known, inquiry.ask)):
                if probe.operation in chosen and not (unread and probe.kind in _OF_ROWS):
                    listen(known, probe)
                    inquiry.judge(known, probe)
        due = (*laws.sources, *(sweeps.RULES if whole else ()), *(_CHANGES if whole and changes else ()))
        expected |= {rule: laws.operation for rule in due if rule not in expected}
    if drawn and whole:
        expected |= _judge_messages(inquiry, lists)
    inquiry.tell_unjudged()
    _mind_the_vacuous(inquiry, expected, allow_vacuous)
    return tuple(
        RuleUse(rule=rule.id, words=rule.words, judged=inquiry.judged[rule.id], bitten=inquiry.bitten[rule.id])
        for rule in RULES
        if rule.id in expected
    )


def _read(laws: ListLaws, inquiry: Inquiry) -> ListLaws:
    """The laws with all rows of the list, without any when it cannot be read."""
    try:
        return with_universe(laws, inquiry.ask)
    except Unreadable as error:
        inquiry.unread.add(laws.operation)
        label = inquiry.exchange.contract.operations[laws.operation].label
        inquiry.exchange.record.fail(f"{label}: the rules of its rows could not be judged: {error}.")
        return laws


def _judge_messages(inquiry: Inquiry, lists: tuple[ListLaws, ...]) -> dict[str, str]:
    """Listen while sessions are changed, if the target is on this machine and can reach us; the rules that are due."""
    exchange = inquiry.exchange
    sweep = _TELLING.get(exchange.contract.vendor.name)
    if sweep is None or not is_local(exchange.connection.base_url):
        return {}
    exchange.progress("rules: messages")
    laws = lists[0]
    with Receiver() as receiver:
        for probe in inquiry.follow(laws.operation, partial(sweep, laws, inquiry.ask, receiver)):
            inquiry.judge(laws, probe)
    return dict.fromkeys(_MESSAGES, laws.operation)


def _sweeps(
    laws: ListLaws, sweeps: Sweeps, *, changes: bool, drawn: int, seed: int, details_only: bool
) -> Iterator[Sweep]:
    if not details_only:
        yield from sweeps_of(laws)
    yield from sweeps.DETAILS
    if drawn and not details_only:
        yield partial(draw, source=random.Random(f"{seed} {laws.operation}"), count=drawn)
    if changes:
        yield sweeps.sweep_changes


def _mind_the_vacuous(inquiry: Inquiry, expected: dict[str, str], allowed: tuple[str, ...]) -> None:
    """A rule that nothing could have broken has shown nothing, so that it must not pass for one that holds.

    One that could not be judged, or that nothing could be asked about for such a reason, has been told of.
    """
    excused = {*allowed, *(rule for rules in inquiry.unjudged.values() for rule in rules)}
    incomplete = inquiry.stopped or bool(inquiry.unjudged)
    vacuous: dict[str, list[str]] = {}
    for rule, operation in expected.items():
        met = operation not in inquiry.unread and (inquiry.judged[rule] > 0 or not incomplete)
        if met and not inquiry.bitten[rule] and rule not in excused:
            vacuous.setdefault(operation, []).append(rule)
        else:
            _note_vacuity(inquiry, operation, None)
    for operation, rules in vacuous.items():
        _note_vacuity(inquiry, operation, Wording(_vacuous(inquiry, rules), "+".join(rules)))


def _vacuous(inquiry: Inquiry, rules: list[str]) -> str:
    words = {rule.id: rule.words for rule in RULES}
    counted = [f"{rule} ({words[rule]}), judged {_times(inquiry.judged[rule])}" for rule in rules]
    some = f"the rule {counted[0]}" if len(rules) == 1 else f"{len(rules)} rules: {'; '.join(counted)}"
    allow = " ".join(f"--allow-vacuous {rule}" for rule in rules)
    return f"Nothing could have broken {some}: every answer would satisfy it. Give the target more data, or {allow}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _note_vacuity(inquiry: Inquiry, operation: str, objection: Wording | None) -> None:
    inquiry.exchange.record.note(
        JudgedCase(
            operation=operation,
            phase=PHASE,
            status=None,
            curl=lambda: "",
            judgements=(Judgement(VACUOUS, objection, Scope()),),
        )
    )
