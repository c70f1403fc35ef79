"""The query parameters of the list and of the export, translated by a table (facts F2 and F9)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.query import AnyOf, Bound, Comparison, Criterion, Position, Query, Sort, Window
from mock_server.core.redaction import cached_by_query
from mock_server.core.vendor import Context, Request
from mock_server.vendors.vapi import cursors, parameters
from mock_server.vendors.vapi.options import VapiOptions
from mock_server.vendors.vapi.parameters import Reader, Refused

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
SORT_FIELDS = ("createdAt", "duration", "cost")
SORT_ORDERS = ("ASC", "DESC")
COLUMNS = (
    "id",
    "name",
    "status",
    "assistantId",
    "squadId",
    "customerName",
    "customerNumber",
    "phoneNumberId",
    "cost",
    "messages",
    "createdAt",
    "updatedAt",
)


@dataclass(frozen=True, slots=True)
class ListCommand:
    """A list request: what to find, and what its metadata echoes (instants in epoch milliseconds)."""

    query: Query
    page: int
    limit: int
    created_at_ge: int | None
    created_at_le: int | None


@dataclass(frozen=True, slots=True)
class ExportCommand:
    """An export request."""

    query: Query
    columns: tuple[str, ...]
    format: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one wire name is read, and which criterion its value becomes; None filters nothing."""

    read: Reader
    criterion: Callable[[Any], Criterion] | None = None


def _equals(field: str) -> Callable[[str], Criterion]:
    return lambda value: AnyOf(field, frozenset((value,)))


def _any_of(field: str) -> Callable[[Sequence[str]], Criterion]:
    return lambda values: AnyOf(field, frozenset(values))


_SUFFIXES = {"Gt": Comparison.GT, "Lt": Comparison.LT, "Ge": Comparison.GE, "Le": Comparison.LE}


def _bounds(field: str) -> dict[str, Parameter]:
    return {
        field + suffix: Parameter(parameters.instant, partial(Bound, field, comparison))
        for suffix, comparison in _SUFFIXES.items()
    }


def _cursor(values: Sequence[str]) -> tuple[str, Position] | None:
    text = parameters.text()(values)
    decoded = None if text is None else cursors.decode(text)
    if text is not None and decoded is None:
        raise Refused(_CURSOR_RULE)
    return decoded


_CURSOR_RULE = "{} must be the nextCursor of a page with the same sortBy"
_CUSTOMER = {
    "customer.number": Parameter(parameters.phone(3, 40), _equals("customer.number")),
    "customer.sipUri": Parameter(parameters.text(), _equals("customer.sipUri")),
    "customer.name": Parameter(parameters.text(0, 40), _equals("customer.name")),
    "customer.email": Parameter(parameters.text(0, 40), _equals("customer.email")),
    "customer.externalId": Parameter(parameters.text(0, 40), _equals("customer.externalId")),
    "customer.extension": Parameter(parameters.text(0, 10), _equals("customer.extension")),
    "customer.numberE164CheckEnabled": Parameter(parameters.boolean),
    "customer.assistantOverrides": Parameter(parameters.anything),
    "customer.squadOverrides": Parameter(parameters.anything),
}
_SHARED: dict[str, Parameter] = {
    "id": Parameter(parameters.text(), _equals("id")),
    "idAny": Parameter(parameters.comma_list, _any_of("id")),
    "name": Parameter(parameters.text(), _equals("name")),
    "assistantId": Parameter(parameters.text(), _equals("assistantId")),
    "assistantIdAny": Parameter(parameters.comma_list, _any_of("assistantId")),
    "squadId": Parameter(parameters.text(), _equals("squadId")),
    "workflowId": Parameter(parameters.text(), _equals("workflowId")),
    "customerNumberAny": Parameter(parameters.phone_list, _any_of("customer.number")),
    "phoneNumberId": Parameter(parameters.text(), _equals("phoneNumberId")),
    "phoneNumberIdAny": Parameter(parameters.string_array, _any_of("phoneNumberId")),
    "customer": Parameter(parameters.not_an_object),
    **_CUSTOMER,
    **_bounds("createdAt"),
    **_bounds("updatedAt"),
    "page": Parameter(parameters.whole(minimum=1)),
    "limit": Parameter(parameters.whole(minimum=0, maximum=MAX_LIMIT)),
    "sortOrder": Parameter(parameters.choice(*SORT_ORDERS)),
    "sortBy": Parameter(parameters.choice(*SORT_FIELDS)),
}
_LIST: dict[str, Parameter] = {
    **_SHARED,
    "cursor": Parameter(_cursor),
}
_EXPORT: dict[str, Parameter] = {
    **_SHARED,
    "columns": Parameter(parameters.choices(*COLUMNS)),
    "format": Parameter(parameters.choice("csv", "json")),
    "email": Parameter(parameters.text()),
}
# The list flattens the customer's fields into its own; `name` there is the session's, and on the
# export `email` is where the file goes.
_FLATTENED = {name.removeprefix("customer."): name for name in _CUSTOMER if name != "customer.name"}
_MEMBERS_OF_OBJECTS = tuple(
    f"{parent}{name}." for parent in ("", "customer.") for name in ("assistantOverrides", "squadOverrides")
)
_ITEM = re.compile(r"(?!customer\[\d)(\w+)\[\d*\]", re.ASCII)
_MEMBER = re.compile(r"\[([^\[\]]*)\]")


def parse_list(request: Request, context: Context) -> ListCommand:
    """The list's command. Raises Problem with every violation at once."""
    return _list_command(request.query, _refuses_unknown(context))


def parse_export(request: Request, context: Context) -> ExportCommand:
    """The export's command. Raises Problem with every violation at once."""
    options: VapiOptions = context.options
    return _export_command(request.query, _refuses_unknown(context), options.export_all)


def rows_asked(query: str) -> int:
    """Return the number of rows that a query string asks for."""
    limit = dict(parse_qsl(query)).get("limit", "")
    return int(limit[:18]) if limit.isdecimal() else 0


def _refuses_unknown(context: Context) -> bool:
    options: VapiOptions = context.options
    return context.strict_query or not options.lenient_query


@cached_by_query(4096)
def _list_command(query: str, strict: bool) -> ListCommand:
    values, criteria = _read(query, _LIST, strict)
    limit = values.get("limit", DEFAULT_LIMIT)
    return ListCommand(
        query=Query(criteria, _sort(values), _window(values, limit)),
        page=values.get("page", 1),
        limit=limit,
        created_at_ge=values.get("createdAtGe"),
        created_at_le=values.get("createdAtLe"),
    )


@cached_by_query(4096)
def _export_command(query: str, strict: bool, everything: bool) -> ExportCommand:
    values, criteria = _read(query, _EXPORT, strict)
    default = None if everything and "page" not in values else DEFAULT_LIMIT
    limit = values.get("limit", default)
    return ExportCommand(
        query=Query(criteria, _sort(values), _window(values, limit)),
        columns=tuple(values.get("columns", COLUMNS)),
        format=values.get("format", "csv"),
    )


def _read(query: str, table: Mapping[str, Parameter], strict: bool) -> tuple[dict[str, Any], tuple[Criterion, ...]]:
    """The values by wire name, and the criteria they become."""
    values: dict[str, Any] = {}
    criteria: list[Criterion] = []
    refused: list[Violation] = []
    for spelled, texts in _spelled(query).items():
        name = spelled if spelled in table else _FLATTENED.get(spelled, spelled)
        parameter = table.get(name)
        if parameter is None:
            if strict and not name.startswith(_MEMBERS_OF_OBJECTS):
                refused.append(_unknown(spelled, table))
            continue
        try:
            value = parameter.read(texts)
        except Refused as error:
            refused.append(Violation(spelled, error.about(spelled)))
            continue
        if value is None:
            continue
        values[name] = value
        if parameter.criterion is not None:
            criteria.append(parameter.criterion(value))
    if refused:
        raise Problem(Kind.INVALID, fields=tuple(dict.fromkeys(refused)))
    return values, tuple(criteria)


def _unknown(spelled: str, table: Mapping[str, Parameter]) -> Violation:
    """Return the violation about the outermost name that is not known; `customer` is an object of known names."""
    first, _, rest = spelled.partition(".")
    if first == "customer":
        member = rest.partition(".")[0]
        return Violation(f"customer.{member}", f"customer.property {member} should not exist")
    name = spelled if first in table or first in _FLATTENED else first
    return Violation(name, f"property {name} should not exist")


def _spelled(query: str) -> dict[str, list[str]]:
    """Values by the name as spelled, with `a[b]` as `a.b`, and `a[0]` as `a` save for the customer, an object."""
    pairs: dict[str, list[str]] = {}
    for raw, value in parse_qsl(query, keep_blank_values=True):
        if not raw:
            continue
        item = _ITEM.fullmatch(raw)
        pairs.setdefault(item[1] if item else _MEMBER.sub(r".\1", raw), []).append(value)
    names = pairs.get("name", [])
    if len(names) == 2:  # declared twice by the vendor: the session's name, then the customer's
        pairs["name"], second = names[:1], names[1:]
        pairs.setdefault("customer.name", []).extend(second)
    return pairs


def _sort(values: Mapping[str, Any]) -> Sort:
    return Sort(values.get("sortBy", "createdAt"), descending=values.get("sortOrder", "DESC") == "DESC")


def _window(values: Mapping[str, Any], limit: int | None) -> Window:
    if "cursor" not in values:
        return Window(limit, offset=0 if limit is None else (values.get("page", 1) - 1) * limit)
    field, after = values["cursor"]
    if field != _sort(values).field:
        raise Problem(Kind.INVALID, fields=(Violation("cursor", _CURSOR_RULE.replace("{}", "cursor")),))
    return Window(limit, after=after)
