"""The operations on sessions: how requests become commands, and outcomes responses (FACTS.md F1)."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from mock_server.core.query import Page
from mock_server.core.vendor import Context, Operation, Request, Resource, Response
from mock_server.vendors.vapi.binding import read_body, read_id, without_nulls
from mock_server.vendors.vapi.paging import ListCommand, render_page
from mock_server.vendors.vapi.sessions.collection import SESSIONS
from mock_server.vendors.vapi.sessions.export import write_csv, write_json
from mock_server.vendors.vapi.sessions.filters import EXPORT, LIST, ExportCommand, parse_export, parse_list
from mock_server.vendors.vapi.sessions.models import CreateSessionDTO, UpdateSessionDTO
from mock_server.vendors.vapi.sessions.service import SessionService, UpdateCommand

if TYPE_CHECKING:
    from mock_server.vendors.vapi.emulation import VapiEmulation

Fields = dict[str, Any]
Command = TypeVar("Command")
Outcome = TypeVar("Outcome")

_EXPORTS = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "json": (write_json, "application/json; charset=utf-8"),
}


def _by(
    method: Callable[[SessionService, str, Command], Outcome],
) -> "Callable[[VapiEmulation, str, Command], Outcome]":
    """Return the step that runs a method of the service."""
    return lambda emulation, organisation, command: method(emulation.sessions, organisation, command)


def _parse_create(request: Request, context: Context) -> Fields:
    return without_nulls(read_body(request, CreateSessionDTO, context.webhook_hosts))


def _parse_update(request: Request, context: Context) -> UpdateCommand:
    """Return the change. Its nulls stay, since they clear members."""
    return UpdateCommand(read_id(request, context), read_body(request, UpdateSessionDTO))


def _render_session(encoded: bytes, _command: object, _request: Request, _context: Context) -> Response:
    return Response(body=encoded)


def _render_created(encoded: bytes, _command: object, _request: Request, _context: Context) -> Response:
    return Response(body=encoded, status=201)


def _render_export(sessions: Iterator[bytes], command: ExportCommand, _request: Request, _context: Context) -> Response:
    write, media_type = _EXPORTS[command.format]
    return Response(
        body=write(sessions, command.columns),
        media_type=media_type,
        headers=(("Content-Disposition", f'attachment; filename="sessions.{command.format}"'),),
    )


_CREATE: Operation[str, Fields, bytes] = Operation(
    name="create",
    methods=("POST",),
    path="/session",
    parse=_parse_create,
    act=_by(SessionService.create),
    render=_render_created,
)
_LIST: Operation[str, ListCommand, Page] = Operation(
    name="list",
    methods=("GET",),
    path="/session",
    parse=parse_list,
    names=LIST.names,
    act=_by(SessionService.find),
    render=render_page,
)
_EXPORT: Operation[str, ExportCommand, Iterator[bytes]] = Operation(
    name="export",
    methods=("GET",),
    path="/session/export",
    parse=parse_export,
    names=EXPORT.names,
    act=_by(SessionService.export),
    render=_render_export,
    slow=True,
)
_GET: Operation[str, str, bytes] = Operation(
    name="get",
    methods=("GET",),
    path="/session/<id>",
    parse=read_id,
    act=_by(SessionService.get),
    render=_render_session,
)
_UPDATE: Operation[str, UpdateCommand, bytes] = Operation(
    name="update",
    methods=("PATCH",),
    path="/session/<id>",
    parse=_parse_update,
    act=_by(SessionService.update),
    render=_render_session,
)
_DELETE: Operation[str, str, bytes] = Operation(
    name="delete",
    methods=("DELETE",),
    path="/session/<id>",
    parse=read_id,
    act=_by(SessionService.delete),
    render=_render_session,
)

RESOURCE = Resource(
    name="sessions",
    operations=(_CREATE, _LIST, _EXPORT, _GET, _UPDATE, _DELETE),
    collections=(SESSIONS,),
)
