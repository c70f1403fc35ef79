"""What a run found, as plain data that every report reads; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

PASSED, FOUND, USAGE, COULD_NOT_RUN = 0, 1, 2, 3
"""Exit codes, in the order of the table in docs/README.md."""


class CannotRun(Exception):
    """The run has no verdict: what was received, what is allowed and what to do stand in the message."""

    exit_code = COULD_NOT_RUN


class Closed(CannotRun):
    """Nothing more is sent; what was found until then counts, and the message says why it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One way in which the target breaks the contract; `times` counts the requests that showed it.

    `also` are the other rules that are broken by the same.
    """

    check: str
    operation: str
    message: str
    curl: str
    phase: str
    status: int | None
    times: int = 1
    also: tuple[str, ...] = ()

    @property
    def checks(self) -> tuple[str, ...]:
        """Every check that objects."""
        return self.check, *self.also


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTally:
    """How often one check judged one operation, and how often it said no."""

    check: str
    run: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    """What one documented operation was sent."""

    name: str
    label: str
    cases: int
    failed: int
    seconds: float
    tallies: tuple[CheckTally, ...]

    @property
    def passed(self) -> int:
        """Cases that no check objected to."""
        return self.cases - self.failed

    @property
    def checks(self) -> int:
        """Judgements made on the cases of this operation."""
        return sum(tally.run for tally in self.tallies)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckUse:
    """A check that the harness knows, whether it is on, and why when it is off or narrowed."""

    name: str
    on: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerated:
    """A failure that is accepted on purpose: where, why, and how often this run met it."""

    check: str
    scope: str
    reason: str
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """How often a rule looked at answers, and how often they could have broken it."""

    rule: str
    words: str
    judged: int
    bitten: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How often an operation, a parameter of it, or one value of that was asked for, and the rules that used it."""

    operation: str
    parameter: str
    value: str
    times: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything the reports need to know about one run."""

    vendor: str
    document: str
    target: str
    seed: int
    seconds: float
    operations: tuple[OperationResult, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    errors: tuple[str, ...]
    checks: tuple[CheckUse, ...] = ()
    tolerated: tuple[Tolerated, ...] = field(default=())
    level: str = "full"
    when: str = ""
    rules: tuple[RuleUse, ...] = ()
    coverage: tuple[Covered, ...] = ()
    accepted: tuple[str, ...] = ()
    """Findings that a deviation accepts, and why."""

    @property
    def cases(self) -> int:
        """Requests sent and judged."""
        return sum(operation.cases for operation in self.operations)

    @property
    def exit_code(self) -> int:
        """1 when something was found, 3 when nothing was found but not everything could be tried."""
        if self.findings:
            return FOUND
        if self.errors or not self.cases:
            return COULD_NOT_RUN
        return PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference of a recording and a target: which layer found it, where, what each side says, how to ask."""

    layer: str
    place: str
    recorded: str
    target: str
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A rule, and what became of it on each side: holds, violated, vacuous, or not asked."""

    rule: str
    words: str
    recorded: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResult:
    """Everything the reports need to know about a recording held against a target, or a document against ours.

    `kind` is the command that made it: drift or docs-drift; the reports have their words for each.
    """

    vendor: str
    recording: str
    target: str
    when: str
    seconds: float
    differences: tuple[Difference, ...]
    rules: tuple[Compared, ...] = ()
    day: str = ""
    kind: str = "drift"

    @property
    def exit_code(self) -> int:
        """1 when there is a difference."""
        return FOUND if self.differences else PASSED


def worst(results: Iterable[RunResult]) -> int:
    """The exit code of several runs: a finding counts more than a run that could not be done."""
    codes = {result.exit_code for result in results}
    return next((code for code in (FOUND, COULD_NOT_RUN) if code in codes), PASSED if codes else COULD_NOT_RUN)
