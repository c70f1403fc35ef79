"""The tables of the README that come from code. `python -m tests.readme` writes them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from mock_server.ops import ROUTES
from mock_server.settings import OPTIONS, variable
from mock_server.vendors import VENDORS, WORLDS

README = Path(__file__).parents[1] / "README.md"
_SECTION = r"(<!-- {}[^\n]*-->\n)(.*?)(<!-- end -->)"


def settings_table() -> str:
    """A row for each setting."""
    rows = ["| flag | variable | default | meaning |", "|---|---|---|---|"]
    for name, field in OPTIONS.items():
        flag = "--" + name.replace("_", "-")
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `{flag}` | `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def worlds_table() -> str:
    """A row for each named world."""
    rows = ["| world | what is in it |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in WORLDS.items())]
    return "\n".join(rows) + "\n"


def control_table() -> str:
    """A row for each route of the control API."""
    rows = ["| route | what it does |", "|---|---|"]
    rows += [f"| `{route.method} {route.path}` | {route.summary} |" for route in ROUTES]
    return "\n".join(rows) + "\n"


def fidelity_table() -> str:
    """A row for each claim of each vendor."""
    rows = ["| vendor | about | behaviour | basis |", "|---|---|---|---|"]
    for vendor in VENDORS:
        for claim in vendor.fidelity:
            rows.append(f"| {vendor.title} | {claim.topic} | {claim.behaviour} | {claim.basis} |")
    return "\n".join(rows) + "\n"


def performance_table() -> str:
    """A row for each figure that the benchmarks left in fixtures/benchmarks."""
    rows = ["| what | figure | method |", "|---|---|---|"]
    rows += [
        f"| {what} | {figure} | {method} |"
        for what, figure, method in (*_served(), *_told(), *_beside_peers(), *_stored())
    ]
    return "\n".join(rows) + "\n"


def _figures(name: str) -> Any:
    return json.loads((README.parent / "fixtures" / "benchmarks" / f"{name}.json").read_text("utf-8"))


def _served() -> Iterator[tuple[str, str, str]]:
    serve = _figures("serve")
    method = f"wrk, 8 connections, {serve['sessions']:,} sessions; median of pairs taken in turn in one server"
    for name, row in serve["results"].items():
        if "ratio" in row:
            yield f"{name}, against a route of constant bytes", f"{row['ratio']:.2f} of its rate", method
    for name, row in serve["shares"].items():
        yield name, f"{row['ratio']:.2f} of its rate", "wrk, 8 connections; median of pairs of a second in turn"
    starts = sorted(serve["start"])
    yield "`mock-server serve` to its first answer", f"{median(starts):.2f} s", f"250 sessions, median of {len(starts)}"


def _told() -> Iterator[tuple[str, str, str]]:
    silent, load = _figures("events")["results"].values()
    yield (
        "creating sessions while the webhook's receiver never answers",
        f"{silent['ratio']:.2f} of the rate without a webhook",
        "wrk, 8 connections; median of pairs of servers taken in turn",
    )
    yield (
        f"{load['events']:,.0f} events to a receiver: {load['lost']:.0f} lost, {load['twice']:.0f} twice",
        f"{load['delivered/s']:,.0f} deliveries a second",
        "8 clients, server and receiver, all on the two cores; one run",
    )


def _beside_peers() -> Iterator[tuple[str, str, str]]:
    peers = _figures("peers")
    ours = peers["results"].pop("here")["requests/s"]
    method = f"wrk, 8 connections, a page of 100 of one assistant out of {peers['sessions']:,}; one run"
    for name, row in peers["results"].items():
        yield f"the list page, against {name}", f"{ours / row['requests/s']:.0f} times the rate", method


def _stored() -> Iterator[tuple[str, str, str]]:
    store = _figures("store")
    results, large = store["results"], "the engine alone, 100,000 sessions"
    compared = "the engine alone, 1,000,000 sessions against 1,000, in turn"
    for name, ratio in store["flatness"].items():
        yield f"{name} page of 100 with total", f"{ratio:.2f} times the cost", compared
    cold = "two filters, range, by cost, page 50: cold"
    yield cold, f"{results[cold]['100000'] / 1000:.2f} ms", large
    yield "the same, repeated", f"{results['the same, repeated']['100000'] / 1000:.2f} ms", large
    stock, ours = (results[f"{name}"]["20000"] for name in ("stock TinyDB: insert, JSON file", "insert, process"))
    yield "one durable insert, against stock TinyDB's JSON file", f"{stock / ours:,.0f} times faster", "20,000 sessions"
    yield "opening a file", f"{results['open, seconds']['100000']:.1f} s", "100,000 sessions"
    memory = results["memory by JSON text"]["100000"]
    yield "resident memory", f"{memory:.1f} times the JSON text", "100,000 sessions, a fresh process"


TABLES = {
    "settings": settings_table, "worlds": worlds_table, "control": control_table, "fidelity": fidelity_table,
    "performance": performance_table,
}  # fmt: skip


def section(name: str) -> str:
    """What stands between the marks of a section."""
    match = re.search(_SECTION.format(name), README.read_text("utf-8"), re.DOTALL)
    assert match, f"the README has no section {name}"
    return match[2]


def code(name: str) -> str:
    """The code block behind a mark."""
    match = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert match, f"the README has no code block {name}"
    return match[1]


def main() -> None:
    """Write the tables into the README."""
    text = README.read_text("utf-8")
    for name, table in TABLES.items():
        before, after = _around(text, name)
        text = before + table() + after
    README.write_text(text, "utf-8")


def _around(text: str, name: str) -> tuple[str, str]:
    match = re.search(_SECTION.format(name), text, re.DOTALL)
    assert match, f"the README has no section {name}"
    return text[: match.start(2)], text[match.end(2) :]


if __name__ == "__main__":
    main()
