"""Gathers the judgements of a run, case by case, into results; sends nothing and judges nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from contracts.causes import Objection, Scope, by_cause
from contracts.printable import printable
from contracts.redaction import Redactor
from contracts.result import CheckTally, Finding, OperationResult
from contracts.wording import Wording


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one check said about one case; no wording means that it had no objection.

    `scope` is what a rule was tried on, from which the findings of one cause are told.
    """

    check: str
    objection: Wording | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCase:
    """One request that was answered, and what the checks said.

    `key` is what the request is known by when something is found later. `requests` are the operations and keys
    of those that a judgement of several answers is about.
    """

    operation: str
    phase: str
    status: int | None
    curl: Callable[[], str]
    judgements: tuple[Judgement, ...]
    key: Hashable = None
    requests: tuple[tuple[str, Hashable], ...] = ()


@dataclass(slots=True)
class _Tally:
    cases: int = 0
    failed: int = 0
    failed_keys: set[Hashable] = field(default_factory=set)
    seconds: float = 0.0
    phases: Counter[str] = field(default_factory=Counter)
    run: Counter[str] = field(default_factory=Counter)
    objected: Counter[str] = field(default_factory=Counter)


class Record:
    """The record of one run: `labels` says what reports call each operation, `chosen` what it is about."""

    def __init__(self, labels: Mapping[str, str], chosen: Iterable[str], redact: Redactor) -> None:
        self._labels = labels
        self._chosen = frozenset(chosen)
        self._redact = redact
        self._tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._found: dict[Hashable, Objection] = {}
        self._held: set[tuple[str, str]] = set()
        self._warnings: dict[str, None] = {}
        self._errors: dict[str, None] = {}

    def add(self, case: JudgedCase) -> None:
        """Count a case and keep what was found."""
        tally = self._tallies[case.operation]
        tally.cases += 1
        tally.phases[case.phase] += 1
        tally.run.update({judgement.check for judgement in case.judgements})
        objections = [judgement for judgement in case.judgements if judgement.objection is not None]
        if objections and case.key is not None:
            tally.failed_keys.add(case.key)
        else:
            tally.failed += bool(objections)
        tally.objected.update({judgement.check for judgement in objections})
        for judgement in objections:
            self._keep(case, judgement)

    def note(self, case: JudgedCase) -> None:
        """Keep what was found about requests that were counted before, which have failed then."""
        tally = self._tallies[case.operation]
        tally.run.update({judgement.check for judgement in case.judgements})
        for judgement in case.judgements:
            if judgement.scope is not None and judgement.scope.held:
                self._held.add((case.operation, judgement.check))
            if judgement.objection is not None:
                tally.objected[judgement.check] += 1
                self._keep(case, judgement)
                for name, key in case.requests:
                    self._tallies[name].failed_keys.add(key)

    def cases_of(self, operation: str, phases: frozenset[str]) -> int:
        """How many cases of these phases an operation got."""
        return sum(self._tallies[operation].phases[phase] for phase in phases)

    def spend(self, operation: str, seconds: float) -> None:
        """Add time that went into an operation."""
        self._tallies[operation].seconds += seconds

    def warn(self, text: str) -> None:
        """Note something that was not tried."""
        self._warnings[self._told(text)] = None

    def fail(self, text: str) -> None:
        """Note that a part of the run could not be done."""
        self._errors[self._told(text)] = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each warning once, in the order met."""
        return tuple(self._warnings)

    @property
    def errors(self) -> tuple[str, ...]:
        """Each error once, in the order met."""
        return tuple(self._errors)

    def found(self, check: str) -> bool:
        """Whether a check has objected to anything."""
        return any(tally.objected[check] for tally in self._tallies.values())

    def findings(self) -> tuple[Finding, ...]:
        """What was found, one finding for each cause: single answers first, then rules, then what showed nothing."""
        order = {label: position for position, label in enumerate(self._labels.values())}

        def place(ranked: tuple[int, Finding]) -> tuple[int, int, str, str]:
            rank, each = ranked
            return rank, order.get(each.operation, len(order)), each.check, each.message

        return tuple(finding for _, finding in sorted(by_cause(self._found.values(), self._held), key=place))

    def operations(self) -> tuple[OperationResult, ...]:
        """The tallies of each chosen operation, even without a case, and of those that helped to reach it."""
        told = self._chosen | self._tallies.keys()
        return tuple(self._operation(name, label) for name, label in self._labels.items() if name in told)

    def _operation(self, name: str, label: str) -> OperationResult:
        tally = self._tallies[name]
        return OperationResult(
            name=name,
            label=label,
            cases=tally.cases,
            failed=tally.failed + len(tally.failed_keys),
            seconds=tally.seconds,
            tallies=_check_tallies(tally),
        )

    def _told(self, text: str) -> str:
        return printable(self._redact(text))

    def _keep(self, case: JudgedCase, judgement: Judgement) -> None:
        assert judgement.objection is not None
        place = (case.operation, judgement.check, judgement.objection.key, judgement.scope)
        known = self._found.get(place)
        finding = Finding(
            check=judgement.check,
            operation=self._labels.get(case.operation, case.operation),
            message=self._told(judgement.objection.message),
            curl="\n".join(map(self._told, case.curl().split("\n"))),
            phase=case.phase,
            status=case.status,
        )
        fresh = Objection(case.operation, finding, judgement.scope, set(case.requests), times=1)
        self._found[place] = fresh if known is None else known.joined(fresh)


def _check_tallies(tally: _Tally) -> tuple[CheckTally, ...]:
    checks: Iterable[str] = sorted(tally.run)
    return tuple(CheckTally(check=name, run=tally.run[name], failed=tally.objected[name]) for name in checks)
