"""The last requests that a world has received. Only what is known to be harmless is kept; see `core.redaction`."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any, NamedTuple

from mock_server.core.clock import Clock
from mock_server.core.defects import describe_defect
from mock_server.core.nesting import is_nested_deeper
from mock_server.core.redaction import Names, Redactor, shown_headers, shown_text
from mock_server.core.system_time import monotonic, now_ns
from mock_server.core.vendor import Request, Response

_LARGEST_BODY = 16 << 10
_LARGEST_RESPONSE = 4 << 10
_FAILED = 400

_log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """One request and its response.

    The body of a response is kept when the request was refused or had a body. A body that is long or nested too deeply
    is not kept. `size` is None for a body that was streamed. `fault` describes the fault that was applied.
    """

    number: int
    time: int
    seconds: float
    place: tuple[str, str]
    """The vendor and the operation."""
    method: str
    path: str
    path_values: Mapping[str, str] | None
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    size: int | None
    answer: bytes
    fault: str

    @property
    def vendor(self) -> str:
        """The name of the vendor."""
        return self.place[0]

    @property
    def operation(self) -> str:
        """The name of the operation; empty for an unknown path or method."""
        return self.place[1]


class RequestJournal:
    """A bounded journal, dated by `clock`. Any thread may call any method; recording takes no lock.

    Recording is on the path of every request, so an entry stays a plain tuple until it is read.
    """

    def __init__(self, most: int, clock: Clock, redactor: Redactor) -> None:
        self.most = most
        self._redactor = redactor
        self._clock = clock
        self._kept: deque[tuple[Any, ...]] = deque(maxlen=most)
        self._keep = self._kept.append
        self._number = count(1).__next__
        self._turn = threading.Condition()
        self._waiting = 0

    def record(
        self, place: tuple[str, str], request: Request, answer: Response, started: float, fault: str = ""
    ) -> None:
        """Keep a request to (vendor, operation) that was `started` by the monotonic clock. Raises nothing."""
        if not self.most:
            return
        try:
            self._record(place, request, answer, started, fault)
        except Exception as defect:  # last resort: what the request asked for is done, and its response must be sent
            _log.error("a request to %s %s is not in the journal: %s", *place, describe_defect(defect))

    def _record(self, place: tuple[str, str], request: Request, answer: Response, started: float, fault: str) -> None:
        method, path, query, headers, path_values, sent = request
        body, status, _, _ = answer
        names = self._redactor.names(*place)
        if query:
            query = names.of_query(query)
        kept, answered = b"", b""
        if sent or status >= _FAILED:
            kept, answered = _shown_request(names, request), _shown_response(names, body)
        size = len(body) if isinstance(body, bytes) else None
        self._keep(
            (
                self._number(), self._clock.setting, now_ns(), monotonic() - started, place, method, shown_text(path),
                path_values or None, query, shown_headers(headers), kept, status, size, answered, fault,
            )
        )  # fmt: skip
        if self._waiting:
            with self._turn:
                self._turn.notify_all()

    def entries(self) -> list[Entry]:
        """Return all entries, the oldest first."""
        return [Entry(number, setting.shows(machine), *rest) for number, setting, machine, *rest in list(self._kept)]

    def wait(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Wait until `enough` returns True; return False if the time ran out first."""
        with self._turn:
            self._waiting += 1
            try:
                return self._turn.wait_for(enough, seconds)
            finally:
                self._waiting -= 1

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        self._kept.clear()


def _shown_response(names: Names, body: bytes | Iterable[bytes]) -> bytes:
    return names.of_json(body) if isinstance(body, bytes) and len(body) <= _LARGEST_RESPONSE else b""


def _shown_request(names: Names, request: Request) -> bytes:
    body = request.body
    return b"" if len(body) > _LARGEST_BODY or is_nested_deeper(body) else names.of_body(request)
