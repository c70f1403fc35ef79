"""Requests to receivers of webhooks: which addresses they may go to, and the connections they go over.

Only this machine is a target unless a host is allowed: the emulator must not be a way to reach other hosts. A name is
looked up once, and only the addresses that were checked are connected to; redirects are not followed.
"""

import http.client
import io
import ipaddress
import logging
import socket
import ssl
import string
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as LibraryTimeoutError

from mock_server.core import bounds
from mock_server.core.events import Target
from mock_server.core.urls import Url, is_loopback, parse_url

THREAD_NAME = "webhooks"
"""The name of the threads that send."""
# urllib3 logs the URL of a response that it cannot read, which may hold a credential.
logging.getLogger("urllib3.connection").addFilter(lambda _: threading.current_thread().name != THREAD_NAME)

FAILURES = (OSError, HTTPError, http.client.HTTPException, ValueError)
"""What sending may raise; ValueError for a header that is not valid in HTTP."""

_AGENT = "voice-session-emulator"
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "::1")
_READ_LIMIT = 1 << 16  # bytes of a receiver's response, which is discarded
_LONGEST_REASON = 200
# An error is kept and shown, so it must not hold what a receiver sent or what a header held.
_WORDS: tuple[tuple[Any, str], ...] = (
    ((TimeoutError, LibraryTimeoutError), "no response in time"),
    (http.client.RemoteDisconnected, "the connection was closed without a response"),
    ((http.client.BadStatusLine, http.client.UnknownProtocol), "the response is not HTTP/1.1"),
    (ProtocolError, "the response is cut off or malformed"),
    (ValueError, "a header is not valid in HTTP"),
)


class Refused(Exception):
    """A target that requests may not be sent to; the message says why, and which setting allows it."""


class _Key(NamedTuple):
    """What requests over one connection have in common."""

    scheme: str
    host: str
    port: int


class UnderWay:
    """The connections that are in use for one world, which are cut off together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: set[Any] = set()
        self._closed = False

    @contextmanager
    def holding(self, connection: Any) -> Iterator[None]:
        """Hold a connection while the block uses it. Raise ConnectionAbortedError once all were cut off."""
        with self._lock:
            if self._closed:
                raise ConnectionAbortedError("The world was closed")
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)

    def cut_off(self) -> None:
        """Shut down every connection, and refuse others."""
        with self._lock:
            self._closed = True
            for connection in self._connections:
                with suppress(OSError, AttributeError):  # it has not connected yet, or has just ended
                    connection.sock.shutdown(socket.SHUT_RDWR)


class Connections:
    """The kept-alive connections of one worker, to the receivers that it used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, Any] = OrderedDict()

    def post(self, target: Target, body: bytes, allowed: frozenset[str], under_way: UnderWay) -> int:
        """Send the body and return the status. Raise Refused, and whatever a connection raises.

        Connecting, sending and reading share the target's time, however slowly the answer comes.
        """
        url, until = _readable(target.url), time.monotonic() + target.timeout
        key = _Key(url.scheme, url.host, url.port or _PORTS[url.scheme])
        connection = self._kept.pop(key, None)
        if connection is None or not connection.is_connected:
            connection = _open(key, _checked_addresses(key, allowed), until, under_way)
        try:
            with under_way.holding(connection):
                connection.timeout = _left(until)
                connection.sock.settimeout(connection.timeout)
                connection.response_class = partial(_Response, until)
                path = quote((url.path or "/") + url.query, safe=string.punctuation)
                headers = _headers(url, target)
                connection.request("POST", path, body=body, headers=headers, preload_content=False)
                answer = connection.getresponse()
                with closing(answer):  # which holds the socket open too
                    if _read_to_the_end(answer) and answer.getheader("connection", "").lower() != "close":
                        self._keep(key, connection)
                    return int(answer.status)
        finally:
            if self._kept.get(key) is not connection:
                connection.close()

    def close(self) -> None:
        """Close the connections."""
        for connection in self._kept.values():
            connection.close()

    def _keep(self, key: _Key, connection: Any) -> None:
        self._kept[key] = connection
        if len(self._kept) > bounds.MOST_CONNECTIONS:
            self._kept.popitem(last=False)[1].close()


def _open(key: _Key, addresses: list[str], until: float, under_way: UnderWay) -> HTTPConnection:
    """Return a connection to the first address that accepts one. Raise what the last address raised."""
    failure: Exception = Refused(f"{key.host} has no address")
    for address in addresses:
        connection = _connection(key, address)
        try:
            with under_way.holding(connection):
                connection.timeout = _left(until)
                connection.connect()
            return connection
        except (OSError, HTTPError) as error:
            connection.close()
            failure = error
    raise failure


def _read_to_the_end(answer: Any) -> bool:
    """Read the body; return False if it is longer than the limit. Raise for one that is cut off."""
    size = 0
    for part in answer.stream(_READ_LIMIT, decode_content=False):
        size += len(part)
        if size > _READ_LIMIT:
            return False
    return True


class _Response(http.client.HTTPResponse):
    """A response whose head and body must arrive before the deadline."""

    def __init__(self, until: float, sock: socket.socket, **others: Any) -> None:
        super().__init__(sock, **others)
        raw: Any = self.fp.detach()
        self.fp = io.BufferedReader(_Timed(raw, sock, until))


class _Timed(io.RawIOBase):
    """A stream of what a socket receives, until a deadline on the monotonic clock."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float) -> None:
        self._raw, self._sock, self._until = raw, sock, until

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive some bytes. Raise TimeoutError when time is up."""
        self._sock.settimeout(_left(self._until))
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        """Close the stream below too."""
        self._raw.close()
        super().close()


def _left(until: float) -> float:
    """Return the seconds left. Raise TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _readable(text: str) -> Url:
    try:
        url = parse_url(text)
    except ValueError as error:
        raise Refused(f"the server URL cannot be used: {error}") from error
    if url.scheme not in _PORTS:
        raise Refused(f"{url.scheme}: webhooks are not supported; use http: or https:")
    return url


def _headers(url: Url, target: Target) -> dict[str, str]:
    host = f"[{url.host}]" if ":" in url.host else url.host
    own = {
        "Host": host if url.port is None else f"{host}:{url.port}",
        "User-Agent": _AGENT,
        "Content-Type": "application/json",
    }
    given = {name.lower() for name in target.headers}
    return {name: text for name, text in own.items() if name.lower() not in given} | dict(target.headers)


def _connection(key: _Key, address: str) -> HTTPConnection:
    if key.scheme == "http":
        return HTTPConnection(address, key.port)
    context = ssl.create_default_context()
    return HTTPSConnection(address, key.port, server_hostname=key.host, assert_hostname=key.host, ssl_context=context)


def _checked_addresses(key: _Key, allowed: frozenset[str]) -> list[str]:
    """Return the addresses to connect to, looked up once. Raise Refused."""
    host, local = key.host, is_loopback(key.host)
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, key.port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        if not local:
            raise Refused(f"{host} has no address ({getattr(error, 'strerror', None) or error})") from error
        found = []
    if host in allowed:
        return list(dict.fromkeys(found))
    here = [address for address in found if ipaddress.ip_address(address.partition("%")[0]).is_loopback]
    if local and not _is_address(host):  # a receiver may listen on only one of the two
        here += _LOOPBACK
    if not here:
        raise Refused(f"{host} is not this machine; use --webhook-allow {host} to send webhooks there")
    return list(dict.fromkeys(here))


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def reason(failure: Exception) -> str:
    """Return the reason of a failure, without what the receiver sent."""
    for kinds, text in _WORDS:
        if isinstance(failure, kinds) and not isinstance(failure, NewConnectionError):  # a timeout to urllib3
            return text
    return f"{type(failure).__name__}: {str(failure).rpartition(': ')[2][:_LONGEST_REASON]}"
