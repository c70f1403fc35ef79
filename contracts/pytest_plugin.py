"""Checks and rules as test items, for the pytest plugin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contracts.harness import Order
    from contracts.result import Finding, RunResult
    from contracts.transport import Transport


_WHOLE = "run"
"""The item that fails when not everything could be checked."""


def contract_items(session: pytest.Session, config: pytest.Config) -> list[pytest.Item]:
    """Return an item for each check and rule of the run that the options describe. Raises pytest.UsageError."""
    from contracts.checks import BUILT_IN, OWN
    from contracts.judging import VACUOUS
    from contracts.result import CannotRun
    from contracts.rules import RULES

    try:
        run = _Run(_order(config), config.getoption("--contracts-target"))
    except (CannotRun, ValueError) as error:
        raise pytest.UsageError(str(error)) from None
    names = [_WHOLE, *(use.name for use in BUILT_IN + OWN if use.on)]
    if config.getoption("--contracts-level") != "wire":
        names += [*(rule.id for rule in RULES), VACUOUS]
    vendor = config.getoption("--contracts-vendor")
    return [_Item.from_parent(session, name=f"contracts[{vendor}-{name}]", check=name, run=run) for name in names]


def _order(config: pytest.Config) -> Order:
    """What the options and variables ask for. Raises CannotRun."""
    from contracts.catalog import VENDORS
    from contracts.credentials import of_environment
    from contracts.deviations import read
    from contracts.harness import Order
    from contracts.loading import SelectionError, unknown

    name = config.getoption("--contracts-vendor")
    if name not in VENDORS:
        raise SelectionError(f"--contracts-vendor: {unknown('vendor', name, VENDORS)}")
    file = config.getoption("--contracts-deviations") or os.environ.get("CONTRACTS_DEVIATIONS")
    return Order(
        vendor=VENDORS[name],
        seed=int(os.environ.get("CONTRACTS_SEED", "1")),
        max_examples=int(os.environ.get("CONTRACTS_MAX_EXAMPLES", "100")),
        credential=of_environment(VENDORS[name].signs_in),
        level=config.getoption("--contracts-level"),
        deviations=read(name, Path(file) if file else None),
    )


class _Run:
    """One run of the harness, made when the first item needs it."""

    def __init__(self, order: Order, target: str) -> None:
        self._order = order
        self._target = target
        self._result: RunResult | str | None = None
        self.told = False
        """Whether an item has failed because the run could not be done."""

    @property
    def result(self) -> RunResult | str:
        """What was found, or why nothing could be."""
        if self._result is None:
            from contracts.harness import check
            from contracts.result import CannotRun
            from contracts.targets import HttpTarget

            try:
                self._result = check(self._order, HttpTarget(self._target, _transport()))
            except CannotRun as error:
                self._result = printable_lines(str(error))
        return self._result


class _Broken(Exception):
    """The findings of one check."""


class _Item(pytest.Item):
    """One check or rule of the run."""

    def __init__(self, *, check: str, run: _Run, **others: Any) -> None:
        super().__init__(**others)
        self._check = check
        self._run = run

    def runtest(self) -> None:
        """Fail with what the check found; skip when it had nothing to look at."""
        result = self._run.result
        if isinstance(result, str):
            self._fail_once(result)
            return
        if self._check == _WHOLE and result.errors:
            raise _Broken(printable_lines("\n".join(result.errors)))
        if self._check == _WHOLE:
            return
        found = [finding for finding in result.findings if self._check in finding.checks]
        if found:
            raise _Broken(printable_lines("\n\n".join(_lines(found))))
        if not any(tally.check == self._check for each in result.operations for tally in each.tallies):
            pytest.skip("nothing was judged by it")

    def _fail_once(self, reason: str) -> None:
        """Fail the first item of a run that could not be done, and skip the others."""
        if self._run.told:
            pytest.skip("the run could not be done")
        self._run.told = True
        raise _Broken(reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings alone; the way through the harness explains nothing."""
        return str(excinfo.value) if isinstance(excinfo.value, _Broken) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """The name, and no line: there is none."""
        return "contracts", None, self.name


def _transport() -> Transport:
    """How requests leave, as CONTRACTS_* variables say. Raises ValueError."""
    from contracts.transport import MAX_BYTES, MAX_SECONDS, Transport

    return Transport(
        max_bytes=int(os.environ.get("CONTRACTS_MAX_RESPONSE_BYTES", MAX_BYTES)),
        max_seconds=float(os.environ.get("CONTRACTS_MAX_RESPONSE_SECONDS", MAX_SECONDS)),
        use_proxy=os.environ.get("CONTRACTS_USE_PROXY", "").lower() in ("1", "true", "yes", "on"),
    )


def _lines(found: list[Finding]) -> Iterator[str]:
    for finding in found:
        yield f"{finding.operation}: {finding.message}\n{finding.curl}"
