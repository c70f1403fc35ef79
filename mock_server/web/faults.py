"""Does what a fault says: waits, fails, ends the connection, or hands the body out slowly or in part.

A connection is ended behind the head of an answer, never before it: the HTTP server gives an application neither the
socket nor the port of its client.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from mock_server.core.faults import Act, Faults
from mock_server.core.vendor import Answer
from mock_server.web.addressing import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DRIPS = 10  # a second
_LEAVING = 0.02  # seconds


class Dropped(BaseException):
    """The connection ends without a body. No Exception, so that no handler makes an answer of it."""


class Dropping:
    """An application whose connections can end; in-process the caller gets the error of an ended connection."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except Dropped as dropped:
            if HEADERS not in environ:
                raise ConnectionResetError("The connection was dropped on purpose") from dropped
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "1024")])
            return _cut_short(b"")


def before(act: Act, faults: Faults, churn: Callable[[int], None]) -> None:
    """What happens before the request is served. Raises Problem and Dropped."""
    if act.delay is not None:
        time.sleep(act.delay.draw(faults.random) / 1000)
    if act.churn is not None:
        churn(act.churn)
    problem = act.problem()
    if problem is not None:
        raise problem
    if act.drop:
        raise Dropped


def after(act: Act, answer: Answer) -> Answer:
    """The answer as it is handed out."""
    if not act.empty and act.truncate is None and act.drip is None:
        return answer
    whole = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    if act.empty:
        return Answer(body=b"", status=answer.status, media_type=answer.media_type, headers=answer.headers)
    body = _cut_short(whole[: act.truncate]) if act.truncate is not None else _dripped(whole, act.drip or 1)
    headers = (*answer.headers, ("Content-Length", str(len(whole))))
    return Answer(body=body, status=answer.status, media_type=answer.media_type, headers=headers)


def _cut_short(part: bytes) -> Iterator[bytes]:
    """A body that ends too early, for which the server ends the connection; not before what there is has left."""
    if part:
        yield part
    time.sleep(_LEAVING)


def _dripped(whole: bytes, rate: int) -> Iterator[bytes]:
    size = max(1, rate // _DRIPS)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
        time.sleep(size / rate)
