"""One run: load, select, run, record; the reports take it from there and nothing here prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from contracts.catalog import Vendor
from contracts.checks import ANSWERED, BUILT_IN, OWN, Tolerances
from contracts.exchange import Exchange
from contracts.generation import configuration, generate
from contracts.loading import Contract, load
from contracts.recording import Record
from contracts.result import RunResult
from contracts.sweeps.tokens import ask_without_token
from contracts.sweeps.walk import follow_walk
from contracts.targets import Target
from contracts.wording import Redactor


def _unheard(_text: str) -> None:
    """Stand in for a listener."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is asked to do."""

    vendor: Vendor
    seed: int
    max_examples: int
    token: str
    operations: tuple[str, ...] = ()
    reject_token: str | None = None


def check(order: Order, target: Target, progress: Callable[[str], None] = _unheard) -> RunResult:
    """Check a target against its vendor's contract; raises CannotRun when there can be no verdict.

    `progress` is told in words what is being done.
    """
    started = perf_counter()
    contract = load(order.vendor, configuration(seed=order.seed, max_examples=order.max_examples))
    exchange = _aim(contract.select(order.operations), order, target, progress)
    tolerances = Tolerances(order.vendor.name, exchange.contract.schema)

    ask_without_token(exchange, order.reject_token)
    follow_walk(exchange)
    if exchange.record.found(ANSWERED):
        target.open()  # one that has gone away is no finding: raises TargetError
    generate(exchange)

    return RunResult(
        vendor=order.vendor.name,
        document=order.vendor.document.name,
        target=target.label,
        seed=order.seed,
        seconds=perf_counter() - started,
        operations=exchange.record.operations(),
        findings=exchange.record.findings(),
        warnings=exchange.record.warnings,
        errors=exchange.record.errors,
        checks=BUILT_IN + OWN,
        tolerated=tolerances.met(),
    )


def _aim(contract: Contract, order: Order, target: Target, progress: Callable[[str], None]) -> Exchange:
    connection = target.open()
    headers = {"Authorization": f"Bearer {order.token}"}
    aimed = contract.aimed_at(connection.base_url, connection.app, headers)
    labels = {name: operation.label for name, operation in aimed.operations.items()}
    redact = Redactor({"TOKEN": order.token, "REJECTED_TOKEN": order.reject_token or ""})
    return Exchange(aimed, connection, order.token, Record(labels, aimed.chosen, redact), redact, progress)
