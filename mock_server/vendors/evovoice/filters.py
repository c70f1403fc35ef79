"""The members of the two lists, translated by a table into queries (facts E2)."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.query import AnyOf, Containing, Criterion, Query, Sort, Window
from mock_server.core.redaction import cached_by_query
from mock_server.core.store import Document
from mock_server.core.vendor import Context, Request
from mock_server.vendors.evovoice.binding import bind
from mock_server.vendors.evovoice.contract import BOOLEAN, TEXT, TEXT_LIST, WHOLE, Contract, choice
from mock_server.vendors.evovoice.models import ACCOUNT, API, LISTED_SESSION, DataType, Member, Scalar
from mock_server.vendors.evovoice.options import EvoVoiceOptions

DEFAULT_COUNT = 25
DEFAULT_SORT = Sort("dateCreated", descending=True)
DESCEND = 1

_LIST = Contract(
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
    API,
)


@dataclass(frozen=True, slots=True)
class ListCommand:
    """A list request: what to find, and how its answer counts."""

    query: Query
    page: int
    count: int
    everything: bool
    simplified: bool


def _any_of(field: str) -> Callable[[tuple[str | None, ...]], Criterion]:
    return lambda items: AnyOf(field, frozenset(item for item in items if item is not None))


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One list: its contract, which of its members are criteria, and the members of a row to sort by."""

    contract: Contract
    criteria: Mapping[str, Callable[[Any], Criterion]]
    sort_fields: Mapping[str, str]

    def parse(self, request: Request, context: Context) -> ListCommand:
        """The list's command. Raises Problem with every violation at once."""
        strict = refuses_unknown(context)
        if request.body or request.path_values:
            return self._command(bind(request, self.contract, strict=strict))
        return _remembered(self, request.query, strict)

    def of_query(self, query: str, strict: bool) -> ListCommand:
        """The command of a request that has nothing but a query."""
        return self._command(bind(Request(method="GET", path="", query=query), self.contract, strict=strict))

    def _command(self, values: Mapping[str, Any]) -> ListCommand:
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


def rows_asked(query: str) -> int:
    """Return the number of rows that a query string asks for."""
    values = {name.lower(): value for name, value in parse_qsl(query)}
    if values.get("all", "").lower() in ("true", "1"):
        return sys.maxsize
    count = values.get("countperpage", "")
    return int(count[:18]) if count.isdecimal() else 0


def refuses_unknown(context: Context) -> bool:
    """Return whether an unknown query parameter is an error."""
    options: EvoVoiceOptions = context.options
    return context.strict_query or options.strict_query


@cached_by_query(4096)
def _remembered(listing: Listing, query: str, strict: bool) -> ListCommand:
    return listing.of_query(query, strict)


def sort_keys(rows: DataType) -> dict[str, Callable[[Document], Any]]:
    """What a list can be sorted by, with the default first: all members that hold one value.

    A text that is absent comes before all others.
    """
    keys = {member.key: _value_of(member) for member in rows.members if isinstance(member.kind, Scalar)}
    return {DEFAULT_SORT.field: keys[DEFAULT_SORT.field], **keys}


def _value_of(member: Member) -> Callable[[Document], Any]:
    key, absent = member.key, "" if member.kind is Scalar.STRING else 0
    return lambda document: document.get(key, absent)


SESSION_LIST = Listing(
    contract=Contract("ListAISessions", {"AccountIds": TEXT_LIST}, f"{API}.AI", _LIST),
    criteria={"AccountIds": _any_of("accountId"), "SpecificIds": _any_of("id")},
    sort_fields={key.lower(): key for key in sort_keys(LISTED_SESSION)},
)
ACCOUNT_LIST = Listing(
    contract=Contract("ListAccounts", {"NameFilter": TEXT}, f"{API}.Accounts", _LIST),
    criteria={"NameFilter": lambda text: Containing("name", text), "SpecificIds": _any_of("id")},
    sort_fields={key.lower(): key for key in sort_keys(ACCOUNT)},
)
