"""Pages of a list: the parameters that filter, sort and cut it, and the envelope of its response (FACTS.md E2)."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.query import AnyOf, Criterion, Page, Query, Sort, Window
from mock_server.core.redaction import Names
from mock_server.core.store import Document
from mock_server.core.vendor import Context, Request
from mock_server.vendors.evovoice.binding import UNBOUND, bind, refuses_unknown_names
from mock_server.vendors.evovoice.contract import BOOLEAN, TEXT, TEXT_LIST, WHOLE, Contract, choice
from mock_server.vendors.evovoice.schemas.entities import API_NAMESPACE
from mock_server.vendors.evovoice.schemas.types import DataType, Member, Scalar

DEFAULT_COUNT = 25
DEFAULT_SORT = Sort("dateCreated", descending=True)
DESCEND = 1

LIST_REQUEST = Contract(
    "ListRequest",
    {
        "Page": WHOLE,
        "All": BOOLEAN,
        "CountPerPage": WHOLE,
        "SpecificIds": TEXT_LIST,
        "SortField": TEXT,
        "SortOrder": choice("Ascend", "Descend"),
        "SimplifiedPaging": BOOLEAN,
    },
    API_NAMESPACE,
)
"""The members that the requests of all lists have."""


@dataclass(frozen=True, slots=True)
class ListCommand:
    """A request for a page: what to find, and how the response counts."""

    query: Query
    page: int
    count: int
    everything: bool
    simplified: bool


@dataclass(frozen=True, eq=False)
class ListOperation:
    """A list: its contract, the members that filter it, and the members of a row that it can be sorted by.

    `criteria` makes a criterion from a member's value. `sort_fields` are the row's members by name in lower case.
    """

    contract: Contract
    criteria: Mapping[str, Callable[[Any], Criterion]]
    sort_fields: Mapping[str, str]

    @cached_property
    def shown(self) -> Names:
        """The names of the contract as the request journal uses them."""
        return Names((*self.contract.members, *UNBOUND))

    def parse(self, request: Request, context: Context) -> ListCommand:
        """Return the command. Raises Problem with every violation at once."""
        strict = refuses_unknown_names(context)
        if request.body or request.path_values:
            return self.command(bind(request, self.contract, strict=strict))
        command = _command_of_query if self.shown.shows_all(request.query) else _command_of_query.__wrapped__
        return command(self, request.query, strict)

    def command(self, values: Mapping[str, Any]) -> ListCommand:
        """Return the command for these members."""
        count = values.get("CountPerPage", DEFAULT_COUNT)
        count = count if count > 0 else DEFAULT_COUNT
        page, everything = max(0, values.get("Page", 0)), values.get("All", False)
        field = self.sort_fields.get(values.get("SortField", "").lower())
        return ListCommand(
            query=Query(
                tuple(criterion(values[name]) for name, criterion in self.criteria.items() if name in values),
                Sort(field, descending=values.get("SortOrder") == DESCEND) if field else DEFAULT_SORT,
                Window() if everything else Window(count, offset=page * count),
            ),
            page=page,
            count=count,
            everything=everything,
            simplified=values.get("SimplifiedPaging", False),
        )


def page_members(page: Page, command: ListCommand) -> dict[str, Any]:
    """Return the members of a list's response. The items stay encoded."""
    if command.simplified:
        total, pages, more = 0, 0, page.more
    elif command.everything:
        total, pages, more = page.total, min(1, page.total), False
    else:
        total, pages = page.total, -(-page.total // command.count)
        more = command.page + 1 < pages
    return {"items": page.rows, "totalCount": total, "totalPages": pages, "hasMorePages": more}


def rows_asked(query: str) -> int:
    """Return the number of rows that a query string asks for; 0 if it does not say."""
    values = {name.lower(): value for name, value in parse_qsl(query)}
    if values.get("all", "").lower() in ("true", "1"):
        return sys.maxsize
    count = values.get("countperpage", "")
    return int(count[:18]) if count.isdecimal() else 0


def any_of(field: str) -> Callable[[tuple[str | None, ...]], Criterion]:
    """Return what makes a criterion for `field` from a list of values. A null in the list matches nothing."""
    return lambda items: AnyOf(field, frozenset(item for item in items if item is not None))


def sort_keys(rows: DataType) -> dict[str, Callable[[Document], Any]]:
    """Return the sort keys of a list, the default first: one for each member that holds a single value.

    A missing text sorts before all others.
    """
    keys = {member.key: _value_of(member) for member in rows.members if isinstance(member.kind, Scalar)}
    return {DEFAULT_SORT.field: keys[DEFAULT_SORT.field], **keys}


def sort_fields(rows: DataType) -> dict[str, str]:
    """Return the members that a list can be sorted by, by name in lower case."""
    return {key.lower(): key for key in sort_keys(rows)}


@lru_cache(maxsize=4096)
def _command_of_query(operation: ListOperation, query: str, strict: bool) -> ListCommand:
    """Return the command of a request that has only a query string."""
    return operation.command(bind(Request("GET", "", query), operation.contract, strict=strict))


def _value_of(member: Member) -> Callable[[Document], Any]:
    key, absent = member.key, "" if member.kind is Scalar.STRING else 0
    return lambda document: document.get(key, absent)
