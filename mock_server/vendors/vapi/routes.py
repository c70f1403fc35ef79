"""The table of operations, and how requests become commands and outcomes become answers."""

from collections.abc import Iterator
from typing import Any

import orjson

from mock_server.core.clock import format_instant
from mock_server.core.problems import Kind, Problem
from mock_server.core.query import Page
from mock_server.core.vendor import Context, Operation, Request, Response
from mock_server.vendors.vapi import bodies, cursors, export
from mock_server.vendors.vapi.filters import ExportCommand, ListCommand, parse_export, parse_list
from mock_server.vendors.vapi.models import is_uuid
from mock_server.vendors.vapi.sessions import Sessions, UpdateCommand

_EXPORTS = {
    "csv": (export.as_csv, "text/csv; charset=utf-8"),
    "json": (export.as_json, "application/json; charset=utf-8"),
}


def _parse_id(request: Request, _: Context) -> str:
    key = request.path_values["id"]
    if not is_uuid(key):
        raise Problem(Kind.INVALID, "Validation failed (uuid is expected)")
    return key.lower()


def _parse_create(request: Request, context: Context) -> dict[str, Any]:
    return bodies.read_create(request, context.webhook_hosts)


def _parse_update(request: Request, context: Context) -> UpdateCommand:
    return UpdateCommand(_parse_id(request, context), bodies.read_update(request))


def _render_session(encoded: bytes, _command: Any, _request: Request, _context: Context) -> Response:
    return Response(body=encoded)


def _render_created(encoded: bytes, _command: Any, _request: Request, _context: Context) -> Response:
    return Response(body=encoded, status=201)


def _render_page(page: Page, command: ListCommand, _request: Request, _context: Context) -> Response:
    return Response(body=_written(page, command))


def _written(page: Page, command: ListCommand) -> bytes:
    metadata: dict[str, Any] = {
        "itemsPerPage": command.limit,
        "totalItems": page.total,
        # The largest integers of JavaScript; beyond them a JSON number is a float there.
        "currentPage": command.page if command.page <= 2**53 else float(command.page),
        "totalPages": -(-page.total // command.limit) if command.limit else 0,
        "hasNextPage": page.more,
    }
    if page.more and page.last is not None:
        metadata["nextCursor"] = cursors.encode(command.query.sort.field, page.last)
    metadata["sortOrder"] = "DESC" if command.query.sort.descending else "ASC"
    metadata["itemsBeyondRetention"] = False
    if command.created_at_le is not None:
        metadata["createdAtLe"] = format_instant(command.created_at_le)
    if command.created_at_ge is not None:
        metadata["createdAtGe"] = format_instant(command.created_at_ge)
    return _joined(page.rows, b'],"metadata":%b}' % orjson.dumps(metadata))


def _joined(rows: tuple[bytes, ...], end: bytes) -> bytes:
    """The page's body, its rows copied once."""
    parts = list(rows) or [b""]
    parts[0] = b'{"results":[' + parts[0]
    parts[-1] += end
    return b",".join(parts)


def _render_export(sessions: Iterator[bytes], command: ExportCommand, _request: Request, _context: Context) -> Response:
    write, media_type = _EXPORTS[command.format]
    return Response(
        body=write(sessions, command.columns),
        media_type=media_type,
        headers=(("Content-Disposition", f'attachment; filename="sessions.{command.format}"'),),
    )


# Parse, act, render, each step a column.
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = tuple(
    Operation(name=name, methods=(method,), path=path, parse=parse, act=act, render=render, slow=name == "export")
    for name, method, path, parse, act, render in (
        ("create", "POST", "/session", _parse_create, Sessions.create, _render_created),
        ("list", "GET", "/session", parse_list, Sessions.find, _render_page),
        ("export", "GET", "/session/export", parse_export, Sessions.export, _render_export),
        ("get", "GET", "/session/<id>", _parse_id, Sessions.get, _render_session),
        ("update", "PATCH", "/session/<id>", _parse_update, Sessions.update, _render_session),
        ("delete", "DELETE", "/session/<id>", _parse_id, Sessions.delete, _render_session),
    )
)
