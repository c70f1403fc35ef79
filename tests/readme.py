"""The documents: their code blocks, and their tables from code, which `python -m tests.readme` writes."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import BaseModel

from mock_server.core import bounds
from mock_server.ops import ROUTES
from mock_server.settings import OPTIONS, variable
from mock_server.vendors import VENDORS, WORLDS
from mock_server.web.delivery_faults import DeliveryFaultPlan

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = (*sorted((ROOT / "mock_server" / "docs").glob("*.md")), ROOT / "contracts" / "docs" / "README.md")
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
CHANGELOG = ROOT / ".github" / "CHANGELOG.md"
DOCUMENTS = (README, *DOCS, CONTRIBUTING, CHANGELOG)

# The figures that matter to a user.
_SHOWN = (
    "filtered page, first", "page by cost, two filters", "get by id", "pages in turn",
    "Evo Voice, filtered page, JSON, signed in", "Evo Voice, pages in turn, JSON", "Evo Voice, pages in turn, CSV",
)  # fmt: skip
_SECTION = r"(<!-- {}(?:: [^\n]*)? -->\n)(.*?)(<!-- end -->)"


def settings_table() -> str:
    """Return a row for each setting."""
    rows = ["| flag | variable | default | meaning |", "|---|---|---|---|"]
    for name, field in OPTIONS.items():
        flag = "--" + name.replace("_", "-")
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `{flag}` | `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def worlds_table() -> str:
    """Return a row for each named world."""
    rows = ["| world | what is in it |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in WORLDS.items())]
    return "\n".join(rows) + "\n"


def control_table() -> str:
    """Return a row for each route of the control API."""
    rows = ["| route | what it does |", "|---|---|"]
    rows += [f"| `{route.method} {route.path}` | {route.summary} |" for route in ROUTES]
    return "\n".join(rows) + "\n"


def fidelity_table() -> str:
    """Return a row for each claim of each vendor."""
    rows = ["| vendor | about | behaviour | basis |", "|---|---|---|---|"]
    for vendor in VENDORS:
        for claim in vendor.fidelity:
            rows.append(f"| {vendor.title} | {claim.topic} | {claim.behaviour} | {claim.basis} |")
    return "\n".join(rows) + "\n"


def operations_table(name: str) -> str:
    """Return a row for each operation of a vendor."""
    (vendor,) = (each for each in VENDORS if each.name == name)
    rows = ["| operation | method | path |", "|---|---|---|"]
    for operation in vendor.operations:
        if operation.listed:
            path = operation.path.replace("<", "{").replace(">", "}")
            rows.append(f"| {operation.name} | {', '.join(operation.methods)} | `{path}` |")
    return "\n".join(rows) + "\n"


def members_table(model: type[BaseModel]) -> str:
    """Return a row for each member of a JSON object."""
    rows = ["| member | default | what happens |", "|---|---|---|"]
    rows += [f"| `{name}` | {field.default} | {field.description} |" for name, field in model.model_fields.items()]
    return "\n".join(rows) + "\n"


def bounds_table() -> str:
    """Return a row for each bound: first those that are settings."""
    rows = ["| what is bounded | by default | beyond it | setting |", "|---|---|---|---|"]
    for name, what, beyond in bounds.SETTINGS:
        rows.append(f"| {what} | {OPTIONS[name].default:,} | {beyond} | `--{name.replace('_', '-')}` |")
    rows += [f"| {each.what} | {each.most} | {each.beyond} | |" for each in bounds.FIXED]
    return "\n".join(rows) + "\n"


def performance_table() -> str:
    """Return a row for each figure that a user may want, of those that the benchmarks left in fixtures/benchmarks."""
    rows = ["| what | figure | method |", "|---|---|---|"]
    figures = (*_requests(), *_deliveries(), *_peers(), *_store())
    rows += [f"| {what} | {figure} | {method} |" for what, figure, method in figures]
    return "\n".join(rows) + "\n"


def _figures(name: str) -> Any:
    return json.loads((ROOT / "fixtures" / "benchmarks" / f"{name}.json").read_text("utf-8"))


def _requests() -> Iterator[tuple[str, str, str]]:
    serve = _figures("serve")
    method = f"wrk, 8 connections, {serve['sessions']:,} sessions"
    for name in _SHOWN:
        yield name, f"{serve['results'][name]['ratio']:.2f} of the constant route's rate", method
    starts = sorted(serve["start"])
    yield (
        "`mock-server serve` to its first response",
        f"{median(starts):.2f} s",
        f"250 sessions, median of {len(starts)}",
    )


def _deliveries() -> Iterator[tuple[str, str, str]]:
    silent, load = _figures("events")["results"].values()
    yield (
        "creating sessions while the webhook's receiver never answers",
        f"{silent['ratio']:.2f} of the rate without a webhook",
        "wrk, 8 connections",
    )
    yield (
        f"{load['events']:,.0f} events to a receiver: {load['lost']:.0f} lost, {load['twice']:.0f} duplicated",
        f"{load['delivered/s']:,.0f} deliveries a second",
        "8 clients, server and receiver, all on the two cores",
    )


def _peers() -> Iterator[tuple[str, str, str]]:
    peers = _figures("peers")
    ours = peers["results"].pop("here")["requests/s"]
    method = f"wrk, 8 connections, a page of 100 of one assistant out of {peers['sessions']:,}"
    for name, row in peers["results"].items():
        yield f"the list page, compared with {name}", f"{ours / row['requests/s']:.0f} times the rate", method


def _store() -> Iterator[tuple[str, str, str]]:
    results = _figures("store")["results"]
    stock, ours = (results[name]["20000"] for name in ("stock TinyDB: insert, JSON file", "insert, process"))
    what = "one durable insert, compared with stock TinyDB's JSON file"
    yield what, f"{stock / ours:,.0f} times faster", "20,000 sessions"
    yield "opening a file", f"{results['open, seconds']['100000']:.1f} s", "100,000 sessions"
    memory = results["memory by JSON text"]["100000"]
    yield "resident memory", f"{memory:.1f} times the JSON text", "100,000 sessions, a fresh process"


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "worlds": worlds_table,
    "control": control_table,
    "fidelity": fidelity_table,
    "bounds": bounds_table,
    "performance": performance_table,
    "delivery-mode": partial(members_table, DeliveryFaultPlan),
    **{f"routes-{vendor.name}": partial(operations_table, vendor.name) for vendor in VENDORS},
}


def section(name: str) -> str:
    """Return what is between the marks of a section, in whichever document has it."""
    return _found(_SECTION.format(name))[2]


def code(name: str) -> str:
    """Return the code block after a mark, in whichever document has it."""
    return _found(rf"<!-- {name} -->\n```\w+\n(.*?)```")[1]


def blocks(path: Path) -> list[str]:
    """Return the marks of all code blocks of a document, an empty text for one without a mark."""
    opened = re.findall(r"(?:<!-- ([\w-]+) -->\n)?```(\w*)\n", path.read_text("utf-8"))
    return [mark for mark, language in opened if mark or language]


def _found(pattern: str) -> re.Match[str]:
    texts = (path.read_text("utf-8") for path in DOCUMENTS)
    matches = [match for text in texts for match in re.finditer(pattern, text, re.DOTALL)]
    assert len(matches) == 1, f"{len(matches)} places match {pattern!r}"
    return matches[0]


def main() -> None:
    """Write the tables into the documents."""
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        for name, table in TABLES.items():
            text = re.sub(_SECTION.format(name), partial(_filled, table()), text, flags=re.DOTALL)
        path.write_text(text, "utf-8")


def _filled(table: str, match: re.Match[str]) -> str:
    return match[1] + table + match[3]


if __name__ == "__main__":
    main()
