"""What a failed test's report says of the requests that the server received."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .world import Mock, ask

_SHOWN = 20  # requests


def received(mock: Mock) -> str:
    """Return the last requests of a world, a line each, with what the vendor's document has against them."""
    try:
        requests = mock.requests()
    except (AssertionError, OSError) as error:
        return f"The server cannot be asked what it received: {error}"
    lines = [f"world {mock.world}, {len(requests)} request{'' if len(requests) == 1 else 's'}"]
    for each in requests[-_SHOWN:]:
        query = f"?{each['query']}" if each["query"] else ""
        lines.append(f"{each['method']} {each['path']}{query} -> {each['status']}")
        lines += [f"    {objection}" for objection in each["contract"]["request"]]
        lines += [f"    {hint}" for hint in _emptied_by(mock, each)]
    return "\n".join(lines)


def _emptied_by(mock: Mock, sent: dict[str, Any]) -> Iterator[str]:
    """Name the filters without which an empty list would have rows."""
    pairs = parse_qsl(sent["query"], keep_blank_values=True)
    if sent["method"] != "GET" or sent["status"] != 200 or not pairs or _rows(mock, sent, pairs) != 0:
        return
    for name, value in pairs:
        others = _rows(mock, sent, [pair for pair in pairs if pair[0] != name])
        if others:
            yield f"nothing has {name}={value}; without it {others} are found"


def _rows(mock: Mock, sent: dict[str, Any], pairs: list[tuple[str, str]]) -> int | None:
    """Return how many rows the first page of a list has; None if the answer is not a list."""
    headers = {**mock.headers, "X-Mock-Fault": "delay=0"}
    if sent["vendor"] == "evovoice":
        headers["Authorization"] = "Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4="  # the seeded administrator
    try:
        answer = ask(mock.url, "GET", f"{sent['path']}?{urlencode(pairs)}", {**headers, "Accept": "application/json"})
    except (AssertionError, ValueError):
        return None
    rows = answer.get("results", answer.get("items")) if isinstance(answer, dict) else None
    return len(rows) if isinstance(rows, list) else None
