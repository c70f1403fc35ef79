"""Connections: how many there are at a time, how long and how large a request may be, and who is refused.

uvicorn has no limits of its own for these. `Connection` is its HTTP protocol with the limits added.
"""

import logging
import sys
import threading
from asyncio import BaseTransport, Transport
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.core.defects import describe_defect
from mock_server.core.problems import Kind, Problem

CLIENT = "mock_server.client"
"""The key in the state of an ASGI scope of the Client."""

_LINGER_SECONDS = 2  # for a refused client to read why; closed at once, what it still sends would cost it the answer
_OTHER_DESCRIPTORS = 128  # files, webhooks and what the interpreter has open
_LONGEST_LINE = 2_048  # bytes of a request that are kept to see who was asked
_NOWHERE = ("GET", b"/")  # what a request that cannot be read is taken for

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many connections there may be, and the most time and bytes that a request may take to arrive."""

    connections: int
    head_seconds: float
    body_seconds: float
    head_bytes: int

    @property
    def target_bytes(self) -> int:
        """The most bytes of path and query."""
        return self.head_bytes // 2


class Client:
    """The other end of a connection. `left` is set once it sends no more, and when the server stops."""

    def __init__(self) -> None:
        self.left = threading.Event()
        self.listens = True


class Connections:
    """The open connections of a server.

    Beyond the limit, the one that has been without a whole request for longest is closed for a new one. When each has
    a request under way, the new one is answered 503.
    """

    def __init__(self, limits: Limits, refusal: Callable[[str, bytes, Problem], bytes]) -> None:
        self.limits = limits
        self.refusal = refusal
        self.open: set[Connection] = set()
        self._most = _possible(limits.connections)
        self._waiting: dict[Connection, None] = {}  # in the order in which they began to wait for a request
        self._stopping = False

    def admit(self, connection: "Connection") -> bool:
        """Add a connection, and return whether there is room for it."""
        has_room = len(self.open) < self._most or self._close_longest_waiting()
        self.open.add(connection)
        self.wait(connection)
        if self._stopping:
            connection.client_state.left.set()
        return has_room

    def wait(self, connection: "Connection") -> None:
        """Note that the connection may be closed for a new one."""
        if connection in self.open:
            self._waiting[connection] = None

    def serve(self, connection: "Connection") -> None:
        """Note that the connection has a whole request."""
        self._waiting.pop(connection, None)

    def remove(self, connection: "Connection") -> None:
        """Forget a connection that has ended."""
        self.open.discard(connection)
        self._waiting.pop(connection, None)

    def end_waits(self) -> None:
        """Cut short what requests wait for, since the server stops. May be called from any thread."""
        self._stopping = True
        for connection in list(self.open):
            connection.client_state.left.set()

    def _close_longest_waiting(self) -> bool:
        for connection in self._waiting:
            self.remove(connection)
            connection.transport.abort()
            return True
        return False


class Connection(HttpToolsProtocol):
    """One connection. A request that is late, too large or malformed is refused in the form of the vendor it is for.

    A refusal waits until the whole requests before it are answered.
    """

    shared: Connections

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(cast(Transport, transport))
        self.client_state = Client()
        self.app_state = {**self.app_state, CLIENT: self.client_state}
        self._unanswered = 0  # requests whose head is complete
        self._in_head = self._in_body = False
        self._part = self._first = 0  # bytes of the part that is read, and of the one in which the head began
        self._received = 0  # bytes of the parts after that
        self._line = b""
        self._paused_at: float | None = None
        self._unread: int | None = None  # bytes of a connection that is closed once they are sent
        self._problem: Problem | None = None
        self._refused = False
        self._since, self._allowed = self.loop.time(), self.shared.limits.head_seconds
        self._is_full = not self.shared.admit(self)
        self._timer = self.loop.call_later(self._allowed, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """End what waits for the client."""
        self._timer.cancel()
        self.client_state.listens = False
        self.client_state.left.set()
        self.shared.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, unless the connection was refused. Nothing that goes wrong here reaches the event loop."""
        if self._problem is not None:
            return
        self._part = len(data)
        self._received += self._part
        if not self._in_head:
            self._line = data[:_LONGEST_LINE]
        elif len(self._line) < _LONGEST_LINE:
            self._line += data[:_LONGEST_LINE]
        try:
            super().data_received(data)
        except Exception as error:
            self._fail(error)
            return
        if self._in_head and self._received > self.shared.limits.head_bytes:
            self._refuse(self._too_large())

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn closes; asyncio keeps the connection for True
        """Answer the requests that have arrived as a whole, and close the connection then."""
        self.client_state.left.set()
        if self._refused or self._in_body or not self._complete():
            return False
        self.shared.wait(self)  # a client that closed both directions looks the same, so that others come first
        self.shutdown()
        return True

    def pause_writing(self) -> None:
        """Note since when the client has read too little; until it reads, others come first."""
        self._paused_at = self.loop.time()
        self.shared.wait(self)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client reads."""
        self._paused_at = None
        if self._complete():
            self.shared.serve(self)
        super().resume_writing()

    def on_message_begin(self) -> None:
        """Begin to count the time and the bytes of a head."""
        self._in_head, self._first, self._received = True, self._part, 0
        self._since, self._allowed = self.loop.time(), self.shared.limits.head_seconds
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of the head. Trailers are dropped, since they must not count as headers (RFC 9110, 6.5.1)."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin a request, unless its head is too large or there are too many connections."""
        self._problem = self._problem_of_head()
        if self._problem is not None:
            raise ValueError(self._problem.detail)  # the parser then calls send_400_response
        super().on_headers_complete()  # raises for some targets
        self._in_head, self._in_body = False, True
        self._since, self._allowed = self.loop.time(), self.shared.limits.body_seconds
        self._unanswered += 1

    def on_message_complete(self) -> None:
        """Stop the time of the body."""
        self._in_body = False
        self.shared.serve(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Refuse what came after the request, or wait for the next one."""
        self._unanswered -= 1
        super().on_response_complete()
        if self._complete():
            return
        self.shared.wait(self)
        self._since, self._allowed = self.loop.time(), self.shared.limits.head_seconds
        if self._problem is not None:
            self._send_refusal(self._problem)

    def send_400_response(self, msg: str) -> None:
        """Refuse the request that the parser did not accept."""
        self._refuse(self._problem or Problem(Kind.MALFORMED, f"{msg} Check the request line, headers and chunks."))

    def _complete(self) -> int:
        """Return how many requests have arrived as a whole and are not answered."""
        return self._unanswered - self._in_body

    def _problem_of_head(self) -> Problem | None:
        limits = self.shared.limits
        if self._first + self._received > limits.target_bytes:
            if len(self.url) > limits.target_bytes:
                most = limits.target_bytes
                return Problem(Kind.TARGET_TOO_LONG, f"Path and query are over {most:,} bytes; send less")
            if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > limits.head_bytes:
                return self._too_large()
        if self._is_full:
            detail = f"All {len(self.shared.open) - 1:,} connections are in use; --connections sets how many"
            return Problem(Kind.BUSY, detail, headers=(("Retry-After", "1"),))
        return None

    def _too_large(self) -> Problem:
        most = self.shared.limits.head_bytes
        return Problem(Kind.HEAD_TOO_LARGE, f"The request line and headers are over {most:,} bytes; send less")

    def _check(self) -> None:
        """Refuse a request that has not arrived in its time, and close a connection that is not read from."""
        if self._refused or self._is_unread():
            self.transport.abort()
            return
        left = self._since + self._allowed - self.loop.time()
        if self.transport.is_closing() or self._complete():
            left = self._allowed
        if left > 0:
            self._timer = self.loop.call_later(left, self._check)
        else:
            self._on_late()

    def _is_unread(self) -> bool:
        """Return whether the client has read nothing for long of a response that it has not read to its end."""
        if self._paused_at is not None:
            return self.loop.time() - self._paused_at > self.shared.limits.body_seconds
        if not self.transport.is_closing():
            return False
        before, self._unread = self._unread, self.transport.get_write_buffer_size()
        return before is not None and self._unread >= before

    def _on_late(self) -> None:
        if self._in_head or self._in_body:
            part = "body" if self._in_body else "head"
            self._refuse(Problem(Kind.LATE, f"The {part} of the request took over {self._allowed:g} s; send it faster"))
        else:
            self.transport.close()
            self._timer = self.loop.call_later(self.shared.limits.body_seconds, self._check)

    def _refuse(self, problem: Problem) -> None:
        self._problem = problem
        if not self._complete():
            self._send_refusal(problem)

    def _send_refusal(self, problem: Problem) -> None:
        """Answer with the problem, and close the connection once the client has had time to read it."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._timer.cancel()
        self._timer = self.loop.call_later(_LINGER_SECONDS, self._check)
        if self._in_body and self.cycle.response_started:
            self.transport.abort()
            return
        try:
            self.transport.write(self.shared.refusal(*self._asked(), problem))
            self.transport.write_eof()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        _log.error("a connection failed: %s", describe_defect(error))
        self.transport.abort()

    def _asked(self) -> tuple[str, bytes]:
        """Return the method and target of the request that is refused, as far as it was read."""
        if self._in_body:
            return self.scope["method"], self.url
        line = self._line.lstrip().partition(b"\n")[0].split(b" ")
        return (line[0].decode("latin-1"), line[1]) if len(line) > 1 and line[0].isalpha() else _NOWHERE


def connection_class(connections: Connections) -> type[Connection]:
    """Return the class of the connections of one server, which uvicorn makes an instance of for each."""

    class ServedConnection(Connection):
        shared = connections

    return ServedConnection


def raise_descriptor_limit(connections: int) -> None:
    """Let this process have that many connections, if it may decide so."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = connections + _OTHER_DESCRIPTORS
        wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _possible(connections: int) -> int:
    """Return how many connections the process may have, at most this number."""
    if sys.platform == "win32":
        return connections
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - _OTHER_DESCRIPTORS))
