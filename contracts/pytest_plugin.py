"""Checks and rules as test items, for the pytest plugin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contracts.result import Finding, RunResult


def contract_items(session: pytest.Session, config: pytest.Config) -> list[pytest.Item]:
    """Return an item for each check and rule of the run that the options describe."""
    from contracts.checks import BUILT_IN, OWN
    from contracts.judging import VACUOUS
    from contracts.rules import RULES

    run = _Run(config)
    names = [use.name for use in BUILT_IN + OWN if use.on]
    if config.getoption("--contracts-level") != "wire":
        names += [*(rule.id for rule in RULES), VACUOUS]
    vendor = config.getoption("--contracts-vendor")
    return [_Item.from_parent(session, name=f"contracts[{vendor}-{name}]", check=name, run=run) for name in names]


class _Run:
    """One run of the harness, made when the first item needs it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._result: RunResult | None = None

    @property
    def result(self) -> RunResult:
        """What was found; raises CannotRun."""
        if self._result is None:
            from contracts.catalog import VENDORS
            from contracts.credentials import of_environment
            from contracts.harness import Order, check
            from contracts.targets import HttpTarget

            option = self._config.getoption
            vendor = VENDORS[option("--contracts-vendor")]
            order = Order(
                vendor=vendor,
                seed=int(os.environ.get("CONTRACTS_SEED", "1")),
                max_examples=int(os.environ.get("CONTRACTS_MAX_EXAMPLES", "100")),
                credential=of_environment(vendor.signs_in),
                level=option("--contracts-level"),
            )
            self._result = check(order, HttpTarget(option("--contracts-target")))
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
        found = [finding for finding in result.findings if finding.check == self._check]
        if found:
            raise _Broken("\n\n".join(_lines(found)))
        if result.errors:
            raise _Broken("\n".join(result.errors))
        if not any(tally.check == self._check for each in result.operations for tally in each.tallies):
            pytest.skip("nothing was judged by it")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings alone; the way through the harness explains nothing."""
        return str(excinfo.value) if isinstance(excinfo.value, _Broken) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """The name, and no line: there is none."""
        return "contracts", None, self.name


def _lines(found: list[Finding]) -> Iterator[str]:
    for finding in found:
        yield f"{finding.operation}: {finding.message}\n{finding.curl}"
