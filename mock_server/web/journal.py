"""The last requests that a world has received. Only what is known to be harmless is kept; see `core.redaction`."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from sys import getsizeof
from typing import Any, NamedTuple

from mock_server.core import bounds
from mock_server.core.clock import Clock
from mock_server.core.defects import describe_defect
from mock_server.core.nesting import is_nested_deeper
from mock_server.core.redaction import Names, Redactor, shown_headers, shown_text
from mock_server.core.system_time import monotonic, now_ns
from mock_server.core.vendor import Request, Response

_LARGEST_BODY = 16 << 10
_LARGEST_RESPONSE = 4 << 10
_FAILED = 400
_ENTRY_BYTES = 1_000
_NONE: Mapping[str, str] = {}
LOOK_SECONDS = 1.0
"""How long a wait goes on before it notices that the client has left."""

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


class Waiter:
    """Waits for `count` requests after the number `since` that are `wanted`, among those that the journal keeps."""

    def __init__(self, wanted: Callable[[Entry], bool], since: int, count: int) -> None:
        self._wanted = wanted
        self._since = since
        self._count = count
        self._numbers: deque[int] = deque()  # of the requests that are wanted, in order
        self.ended = threading.Event()

    def wants(self, entry: Entry) -> bool:
        """Return whether the request counts."""
        return entry.number > self._since and self._wanted(entry)

    def see(self, entry: Entry, oldest: int) -> None:
        """Count a new request, given the number of the oldest one that is kept. Called with the journal's lock."""
        if self.wants(entry):
            self._numbers.append(entry.number)
            self._count_from(oldest)

    def see_earlier(self, numbers: list[int], oldest: int) -> None:
        """Count wanted requests that were there before. Called with the journal's lock held."""
        self._numbers.extendleft(reversed(numbers))
        self._count_from(oldest)

    def _count_from(self, oldest: int) -> None:
        while self._numbers and self._numbers[0] < oldest:
            self._numbers.popleft()
        if len(self._numbers) >= self._count:
            self.ended.set()


class RequestJournal:
    """A journal of at most `most` requests, and of a bounded size, dated by `clock`. Any thread may call any method.

    Recording is on the path of every request, so an entry stays a plain tuple until it is read, and a thread is woken
    only once all requests that it waits for have come.
    """

    def __init__(self, most: int, clock: Clock, redactor: Redactor) -> None:
        self.most = most
        self._redactor = redactor
        self.size = 0
        """About how many bytes of memory the entries take."""
        self._clock = clock
        self._kept: deque[tuple[int, tuple[Any, ...]]] = deque()  # with their sizes
        self._number = count(1).__next__
        self._lock = threading.Lock()
        self._waiters: set[Waiter] = set()
        self._closed = False

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
        path, shown = shown_text(path), shown_headers(headers)
        taken = _size(path, query, kept, answered, fault, *shown, *shown.values(), *(path_values or _NONE).values())
        with self._lock:
            entry = (
                self._number(), self._clock.setting, now_ns(), monotonic() - started, place, method, path,
                path_values or None, query, shown, kept, status, size, answered, fault,
            )  # fmt: skip
            self._kept.append((taken, entry))
            self.size += taken
            while len(self._kept) > self.most or (self.size > bounds.JOURNAL_BYTES and len(self._kept) > 1):
                self.size -= self._kept.popleft()[0]
            if self._waiters:
                self._show(entry)

    def entries(self) -> list[Entry]:
        """Return all entries, the oldest first."""
        with self._lock:
            kept = list(self._kept)
        return [_entry(each) for _, each in kept]

    def wait(
        self,
        wanted: Callable[[Entry], bool],
        since: int,
        count: int,
        seconds: float,
        left: Callable[[], bool] = lambda: False,
    ) -> list[Entry]:
        """Wait until `count` requests after the number `since` are `wanted`; return those that are.

        There are fewer when the time ran out, the client `left`, or the journal was closed.
        """
        waiter, until = Waiter(wanted, since, count), monotonic() + seconds
        with self._lock:
            self._waiters.add(waiter)
            earlier = list(self._kept)
        try:
            numbers = [entry.number for _, kept in earlier if waiter.wants(entry := _entry(kept))]
            del earlier
            with self._lock:
                waiter.see_earlier(numbers, self._oldest)
            while not (waiter.ended.is_set() or self._closed or left()) and (rest := until - monotonic()) > 0:
                waiter.ended.wait(min(rest, LOOK_SECONDS))
        finally:
            with self._lock:
                self._waiters.discard(waiter)
        return list(filter(waiter.wants, self.entries()))

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        with self._lock:
            self._kept.clear()
            self.size = 0

    def close(self) -> None:
        """End all waits."""
        with self._lock:
            self._closed = True
            for waiter in self._waiters:
                waiter.ended.set()

    @property
    def _oldest(self) -> int:
        return int(self._kept[0][1][0]) if self._kept else 0

    def _show(self, kept: tuple[Any, ...]) -> None:
        """Show a new entry to those who wait. Called with the lock held."""
        entry, oldest = _entry(kept), self._oldest
        for waiter in self._waiters:
            waiter.see(entry, oldest)


def _entry(kept: tuple[Any, ...]) -> Entry:
    number, setting, machine, *rest = kept
    return Entry(number, setting.shows(machine), *rest)


def _size(*texts: str | bytes) -> int:
    return _ENTRY_BYTES + sum(map(getsizeof, texts))


def _shown_response(names: Names, body: bytes | Iterable[bytes]) -> bytes:
    return names.of_json(body) if isinstance(body, bytes) and len(body) <= _LARGEST_RESPONSE else b""


def _shown_request(names: Names, request: Request) -> bytes:
    body = request.body
    return b"" if len(body) > _LARGEST_BODY or is_nested_deeper(body) else names.of_body(request)
