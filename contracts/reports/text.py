"""The report for a person at a terminal; it may colour and cut, but says how much it has cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.printable import printable, printable_lines
from contracts.result import COULD_NOT_RUN, PASSED, Finding, RunResult

_SHOWN_FINDINGS = 25
_PIPE_WIDTH = 120


def write_text(results: Sequence[RunResult], stream: IO[str]) -> None:
    """Write for each run the table of operations, what was found and the verdict."""
    console = Console(file=stream, width=None if stream.isatty() else _PIPE_WIDTH, highlight=False)
    for result in results:
        _write(console, result)


def _write(console: Console, result: RunResult) -> None:
    _line(console, f"contracts check: {result.vendor} ({result.document}) against {result.target}")
    console.print(_table(result))
    _findings(console, result.findings)
    _list(console, "Accepted", result.accepted)
    _list(console, "Could not be done", result.errors)
    _list(console, "Warnings", result.warnings)
    _list(console, "Tolerated", tuple(_tolerated(result)))
    if result.coverage:
        asked = sum(row.times > 0 for row in result.coverage)
        _line(console, f"Asked for: {asked} of {len(result.coverage)} documented operations, parameters and values.")
    _line(console, _verdict(result), style="bold green" if result.exit_code == PASSED else "bold red")


def _table(result: RunResult) -> Table:
    table = Table(box=SIMPLE_HEAD, show_footer=True)
    table.add_column("Operation", footer="Total", no_wrap=True)
    columns = (
        ("Cases", str(result.cases)),
        ("Passed", str(sum(operation.passed for operation in result.operations))),
        ("Failed", str(sum(operation.failed for operation in result.operations))),
        ("Checks", str(sum(operation.checks for operation in result.operations))),
        ("Seconds", f"{result.seconds:.1f}"),
    )
    for heading, total in columns:
        table.add_column(heading, footer=total, justify="right", no_wrap=True)
    for operation in result.operations:
        counts = (operation.cases, operation.passed, operation.failed, operation.checks)
        table.add_row(
            Text(printable(operation.label)),
            *map(str, counts),
            f"{operation.seconds:.1f}",
            style="red" if operation.failed else "",
        )
    return table


def _findings(console: Console, findings: tuple[Finding, ...]) -> None:
    for number, finding in enumerate(findings[:_SHOWN_FINDINGS], 1):
        status = "" if finding.status is None else f", answered {finding.status}"
        times = "once" if finding.times == 1 else f"{finding.times} times"
        _line(console, f"{number}. {finding.operation}: {finding.check}", style="bold")
        _line(console, f"   {finding.message}")
        if finding.curl:
            _line(console, f"   seen {times}, in phase {finding.phase}{status}", style="dim")
        for line in finding.curl.split("\n"):
            _line(console, f"   {line}")
        _line(console, "")
    hidden = len(findings) - _SHOWN_FINDINGS
    if hidden > 0:
        _line(console, f"... and {hidden} more; --json FILE holds all of them.\n")


def _list(console: Console, title: str, lines: tuple[str, ...]) -> None:
    if lines:
        _line(console, f"{title}:", style="bold yellow")
        for line in lines:
            _line(console, f"  - {line}")
        _line(console, "")


def _tolerated(result: RunResult) -> list[str]:
    met = [entry for entry in result.tolerated if entry.times]
    return [f"{entry.times} x {entry.check} ({entry.scope}): {entry.reason}" for entry in met]


def _verdict(result: RunResult) -> str:
    word = {PASSED: "PASS", COULD_NOT_RUN: "NO VERDICT"}.get(result.exit_code, "FAIL")
    count = len(result.findings)
    found = {0: "no finding", 1: "1 finding"}.get(count, f"{count} findings")
    return f"{word}: {result.cases} cases, {found}, seed {result.seed}, {result.seconds:.1f} s"


def _line(console: Console, text: str, style: str = "") -> None:
    # Text, not markup: a curl line may hold square brackets. Unwrapped, so that it can be copied whole.
    console.print(Text(printable_lines(text), style=style), soft_wrap=True)
