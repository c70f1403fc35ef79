"""The requests that a world has received, the last so many; secrets are taken out before they are kept."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from struct import Struct
from typing import Any, NamedTuple

from mock_server.core.redaction import may_hold_secrets, redacted, redacted_query
from mock_server.core.vendor import Answer, Request

_LARGEST_BODY = 16 << 10
_LARGEST_ANSWER = 4 << 10
_FAILED = 400
_IN_PARTS = -1
_MOST_TEXTS = 256
_PACKED = Struct("<Qqdhq")
_pack, _unpack = _PACKED.pack, _PACKED.unpack


class Entry(NamedTuple):
    """One request and its answer. Kept of answers are refusals, and what changes were answered.

    A long body is not kept. A `size` of None is of a body that was sent in parts.

    `fault` says what was done to it on purpose.
    """

    number: int
    time: int
    seconds: float
    place: tuple[str, str]
    """The vendor and the operation."""
    method: str
    path: str
    path_values: Mapping[str, str]
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
        """The name of the operation; empty for a path or method that there is not."""
        return self.place[1]


class RequestJournal:
    """A bounded journal. Any thread may call any method; keeping a request takes no lock.

    What costs is memory that was not touched for a thousand requests, so that an entry is kept as few objects:
    its numbers packed into one, texts that come again shared.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: deque[tuple[Any, ...]] = deque(maxlen=most)
        self._texts: dict[str, str] = {}
        self._numbers = count(1)
        self._turn = threading.Condition()
        self._waiting = 0

    def note(
        self, time_: int, started: float, place: tuple[str, str], request: Request, answer: Answer, fault: str = ""
    ) -> None:
        """Keep a request to (vendor, operation) that was `started` by the performance counter."""
        body, path, query, known = answer.body, request.path, request.query, self._texts.get
        size, told = _IN_PARTS, b""
        if isinstance(body, bytes):
            size = len(body)
            if size <= _LARGEST_ANSWER and (request.body or answer.status >= _FAILED):
                told = redacted(body) if may_hold_secrets(body) else body
        self._kept.append(
            (
                _pack(next(self._numbers), time_, time.perf_counter() - started, answer.status, size),
                place,
                known(request.method) or self._shared(request.method),
                known(path) or self._shared(path),
                request.path_values or None,
                known(query) or self._shared(redacted_query(query)) if query else "",
                request.headers.shown(),
                _without_secrets(request) if request.body else b"",
                told,
                fault,
            )
        )
        if self._waiting:
            with self._turn:
                self._turn.notify_all()

    def entries(self) -> list[Entry]:
        """All that are kept, the oldest first."""
        return [_entry(*kept) for kept in list(self._kept)]

    def _shared(self, text: str) -> str:
        """The text, which is the same object from now on. It is kept, so that it must hold no secret."""
        if len(self._texts) < _MOST_TEXTS:
            self._texts[text] = text
        return text

    def wait(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Wait until it is enough; whether that came to pass."""
        with self._turn:
            self._waiting += 1
            try:
                return self._turn.wait_for(enough, seconds)
            finally:
                self._waiting -= 1

    def clear(self) -> None:
        """Forget all of them; numbers go on."""
        self._kept.clear()
        self._texts.clear()


def _entry(numbers: bytes, place: tuple[str, str], *others: Any) -> Entry:
    number, time_, seconds, status, size = _unpack(numbers)
    method, path, path_values, query, headers, body, told, fault = others
    return Entry(
        number=number,
        time=time_,
        seconds=seconds,
        place=place,
        method=method,
        path=path,
        path_values=path_values or {},
        query=query,
        headers=headers,
        body=body,
        status=status,
        size=None if size == _IN_PARTS else size,
        answer=told,
        fault=fault,
    )


def _without_secrets(request: Request) -> bytes:
    body = request.body
    if len(body) > _LARGEST_BODY:
        return b""
    if (request.headers.get("content-type") or "").startswith("application/x-www-form-urlencoded"):
        return redacted_query(body.decode("utf-8", "replace")).encode()
    return redacted(body) if may_hold_secrets(body) else body
