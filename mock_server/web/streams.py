"""Events as Server-Sent Events. Each stream occupies a worker thread, so their number is limited."""

import threading
from collections.abc import Callable, Iterator

from mock_server.core.events import Event
from mock_server.core.problems import Kind, Problem
from mock_server.core.redaction import Redactor
from mock_server.core.store.event_log import EventLog

HEARTBEAT = 5.0  # seconds; a comment this often shows both ends that the other is still there
RETRY_AFTER = 5
_RECONNECT = 1000  # milliseconds that a client waits before it comes back


class StreamLimiter:
    """Limits how many event streams and long polls are open at a time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = threading.Semaphore(most)

    def acquire(self) -> None:
        """Take one of the places. Raises Problem when none is free."""
        if not self._free.acquire(blocking=False):
            raise Problem(
                Kind.BUSY,
                f"All {self.most} streams and long polls are in use; --streams sets how many",
                headers=(("Retry-After", str(RETRY_AFTER)),),
            )

    def release(self) -> None:
        """Free the place."""
        self._free.release()


class Stream:
    """The events after a number as frames, until the client leaves. Gives its place back when it is closed."""

    def __init__(
        self,
        event_log: EventLog,
        after: int,
        wanted: Callable[[Event], bool],
        limiter: StreamLimiter,
        redactor: Redactor,
    ) -> None:
        limiter.acquire()
        self._limiter = limiter
        self._open = True
        self._frames = _frames(event_log, after, wanted, redactor)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._frames)

    def close(self) -> None:
        """End the stream. The WSGI server calls this in every case (PEP 3333)."""
        if self._open:
            self._open = False
            self._limiter.release()


def _frames(event_log: EventLog, after: int, wanted: Callable[[Event], bool], redactor: Redactor) -> Iterator[bytes]:
    yield b"retry: %d\n\n" % _RECONNECT
    while not event_log.closed:
        if not event_log.wait(after, HEARTBEAT):
            if not event_log.closed:
                yield b": still here\n\n"
            continue
        for event in event_log.after(after):
            after = event.number
            if wanted(event):
                draft = redactor.shown_event(event).draft
                yield b'id: %d\nevent: %b\ndata: {"message":%b}\n\n' % (after, draft.type.encode(), draft.message)
