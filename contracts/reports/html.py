"""The report of a check for a reader, as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import IO

from contracts.reports.page import write_page
from contracts.result import COULD_NOT_RUN, PASSED, Finding, RunResult


def write_html(results: Sequence[RunResult], stream: IO[str]) -> None:
    """Write a page with a section for each run."""
    title = "Contract report: " + ", ".join(result.vendor for result in results)
    write_page(stream, title, map(_section, results))


def _section(result: RunResult) -> Iterator[str]:
    word, tone = {PASSED: ("Kept", "good"), COULD_NOT_RUN: ("No verdict", "warn")}.get(
        result.exit_code, ("Broken", "bad")
    )
    count = len(result.findings)
    found = {0: "no finding", 1: "1 finding"}.get(count, f"{count} findings")
    yield f"<section><h1>{escape(result.vendor)}</h1>"
    yield f'<p class="soft">{escape(result.document)} against {escape(result.target)}, level {escape(result.level)}, '
    yield f"seed {result.seed}, {result.when}</p>"
    yield f'<p class="verdict {tone}">{word}: {found}</p>'
    yield f'<p class="soft">{result.cases} requests judged in {result.seconds:.1f} s</p>'
    yield from _findings(result.findings)
    yield from _list("Accepted", result.accepted)
    yield from _list("Could not be done", result.errors)
    yield from _list("Warnings", result.warnings)
    yield from _rules(result)
    yield from _operations(result)
    yield from _coverage(result)
    yield from _list(
        "Tolerated", [f"{each.times} × {each.check}, {each.scope}: {each.reason}" for each in result.tolerated]
    )
    yield "</section>\n"


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    for number, finding in enumerate(findings):
        if number == 0:
            yield "<h2>Findings</h2>"
        times = "once" if finding.times == 1 else f"{finding.times} times"
        status = "" if finding.status is None else f", answered {finding.status}"
        yield f'<article><strong class="bad">{escape(finding.check)}</strong> in '
        yield f"<code>{escape(finding.operation)}</code><p>{escape(finding.message)}</p>"
        yield f'<p class="soft">seen {times}{status}</p><pre>{escape(finding.curl)}</pre></article>'


def _rules(result: RunResult) -> Iterator[str]:
    if not result.rules:
        return
    broken = {check for finding in result.findings for check in finding.checks}
    yield '<h2>Rules</h2><div class="wide"><table><tr><th>rule</th><th></th><th class="n">judged</th>'
    yield '<th class="n">could bite</th></tr>'
    for use in result.rules:
        state, tone = (
            ("broken", "bad") if use.rule in broken else ("holds", "good") if use.bitten else ("vacuous", "warn")
        )
        yield f'<tr><td>{escape(use.words)}<br><code class="soft">{escape(use.rule)}</code></td>'
        yield f'<td class="{tone}">{state}</td>'
        yield f'<td class="n">{use.judged}</td><td class="n">{use.bitten}</td></tr>'
    yield "</table></div>"


def _operations(result: RunResult) -> Iterator[str]:
    yield '<h2>Operations</h2><div class="wide"><table><tr><th>operation</th><th class="n">requests</th>'
    yield '<th class="n">failed</th><th class="n">checks</th><th class="n">findings</th></tr>'
    findings = Counter(finding.operation for finding in result.findings)
    for each in result.operations:
        tone, found = "bad" if each.failed else "", findings[each.label]
        yield f'<tr><td><code>{escape(each.label)}</code></td><td class="n">{each.cases}</td>'
        yield f'<td class="n {tone}">{each.failed}</td><td class="n">{each.checks}</td><td class="n">{found}</td></tr>'
    yield "</table></div>"


def _coverage(result: RunResult) -> Iterator[str]:
    if not result.coverage:
        return
    asked = sum(row.times > 0 for row in result.coverage)
    yield f'<h2>Coverage</h2><p class="soft">{asked} of {len(result.coverage)} documented operations, parameters and '
    yield 'values were asked for</p><div class="wide"><table><tr><th>operation</th><th>parameter</th>'
    yield '<th class="n">asked</th><th>rules</th></tr>'
    for row in result.coverage:
        name = f"{row.parameter}={row.value}" if row.value else row.parameter
        tone = "" if row.times else "warn"
        yield f"<tr><td><code>{escape(row.operation)}</code></td><td><code>{escape(name)}</code></td>"
        yield f'<td class="n {tone}">{row.times}</td><td class="soft">{escape(", ".join(row.rules))}</td></tr>'
    yield "</table></div>"


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<h2>{title}</h2><ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
