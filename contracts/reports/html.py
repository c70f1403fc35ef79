"""The report for a reader: one page that needs nothing else, in light and dark, on paper and on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import IO

from contracts.result import COULD_NOT_RUN, PASSED, Finding, RunResult

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5c6675; --line: #d9dee6; --paper: #fff; --card: #f6f8fa;
  --good: #1a7f4b; --bad: #c0303f; --warn: #9a6700 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b2; --line: #333b47; --paper: #12161c;
  --card: #1a2029; --good: #4cc38a; --bad: #ff6b7a; --warn: #e0b040 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .6rem } p { margin: .35rem 0 }
.soft { color: var(--soft) } .good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
.verdict { font-size: 1.1rem; font-weight: 600; margin: .8rem 0 0 }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.25rem }
section:first-of-type { border: 0; padding-top: 0 }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem;
  margin: .7rem 0 }
pre { margin: .6rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace;
  color: var(--soft) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .95rem }
th, td { text-align: left; padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 500 } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }
"""


def write_html(results: Sequence[RunResult], stream: IO[str]) -> None:
    """Write a page with a section for each run."""
    title = "Contract report: " + ", ".join(result.vendor for result in results)
    stream.write(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>\n'
    )
    for result in results:
        stream.writelines(_section(result))
    stream.write("</body></html>\n")


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
    broken = {finding.check for finding in result.findings}
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
    yield '<th class="n">failed</th><th class="n">checks</th></tr>'
    for each in result.operations:
        tone = "bad" if each.failed else ""
        yield f'<tr><td><code>{escape(each.label)}</code></td><td class="n">{each.cases}</td>'
        yield f'<td class="n {tone}">{each.failed}</td><td class="n">{each.checks}</td></tr>'
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
