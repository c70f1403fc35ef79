"""Vapi's list of sessions, from its API reference (facts F2, F5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from operator import ge, gt, le, lt
from typing import Any

from contracts.rules.laws import Bounds, Filter, Holds, ListLaws, Paging, Sorting, member, telling, typed
from contracts.rules.model import Row, Unreadable

_LIST = "SessionController_findAllPaginated"
_REFERENCE = "docs.vapi.ai/api-reference/sessions/list"
_FIRST_YEAR, _LAST_YEAR = 2, 9998  # an instant of these can be written with any offset


def _equals(field: str) -> Holds:
    return lambda row, text: bool(member(row, field) == text)


def _one_of(field: str) -> Holds:
    return lambda row, text: member(row, field) in text.split(",")


def _values(field: str, most: int = 2) -> Callable[[Sequence[Row]], list[str]]:
    return lambda rows: telling((member(row, field) for row in rows), most)


def _several(field: str) -> Callable[[Sequence[Row]], list[str]]:
    def pick(rows: Sequence[Row]) -> list[str]:
        texts = [text for text in telling((member(row, field) for row in rows), 3) if "," not in text]
        return [",".join(texts)] if texts else []

    return pick


def _filter(parameter: str, field: str, *, several: str = "", most: int = 2) -> tuple[str, Filter]:
    """A filter by equality, or by any of several values joined by commas."""
    return parameter, Filter(
        holds=_one_of(field) if several else _equals(field),
        values=_several(field) if several else _values(field, most),
        member=field,
        source=f"{_REFERENCE}, query parameter {parameter}",
        union_of=several,
    )


def _instant(text: Any) -> datetime:
    """An instant cut to milliseconds. Raises ValueError and TypeError."""
    found = datetime.fromisoformat(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _moment(row: Row, field: str) -> datetime:
    """The instant in a member of a row. Raises Unreadable when it is none, or at the end of the calendar."""
    text = typed(row, field, str)
    try:
        found = _instant(text)
    except ValueError:
        raise Unreadable(f"{field} is not a date-time") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise Unreadable(f"{field} is in the year {found.year}")
    return found


def _readable(rows: Sequence[Row], *fields: str) -> Iterator[list[str]]:
    """These members of each row that has an instant in all of them, as text."""
    for row in rows:
        with suppress(Unreadable):
            for field in fields:
                _moment(row, field)
            yield [row[field] for field in fields]


def _compares(field: str, comparison: Callable[[Any, Any], bool]) -> Holds:
    return lambda row, text: comparison(_moment(row, field), _instant(text))


def _instants(field: str) -> Callable[[Sequence[Row]], list[str]]:
    """The one in the middle, and one that lies within another row's life, which tells the two dates apart.

    Both are values that a row has: what tells > from >=.
    """

    def pick(rows: Sequence[Row]) -> list[str]:
        values = sorted(value for (value,) in _readable(rows, field))
        middle = values[len(values) // 2 : len(values) // 2 + 1]
        lives = list(_readable(rows, "createdAt", "updatedAt"))
        within = (value for value in values if any(start < value < end for start, end in lives))
        return list(dict.fromkeys([*middle, *islice(within, 1)]))

    return pick


def _bound(field: str, ending: str, comparison: Callable[[Any, Any], bool]) -> tuple[str, Filter]:
    return field + ending, Filter(
        holds=_compares(field, comparison),
        values=_instants(field),
        member=field,
        source=f"{_REFERENCE}, query parameter {field}{ending}",
    )


def _spellings(text: str) -> list[str]:
    """The instant with another offset, with finer digits, and without a letter for UTC."""
    instant = _instant(text)
    elsewhere = instant.astimezone(timezone(timedelta(hours=5, minutes=30)))
    return [
        elsewhere.isoformat(timespec="milliseconds"),
        instant.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        instant.isoformat(timespec="milliseconds"),
    ]


def _sorting(field: str, key: Callable[[Row], Any]) -> tuple[str, Sorting]:
    return field, Sorting(
        ascending={"sortBy": field, "sortOrder": "ASC"},
        descending={"sortBy": field, "sortOrder": "DESC"},
        key=key,
        member="cost" if field == "cost" else "createdAt",
    )


def _duration(row: Row) -> timedelta:
    return _moment(row, "updatedAt") - _moment(row, "createdAt")


def _cost(row: Row) -> float:
    """A row without a cost is sorted as if it had cost nothing."""
    return 0 if member(row, "cost") is None else typed(row, "cost", int, float)


def _newest(rows: Sequence[Row]) -> dict[str, str]:
    """The query for the rows after the oldest of these, since others may have been made at the same instant."""
    instants = sorted({str(member(row, "createdAt")) for row in rows})
    return {"createdAtGe": instants[1]} if len(instants) > 1 else {}


SESSIONS = ListLaws(
    operation=_LIST,
    whole={"limit": "1000"},
    rows_at="/results",
    total_at="/metadata/totalItems",
    ids="idAny",
    newest=_newest,
    filters=dict(
        (
            _filter("id", "id", most=1),
            _filter("idAny", "id", several="id"),
            _filter("name", "name", most=3),
            _filter("assistantId", "assistantId"),
            _filter("assistantIdAny", "assistantId", several="assistantId"),
            _filter("squadId", "squadId", most=1),
            _filter("phoneNumberId", "phoneNumberId", most=1),
            _filter("phoneNumberIdAny", "phoneNumberId", several="phoneNumberId"),
            _filter("customerNumberAny", "customer.number", several="customer[number]"),
            *(
                _filter(f"customer[{name}]", f"customer.{name}", most=2)
                for name in ("number", "sipUri", "name", "email", "externalId", "extension")
            ),
            *(
                _bound(field, ending, comparison)
                for field in ("createdAt", "updatedAt")
                for ending, comparison in (("Gt", gt), ("Ge", ge), ("Lt", lt), ("Le", le))
            ),
        )
    ),
    sortings=dict(
        (
            _sorting("createdAt", lambda row: _moment(row, "createdAt")),
            _sorting("duration", _duration),
            _sorting("cost", _cost),
        )
    ),
    default_sorting="createdAt",
    paging=Paging(
        query=lambda index, size: {"page": str(index + 1), "limit": str(size)},
        default_size=100,
        told=lambda index, size, total: {
            "/metadata/itemsPerPage": size,
            "/metadata/totalItems": total,
            "/metadata/currentPage": index + 1,
            "/metadata/totalPages": -(-total // size),
            "/metadata/hasNextPage": (index + 1) * size < total,
        },
    ),
    bounds=tuple(
        Bounds(
            member=field,
            greater=f"{field}Gt",
            greater_equal=f"{field}Ge",
            less=f"{field}Lt",
            less_equal=f"{field}Le",
            spellings=_spellings,
        )
        for field in ("createdAt", "updatedAt")
    ),
    impossible={"id": "00000000-0000-4000-8000-000000000000"},
    sources=dict.fromkeys(
        ("filter-sound", "filter-complete", "filter-narrows", "any-of", "bounds-split", "same-instant"),
        f"{_REFERENCE}, query parameters",
    )
    | dict.fromkeys(("order", "order-default", "order-whole", "order-reversed"), f"{_REFERENCE}, sortBy and sortOrder")
    | dict.fromkeys(
        ("count", "pages-joined", "page-size", "page-facts", "past-the-end", "nothing-found", "count-only", "cursor"),
        f"{_REFERENCE}, page, limit, cursor and PaginationMeta",
    )
    | {"stable": f"{_REFERENCE}: a list is read, not drawn"},
)

# Query, what is wrong with it: each bound that the reference states.
REFUSED = (
    ({"page": "0"}, "page below 1"),
    ({"limit": "1001"}, "limit above 1000"),
    ({"limit": "-1"}, "limit below 0"),
    ({"limit": "ten"}, "limit that is not a number"),
    ({"sortBy": "name"}, "sortBy outside its enum"),
    ({"sortOrder": "UP"}, "sortOrder outside its enum"),
    ({"createdAtGt": "yesterday"}, "createdAtGt that is not a date-time"),
    ({"offset": "0"}, "a parameter that is not documented"),
)

# Body of a new session, what is wrong with it.
REFUSED_BODIES: tuple[tuple[dict[str, object], str], ...] = (
    ({"assistant": {"model": {"model": "gpt-4o"}}}, "a model without a provider"),
    ({"assistantOverrides": {"model": {"temperature": 1}}}, "an override of a model without a provider"),
    ({"assistant": {"voice": {"provider": "nobody"}}}, "a voice of an unknown provider"),
    ({"assistant": {"transcriber": {"language": "en"}}}, "a transcriber without a provider"),
    ({"customer": {"number": "4155550123"}}, "a number that is not E.164"),
    ({"metadata": {}}, "a member that is not documented"),
)

# Body of a change, what is wrong with it.
REFUSED_CHANGES: tuple[tuple[dict[str, object], str], ...] = (
    ({"messages": [{"role": "nope"}]}, "a message with an unknown role"),
    ({"assistantId": "00000000-0000-4000-8000-000000000000"}, "a member that cannot be changed"),
)
