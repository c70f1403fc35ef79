"""From granian's RSGI to WSGI: in which thread a request is served, and how its body and its answer travel."""

import asyncio
import io
import sys
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from time import sleep
from typing import Any

from mock_server.app import HEADERS
from mock_server.core.lanes import Detour, enter_fast_lane
from mock_server.core.system_time import monotonic
from mock_server.core.vendor import Headers
from mock_server.web.addressing import headers_of, largest_body

_CONTROL = "_mock/"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_LARGEST_READ = 64 << 20
_QUIET = 0.001  # seconds without a call
_REPEATED = {"cookie": "; "}  # what joins values (RFC 6265); a comma joins all others (RFC 9110)


class Gateway:
    """Calls the application.

    One thread serves what reads and is soon done, the loop's what was sent a body, which is awaited there: nobody
    waits for a slow one. The control API, changes of a file, streams and whoever takes a detour have a thread each.
    """

    def __init__(self, app: Any, address: tuple[Any, ...], *, durable: bool) -> None:
        self._app = app
        self._durable = durable
        self._loop: Any = None
        self._closed = False
        self._calls = 0
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

    def wait(self, seconds: float) -> None:
        """Wait so long for those who are being served, and for granian to call no more.

        A thread of granian that came back to an interpreter that is about to end would end it the hard way.
        """
        deadline = monotonic() + seconds
        for thread in list(self._apart):
            thread.join(max(0, deadline - monotonic()))
        calls = -1
        while calls != self._calls and monotonic() < deadline:
            calls = self._calls
            sleep(_QUIET)

    def _receive(self, watcher: Any) -> None:
        with self._fast_lane:
            self._calls += 1
            if self._closed:
                return
            scope, protocol = watcher.scope, watcher.proto
            if scope.method not in _READING or _has_body(scope.headers):
                asyncio.run_coroutine_threadsafe(self._read(scope, protocol), self._loop)
            else:
                self._serve(scope, protocol, b"")

    async def _read(self, scope: Any, protocol: Any) -> None:
        """Take the body, and of one that is refused only what shows it; read to its end, or the client misses why."""
        kept, size, largest = io.BytesIO(), 0, largest_body(scope.path)
        try:
            async for part in protocol:
                if size <= largest:
                    kept.write(part)
                size += len(part)
                if size > _LARGEST_READ:
                    break
        except RuntimeError:  # the client is gone
            protocol.response_empty(HTTPStatus.BAD_REQUEST, [])
            return
        self._serve(scope, protocol, kept.getvalue())

    def _serve(self, scope: Any, protocol: Any, body: bytes) -> None:
        control = scope.path.lstrip("/").startswith(_CONTROL)  # Flask takes as many slashes for one
        if control or (self._durable and scope.method not in _READING):
            self._start(self._answer, scope, protocol, body)
            return
        enter_fast_lane()
        try:
            self._answer(scope, protocol, body)
        except Detour:
            self._start(self._answer, scope, protocol, body)

    def _answer(self, scope: Any, protocol: Any, body: bytes) -> None:
        start = _Start()
        parts = self._app(self._environ(scope, body), start)
        if isinstance(parts, list):
            protocol.response_bytes(start.status, start.headers, b"".join(parts))
        else:
            self._start(self._stream, protocol.response_stream(start.status, start.headers), parts)

    def _stream(self, transport: Any, parts: Iterable[bytes]) -> None:
        """Send the parts as they come, until there are no more or nobody is there to take them."""
        try:
            for part in parts:
                asyncio.run_coroutine_threadsafe(_send(transport, part), self._loop).result()
        except (RuntimeError, asyncio.CancelledError):  # the client is gone, or the server about to be
            pass
        finally:
            getattr(parts, "close", lambda: None)()

    def _start(self, call: Callable[..., None], *values: Any) -> None:
        def run() -> None:
            try:
                call(*values)
            finally:
                self._apart.discard(thread)

        thread = threading.Thread(target=run, name="mock-server-request", daemon=True)
        self._apart.add(thread)
        thread.start()

    def _environ(self, scope: Any, body: bytes) -> dict[str, Any]:
        """Unlike granian's own for WSGI it shows no variable of the process as a header."""
        headers, variables = _read(tuple(scope.headers.items()))
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


@lru_cache(maxsize=256)  # clients send the same headers over and over
def _read(sent: tuple[tuple[str, str], ...]) -> tuple[Headers, dict[str, str]]:
    """Headers by name, and by what WSGI calls them; one that was sent more than once has all its values."""
    joined: dict[str, str] = {}
    for name, value in sent:
        joined[name] = f"{joined[name]}{_REPEATED.get(name, ',')}{value}" if name in joined else value
    # WSGI cannot tell an underscore from a hyphen, so that a name with one could pass for another header.
    return headers_of(joined), {_variable(name): value for name, value in joined.items() if "_" not in name}


async def _send(transport: Any, part: bytes) -> None:
    await transport.send_bytes(part)


def _wsgi(text: str) -> str:
    """One letter a byte (PEP 3333)."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _variable(header: str) -> str:
    """What WSGI calls a header."""
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
