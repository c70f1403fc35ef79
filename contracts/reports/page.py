"""The frame of a report for readers: one page that needs nothing else, in light and dark, on paper and on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import IO

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
article th { width: 6rem; font-weight: 400 }
table { border-collapse: collapse; width: 100%; font-size: .95rem }
th, td { text-align: left; padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 500 } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }
"""


def write_page(stream: IO[str], title: str, sections: Iterable[Iterable[str]]) -> None:
    """Write the sections, each a run of HTML, one below the other."""
    stream.write(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>\n'
    )
    for section in sections:
        stream.writelines(section)
    stream.write("</body></html>\n")
