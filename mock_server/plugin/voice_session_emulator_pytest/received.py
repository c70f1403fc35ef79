"""The section of a failed test's report that lists the requests the server received."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .vendors import vendors
from .world import Mock, ask

_SHOWN = 20  # requests


def received(mock: Mock) -> str:
    """Return the last requests of a world, one line each, with what violates the vendor's document."""
    try:
        requests = mock.requests()
    except (AssertionError, OSError) as error:
        return f"The list of requests could not be read from the server: {error}"
    lines = [f"world {mock.world}, {len(requests)} request{'' if len(requests) == 1 else 's'}"]
    for each in requests[-_SHOWN:]:
        query = f"?{each['query']}" if each["query"] else ""
        lines.append(f"{each['method']} {each['path']}{query} -> {each['status']}")
        lines += [f"    {objection}" for objection in each["contract"]["request"]]
        lines += [f"    {hint}" for hint in _emptied_by(mock, each)]
    return "\n".join(lines)


def _emptied_by(mock: Mock, sent: dict[str, Any]) -> Iterator[str]:
    """Yield a hint for each filter without which an empty list would have rows."""
    pairs = parse_qsl(sent["query"], keep_blank_values=True)
    if sent["method"] != "GET" or sent["status"] != 200 or not pairs or _rows(mock, sent, pairs) != 0:
        return
    for name, value in pairs:
        others = _rows(mock, sent, [pair for pair in pairs if pair[0] != name])
        if others:
            found = "1 row matches" if others == 1 else f"{others} rows match"
            yield f"no row matches {name}={value}; without it, {found}"


def _rows(mock: Mock, sent: dict[str, Any], pairs: list[tuple[str, str]]) -> int | None:
    """Return how many rows the first page of a list has; None if the answer is not a list."""
    vendor = vendors().get(sent["vendor"])
    if vendor is None:
        return None
    headers = {**mock.headers, "X-Mock-Fault": "delay=0", "Accept": "application/json", **vendor["headers"]}
    try:
        answer = ask(mock.url, "GET", f"{sent['path']}?{urlencode(pairs)}", headers)
    except (AssertionError, ValueError):
        return None
    rows = answer.get(vendor["rows"]) if isinstance(answer, dict) else None
    return len(rows) if isinstance(rows, list) else None
