"""The request journal: list, count, wait for and expect requests."""

import operator
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Self
from urllib.parse import parse_qs

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mock_server.core.clock import format_instant
from mock_server.core.patterns import Pattern, fits
from mock_server.core.problems import Kind, Problem
from mock_server.core.redaction import HIDDEN, UNREADABLE
from mock_server.core.vendor import Request, Vendor
from mock_server.ops.control import Call, Nothing, Route
from mock_server.web.journal import Entry

_LARGEST = 2**53
_LISTED = 100  # requests whose numbers an unmet expectation lists
_COUNTS: dict[str, Callable[[int, int], bool]] = {
    "exactly": operator.eq, "at_least": operator.ge, "at_most": operator.le,
}  # fmt: skip


class Selection(BaseModel):
    """Selects requests: every member that is given must match. A path may contain the wildcards `*` and `?`."""

    model_config = ConfigDict(extra="forbid")

    vendor: str | None = None
    operation: str | None = None
    method: str | None = None
    path: Pattern | None = None
    status: Annotated[int, Field(ge=100, le=599)] | None = None

    def holds(self, entry: Entry) -> bool:
        """Return whether the request is selected."""
        return next(self.misses(entry), None) is None

    def misses(self, entry: Entry) -> Iterator[dict[str, Any]]:
        """Yield how the request differs from what is wanted."""
        for name in ("vendor", "operation", "method", "path", "status"):
            wanted, got = getattr(self, name), getattr(entry, name)
            if wanted is None or wanted == got:
                continue
            if (name == "path" and fits(got, wanted)) or (name == "method" and wanted.upper() == got):
                continue
            yield _difference(name, wanted, got)


class ListQuery(Selection):
    """Selects the last `limit` requests after the number `since`."""

    since: Annotated[int, Field(ge=0, le=_LARGEST)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class CountQuery(Selection):
    """Selects the requests after the number `since`."""

    since: Annotated[int, Field(ge=0, le=_LARGEST)] = 0


class WaitQuery(CountQuery):
    """Waits at most `timeout` seconds until there are `count` of them."""

    count: Annotated[int, Field(ge=1, le=_LARGEST)] = 1
    timeout: Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)] = 5


class Wanted(Selection):
    """A pattern, with query parameters, headers and members of the body that a request must have, among others."""

    query: dict[str, str | list[str]] = {}
    header: dict[str, Pattern] = {}
    body: Any = None

    def misses(self, entry: Entry) -> Iterator[dict[str, Any]]:
        """Yield how the request differs from what is wanted."""
        yield from super().misses(entry)
        given = parse_qs(entry.query, keep_blank_values=True)
        for name, wanted in self.query.items():
            values = [wanted] if isinstance(wanted, str) else wanted
            if given.get(name) != values:
                yield _difference(f"query.{name}", wanted, given.get(name))
        for name, wanted in self.header.items():
            got = entry.headers.get(name.title())
            if got is None or not fits(got, wanted):
                yield _difference(f"header.{name}", wanted, got)
        if self.body is not None:
            yield from _misses("body", self.body, _json(entry.body))


class Expectation(BaseModel):
    """How many requests of this pattern must follow the number `since`; at least one if no count is given."""

    model_config = ConfigDict(extra="forbid")

    request: Wanted
    exactly: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    at_least: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    at_most: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    since: Annotated[int, Field(ge=0, le=_LARGEST)] = 0

    @model_validator(mode="after")
    def _default_count(self) -> Self:
        if all(getattr(self, name) is None for name in _COUNTS):
            self.at_least = 1
        return self


def _found(call: Call, pattern: Selection, since: int) -> list[Entry]:
    entries = (entry for entry in call.world.journal.entries() if entry.number > since)
    return [entry for entry in entries if pattern.holds(entry)]


def _list(call: Call) -> dict[str, Any]:
    found = _found(call, call.query, call.query.since)[-call.query.limit :]
    return {"requests": [_shown(entry, call) for entry in found]}


def _count(call: Call) -> dict[str, Any]:
    return {"count": len(_found(call, call.query, call.query.since))}


def _wait(call: Call) -> dict[str, Any]:
    query, found = call.query, _found(call, call.query, call.query.since)
    if len(found) < query.count and query.timeout:
        call.api.limiter.acquire()
        try:
            found = call.world.journal.wait(query.holds, query.since, query.count, query.timeout, call.client_left)
        finally:
            call.api.limiter.release()
    if len(found) < query.count:
        raise Problem(
            Kind.TIMED_OUT, f"Expected {query.count} such requests within {query.timeout:g} s, received {len(found)}"
        )
    return {"requests": [_shown(entry, call) for entry in found]}


def _expect(call: Call) -> dict[str, Any]:
    """Return whether the expectation is met; if not, which requests match and how the nearest of the others differs."""
    wanted = call.body
    matching = _found(call, wanted.request, wanted.since)
    found = len(matching)
    counts = {name: getattr(wanted, name) for name in _COUNTS if getattr(wanted, name) is not None}
    met = all(_COUNTS[name](found, number) for name, number in counts.items())
    answer: dict[str, Any] = {"met": met, "found": found, "expected": counts}
    if not met:
        answer["matching"] = [entry.number for entry in matching[-_LISTED:]]
        entries = [entry for entry in call.world.journal.entries() if entry.number > wanted.since]
        off = [(list(wanted.request.misses(entry)), entry) for entry in entries]
        nearest = min((each for each in off if each[0]), key=lambda each: (len(each[0]), -each[1].number), default=None)
        if nearest is not None:
            answer |= {"nearest": _shown(nearest[1], call), "differences": nearest[0]}
    return answer


def _clear(call: Call) -> dict[str, Any]:
    count = len(call.world.journal.entries())
    call.world.journal.clear()
    return {"cleared": count}


def _shown(entry: Entry, call: Call) -> dict[str, Any]:
    return {
        "number": entry.number,
        "time": format_instant(entry.time),
        "milliseconds": round(entry.seconds * 1000, 3),
        "vendor": entry.vendor,
        "operation": entry.operation,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": entry.headers,
        "body": _json(entry.body),
        "status": entry.status,
        "size": entry.size,
        "answer": _json(entry.answer),
        "fault": entry.fault,
        "contract": {
            "request": _violations(entry, call),
            "answer": [f"changed by {entry.fault}"] if entry.fault else [],
        },
    }


def _violations(entry: Entry, call: Call) -> list[str]:
    """Return what in the request violates the vendor's documents, including parameters that are ignored."""
    vendor = next((vendor for vendor in call.api.vendors if vendor.name == entry.vendor), None)
    if vendor is None or not entry.operation:
        return ["not a documented operation"]
    return _parsing_problems(vendor, entry, call)


def _parsing_problems(vendor: Vendor, entry: Entry, call: Call) -> list[str]:
    headers = {name.lower(): text for name, text in entry.headers.items()}
    request = Request(
        method=entry.method, path=entry.path, query=entry.query, headers=headers, path_values=entry.path_values or {},
        body=b"" if entry.body == UNREADABLE else entry.body,
    )  # fmt: skip
    context = call.world.contexts[vendor.name].strict()
    operation = next(each for each in vendor.operations if each.name == entry.operation)
    try:
        operation.parse(request, context)
    except Problem as problem:
        return [each.message for each in problem.fields] or [problem.detail]
    return []


def _json(text: bytes) -> Any:
    """Return the value of JSON, other text as a string, and None for an empty body."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace")


def _misses(place: str, wanted: Any, got: Any) -> Iterator[dict[str, Any]]:
    """Yield where a value lacks what is wanted; it may have more."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name, each in wanted.items():
            yield from _misses(f"{place}.{name}", each, got.get(name))
    elif wanted != got:
        yield _difference(place, wanted, got)


def _difference(place: str, wanted: Any, got: Any) -> dict[str, Any]:
    """Return a difference; with `masked` if the journal does not show what was received, which may have been right."""
    masked = HIDDEN.encode() in orjson.dumps(got)
    return {"field": place, "expected": wanted, "received": got} | ({"masked": True} if masked else {})


REQUESTS = (
    Route(method="GET", path="/_mock/requests", summary="List the requests", act=_list, query=ListQuery,
        large=True),
    Route(method="GET", path="/_mock/requests/count", summary="Count requests", act=_count, query=CountQuery),
    Route(
        method="GET", path="/_mock/requests/wait", summary="Wait for requests", act=_wait, query=WaitQuery,
        problems=(Kind.TIMED_OUT, Kind.BUSY),
    ),
    Route(
        method="POST", path="/_mock/requests/expect", summary="Check that the expected requests came", act=_expect,
        body=Expectation,
    ),
    Route(method="DELETE", path="/_mock/requests", summary="Clear the request journal", act=_clear, body=Nothing),
)  # fmt: skip
