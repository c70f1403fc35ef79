"""The ASGI application in front of Flask: reads requests, chooses their threads, sends responses."""

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from mock_server.connections import CLIENT, Client
from mock_server.core.defects import describe_defect
from mock_server.core.problems import Kind, Problem
from mock_server.core.system_time import monotonic
from mock_server.web.faults import OVER_SOCKET
from mock_server.web.requests import LEFT, REFUSED, STREAMED, largest_body
from mock_server.web.scheduling import NeedsWorker

Note = Callable[[str, str, str, int, float], None]
"""Records a response: method, path, query, status, and the seconds until it was ready to be sent."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_LARGEST_READ = 64 << 20
_OTHER_STREAMS = 16  # threads for faults that send slowly, which share them
_PART_BYTES = 65_536  # of an export that are made and sent at once
_REPEATED = {"cookie": "; "}  # what joins values (RFC 6265); a comma joins all others (RFC 9110)
_NAMES_A_WORLD = ("HTTP_X_MOCK_WORLD", "HTTP_AUTHORIZATION")  # making one takes long
_TOO_OLD = ("505 HTTP Version Not Supported", [("Content-Length", "0")])
_EVENTS = "text/event-stream; charset=utf-8"
_ALL_BUSY = Problem(
    Kind.BUSY, "Too many slow requests are under way; send this one again later", headers=(("Retry-After", "1"),)
)
_FAILED = ("500 Internal Server Error", [("Content-Length", "0")])


_log = logging.getLogger(__name__)


class ClientLeft(Exception):
    """The client closed the connection before it had sent the whole request."""


class Gateway:
    """Runs short requests on the event loop, and those that `needs_worker` names on a worker thread.

    `slow` is how many of those may run at once, in addition to `streams` event streams and long polls, each of which
    occupies a thread while it waits. A request beyond that is answered 503. The parts of streamed bodies are made on
    other threads and sent from the loop, so that a client that reads slowly occupies none.

    No exception leaves it: a defect is logged, and answered with 500 unless the response has begun.
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
        # One, since the event loop waits for the global interpreter lock longer with each thread that computes.
        self._exporter = ThreadPoolExecutor(1, thread_name_prefix="mock-server-stream-export")
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
        started, client = monotonic(), scope.get("state", {}).get(CLIENT) or Client()
        try:
            response = await self._respond(scope, receive, client)
        except ClientLeft:
            return
        self._record(scope["method"], scope["path"], scope["query_string"], response, monotonic() - started)
        try:
            await self._send(response, client, send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if client.listens:  # else the connection is gone, which is none
                _log_defect(scope["method"], scope["path"], error)
        finally:
            _close(response.body)

    def refusal(self, method: str, target: bytes, problem: Problem) -> bytes:
        """Return the whole response, after which the connection is closed, to a request that was not accepted."""
        path, _, query = _origin_form(target).partition(b"?")
        response = self._refuse(self._bare(method, path, query), problem)
        self._record(method, path.decode("latin-1"), query, response, 0.0)
        assert isinstance(response.body, bytes)
        headers = [*response.headers, ("Connection", "close")]
        head = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers).encode("latin-1")
        reason = HTTPStatus(response.status).phrase.encode()
        return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (response.status, reason, head, response.body)

    def close(self) -> None:
        """Wait for the worker threads, whose waits have ended by now."""
        self._workers.shutdown(cancel_futures=True)
        self._streams.shutdown(cancel_futures=True)
        self._exporter.shutdown(cancel_futures=True)

    async def _respond(self, scope: dict[str, Any], receive: Receive, client: Client) -> "_Response":
        """Return the response. Raises ClientLeft."""
        try:
            return await self._run(self._environ(scope, await _read_body(scope, receive)), client)
        except (ClientLeft, asyncio.CancelledError):
            raise
        except BaseException as error:
            _log_defect(scope["method"], scope["path"], error)
            return self._refuse(self._bare(scope["method"], scope["raw_path"], b""), Problem(Kind.INTERNAL))

    async def _run(self, environ: dict[str, Any], client: Client) -> "_Response":
        if not self._needs_worker(environ):
            environ[LEFT] = None
            return _call(self._app, environ)
        if not self._free:
            return self._refuse(environ, _ALL_BUSY)
        environ[LEFT] = client.left
        self._free -= 1
        try:
            response: _Response = await _on(self._workers, _call, self._app, environ)
            return response
        except RuntimeError:
            return self._refuse(environ, _ALL_BUSY)
        finally:
            self._free += 1

    async def _send(self, response: "_Response", client: Client, send: Send) -> None:
        """Send the response until the client has left; of a stream of events until it sends no more either."""
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if isinstance(response.body, bytes):
            await send({"type": "http.response.body", "body": response.body})
            return
        parts, endless = iter(response.body), ("Content-Type", _EVENTS) in response.headers
        is_export = response.is_whole() and not endless
        threads, next_of = (self._exporter, _next_parts) if is_export else (self._streams, _next_part)
        while (part := await _on(threads, next_of, parts)) is not None:
            if not client.listens or (endless and client.left.is_set()):
                return
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if response.is_whole():
            await send({"type": "http.response.body"})

    def _refuse(self, environ: dict[str, Any], problem: Problem) -> "_Response":
        """Return the problem as the vendor of the path renders it."""
        kept = {name: value for name, value in environ.items() if name not in _NAMES_A_WORLD}
        return _call(self._app, {**kept, REFUSED: problem, LEFT: None, "wsgi.input": io.BytesIO()})

    def _record(self, method: str, path: str, query: bytes, response: "_Response", seconds: float) -> None:
        if self._note is None:
            return
        try:
            self._note(method, path, query.decode("latin-1"), response.status, seconds)
        except Exception as error:
            _log_defect(method, path, error)

    def _bare(self, method: str, path: bytes, query: bytes) -> dict[str, Any]:
        """Return the WSGI environment of a request without headers and body."""
        return {
            **self._base,
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_PROTOCOL": "HTTP/1.1",
        }

    def _environ(self, scope: dict[str, Any], body: bytes) -> dict[str, Any]:
        """Return the WSGI environment of the request (PEP 3333)."""
        return {
            **self._base,
            **({"CONTENT_LENGTH": str(len(body))} if body else {}),  # chunks have none
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
    except Exception as error:
        _log_defect(environ["REQUEST_METHOD"], environ["PATH_INFO"], error)
        return _Response(*_FAILED)


def _close(parts: bytes | Iterable[bytes]) -> None:
    try:
        with suppress(ValueError):  # a generator that a thread still runs; the thread ends with the part it is making
            getattr(parts, "close", lambda: None)()
    except Exception as error:
        _log_defect("closing", "the response", error)


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


def _next_part(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


def _next_parts(parts: Iterator[bytes]) -> bytes | None:
    made = bytearray()
    for part in parts:
        made += part
        if len(made) >= _PART_BYTES:
            break
    return bytes(made) or None


def _log_defect(method: str, path: str, error: BaseException) -> None:
    _log.error("%s %s failed: %s", method, ascii(path), describe_defect(error))


def _origin_form(target: bytes) -> bytes:
    """Return path and query of a target, which may be a whole URL (RFC 9112, 3.2.2)."""
    _, scheme, rest = target.partition(b"://")
    return target if target.startswith(b"/") or not scheme else b"/" + rest.partition(b"/")[2]


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
