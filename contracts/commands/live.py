"""Runs against the vendor's own endpoint: `check --live`, and `sweep-up`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from contracts.catalog import VENDORS, Vendor
from contracts.commands.running import FILE, report, run
from contracts.commands.transport import transport_options
from contracts.gate import Gate, Terms
from contracts.harness import Order
from contracts.live import GateTarget, arm, cleaned_up, in_words, reading, stand_in
from contracts.result import COULD_NOT_RUN, CannotRun, RunResult, worst
from contracts.terminal import say
from contracts.transport import Transport

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
@transport_options
def sweep_up(vendor: str, upstream: str | None, ledger: Path, transport: Transport) -> None:
    """Delete the sessions that an interrupted --live-write left behind, as its ledger has them.

    Looks for what a create without an answer has made, by the mark that its ledger has.
    """
    with explained():
        gate = gate_of(VENDORS[vendor], upstream, ledger, transport, budget=1, rate=2.0, write=True)
        swept = gate.sweep_up()
        for mark in swept.missing:
            gate.ledger.settle(mark)
    left = swept.left
    say(f"{len(swept.deleted)} deleted, {len(left)} left" + (f": {', '.join(left)}" if left else ""))
    if swept.missing:
        say(f"Not listed by the vendor, so taken for never made: {in_words(gate, swept.missing)}.")
    if gate.ledger.uncertain:
        say(f"Could not look for {in_words(gate, gate.ledger.uncertain)}; run it again.", err=True)
    sys.exit(COULD_NOT_RUN if left or gate.ledger.uncertain else 0)


def check_live(
    order: Order,
    files: dict[str, Path | None],
    *,
    transport: Transport,
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
        gate = gate_of(order.vendor, upstream, ledger, transport, budget=budget, rate=rate, write=live_write)
    confirmed(gate, yes=yes)
    vendor, operations = reading(order.vendor, write=live_write)
    through = replace(
        order, vendor=vendor, operations=operations, credential=stand_in(vendor), live=True, write=live_write
    )
    results: list[RunResult] = []
    cleaned_up(gate, lambda: results.extend(run([through], GateTarget(gate))), partial(say, err=True))
    report(results, files)
    say(f"{gate.sent} requests sent, {gate.refused} kept back by the gate.", err=True)
    sys.exit(worst(results))


def confirmed(gate: Gate, *, yes: bool) -> None:
    """Say what will be sent at most, and go on only if that is wanted."""
    say(gate.terms, err=True)
    if not yes and not click.confirm("Send them?", err=True):
        say("Nothing was sent.", err=True)
        sys.exit(COULD_NOT_RUN)


def gate_of(
    vendor: Vendor,
    upstream: str | None,
    ledger: Path,
    transport: Transport,
    *,
    budget: int,
    rate: float,
    write: bool,
) -> Gate:
    terms = Terms(upstream=upstream or vendor.live.url, budget=budget, rate=rate, write=write)
    return arm(vendor, terms, ledger, transport)


@contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except CannotRun as error:
        say(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
