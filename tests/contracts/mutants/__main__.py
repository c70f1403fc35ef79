"""Checks every mutant at the levels it needs, and prints which caught it. Exit code 1 when one survives."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.contracts.mutants import hunt


def main() -> int:
    """Print the table of mutant x level."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendor", choices=sorted(hunt.MUTANTS), help="only the bugs of this one")
    parser.add_argument("--only", default="", help="only bugs with this text in their name")
    parser.add_argument("--needed-only", action="store_true", help="only the level that must catch a bug")
    options = parser.parse_args()
    vendors = [options.vendor] if options.vendor else sorted(hunt.MUTANTS)
    bugs = [(name, mutant.id) for name in vendors for mutant in hunt.MUTANTS[name] if options.only in mutant.id]
    table = Table(title="Which level catches which bug", title_justify="left")
    for column in ("vendor", "bug", *hunt.LEVELS, "by"):
        table.add_column(column)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        clean = list(pool.map(hunt.findings_of_the_sound, vendors))
        caught = list(pool.map(partial(hunt.hunt, needed_only=options.needed_only), bugs))
    for (vendor, name), levels in zip(bugs, caught, strict=True):
        table.add_row(vendor, escape(name), *_cells(levels))
    Console(width=150).print(table)
    survivors = [name for (_, name), levels in zip(bugs, caught, strict=True) if not any(levels.values())]
    print(f"{len(bugs)} bugs, {len(survivors)} survived: {', '.join(survivors) or 'none'}")
    print(f"the sound ones: {'clean' if not any(clean) else clean}")
    return 1 if survivors or any(clean) else 0


def _cells(levels: dict[str, list[str]]) -> list[str]:
    marks = ["–" if level not in levels else "caught" if levels[level] else "." for level in hunt.LEVELS]
    by = [checks for checks in levels.values() if checks][-1:]
    return [*marks, ", ".join(by[0][:3]) if by else "NOT CAUGHT"]


if __name__ == "__main__":
    sys.exit(main())
