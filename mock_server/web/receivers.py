"""Requests to receivers of webhooks: which addresses they may go to, and the connections they go over.

Only this machine is a target unless a host is allowed: a stand-in must not be a way to reach other hosts. The name
is looked up once and the address that was checked is the one that is connected to; redirects are not followed.
"""

import ipaddress
import socket
import ssl
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from mock_server.core.events import Target

FAILURES = (OSError, HTTPError, ValueError)
"""What sending may raise; ValueError for a header that no request may have."""

_AGENT = "voice-session-emulator"
_PORTS = {"http": 80, "https": 443}
_READ_LIMIT = 1 << 16  # of a receiver's answer, which nobody reads


class Refused(Exception):
    """A target that nothing is sent to; the message says why, and what would let it."""


class Connections:
    """The kept-alive connections of one worker. `under_way` are those that a request is on, of all workers."""

    def __init__(self, under_way: set[Any]) -> None:
        self._under_way = under_way
        self._kept: dict[tuple[str, str, int], Any] = {}

    def post(self, target: Target, body: bytes, allowed: frozenset[str]) -> int:
        """Send the body; the status. Raises Refused, and whatever a connection raises."""
        parts = urlsplit(target.url)
        key = (parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))
        connection = self._kept.pop(key, None)
        if connection is None or not connection.is_connected:
            connection = _connection(*key, allowed)
        connection.timeout = target.timeout
        if connection.sock is not None:
            connection.sock.settimeout(target.timeout)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": _AGENT, "Content-Type": "application/json"}
        given = {name.lower() for name in target.headers}
        headers = {name: text for name, text in headers.items() if name.lower() not in given} | dict(target.headers)
        self._under_way.add(connection)
        try:
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            rest = answer.read(_READ_LIMIT + 1)
            if len(rest) <= _READ_LIMIT and answer.getheader("connection", "").lower() != "close":
                self._kept[key] = connection
            return int(answer.status)
        finally:
            self._under_way.discard(connection)
            if self._kept.get(key) is not connection:
                connection.close()

    def close(self) -> None:
        """Close what is kept."""
        for connection in self._kept.values():
            connection.close()


def _connection(scheme: str, host: str, port: int, allowed: frozenset[str]) -> HTTPConnection:
    address = _checked_address(scheme, host, port, allowed)
    if scheme == "http":
        return HTTPConnection(address, port)
    context = ssl.create_default_context()
    return HTTPSConnection(address, port, server_hostname=host, assert_hostname=host, ssl_context=context)


def _checked_address(scheme: str, host: str, port: int, allowed: frozenset[str]) -> str:
    """The address to connect to, looked up once. Raises Refused."""
    if scheme not in _PORTS:
        raise Refused(f"{scheme}: is not sent to; use http: or https:")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Refused(f"{host} has no address ({error.strerror})") from error
    addresses = [str(each[4][0]) for each in found]
    if host in allowed:
        return addresses[0]
    here = [address for address in addresses if ipaddress.ip_address(address.partition("%")[0]).is_loopback]
    if not here:
        raise Refused(f"{host} is not this machine; --webhook-allow {host} lets webhooks go there")
    return here[0]


def cut_off(connection: Any) -> None:
    """End what goes on on a connection of another thread."""
    with suppress(OSError, AttributeError):  # it has not connected yet, or has just ended
        connection.sock.shutdown(socket.SHUT_RDWR)


def words(failure: Exception) -> str:
    """What went wrong, without the library's own wrapping."""
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    reason = str(failure).rpartition(": ")[2]
    return f"{type(failure).__name__}: {reason}"


def without_secrets(url: str) -> str:
    """The URL without what may open something."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?***" if parts.query else "")
