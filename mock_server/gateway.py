"""The ASGI application in front of Flask: reads requests, chooses their threads, sends responses."""

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from mock_server.core.defects import describe_defect
from mock_server.core.system_time import monotonic
from mock_server.web.faults import OVER_SOCKET
from mock_server.web.requests import STREAMED, largest_body
from mock_server.web.scheduling import NeedsWorker

Note = Callable[[str, str, str, int, float], None]
"""Records a response: method, path, query, status, and the seconds until it was ready to be sent."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_LARGEST_READ = 64 << 20
_OTHER_STREAMS = 16  # threads for exports and faults that send slowly, which share them
_REPEATED = {"cookie": "; "}  # what joins values (RFC 6265); a comma joins all others (RFC 9110)
_UNAVAILABLE = ("503 Service Unavailable", [("Retry-After", "1"), ("Content-Length", "0")])
_TOO_OLD = ("505 HTTP Version Not Supported", [("Content-Length", "0")])
_EVENTS = "text/event-stream; charset=utf-8"
_FAILED = ("500 Internal Server Error", [("Content-Length", "0")])

_log = logging.getLogger(__name__)


class ClientLeft(Exception):
    """The client closed the connection before it had sent the whole request."""


class Gateway:
    """Runs short requests on the event loop, and those that `needs_worker` names on a worker thread.

    `slow` is how many of those may run at once, in addition to `streams` event streams and long polls, each of which
    occupies a thread while it waits. A request beyond that is answered 503. The parts of streamed bodies are made on
    other threads and sent from the loop, so that a client that reads slowly occupies none.
    """

    def __init__(
        self,
        app: Any,
        needs_worker: NeedsWorker,
        address: tuple[Any, ...],
        note: Note | None,
        *,
        slow: int,
        streams: int,
    ) -> None:
        self._app = app
        self._needs_worker = needs_worker
        self._note = note
        self._free = slow + streams
        self._workers = ThreadPoolExecutor(self._free, thread_name_prefix="mock-server-worker")
        self._streams = ThreadPoolExecutor(streams + _OTHER_STREAMS, thread_name_prefix="mock-server-stream")
        self._base = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "wsgi.errors": sys.stderr,
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            OVER_SOCKET: True,
        }

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = monotonic()
        try:
            body = await _read_body(scope, receive)
        except ClientLeft:
            return
        environ = self._environ(scope, body)
        response = await self._run(environ)
        if self._note is not None:
            query = environ["QUERY_STRING"]
            self._note(scope["method"], scope["path"], query, response.status, monotonic() - started)
        await self._send(response, environ, receive, send)

    def close(self) -> None:
        """Wait for the worker threads, whose waits have ended by now."""
        self._workers.shutdown(cancel_futures=True)
        self._streams.shutdown(cancel_futures=True)

    async def _run(self, environ: dict[str, Any]) -> "_Response":
        if not self._needs_worker(environ):
            return _call(self._app, environ)
        if not self._free:
            return _Response(*_UNAVAILABLE)
        self._free -= 1
        try:
            response: _Response = await _on(self._workers, _call, self._app, environ)
            return response
        except RuntimeError:
            return _Response(*_UNAVAILABLE)
        finally:
            self._free += 1

    async def _send(self, response: "_Response", environ: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if isinstance(response.body, bytes):
            await send({"type": "http.response.body", "body": response.body})
            return
        parts, client = iter(response.body), asyncio.ensure_future(receive())
        try:
            while (part := await _on(self._streams, _next, parts, environ)) is not None and not client.done():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            if response.is_whole():
                await send({"type": "http.response.body"})
        finally:
            client.cancel()
            _close(response.body)

    def _environ(self, scope: dict[str, Any], body: bytes) -> dict[str, Any]:
        """Return the WSGI environment of the request (PEP 3333)."""
        return {
            **self._base,
            "REQUEST_METHOD": scope["method"],
            "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,  # Werkzeug's sign that reading to the end of the body is safe
            **_variables(scope["headers"]),
        }


class _Response:
    """A response of the WSGI application. A `body` that is not bytes is streamed."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes | Iterable[bytes] = b"") -> None:
        self.status = int(status[:3])
        self.headers = headers
        self.body = body

    def in_one(self) -> "_Response":
        """Return the response for a client of HTTP/1.0, which knows no chunks: a finite stream as one body."""
        assert not isinstance(self.body, bytes)
        if not self.is_whole():
            return self
        try:
            if ("Content-Type", _EVENTS) in self.headers:
                return _Response(*_TOO_OLD)
            body = b"".join(self.body)
        finally:
            _close(self.body)
        self.headers.append(("Content-Length", str(len(body))))
        self.body = body
        return self

    def is_whole(self) -> bool:
        """Return whether the body may end here: a stated length is left to be missed, which closes the connection."""
        return all(name.lower() != "content-length" for name, _ in self.headers)


async def _read_body(scope: dict[str, Any], receive: Receive) -> bytes:
    """Return the body; of one over the limit only enough to see that it is. Raises ClientLeft.

    It is read to its end all the same, or the client could not read the response that says so.
    """
    kept, size, largest = io.BytesIO(), 0, largest_body(scope["path"])
    while size <= _LARGEST_READ:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        part = message.get("body", b"")
        if size <= largest:
            kept.write(part)
        size += len(part)
        if not message.get("more_body", False):
            break
    return kept.getvalue()


def _call(app: Any, environ: dict[str, Any]) -> _Response:
    """Run the WSGI application. An exception that leaves it is a defect: it is logged and answered with 500."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    try:
        parts = app(environ, lambda status, headers, _=None: started.append((status, headers)))
        if environ.get(STREAMED):
            response = _Response(*started[0], parts)
            return response.in_one() if environ["SERVER_PROTOCOL"] == "HTTP/1.0" else response
        try:
            return _Response(*started[0], b"".join(parts))
        finally:
            _close(parts)
    except Exception as defect:
        _log_defect(environ, defect)
        return _Response(*_FAILED)


def _close(parts: Iterable[bytes]) -> None:
    with suppress(ValueError):  # a generator that a thread still runs; the thread ends with the part it is making
        getattr(parts, "close", lambda: None)()


async def _on(workers: Executor, function: Callable[..., Any], *values: Any) -> Any:
    """Return what the function returns on a worker thread. Raises RuntimeError when the system has no more threads.

    The pool keeps work for which it could not start a thread, so that it has to be made void.
    """
    void: list[bool] = []

    def work() -> Any:
        return None if void else function(*values)

    try:
        return await asyncio.get_running_loop().run_in_executor(workers, work)
    except RuntimeError:
        void.append(True)
        raise


def _next(parts: Iterator[bytes], environ: dict[str, Any]) -> bytes | None:
    """Return the next part of a body, None at its end. An exception is a defect: it is logged and ends the response."""
    try:
        return next(parts, None)
    except Exception as defect:
        _log_defect(environ, defect)
        raise


def _log_defect(environ: dict[str, Any], defect: Exception) -> None:
    where = describe_defect(defect)
    _log.error("%s %s failed: %s", environ["REQUEST_METHOD"], ascii(environ["PATH_INFO"]), where)


def _variables(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers as WSGI names them; one that was sent more than once has all its values."""
    joined: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        if "_" in name:  # WSGI cannot tell an underscore from a hyphen, so it could pass for another header
            continue
        joined[name] = f"{joined[name]}{_REPEATED.get(name, ',')}{text}" if name in joined else text
    return {_variable(name): text for name, text in joined.items()}


def _variable(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
