"""From granian's RSGI to WSGI: in which thread a request is served, and how its body and its answer travel."""

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from mock_server.app import HEADERS
from mock_server.core.lanes import Detour, enter_fast_lane
from mock_server.core.system_time import monotonic
from mock_server.core.vendor import Headers
from mock_server.web.addressing import headers_of, largest_body

_CONTROL = "_mock/"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_LARGEST_READ = 64 << 20
_RETRY_AFTER = ("Retry-After", "1")
_REPEATED = {"cookie": "; "}  # what joins values (RFC 6265); a comma joins all others (RFC 9110)


_log = logging.getLogger(__name__)

Note = Callable[[str, str, str, int, float], None]
"""Takes note of a response: method, path, query, status, and the seconds until it was ready to be sent."""


class _Call(NamedTuple):
    """A request as granian hands it over, and when that was, by the performance counter."""

    scope: Any
    protocol: Any
    started: float


class Gateway:
    """Calls the application.

    One thread serves what reads and is soon done, the loop's what was sent a body, which is awaited there: nobody
    waits for a slow one. The control API, changes of a file, streams and whoever takes a detour have a thread each.
    """

    def __init__(self, app: Any, address: tuple[Any, ...], note: Note | None, *, durable: bool) -> None:
        self._app = app
        self._note = note
        self._durable = durable
        self._loop: Any = None
        self._closed = False
        self._fast_lane = threading.Lock()
        self._apart: set[threading.Thread] = set()
        self._base = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REMOTE_ADDR": "",
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "SERVER_SOFTWARE": "Granian",
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,  # of Werkzeug, not of PEP 3333
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
        }

    def on(self, loop: asyncio.AbstractEventLoop) -> Callable[[Any], None]:
        """What granian calls with each request, in one thread; `loop` runs in another."""
        self._loop = loop
        return self._receive

    def refuse(self) -> None:
        """Serve nobody any more."""
        with self._fast_lane:
            self._closed = True

    def wait(self, deadline: float) -> None:
        """Wait for the requests that have a thread of their own, until the deadline by the monotonic clock."""
        for thread in [each for each in self._apart if each.is_alive()]:
            thread.join(max(0, deadline - monotonic()))

    def _receive(self, watcher: Any) -> None:
        """Serve a request. Nothing may be raised here: granian would never call again."""
        with self._fast_lane:
            if self._closed:
                return
            call = _Call(watcher.scope, watcher.proto, monotonic())
            try:
                if call.scope.method not in _READING or _has_body(call.scope.headers):
                    asyncio.run_coroutine_threadsafe(self._read(call), self._loop)
                else:
                    self._serve(call, b"")
            except BaseException:
                self._fail(call)

    async def _read(self, call: _Call) -> None:
        """Take the body, and of one that is refused only what shows it; read to its end, or the client misses why."""
        kept, size, largest = io.BytesIO(), 0, largest_body(call.scope.path)
        try:
            async for part in call.protocol:
                if size <= largest:
                    kept.write(part)
                size += len(part)
                if size > _LARGEST_READ:
                    break
        except RuntimeError:  # the client is gone
            self._respond(call, HTTPStatus.BAD_REQUEST)
            return
        try:
            self._serve(call, kept.getvalue())
        except Exception:
            self._fail(call)

    def _serve(self, call: _Call, body: bytes) -> None:
        control = call.scope.path.lstrip("/").startswith(_CONTROL)  # Flask takes as many slashes for one
        if control or (self._durable and call.scope.method not in _READING):
            self._start(self._answer, call, body)
            return
        enter_fast_lane()
        try:
            self._answer(call, body)
        except Detour:
            self._start(self._answer, call, body)

    def _answer(self, call: _Call, body: bytes) -> None:
        start = _Start()
        parts = self._app(self._environ(call.scope, body), start)
        if isinstance(parts, list):
            self._respond(call, start.status, start.headers, b"".join(parts))
        else:
            self._start(self._stream, call, start, parts)

    def _respond(self, call: _Call, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> None:
        call.protocol.response_bytes(status, [*headers], body)
        self._take_note(call, status)

    def _take_note(self, call: _Call, status: int) -> None:
        if self._note is not None:
            scope = call.scope
            self._note(scope.method, scope.path, scope.query_string, status, monotonic() - call.started)

    def _fail(self, call: _Call) -> None:
        """Log what is being raised, which is a defect, and answer 500."""
        _log.exception("%s %s failed", call.scope.method, ascii(call.scope.path))
        self._respond(call, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _stream(self, call: _Call, start: "_Start", parts: Iterable[bytes]) -> None:
        """Send the parts as they come, until there are no more or nobody is there to take them."""
        transport = call.protocol.response_stream(start.status, start.headers)
        self._take_note(call, start.status)
        try:
            for part in parts:
                asyncio.run_coroutine_threadsafe(_send(transport, part), self._loop).result()
        except (RuntimeError, asyncio.CancelledError):  # the client is gone, or the server about to be
            pass
        finally:
            _close(parts)

    def _start(self, serve: Callable[..., None], call: _Call, *values: Any) -> None:
        """Serve the request in a thread of its own; answer 503 when the system has none to give."""

        def run() -> None:
            try:
                serve(call, *values)
            except Exception:
                self._fail(call)
            finally:
                self._apart.discard(thread)

        thread = threading.Thread(target=run, name="mock-server-request", daemon=True)
        self._apart.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._apart.discard(thread)
            for value in values:
                _close(value)
            self._respond(call, HTTPStatus.SERVICE_UNAVAILABLE, [_RETRY_AFTER])

    def _environ(self, scope: Any, body: bytes) -> dict[str, Any]:
        """Unlike granian's own for WSGI it shows no variable of the process as a header."""
        headers, variables = _read(scope.headers.items())
        return {
            **self._base,
            "PATH_INFO": _wsgi(scope.path),
            "QUERY_STRING": _wsgi(scope.query_string),
            "REQUEST_METHOD": scope.method,
            "SERVER_PROTOCOL": "HTTP/1.1" if scope.http_version == "1.1" else "HTTP/1.0",
            "wsgi.input": io.BytesIO(body),
            HEADERS: headers,
            **variables,
        }


class _Start:
    """What WSGI calls start_response."""

    __slots__ = ("headers", "status")

    def __call__(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        self.status = int(status[:3])
        self.headers = headers


def _has_body(headers: Any) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _read(sent: Iterable[tuple[str, str]]) -> tuple[Headers, dict[str, str]]:
    """Headers by name, and by what WSGI calls them; one that was sent more than once has all its values."""
    joined: dict[str, str] = {}
    for name, value in sent:
        joined[name] = f"{joined[name]}{_REPEATED.get(name, ',')}{value}" if name in joined else value
    # WSGI cannot tell an underscore from a hyphen, so that a name with one could pass for another header.
    return headers_of(joined), {_variable(name): value for name, value in joined.items() if "_" not in name}


def _close(parts: Any) -> None:
    getattr(parts, "close", lambda: None)()


async def _send(transport: Any, part: bytes) -> None:
    await transport.send_bytes(part)


def _wsgi(text: str) -> str:
    """One letter a byte (PEP 3333)."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


@lru_cache(maxsize=1024)  # clients send the same few names over and over; values, which may be secret, are not cached
def _variable(header: str) -> str:
    """What WSGI calls a header."""
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
