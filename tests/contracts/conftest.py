"""A tiny real API, its document, and ways to spoil any WSGI application from outside."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from werkzeug.exceptions import HTTPException, abort
from werkzeug.routing import Map, Rule
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from contracts.catalog import Live, Step, Taken, Vendor
from contracts.credentials import bearer
from contracts.harness import Order, check
from contracts.result import RunResult
from contracts.targets import Connection, served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_COLOURS = ("red", "blue")
_POLL = 0.01  # seconds that a server takes at most to see that it is to stop


class TinyApi:
    """The API of tiny.yaml; keeps the requests it saw."""

    _urls = Map(
        [
            Rule("/things", methods=["GET"], endpoint="list_rows"),
            Rule("/things", methods=["POST"], endpoint="create"),
            Rule("/things/<id>", methods=["GET"], endpoint="get"),
            Rule("/things/<id>", methods=["DELETE"], endpoint="delete"),
        ]
    )

    def __init__(self, *, rows: int = 3, key: str | None = None) -> None:
        self.key = key
        self.seen: list[tuple[str, str, bytes]] = []
        self.rows: dict[str, dict[str, object]] = {}
        for _ in range(rows):
            self._new("red")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        self.seen.append((request.method, request.full_path, request.get_data() if request.is_json else b""))
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = _json({"message": error.name}, error.code or 400)
            response.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token.strip() or self.key not in (None, token):
            abort(401)
        endpoint, values = self._urls.bind_to_environ(request.environ).match()
        handle: Callable[..., Response] = getattr(self, f"_{endpoint}")
        return handle(request, **values)

    def _list_rows(self, request: Request) -> Response:
        colour, limit = request.args.get("colour", "red"), request.args.get("limit", "10")
        if any(len(values) > 1 for values in request.args.listvalues()):
            abort(400)
        if colour not in _COLOURS or not limit.isascii() or not limit.isdigit() or int(limit) > 10:
            abort(400)
        found = [row for row in self.rows.values() if row["colour"] == colour]
        return _json({"rows": found[: int(limit)]})

    def _create(self, request: Request) -> Response:
        try:
            body = json.loads(request.get_data())
        except ValueError:
            abort(400)
        if not isinstance(body, dict) or set(body) != {"colour"} or body["colour"] not in _COLOURS:
            abort(400)
        return _json(self._new(body["colour"]), 201)

    def _get(self, _request: Request, id: str) -> Response:
        return _json(self._known(id))

    def _delete(self, _request: Request, id: str) -> Response:
        row = self._known(id)
        del self.rows[str(row["id"])]
        return _json(row)

    def _known(self, id: str) -> dict[str, object]:
        try:
            return self.rows[str(UUID(id))]
        except ValueError:
            abort(400)
        except KeyError:
            abort(404)

    def _new(self, colour: str) -> dict[str, object]:
        identity = str(UUID(int=len(self.seen) * 1000 + len(self.rows), version=4))
        self.rows[identity] = {"id": identity, "owner": "Ann", "colour": colour, "cost": 1.5}
        return self.rows[identity]


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


@dataclass
class InProcess:
    """A target for the harness that is an application object."""

    app: WSGIApplication
    label: str = "in process"
    opened: int = field(default=0)

    def open(self) -> Connection:
        self.opened += 1
        return Connection("http://localhost", served(self.app))


def rewrite(app: WSGIApplication, change: Callable[[Request, Response], None]) -> WSGIApplication:
    """Wrap an application so that `change` may spoil each of its answers."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = Response.from_app(app, environ, buffered=True)
        change(Request(environ), response)
        return response(environ, start_response)

    return wrapped


def change_rows(app: WSGIApplication, change: Callable[[dict[str, Any]], object]) -> WSGIApplication:
    """Wrap an application so that `change` is applied to every object of its successful JSON answers."""

    def spoil(_request: Request, response: Response) -> None:
        if response.status_code < 300 and response.is_json:
            response.set_data(json.dumps(_changed(json.loads(response.get_data()), change)))

    return rewrite(app, spoil)


def _changed(value: Any, change: Callable[[dict[str, Any]], object]) -> Any:
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, dict):
        value = {key: _changed(item, change) for key, item in value.items()}
        change(value)
    return value


TINY = Vendor(
    name="tiny",
    document=Path(__file__).with_name("tiny.yaml"),
    live=Live(url="https://tiny.invalid", variables=("TINY_KEY",), operations=(), reads=(), create="/things"),
    walk=(
        Step(operation="listThings", expect=200, take={"listed thing": "/rows/0/id"}),
        Step(operation="getThing", expect=200, path={"id": Taken("listed thing")}),
        Step(operation="createThing", expect=201, body={"colour": "blue"}, take={"created thing": "/id"}),
        Step(
            operation="deleteThing",
            expect=200,
            path={"id": Taken("created thing")},
            take={"removed thing": "/id"},
        ),
        Step(operation="getThing", expect=404, path={"id": Taken("removed thing")}),
    ),
)


# Tests get all of this as fixtures, so that they need not import a conftest, which no import mode likes.


@pytest.fixture
def tiny_vendor() -> Vendor:
    """The tiny API's contract and walk."""
    return TINY


@pytest.fixture
def tiny_api() -> type[TinyApi]:
    """Makes tiny APIs."""
    return TinyApi


@pytest.fixture
def in_process() -> type[InProcess]:
    """Makes targets of application objects."""
    return InProcess


@pytest.fixture(name="rewrite")
def rewrite_fixture() -> Callable[..., WSGIApplication]:
    """Spoils answers."""
    return rewrite


@pytest.fixture(name="change_rows")
def change_rows_fixture() -> Callable[..., WSGIApplication]:
    """Spoils the objects inside answers."""
    return change_rows


@pytest.fixture
def run_tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunResult]:
    """Check a WSGI application against tiny.yaml, in an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def run(app: WSGIApplication, *, vendor: Vendor = TINY, **changes: Any) -> RunResult:
        reject_token = changes.pop("reject_token", None)
        credential = bearer("good-token", reject_token)
        order: dict[str, Any] = {"seed": 1, "max_examples": 5, "credential": credential, **changes}
        return check(Order(vendor=vendor, **order), InProcess(app))

    return run


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], str]:
    """Makes an object importable under a name that --app takes."""

    def offer(app: object) -> str:
        module = ModuleType("offered_app")
        module.app = app  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "offered_app", module)
        return "offered_app:app"

    return offer


class _Silent(WSGIRequestHandler):
    """Writes no line for each request, which costs more than some answers."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[WSGIApplication], str]]:
    """Serves applications over real HTTP on free ports until the test ends."""
    yield from _serving()


@pytest.fixture(scope="module")
def serve_module() -> Iterator[Callable[[WSGIApplication], str]]:
    """Serves applications over real HTTP on free ports until the last test of the module ends."""
    yield from _serving()


def _serving() -> Iterator[Callable[[WSGIApplication], str]]:
    servers: list[tuple[BaseWSGIServer, Thread]] = []

    def start(app: WSGIApplication) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
