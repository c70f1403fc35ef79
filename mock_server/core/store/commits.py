"""How collections write: a commit holds changes of documents and the events about them, or nothing is stored."""

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from mock_server.core.events import Draft, Event
from mock_server.core.store.event_log import EventLog
from mock_server.core.store.log_format import Change
from mock_server.core.store.write_ahead_log import NoWriteAheadLog, WriteAheadLog


class Commits:
    """Writes commits to the write-ahead log and events to the event log.

    `append` is called with the database's lock held, before the changes are applied; `finish` once the lock is
    released, so that other threads can work while this one waits for the disk. `on_commit` is called after each
    `finish`.
    """

    def __init__(
        self, write_ahead_log: WriteAheadLog, event_log: EventLog, lock: threading.RLock, on_commit: Callable[[], None]
    ) -> None:
        self.lock = lock
        self._write_ahead_log = write_ahead_log
        self._event_log = event_log
        self._on_commit = on_commit
        self.require_room: Callable[[int], None] = lambda _: None
        """Raises Problem when the documents may not grow by this number of bytes."""

    @classmethod
    def unrecorded(cls) -> "Commits":
        """Return commits that are not recorded, for a collection outside any database."""
        log, lock = NoWriteAheadLog(), threading.RLock()
        return cls(log, EventLog(log, lock, 1), lock, lambda: None)

    def append(self, changes: Iterable[Change], drafts: Sequence[Draft] = ()) -> tuple[int, Event | None]:
        """Write the changes and their events in one commit, so that neither exists without the other.

        Return the offset of the commit, and the last event. Raise Problem, with nothing written, if that fails.
        """
        if not drafts:
            return self._write_ahead_log.append(changes), None
        events = self._event_log.next(drafts)
        offset = self._write_ahead_log.append(chain(changes, self._event_log.changes(events)))
        self._event_log.accept(events)
        return offset, events[-1]

    def finish(self, offset: int, last: Event | None = None) -> None:
        """Wait until the commit is durable, then publish its events. Raise Problem if it cannot be made durable."""
        self._write_ahead_log.sync(offset)
        if last is not None:
            self._event_log.publish(last)
        self._on_commit()
