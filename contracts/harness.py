"""One run: load, select, run, record; the reports take it from there and nothing here prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from time import perf_counter

from contracts.catalog import Vendor
from contracts.checks import ANSWERED, BUILT_IN, OWN, Tolerances
from contracts.credentials import Credential
from contracts.deviations import Deviation, settle
from contracts.exchange import Exchange
from contracts.generation import configuration, generate
from contracts.judging import judge_laws
from contracts.loading import Contract, SelectionError, load, unknown
from contracts.recording import Record
from contracts.redaction import Redactor
from contracts.result import Closed, RuleUse, RunResult
from contracts.rules import Probe
from contracts.rules.laws import ListLaws
from contracts.sweeps.access import ask_for_access
from contracts.sweeps.walk import follow_walk
from contracts.targets import Connection, Opened, Target

LEVELS = ("wire", "rules", "full")
"""Each does what the one before does, and more."""


def _unheard(_text: str) -> None:
    """Stand in for a listener."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is asked to do."""

    vendor: Vendor
    seed: int
    max_examples: int
    credential: Credential
    operations: tuple[str, ...] = ()
    level: str = "full"
    allow_vacuous: tuple[str, ...] = ()
    strict_fields: bool = False
    deviations: tuple[Deviation, ...] = ()
    live: bool = False
    write: bool = False
    """Whether a live run may make, change and delete rows of its own."""


def check(
    order: Order,
    target: Target,
    progress: Callable[[str], None] = _unheard,
    listen: Callable[[ListLaws, Probe], None] = lambda *_: None,
) -> RunResult:
    """Check a target against its vendor's contract; raises CannotRun when there can be no verdict.

    `progress` is told in words what is being done, `listen` is shown what the rules are shown.
    """
    started = perf_counter()
    contract = load(order.vendor, configuration(seed=order.seed, max_examples=order.max_examples))
    exchange = _aim(contract.select(order.operations), order, target, progress)
    tolerances = Tolerances(order.vendor.name, exchange.contract.schema)

    rules: tuple[RuleUse, ...] = ()
    try:
        with _reaching(exchange.connection):
            follow_walk(exchange)
            ask_for_access(exchange, only=order.vendor.live.operations if order.live else ())
            if exchange.record.found(ANSWERED):
                target.open()  # one that has gone away is no finding: raises TargetError
            if order.level != LEVELS[0]:
                rules = _judge(exchange, order, listen)
            if order.level == LEVELS[-1] and not order.live:
                generate(exchange)
    except Closed as closed:
        exchange.record.fail(str(closed))

    exchange.tell_undocumented(strict=order.strict_fields)
    findings, accepted, wrong = settle(exchange.record.findings(), order.deviations, date.today())
    return RunResult(
        vendor=order.vendor.name,
        document=order.vendor.document.name,
        target=target.label,
        seed=order.seed,
        seconds=perf_counter() - started,
        operations=exchange.record.operations(),
        findings=findings,
        warnings=exchange.record.warnings,
        errors=exchange.record.errors + wrong,
        checks=BUILT_IN + OWN,
        tolerated=tolerances.met(),
        level=order.level,
        when=datetime.now(UTC).isoformat(timespec="minutes"),
        rules=rules,
        coverage=exchange.coverage.rows(exchange.contract.chosen),
        accepted=accepted,
    )


def _reaching(connection: Connection) -> AbstractContextManager[None]:
    """An application of this process is not reached by requests, and may need the environment as it is."""
    return connection.transport.environment(connection.base_url) if connection.app is None else nullcontext()


def _judge(exchange: Exchange, order: Order, listen: Callable[[ListLaws, Probe], None]) -> tuple[RuleUse, ...]:
    full = order.level == LEVELS[-1] and not order.live
    return judge_laws(
        exchange,
        changes=full or order.write,
        drawn=order.max_examples if full else 0,
        seed=order.seed,
        told=f"level {order.level}, seed {order.seed}",
        allow_vacuous=order.allow_vacuous,
        listen=listen,
    )


def check_all(orders: Sequence[Order], target: Target, progress: Callable[[str], None] = _unheard) -> list[RunResult]:
    """Check each order in turn; an operation that is named need only be known to one of the vendors."""
    if len(orders) > 1:
        orders = _with_their_own_operations(orders)
    opened = Opened(target)
    return [check(order, opened, progress) for order in orders]


def _with_their_own_operations(orders: Sequence[Order]) -> list[Order]:
    """Each order about those of the named operations that it knows, without the orders that know none."""
    known = {
        order.vendor.name: load(order.vendor, configuration(seed=order.seed, max_examples=1)).operations
        for order in orders
    }
    every = {name for operations in known.values() for name in operations}
    for name in orders[0].operations:
        if name not in every:
            raise SelectionError(unknown("operation", name, every))
    own = [
        replace(order, operations=tuple(name for name in order.operations if name in known[order.vendor.name]))
        for order in orders
    ]
    return [kept for order, kept in zip(orders, own, strict=True) if kept.operations or not order.operations]


def _aim(contract: Contract, order: Order, target: Target, progress: Callable[[str], None]) -> Exchange:
    connection = target.open()
    aimed = contract.aimed_at(connection.base_url, connection.app, {**order.credential.headers, **order.vendor.headers})
    labels = {name: operation.label for name, operation in aimed.operations.items()}
    redact = Redactor(order.credential.secrets)
    return Exchange(aimed, connection, order.credential, Record(labels, aimed.chosen, redact), redact, progress)
