"""Pages of a list: the parameters that cut and sort it, the envelope, and the opaque `nextCursor` (FACTS.md F2, F9)."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mock_server.core.clock import format_instant, parse_instant
from mock_server.core.problems import Kind, Problem
from mock_server.core.query import Page, Position, Query, Sort, Window
from mock_server.core.vendor import Context, Request, Response
from mock_server.vendors.vapi.binding import violation
from mock_server.vendors.vapi.parameters import Arguments, BrokenRule, Parameter, bounds, choice, text, whole

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
SORT_FIELDS = ("createdAt", "duration", "cost")
SORT_ORDERS = ("ASC", "DESC")
_LARGEST_INTEGER = 2**53  # of JavaScript; beyond it a JSON number is a float there


@dataclass(frozen=True, slots=True)
class ListCommand:
    """A request for a page: what to find, and what its metadata repeats (instants in epoch milliseconds)."""

    query: Query
    page: int
    limit: int
    created_at_ge: int | None
    created_at_le: int | None


def list_command(arguments: Arguments) -> ListCommand:
    """Return the command for these parameters. Raises Problem when the cursor is of another order."""
    values = arguments.values
    limit = values.get("limit", DEFAULT_LIMIT)
    return ListCommand(
        query=to_query(arguments, limit),
        page=values.get("page", 1),
        limit=limit,
        created_at_ge=values.get("createdAtGe"),
        created_at_le=values.get("createdAtLe"),
    )


def to_query(arguments: Arguments, limit: int | None) -> Query:
    """Return the query for these parameters; a limit of None is for all rows. Raises Problem as `list_command` does."""
    values = arguments.values
    sort = Sort(values.get("sortBy", "createdAt"), descending=values.get("sortOrder", "DESC") == "DESC")
    return Query(arguments.criteria, sort, _window(values, sort, limit))


def render_page(page: Page, command: ListCommand, _request: Request, _context: Context) -> Response:
    """Return the envelope of a page. Its rows are JSON already."""
    envelope = {"results": [orjson.Fragment(row) for row in page.rows], "metadata": _metadata(page, command)}
    return Response(body=orjson.dumps(envelope))


def rows_asked(query: str) -> int:
    """Return the number of rows that a query string asks for; 0 if it does not say."""
    limit = dict(parse_qsl(query)).get("limit", "")
    return int(limit[:18]) if limit.isdecimal() else 0


def encode_cursor(field: str, position: Position) -> str:
    """Return the cursor of a position in the order of `field`: base64url of the sort key and the id."""
    key, identifier = position
    shown = format_instant(key) if field == "createdAt" else key
    return base64.urlsafe_b64encode(orjson.dumps({field: shown, "id": identifier})).decode()


def decode_cursor(cursor: str) -> tuple[str, Position] | None:
    """Return the field and the position of a cursor; None if it is not one of ours."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
        (field,) = content.keys() & _KEYS.keys()
        return field, (_KEYS[field](content[field]), str(content["id"]))
    except (AttributeError, binascii.Error, KeyError, TypeError, ValueError):
        return None


def _metadata(page: Page, command: ListCommand) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "itemsPerPage": command.limit,
        "totalItems": page.total,
        "currentPage": command.page if command.page <= _LARGEST_INTEGER else float(command.page),
        "totalPages": -(-page.total // command.limit) if command.limit else 0,
        "hasNextPage": page.more,
    }
    if page.more and page.last is not None:
        metadata["nextCursor"] = encode_cursor(command.query.sort.field, page.last)
    metadata["sortOrder"] = "DESC" if command.query.sort.descending else "ASC"
    metadata["itemsBeyondRetention"] = False
    if command.created_at_le is not None:
        metadata["createdAtLe"] = format_instant(command.created_at_le)
    if command.created_at_ge is not None:
        metadata["createdAtGe"] = format_instant(command.created_at_ge)
    return metadata


def _window(values: Mapping[str, Any], sort: Sort, limit: int | None) -> Window:
    if "cursor" not in values:
        return Window(limit, offset=0 if limit is None else (values.get("page", 1) - 1) * limit)
    field, after = values["cursor"]
    if field != sort.field:
        raise Problem(Kind.INVALID, fields=(violation(["cursor"], "cursor"),))
    return Window(limit, after=after)


def _read_cursor(values: Sequence[str]) -> tuple[str, Position] | None:
    sent: str | None = text()(values)
    decoded = None if sent is None else decode_cursor(sent)
    if sent is not None and decoded is None:
        raise BrokenRule("cursor")
    return decoded


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return value


_KEYS: Mapping[str, Callable[[Any], Any]] = {"createdAt": parse_instant, "duration": _number, "cost": _number}

WINDOW_PARAMETERS: Mapping[str, Parameter] = {
    **bounds("createdAt"),
    **bounds("updatedAt"),
    "page": Parameter(whole(minimum=1)),
    "limit": Parameter(whole(minimum=0, maximum=MAX_LIMIT)),
    "sortOrder": Parameter(choice(*SORT_ORDERS)),
    "sortBy": Parameter(choice(*SORT_FIELDS)),
}
"""The parameters of all paged lists."""

CURSOR_PARAMETER: Mapping[str, Parameter] = {"cursor": Parameter(_read_cursor)}
