"""Bugs in a stand-in for Vapi, from what its API reference says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from tests.contracts.mutants.planting import (
    Ask,
    Mutant,
    Query,
    Reply,
    Seen,
    changed,
    members,
    renamed,
    rows,
    sending,
    without,
)

LIST, EXPORT, ONE = "/session", "/session/export", "/session/*"


def _metadata(**values: Any) -> Reply:
    def change(body: dict[str, Any], seen: Seen) -> dict[str, Any]:
        told = {name: value(body, seen) for name, value in values.items()}
        return {**body, "metadata": {**body["metadata"], **told}}

    return members(change)


def _kept(keep: Any) -> Reply:
    """Only these rows, and counted as such."""

    def change(body: dict[str, Any], seen: Seen) -> dict[str, Any]:
        kept = [row for row in body["results"] if keep(row, seen.query)]
        return {**body, "results": kept, "metadata": {**body["metadata"], "totalItems": len(kept)}}

    return members(change)


def _first_filter_only(query: Query) -> Query:
    ours = ("limit", "page", "sortBy", "sortOrder", "cursor")
    filters = [name for name in query if name not in ours]
    return {name: value for name, value in query.items() if name in ours or name == filters[0]} if filters else query


def _sorted_by(field: str, key: Any) -> Reply:
    def change(found: list[Any], seen: Seen) -> list[Any]:
        if seen.query.get("sortBy") != field:
            return found
        return sorted(found, key=key, reverse=seen.query.get("sortOrder") != "ASC")

    return rows("results", change)


def _overlapping(found: list[Any], seen: Seen) -> list[Any]:
    page = int(seen.query.get("page", "1"))
    before = seen.again({**seen.query, "page": str(page - 1)})["results"] if page > 1 else []
    return [*before[-1:], *found[: len(found) - 1]] if before and found else found


def _last_page_again(seen: Seen) -> Seen:
    body = seen.json
    if seen.status != 200 or body["results"] or "limit" not in seen.query or seen.query["limit"] == "0":
        return seen
    last = seen.again({**seen.query, "page": str(max(1, body["metadata"]["totalPages"]))})
    return seen.saying({**body, "results": last["results"]})


def _accepting(**bad: str) -> Ask:
    return lambda query: {name: value for name, value in query.items() if bad.get(name) != value}


_SWAPS = {"Gt": "Ge", "Ge": "Gt", "Lt": "Le", "Le": "Lt"}


def _swapped(field: str, ending: str) -> Ask:
    return renamed(**{field + ending: field + _SWAPS[ending]})


def _lines(change: Any) -> Reply:
    def reply(seen: Seen) -> Seen:
        if seen.status != 200 or "csv" not in seen.headers.get("Content-Type", ""):
            return seen
        return seen.saying(b"".join(change(seen.body.splitlines(keepends=True))))

    return reply


def _status(status: int, when: Any = lambda _: True) -> Reply:
    return lambda seen: replace(seen, status=status) if when(seen) else seen


def _mutant(id_: str, path: str, ask: Ask | None = None, reply: Reply | None = None, **others: Any) -> Mutant:
    return Mutant(id=id_, vendor="vapi", path=path, ask=ask, reply=reply, **others)


_memory: dict[str, bytes] = {}


def _stale(seen: Seen) -> Seen:
    """What was read first is answered for ever."""
    if seen.method == "GET" and seen.status == 200:
        return seen.saying(_memory.setdefault(seen.path, seen.body))
    return seen


MUTANTS = (
    # filters
    *(_mutant(f"{name} is ignored", LIST, without(name)) for name in ("id", "name", "assistantId", "squadId", "idAny")),
    *(_mutant(f"{name} is ignored", LIST, without(name)) for name in ("customerNumberAny", "phoneNumberIdAny")),
    *(_mutant(f"{name} is ignored", LIST, without(name)) for name in ("customer[email]", "customer[externalId]")),
    _mutant(
        "name in any case",
        LIST,
        without("name"),
        _kept(lambda row, query: "name" not in query or (row.get("name") or "").casefold() == query["name"].casefold()),
    ),
    _mutant(
        "name as a prefix",
        LIST,
        without("name"),
        _kept(lambda row, query: "name" not in query or (row.get("name") or "").startswith(query["name"])),
    ),
    _mutant("assistantIdAny takes one", LIST, changed("assistantIdAny", lambda text: text.split(",")[0])),
    _mutant("assistantIdAny is not split", LIST, renamed(assistantIdAny="assistantId")),
    _mutant("idAny forgets the last", LIST, changed("idAny", lambda text: text.rpartition(",")[0] or text)),
    _mutant("phoneNumberIdAny takes the last", LIST, changed("phoneNumberIdAny", lambda text: text.split(",")[-1])),
    _mutant("customer[number] is the name", LIST, renamed(**{"customer[number]": "customer[name]"})),
    _mutant("filters are OR", LIST, _first_filter_only),
    _mutant(
        "a filter loses its last row",
        LIST,
        None,
        _kept(lambda row, query: "assistantId" not in query or row["id"] > "1"),
    ),
    # dates
    *(_mutant(f"createdAt{ending} as {_SWAPS[ending]}", LIST, _swapped("createdAt", ending)) for ending in _SWAPS),
    *(_mutant(f"updatedAt{ending} as {_SWAPS[ending]}", LIST, _swapped("updatedAt", ending)) for ending in _SWAPS),
    _mutant("createdAtGe looks at updatedAt", LIST, renamed(createdAtGe="updatedAtGe")),
    _mutant("updatedAtLt is ignored", LIST, without("updatedAtLt")),
    _mutant("offsets are dropped", LIST, lambda q: {n: re.sub(r"[+-]\d\d:\d\d$", "Z", v) for n, v in q.items()}),
    _mutant(
        "milliseconds are dropped",
        LIST,
        lambda q: {n: re.sub(r"\.\d+(Z|\+00:00)$", r".000\1", v) for n, v in q.items()},
    ),
    # paging
    _mutant("page counts from 0", LIST, changed("page", lambda text: str(int(text) + 1) if text.isdecimal() else text)),
    _mutant("page is ignored", LIST, without("page")),
    _mutant("limit is ignored", LIST, without("limit")),
    _mutant(
        "limit is at most 50",
        LIST,
        changed("limit", lambda text: "50" if text.isdecimal() and int(text) > 50 else text),
    ),
    _mutant(
        "limit is one less",
        LIST,
        changed("limit", lambda text: str(max(1, int(text) - 1)) if text.isdecimal() else text),
    ),
    _mutant(
        "a page loses its last row",
        LIST,
        None,
        rows("results", lambda found, _: found[:-1] if len(found) > 1 else found),
    ),
    _mutant("a page repeats a row", LIST, None, rows("results", lambda found, _: [*found[:1], *found[:-1]])),
    _mutant("pages overlap", LIST, None, rows("results", _overlapping)),
    _mutant("totalItems is of the page", LIST, None, _metadata(totalItems=lambda body, _: len(body["results"]))),
    _mutant(
        "totalItems counts all",
        LIST,
        None,
        _metadata(totalItems=lambda _, seen: seen.again({})["metadata"]["totalItems"]),
    ),
    _mutant(
        "totalPages is rounded down",
        LIST,
        None,
        _metadata(totalPages=lambda b, _: b["metadata"]["totalItems"] // max(1, b["metadata"]["itemsPerPage"])),
    ),
    _mutant("hasNextPage is always true", LIST, None, _metadata(hasNextPage=lambda *_: True)),
    _mutant("hasNextPage is always false", LIST, None, _metadata(hasNextPage=lambda *_: False)),
    _mutant(
        "currentPage counts from 0", LIST, None, _metadata(currentPage=lambda b, _: b["metadata"]["currentPage"] - 1)
    ),
    _mutant("itemsPerPage is always 100", LIST, None, _metadata(itemsPerPage=lambda *_: 100)),
    _mutant(
        "limit=0 is the default", LIST, lambda query: query if query.get("limit") != "0" else {**query, "limit": "100"}
    ),
    _mutant("past the end comes the last page", LIST, None, _last_page_again),
    _mutant("cursor is ignored", LIST, without("cursor")),
    _mutant("cursor skips a row", LIST, None, rows("results", lambda found, seen: found["cursor" in seen.query :])),
    # order
    _mutant("sortOrder is ignored", LIST, without("sortOrder")),
    _mutant("sortBy is ignored", LIST, without("sortBy")),
    _mutant("the default order is ascending", LIST, lambda query: {"sortOrder": "ASC", **query}),
    _mutant("cost sorts as text", LIST, None, _sorted_by("cost", lambda row: str(row.get("cost") or 0))),
    _mutant("duration is updatedAt", LIST, None, _sorted_by("duration", lambda row: row["updatedAt"])),
    _mutant(
        "an order leaves out rows without cost",
        LIST,
        None,
        _kept(lambda r, q: q.get("sortBy") != "cost" or "cost" in r),
    ),
    _mutant("the order changes each time", LIST, None, rows("results", lambda found, _: _turned(found))),
    # rows
    _mutant("every list is empty", LIST, None, members(lambda b, _: {**b, "results": [], "metadata": _nothing(b)})),
    _mutant(
        "a row by id is another one",
        ONE,
        None,
        members(lambda body, _: {**body, "updatedAt": "2020-01-01T00:00:00.000Z"}),
    ),
    _mutant("a row by id lacks the customer", ONE, None, members(lambda body, _: _less(body, "customer"))),
    _mutant(
        "cost is text", LIST, None, rows("results", lambda found, _: [{**r, "cost": str(r.get("cost"))} for r in found])
    ),
    _mutant("orgId is missing", LIST, None, rows("results", lambda found, _: [_less(row, "orgId") for row in found])),
    # export
    _mutant("the export loses a row", EXPORT, None, _lines(lambda lines: lines[:-1])),
    _mutant("the export repeats a row", EXPORT, None, _lines(lambda lines: [*lines, lines[-1]])),
    _mutant("the export has other columns", EXPORT, without("columns")),
    _mutant("the export ignores filters", EXPORT, without("idAny")),
    _mutant("the export ignores the order", EXPORT, without("sortBy", "sortOrder")),
    _mutant(
        "the export quotes wrongly", EXPORT, None, _lines(lambda lines: [line.replace(b'""', b'"') for line in lines])
    ),
    _mutant("the export is everything by default", EXPORT, lambda query: {"limit": "1000", **query}),
    _mutant("the export has no header", EXPORT, None, _lines(lambda lines: lines[1:])),
    # errors and access
    _mutant("page 0 is taken", LIST, _accepting(page="0")),
    _mutant("limit 1001 is taken", LIST, _accepting(limit="1001")),
    _mutant("limit -1 is taken", LIST, _accepting(limit="-1")),
    _mutant("any sortBy is taken", LIST, _accepting(sortBy="name")),
    _mutant("any date is taken", LIST, _accepting(createdAtGt="yesterday")),
    _mutant("any parameter is taken", LIST, without("offset")),
    _mutant(
        "errors have no statusCode",
        LIST,
        None,
        lambda seen: seen.saying(_less(seen.json, "statusCode")) if seen.status == 400 else seen,
    ),
    _mutant("bad queries are 422", LIST, None, _status(422, lambda seen: seen.status == 400)),
    _mutant("unknown ids are 400", ONE, None, _status(400, lambda seen: seen.status == 404)),
    _mutant("no token is needed", "*", environ=lambda e: e.update(HTTP_AUTHORIZATION="Bearer any"), method="GET|POST"),
    _mutant("no token is 403", "*", None, _status(403, lambda seen: seen.status == 401)),
    _mutant(
        "a list is 500 when asked twice", LIST, None, _status(500, lambda seen: seen.query.get("sortBy") == "cost")
    ),
    # changes
    _mutant(
        "a new session is not kept", ONE, None, _status(404, lambda seen: b"Contract rule" in seen.body), needs="full"
    ),
    _mutant("a change is not read back", ONE, None, _stale, needs="full"),
    _mutant(
        "updatedAt stands still",
        ONE,
        None,
        members(lambda b, _: {**b, "updatedAt": b["createdAt"]}),
        needs="full",
        method="GET|PATCH",
    ),
    *(
        _mutant(
            name, LIST, method="POST", environ=sending(change), needs="full", operations=("SessionController_create",)
        )
        for name, change in (
            ("a model needs no provider", lambda body: _provided(body, "model", "openai")),
            ("a voice is of any provider", lambda body: _provided(body, "voice", "azure")),
            ("a number is in any form", lambda body: _less(body, "customer")),
            ("any member is taken", lambda body: _less(body, "metadata")),
        )
    ),
    _mutant("legacy members are refused", LIST, method="POST", environ=sending(lambda body: _modern(body))),
    _mutant("a body is required", LIST, method="POST", environ=sending(lambda body: body or [])),
    _mutant("any role is taken", ONE, method="PATCH", environ=sending(lambda b: _less(b, "messages")), needs="full"),
    _mutant(
        "a change clears the customer",
        ONE,
        None,
        members(lambda body, _: _less(body, "customer")),
        method="PATCH",
        needs="full",
    ),
    _mutant(
        "what is deleted is still there",
        ONE,
        method="DELETE",
        environ=lambda e: e.update(REQUEST_METHOD="GET"),
        needs="full",
    ),
)


def _less(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _provided(body: dict[str, Any], part: str, provider: str) -> dict[str, Any]:
    """Each such part of an assistant with this provider."""
    owners = {owner: _object(body.get(owner)) for owner in ("assistant", "assistantOverrides")}
    found = {owner: kept for owner, kept in owners.items() if isinstance(kept.get(part), dict)}
    return {**body, **{owner: {**kept, part: {**kept[part], "provider": provider}} for owner, kept in found.items()}}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _modern(body: dict[str, Any]) -> dict[str, Any]:
    """Legacy members under names that nobody knows."""
    assistant = {f"{name}_": value for name, value in _object(body.get("assistant")).items()}
    return {**body, "assistant": assistant} if "silenceTimeoutSeconds_" in assistant else body


def _nothing(body: dict[str, Any]) -> dict[str, Any]:
    return {**body["metadata"], "totalItems": 0, "totalPages": 0, "hasNextPage": False}


_turns = [0]


def _turned(found: list[Any]) -> list[Any]:
    """The rows from somewhere else on each time."""
    _turns[0] += 1
    at = _turns[0] % max(1, len(found))
    return found[at:] + found[:at]
