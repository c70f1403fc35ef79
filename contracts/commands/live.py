"""Runs against the vendor's own endpoint: `check --live`, and `sweep-up`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from contracts.catalog import VENDORS, Vendor
from contracts.commands.running import FILE, report, run
from contracts.gate import Gate, Terms
from contracts.harness import Order
from contracts.live import GateTarget, arm, cleaned_up, reading, stand_in
from contracts.printable import printable
from contracts.result import COULD_NOT_RUN, CannotRun, RunResult, worst

upstream_option = click.option(
    "--upstream", metavar="URL", envvar="CONTRACTS_UPSTREAM", help="In place of the vendor's own URL, for a live run."
)
ledger_option = click.option(
    "--ledger",
    type=FILE,
    envvar="CONTRACTS_LEDGER",
    default=Path(".contracts-ledger"),
    show_default=True,
    help="Where the ids of sessions made by --live-write are kept until they are deleted.",
)


@click.command("sweep-up")
@click.option("--vendor", type=click.Choice(list(VENDORS)), required=True, help="Whose endpoint.")
@upstream_option
@ledger_option
def sweep_up(vendor: str, upstream: str | None, ledger: Path) -> None:
    """Delete the sessions that an interrupted --live-write left behind, as its ledger has them."""
    with explained():
        gate = gate_of(VENDORS[vendor], upstream, ledger, budget=1, rate=2.0, write=True)
        owned = gate.ledger.owned
        left = gate.sweep_up()
    click.echo(f"{len(owned) - len(left)} deleted, {len(left)} left" + (f": {', '.join(left)}" if left else ""))
    sys.exit(COULD_NOT_RUN if left else 0)


def check_live(
    order: Order,
    files: dict[str, Path | None],
    *,
    live_write: bool,
    upstream: str | None,
    ledger: Path,
    yes: bool,
    budget: int,
    rate: float,
    live: bool,
) -> NoReturn:
    """Check the vendor's own endpoint, once the person at the terminal has agreed."""
    del live
    with explained():
        gate = gate_of(order.vendor, upstream, ledger, budget=budget, rate=rate, write=live_write)
    confirmed(gate, yes=yes)
    vendor, operations = reading(order.vendor, write=live_write)
    through = replace(
        order, vendor=vendor, operations=operations, credential=stand_in(vendor), live=True, write=live_write
    )
    results: list[RunResult] = []
    cleaned_up(gate, lambda: results.extend(run([through], GateTarget(gate))), lambda text: click.echo(text, err=True))
    report(results, files)
    click.echo(f"{gate.sent} requests sent, {gate.refused} kept back by the gate.", err=True)
    sys.exit(worst(results))


def confirmed(gate: Gate, *, yes: bool) -> None:
    """Say what will be sent at most, and go on only if that is wanted."""
    click.echo(str(gate.terms), err=True)
    if not yes and not click.confirm("Send them?", err=True):
        click.echo("Nothing was sent.", err=True)
        sys.exit(COULD_NOT_RUN)


def gate_of(vendor: Vendor, upstream: str | None, ledger: Path, *, budget: int, rate: float, write: bool) -> Gate:
    terms = Terms(upstream=upstream or vendor.live.url, budget=budget, rate=rate, write=write)
    return arm(vendor, terms, ledger)


@contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except CannotRun as error:
        click.echo("\n".join(map(printable, f"Error: {error}".split("\n"))), err=True)
        sys.exit(error.exit_code)
