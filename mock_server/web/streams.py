"""Events as Server-Sent Events. A stream keeps a thread, so that there are only so many."""

import threading
from collections.abc import Callable, Iterator

from mock_server.core.events import Event
from mock_server.core.problems import Kind, Problem
from mock_server.core.store.ledger import Ledger

HEARTBEAT = 5.0  # seconds; a comment this often shows both ends that the other is still there
RETRY_AFTER = 5
_RECONNECT = 1000  # milliseconds that a client waits before it comes back


class Places:
    """How many requests may wait for something at a time, of streams and long polls together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = threading.Semaphore(most)

    def take(self) -> None:
        """Take a place. Raises Problem when there is none."""
        if not self._free.acquire(blocking=False):
            problem = Problem(Kind.BUSY, f"All {self.most} streams and long polls are in use; --streams sets how many")
            problem.headers = (("Retry-After", str(RETRY_AFTER)),)
            raise problem

    def give_back(self) -> None:
        """Free the place."""
        self._free.release()


class Stream:
    """The events of a ledger behind a number, for as long as the client stays. Frees its place when it is closed."""

    def __init__(self, ledger: Ledger, after: int, wanted: Callable[[Event], bool], places: Places) -> None:
        places.take()
        self._places = places
        self._open = True
        self._frames = _frames(ledger, after, wanted)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._frames)

    def close(self) -> None:
        """End the stream. The WSGI server calls this, whatever has become of the client."""
        if self._open:
            self._open = False
            self._places.give_back()


def _frames(ledger: Ledger, after: int, wanted: Callable[[Event], bool]) -> Iterator[bytes]:
    yield b"retry: %d\n\n" % _RECONNECT
    while not ledger.closed:
        if not ledger.wait(after, HEARTBEAT):
            if not ledger.closed:
                yield b": still here\n\n"
            continue
        for event in ledger.after(after):
            after = event.number
            if wanted(event):
                draft = event.draft
                yield b'id: %d\nevent: %b\ndata: {"message":%b}\n\n' % (after, draft.type.encode(), draft.message)
