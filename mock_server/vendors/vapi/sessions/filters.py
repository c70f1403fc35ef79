"""The query parameters of the list and of the export (FACTS.md F2 and F9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mock_server.core.query import Query
from mock_server.core.vendor import Context, Request
from mock_server.vendors.vapi.options import VapiOptions
from mock_server.vendors.vapi.paging import (
    CURSOR_PARAMETER,
    DEFAULT_LIMIT,
    WINDOW_PARAMETERS,
    ListCommand,
    list_command,
    to_query,
)
from mock_server.vendors.vapi.parameters import (
    Arguments,
    Parameter,
    ParameterTable,
    any_of,
    anything,
    boolean,
    choice,
    choices,
    comma_list,
    equals,
    not_an_object,
    phone,
    phone_list,
    read_parameters,
    refuses_unknown,
    split_query,
    string_array,
    text,
)

COLUMNS = (
    "id", "name", "status", "assistantId", "squadId", "customerName", "customerNumber", "phoneNumberId", "cost",
    "messages", "createdAt", "updatedAt",
)  # fmt: skip
FORMATS = ("csv", "json")


@dataclass(frozen=True, slots=True)
class ExportCommand:
    """A request for an export."""

    query: Query
    columns: tuple[str, ...]
    format: str


_CUSTOMER = {
    "customer.number": Parameter(phone(3, 40), equals("customer.number")),
    "customer.sipUri": Parameter(text(), equals("customer.sipUri")),
    "customer.name": Parameter(text(0, 40), equals("customer.name")),
    "customer.email": Parameter(text(0, 40), equals("customer.email")),
    "customer.externalId": Parameter(text(0, 40), equals("customer.externalId")),
    "customer.extension": Parameter(text(0, 10), equals("customer.extension")),
    "customer.numberE164CheckEnabled": Parameter(boolean),
    "customer.assistantOverrides": Parameter(anything),
    "customer.squadOverrides": Parameter(anything),
}
_SHARED: Mapping[str, Parameter] = {
    "id": Parameter(text(), equals("id")),
    "idAny": Parameter(comma_list, any_of("id")),
    "name": Parameter(text(), equals("name")),
    "assistantId": Parameter(text(), equals("assistantId")),
    "assistantIdAny": Parameter(comma_list, any_of("assistantId")),
    "squadId": Parameter(text(), equals("squadId")),
    "workflowId": Parameter(text(), equals("workflowId")),
    "customerNumberAny": Parameter(phone_list, any_of("customer.number")),
    "phoneNumberId": Parameter(text(), equals("phoneNumberId")),
    "phoneNumberIdAny": Parameter(string_array, any_of("phoneNumberId")),
    "customer": Parameter(not_an_object),
    **_CUSTOMER,
    **WINDOW_PARAMETERS,
}
# The list has the customer's fields without the prefix too; its `name` is the session's, and on the export `email` is
# where the file goes.
_ALIASES = {name.removeprefix("customer."): name for name in _CUSTOMER if name != "customer.name"}
_UNREAD = tuple(f"{parent}{name}." for parent in ("", "customer.") for name in ("assistantOverrides", "squadOverrides"))

LIST = ParameterTable(parameters={**_SHARED, **CURSOR_PARAMETER}, aliases=_ALIASES, unread=_UNREAD)
EXPORT = ParameterTable(
    parameters={
        **_SHARED,
        "columns": Parameter(choices(*COLUMNS)),
        "format": Parameter(choice(*FORMATS)),
        "email": Parameter(text()),
    },
    aliases=_ALIASES,
    unread=_UNREAD,
)


def parse_list(request: Request, context: Context) -> ListCommand:
    """Return the command of a list. Raises Problem with every violation at once."""
    command = _list_command if LIST.shown.shows_all(request.query) else _list_command.__wrapped__
    return command(request.query, refuses_unknown(context))


def parse_export(request: Request, context: Context) -> ExportCommand:
    """Return the command of an export. Raises Problem with every violation at once."""
    options: VapiOptions = context.options
    command = _export_command if EXPORT.shown.shows_all(request.query) else _export_command.__wrapped__
    return command(request.query, refuses_unknown(context), options.export_all)


@lru_cache(maxsize=4096)
def _list_command(query: str, strict: bool) -> ListCommand:
    return list_command(_read(query, LIST, strict))


@lru_cache(maxsize=4096)
def _export_command(query: str, strict: bool, everything: bool) -> ExportCommand:
    arguments = _read(query, EXPORT, strict)
    values = arguments.values
    default = None if everything and "page" not in values else DEFAULT_LIMIT
    return ExportCommand(
        query=to_query(arguments, values.get("limit", default)),
        columns=tuple(values.get("columns", COLUMNS)),
        format=values.get("format", FORMATS[0]),
    )


def _read(query: str, table: ParameterTable, strict: bool) -> Arguments:
    pairs = split_query(query, table.objects)
    names = pairs.get("name", [])
    if len(names) == 2:  # the vendor declares it twice: the session's name, then the customer's
        pairs["name"], second = names[:1], names[1:]
        pairs.setdefault("customer.name", []).extend(second)
    return read_parameters(pairs, table, strict=strict)
