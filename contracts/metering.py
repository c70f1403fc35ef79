"""Sessions of `requests` that take no more of a response, and wait no longer for it, than they may."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from requests import PreparedRequest, Response
    from urllib3.connectionpool import HTTPConnectionPool

_CHUNK = 64 << 10
_ENCODINGS = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""What describes a body as it was sent, and is wrong of one that is unpacked."""
_Request = TypeVar("_Request")


class Unbounded(requests.RequestException):
    """A response is larger than what is taken, or takes longer."""


def metered_session(max_bytes: int, max_seconds: float) -> requests.Session:
    """Return a session for one request; its time begins now."""
    meter = _Meter(max_bytes, max_seconds)
    session = _Session()
    session.trust_env = False  # neither ~/.netrc nor a proxy of the environment
    session.auth = _as_given
    for prefix in ("http://", "https://"):
        session.mount(prefix, _Adapter(meter))
    return session


def _as_given(request: _Request) -> _Request:
    """Stand in for an authentication, so that a user in a URL is not taken for one."""
    return request


class _Session(requests.Session):
    """Follows redirects within one host only, as Schemathesis does, so that no header reaches another."""

    def get_redirect_target(self, resp: Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target is None or self.should_strip_auth(resp.url, urljoin(resp.url, target)):
            return None
        return target


class _Meter:
    """Counts what one request takes."""

    def __init__(self, max_bytes: int, max_seconds: float) -> None:
        self._max_bytes, self._max_seconds = max_bytes, max_seconds
        self._end = monotonic() + max_seconds
        self._too_large = False

    @property
    def why(self) -> str:
        """What was exceeded, in words; empty as long as nothing was."""
        if self._too_large:
            return f"the response is larger than {self._max_bytes} bytes (--max-response-bytes)"
        if monotonic() >= self._end:
            return f"the response takes longer than {self._max_seconds:g} seconds (--max-response-seconds)"
        return ""

    def seconds_left(self, most: float | None) -> float:
        """Return how long to wait for the next bytes. Raises TimeoutError when the time is up."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError(self.why)
        return left if most is None else min(left, most)

    def check_size(self, size: int) -> None:
        """Raise OSError when a response, or what is unpacked of it, has grown too large."""
        if size > self._max_bytes:
            self._too_large = True
            raise OSError(self.why)


class _Adapter(HTTPAdapter):
    """Reads a response to its end, within the bounds, before anybody sees it."""

    def __init__(self, meter: _Meter) -> None:
        super().__init__()
        self._meter = meter

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = _metered(pool.ConnectionCls, self._meter)
        return pool

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        try:
            response = super().send(request, *args, **options)
            body = bytearray()
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                self._meter.check_size(len(body))
        except (OSError, HTTPError) as error:
            if self._meter.why:
                raise Unbounded(self._meter.why, request=request) from error
            raise
        return self.build_response(request, _unpacked(response, bytes(body)))


def _unpacked(response: Response, body: bytes) -> HTTPResponse:
    """Return the response with a body that is read and unpacked."""
    headers = HTTPHeaderDict()
    for name, value in response.raw.headers.iteritems():
        if name.lower() not in _ENCODINGS:
            headers.add(name, value)
    return HTTPResponse(
        body=io.BytesIO(body),
        headers=headers,
        status=response.status_code,
        version=response.raw.version,
        reason=response.reason,
        preload_content=False,
    )


def _metered(base: Any, meter: _Meter) -> Any:
    """Return the class of connections whose responses are metered from their first byte on."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
            super().__init__(_Source(sock, meter), *args, **options)  # type: ignore[arg-type]  # it asks for makefile

    class Connection(base):  # type: ignore[misc]
        response_class: Callable[..., http.client.HTTPResponse] = Response

    return Connection


class _Source:
    """What a response asks its socket for."""

    def __init__(self, sock: socket.socket, meter: _Meter) -> None:
        self._sock, self._meter = sock, meter

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode  # always rb
        return io.BufferedReader(_Reader(self._sock, self._meter))


class _Reader(io.RawIOBase):
    """The bytes of one response, its head and framing included."""

    def __init__(self, sock: socket.socket, meter: _Meter) -> None:
        self._raw = sock.makefile("rb", buffering=0)
        self._sock, self._meter = sock, meter
        self._idle = sock.gettimeout()
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(self._meter.seconds_left(self._idle))
        count = self._raw.readinto(buffer)
        self._size += count or 0
        self._meter.check_size(self._size)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
