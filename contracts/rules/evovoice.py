"""Evo Voice's lists of sessions and of accounts, from its metadata pages (facts E2, E3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from contracts.rules.laws import Filter, ListLaws, Paging, Sorting, member, telling, typed
from contracts.rules.model import Row

_PAGE = "evovoice.io/json/metadata?op=ListAISessions"


def _one_of(field: str) -> Callable[[Row, str], bool]:
    return lambda row, text: member(row, field) in text.split(",")


def _several(field: str, most: int = 3) -> Callable[[Sequence[Row]], list[str]]:
    """One value, and several joined by commas."""

    def pick(rows: Sequence[Row]) -> list[str]:
        texts = [text for text in telling((member(row, field) for row in rows), most) if "," not in text]
        return [*texts[:1], ",".join(texts)] if len(texts) > 1 else texts

    return pick


def _ids(parameter: str, field: str) -> tuple[str, Filter]:
    return parameter, Filter(
        holds=_one_of(field),
        values=_several(field),
        member=field,
        source=f"{_PAGE}, {parameter}",
        union_of=parameter,
    )


def _value(row: Row, field: str, absent: str | int = "") -> Any:
    """A member of the type of `absent`, which takes its place in rows without. Raises Unreadable for another type."""
    return absent if member(row, field) is None else typed(row, field, type(absent))


def _parts_of_names(rows: Sequence[Row]) -> list[str]:
    """A name in another case, and the beginning of one."""
    names = telling((row.get("name") for row in rows), 3)
    return [text for name in names[:2] for text in (name.swapcase(), name[: max(3, len(name) // 2)])]


def _sorting(field: str, absent: str | int = "") -> tuple[str, Sorting]:
    return field, Sorting(
        ascending={"SortField": field, "SortOrder": "Ascend"},
        descending={"SortField": field, "SortOrder": "Descend"},
        key=lambda row: _value(row, field, absent),
        member=field,
    )


_ENTITY = ("id", "dateCreated", "dateLastModified", "createdBy", "lastModifiedBy")
_LAWS_OF_LISTS = (
    dict.fromkeys(("filter-sound", "filter-complete", "filter-narrows", "any-of"), f"{_PAGE}, AccountIds, SpecificIds")
    | dict.fromkeys(("order", "order-default", "order-whole", "order-reversed"), f"{_PAGE}, SortField and SortOrder")
    | dict.fromkeys(
        ("count", "pages-joined", "page-size", "page-facts", "past-the-end", "nothing-found"),
        f"{_PAGE}, Page, CountPerPage and the ListResponse",
    )
    | {
        "all-at-once": f"{_PAGE}, All",
        "simplified": f"{_PAGE}, SimplifiedPaging",
        "has-more": f"{_PAGE}, HasMorePages",
        "ids-any-order": f"{_PAGE}, SpecificIds",
        "stable": f"{_PAGE}: a list is read, not drawn",
    }
)

SESSIONS = ListLaws(
    operation="ListAISessions",
    whole={"All": "true"},
    rows_at="/items",
    total_at="/totalCount",
    ids="SpecificIds",
    filters=dict((_ids("AccountIds", "accountId"), _ids("SpecificIds", "id"))),
    sortings=dict(_sorting(field) for field in ("accountName", "purpose", *_ENTITY)),
    default_sorting="dateCreated",
    paging=Paging(
        query=lambda index, size: {"Page": str(index), "CountPerPage": str(size)},
        default_size=25,
        told=lambda index, size, total: {
            "/totalCount": total,
            "/totalPages": -(-total // size),
            "/hasMorePages": (index + 1) * size < total,
        },
    ),
    impossible={"SpecificIds": "nobody"},
    sources=_LAWS_OF_LISTS,
)
ACCOUNTS = replace(
    SESSIONS,
    operation="ListAccounts",
    filters={
        "NameFilter": Filter(
            holds=lambda row, text: text.casefold() in _value(row, "name").casefold(),
            values=_parts_of_names,
            member="name",
            source="evovoice.io/xml/metadata?op=ListAccounts, NameFilter",
        ),
        **dict((_ids("SpecificIds", "id"),)),
    },
    sortings=dict((_sorting("name"), _sorting("maxPhoneNumbers", 0), _sorting("dateCreated"))),
)

# Query, what is wrong with it.
REFUSED = (
    ({"Page": "one"}, "Page that is no int"),
    ({"CountPerPage": "1.5"}, "CountPerPage that is no int"),
    ({"Page": "2147483648"}, "Page above the largest int"),
    ({"All": "yes"}, "All that is no bool"),
    ({"SortOrder": "Up"}, "SortOrder outside its enum"),
    ({"SimplifiedPaging": "maybe"}, "SimplifiedPaging that is no bool"),
)
