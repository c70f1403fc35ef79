"""Applies a fault: waits, fails, closes the connection, or sends the body slowly or in part.

A connection is closed after the response headers, never before them: the HTTP server gives an application no way to
close it earlier.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from mock_server.core.faults import Act, Faults
from mock_server.core.vendor import Response
from mock_server.web.requests import STREAMED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DRIPS = 10  # a second
_LEAVING = 0.02  # seconds
OVER_SOCKET = "mock_server.over_socket"
"""The key in the WSGI environment of requests that came over a socket."""

Sleep = Callable[[float], object]
"""Waits for a number of seconds, or until the client leaves or the server stops."""


class ConnectionDropped(BaseException):
    """The connection closes without a body. A BaseException, so that no error handler answers instead."""


class DropMiddleware:
    """WSGI middleware that closes connections; in-process the caller gets the error of a closed connection."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except ConnectionDropped as dropped:
            if OVER_SOCKET not in environ:
                raise ConnectionResetError("The connection was dropped on purpose") from dropped
            environ[STREAMED] = True
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "1024")])
            return iter(())


def before(act: Act, faults: Faults, churn: Callable[[int], None], sleep: Sleep) -> None:
    """Apply what happens before the request is served. Raises Problem and ConnectionDropped."""
    if act.delay is not None:
        sleep(act.delay.draw(faults.random) / 1000)
    if act.churn is not None:
        churn(act.churn)
    problem = act.problem()
    if problem is not None:
        raise problem
    if act.drop:
        raise ConnectionDropped


def after(act: Act, answer: Response, sleep: Sleep) -> Response:
    """Return the response as it is sent."""
    if not act.empty and act.truncate is None and act.drip is None:
        return answer
    whole = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    if act.empty:
        return Response(body=b"", status=answer.status, media_type=answer.media_type, headers=answer.headers)
    body = (
        _cut_short(whole[: act.truncate], sleep) if act.truncate is not None else _dripped(whole, act.drip or 1, sleep)
    )
    headers = (*answer.headers, ("Content-Length", str(len(whole))))
    return Response(body=body, status=answer.status, media_type=answer.media_type, headers=headers)


def _cut_short(part: bytes, sleep: Sleep) -> Iterator[bytes]:
    """Yield a body that ends too early, which makes the server close the connection; leave time to send the part."""
    if part:
        yield part
    sleep(_LEAVING)


def _dripped(whole: bytes, rate: int, sleep: Sleep) -> Iterator[bytes]:
    size = max(1, rate // _DRIPS)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
        sleep(size / rate)
