"""The event log of a database: bounded, numbered, each event written in the commit of its change."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

import orjson

from mock_server.core import bounds
from mock_server.core.defects import describe_defect
from mock_server.core.events import Delivery, Draft, Event
from mock_server.core.ids import Ids
from mock_server.core.store.log_format import Change
from mock_server.core.store.write_ahead_log import WriteAheadLog
from mock_server.core.system_time import monotonic

EVENTS, DELIVERIES = "events", "deliveries"

_log = logging.getLogger(__name__)


class EventLog:
    """The last events, at most `history` of them with at most `most_bytes`, and the state of their deliveries.

    The newest event is kept, however large it is. Any thread may call any method.
    """

    def __init__(
        self, write_ahead_log: WriteAheadLog, lock: threading.RLock, history: int, most_bytes: int | None = None
    ) -> None:
        self._write_ahead_log = write_ahead_log
        self._lock = lock
        self.history = history
        self.most_bytes = bounds.EVENT_BYTES if most_bytes is None else most_bytes
        self._sizes: dict[int, int] = {}  # of each event with its delivery
        self._size = 0
        self._events: OrderedDict[int, Event] = (
            OrderedDict()
        )  # a plain dict finds its first item slowly once many were removed
        self._deliveries: dict[int, Delivery] = {}
        self._last = 0
        self._published = 0
        self._ids = Ids("events", 0)
        self._turn = threading.Condition(lock)
        self._waiting = 0
        self._closed = False
        self._offer: Callable[[Event], None] = lambda _: None

    def load(self, events: Mapping[int, bytes], deliveries: Mapping[int, bytes], last: int) -> None:
        """Hold these encoded events and deliveries, by number; `last` is the number of the last event that there was.

        Raise KeyError, TypeError or ValueError for a malformed one.
        """
        opened = not self._last
        self._sizes, self._size = {}, 0
        kept = sorted(events.items())[-self.history :]
        self._events = OrderedDict((number, Event.of_json(text)) for number, text in kept)
        self._deliveries = {
            number: Delivery.of_document(self._events[number], orjson.loads(text))
            for number, text in deliveries.items()
            if number in self._events
        }
        self._last = max(self._last, last, *self._events)
        # Those that are loaded again after a failure may wait for their own threads to publish them.
        self._published = self._last if opened else min(self._published, max(self._events, default=0))
        for number, event in self._events.items():
            self._measure(number, event.size + (self._deliveries[number].size if number in self._deliveries else 0))
        for number in self._leaving(0):
            self._forget(number)
        self._ids = Ids("events", self._last)

    def deliver_with(self, callback: Callable[[Event], None]) -> None:
        """Register the one delivery callback. It gets each event to deliver once its commit is durable."""
        self._offer = callback

    # Called by Commits; up to `accept` with the lock held

    def next(self, drafts: Iterable[Draft]) -> list[Event]:
        """Return the events that the drafts become if their commit succeeds."""
        # The bytes that orjson returns keep their whole write buffer, more than twice their length; a copy does not.
        kept = (draft._replace(message=bytes(memoryview(draft.message))) for draft in drafts)
        return [Event(number, self._ids.uuid4(), draft) for number, draft in enumerate(kept, self._last + 1)]

    def changes(self, events: Sequence[Event]) -> list[Change]:
        """Return the changes that add the events and remove the oldest ones if the log is full; none in memory."""
        if not self._write_ahead_log.persistent:
            return []
        added = [Change(EVENTS, event.number, event.as_json()) for event in events]
        return [*added, *self._removal(self._leaving(sum(event.size for event in events), len(events)))]

    def accept(self, events: Sequence[Event]) -> None:
        """Add events whose commit was written."""
        for number in self._leaving(sum(event.size for event in events), len(events)):
            self._forget(number)
        for event in events:
            self._events[event.number] = event
            self._measure(event.number, event.size)
            self._last = event.number

    def _leaving(self, size: int, count: int = 0) -> list[int]:
        """Return the oldest events, which leave when `count` events of `size` bytes are added; the newest stays."""
        numbers, most = list[int](), len(self._events) - (0 if count else 1)
        left, bytes_left = len(self._events) + count, self._size + size
        for number in islice(self._events, max(0, most)):
            if left <= self.history and bytes_left <= self.most_bytes:
                break
            numbers.append(number)
            left, bytes_left = left - 1, bytes_left - self._sizes[number]
        return numbers

    def _removal(self, numbers: Iterable[int]) -> list[Change]:
        return [
            Change(table, number, None)
            for number in numbers
            for table in ([EVENTS, DELIVERIES] if number in self._deliveries else [EVENTS])
        ]

    def _measure(self, number: int, size: int) -> None:
        self._size += size - self._sizes.get(number, 0)
        self._sizes[number] = size

    def _forget(self, number: int) -> None:
        del self._events[number]
        self._deliveries.pop(number, None)
        self._size -= self._sizes.pop(number)

    def publish(self, event: Event) -> None:
        """Make an event visible, and those before it, whose commits are durable when this one's is."""
        with self._lock:
            first, self._published = self._published + 1, max(self._published, event.number)
            if self._waiting:
                self._turn.notify_all()
            for number in range(first, self._published + 1):
                published = self._events.get(number)
                if published is not None and published.draft.has_target:
                    self._deliver(published)

    def _deliver(self, event: Event) -> None:
        try:
            self._offer(event)
        except Exception as defect:  # last resort: the change is stored, so the request that made it must not fail
            _log.error("event %d cannot be delivered: %s", event.number, describe_defect(defect))

    # Called by readers

    @property
    def next_number(self) -> int:
        """The number of the next event."""
        return self._last + 1

    @property
    def size(self) -> int:
        """About how many bytes of memory the events take, with their deliveries."""
        return self._size

    @property
    def last(self) -> int:
        """The number of the newest published event."""
        return self._published

    def event(self, number: int) -> Event | None:
        """Return the event with this number if it is published and still in the log."""
        with self._lock:
            return self._events.get(number) if number <= self._published else None

    def after(self, number: int) -> list[Event]:
        """Return the published events after this number, in order."""
        with self._lock:
            first = max(number + 1, next(iter(self._events), 0))
            return [self._events[each] for each in range(first, self._published + 1) if each in self._events]

    def wait(self, number: int, seconds: float) -> bool:
        """Wait for an event after this number, and return whether there is one. Return False at once when closed."""
        until = monotonic() + seconds
        with self._turn:
            self._waiting += 1
            try:
                while self._published <= number and not self._closed:
                    left = until - monotonic()
                    if left <= 0:
                        return False
                    self._turn.wait(left)
                return not self._closed
            finally:
                self._waiting -= 1

    def removal(self) -> list[Change]:
        """Return the changes that remove every event. Called with the lock held."""
        return self._removal(self._events)

    def clear(self) -> None:
        """Forget every event, whose removal was written. Called with the lock held.

        Numbers are not reused, so that a reader who knows the last one misses none.
        """
        self._events.clear()
        self._deliveries.clear()
        self._sizes.clear()
        self._size = 0
        self._ids = Ids("events", 0)

    @property
    def closed(self) -> bool:
        """Whether the log is closed."""
        return self._closed

    def close(self) -> None:
        """Wake all waiters."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    # Deliveries

    def record(self, delivery: Delivery) -> None:
        """Store the state of a delivery if its event is still in the log. Raise Problem if that fails."""
        number = delivery.event.number
        with self._lock:
            if number not in self._events:
                return
            size = self._events[number].size + delivery.size
            leaving = self._leaving(size - self._sizes[number])
            if self._write_ahead_log.persistent:
                change = Change(DELIVERIES, number, orjson.dumps(delivery.as_document()))
                self._write_ahead_log.append([change, *self._removal(leaving)])
            self._deliveries[number] = delivery
            self._measure(number, size)
            for each in leaving:
                self._forget(each)

    def deliveries(self) -> list[Delivery]:
        """Return the delivery of each event that has a target, in order; without a recorded state it is waiting."""
        with self._lock:
            published = (event for event in self._events.values() if event.number <= self._published)
            sent = [event for event in published if event.draft.has_target]
            return [self._deliveries.get(event.number) or Delivery(event) for event in sent]

    def tables(self) -> dict[str, list[tuple[int, bytes]]]:
        """Return the tables that a snapshot holds; none without rows."""
        with self._lock:
            tables = {
                EVENTS: [(number, event.as_json()) for number, event in self._events.items()],
                DELIVERIES: [(n, orjson.dumps(each.as_document())) for n, each in self._deliveries.items()],
            }
            return {name: rows for name, rows in tables.items() if rows}
