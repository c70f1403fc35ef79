"""A benchmark's results as a table, a JSON file and a plot."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Results = Mapping[str, Mapping[str, float | None]]
_COLOURS = ("#3b7dd8", "#d8703b", "#2f9e63", "#a04fc0", "#c03b55", "#8a7a1f", "#2a9aa8", "#7a7f87")
_LEFT, _TOP, _WIDTH, _HEIGHT = 70, 20, 520, 360


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the numbers to reach: what was measured, what is to be reached, and whether more is better."""

    what: str
    measured: float
    reach: float
    unit: str = "x"
    more_is_better: bool = True

    @property
    def met(self) -> bool:
        """Whether the number is reached."""
        return self.measured >= self.reach if self.more_is_better else self.measured <= self.reach


def show(title: str, results: Results, columns: Sequence[str], form: str = "{:,.1f}") -> None:
    """Print one table; a missing value is a dash."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for name, row in results.items():
        cells = ("–" if (value := row.get(column)) is None else form.format(value) for column in columns)
        table.add_row(name, *cells)
    Console(width=140).print(table)


def judge(targets: Iterable[Target]) -> None:
    """Print which numbers are reached."""
    table = Table(title="Numbers to reach", title_justify="left")
    for column in ("what", "reach", "measured", ""):
        table.add_column(column)
    for target in targets:
        sign = "≥" if target.more_is_better else "≤"
        table.add_row(
            target.what,
            f"{sign} {target.reach:g} {target.unit}",
            f"{target.measured:.3g} {target.unit}",
            "met" if target.met else "MISSED",
        )
    Console(width=140).print(table)


def save(folder: Path, name: str, content: Mapping[str, Any]) -> None:
    """Write NAME.json, with what it was measured on."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()}
    (folder / f"{name}.json").write_text(json.dumps({"on": machine, **content}, indent=2) + "\n")


def plot(path: Path, title: str, results: Results, columns: Sequence[str]) -> None:
    """Write an SVG of each row, in microseconds, over the columns, which are numbers; both axes are logarithmic."""
    points = {
        name: [(float(column), value) for column in columns if (value := row.get(column))]
        for name, row in results.items()
    }
    values = [value for line in points.values() for _, value in line]
    low, high = floor(log10(min(values))), floor(log10(max(values))) + 1
    first, last = log10(float(columns[0])), log10(float(columns[-1]))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - first) / ((last - first) or 1)
        return _LEFT + across * _WIDTH, _TOP + _HEIGHT * (1 - (log10(y) - low) / (high - low))

    marks = [*_grid(range(low, high + 1), columns, place), *_lines(points, place)]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 440" font-family="sans-serif" font-size="12">'
        f"<style>text{{fill:#444}}.grid{{stroke:#9994}}@media(prefers-color-scheme:dark){{text{{fill:#ccc}}}}</style>"
        f"<title>{title}</title>{''.join(marks)}</svg>\n"
    )


def _grid(powers: Iterable[int], columns: Sequence[str], place: Any) -> Iterable[str]:
    for power in powers:
        _, y = place(float(columns[0]), 10.0**power)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}h{_WIDTH}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_duration(power)}</text>'
    for column in columns:
        x, _ = place(float(column), 1)
        yield f'<path class="grid" d="M{x:.1f} {_TOP}v{_HEIGHT}"/>'
        yield f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 20}" text-anchor="middle">{int(column):,}</text>'
    yield f'<text x="{_LEFT + _WIDTH / 2}" y="{_TOP + _HEIGHT + 42}" text-anchor="middle">sessions</text>'


def _duration(power: int) -> str:
    """Ten to this power of microseconds."""
    unit = ("µs", "ms", "s")[min(2, max(0, power // 3))]
    return f"{10 ** (power - 3 * min(2, max(0, power // 3))):g} {unit}"


def _lines(points: Mapping[str, Sequence[tuple[float, float]]], place: Any) -> Iterable[str]:
    for number, (name, line) in enumerate(points.items()):
        colour, dash = _COLOURS[number % len(_COLOURS)], ' stroke-dasharray="5 4"' if "TinyDB" in name else ""
        corners = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in line)
        yield f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        for point in line:
            x, y = place(*point)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        y = _TOP + 10 + 18 * number
        yield f'<path d="M{_LEFT + _WIDTH + 15} {y - 4}h20" stroke="{colour}" stroke-width="2"{dash}/>'
        yield f'<text x="{_LEFT + _WIDTH + 40}" y="{y}">{name}</text>'
