"""The events of a database: written in the commit of the change that they tell of, numbered, bounded."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

import orjson

from mock_server.core.events import Delivery, Draft, Event
from mock_server.core.ids import Ids
from mock_server.core.store.journal import Change, Journal
from mock_server.core.store.spec import Document
from mock_server.core.system_time import monotonic

EVENTS, DELIVERIES = "events", "deliveries"
Tell = Callable[[Document, bytes], Draft | None]
"""Given a document and what is shown of it, the event to enter with the change; None for no event."""


class EventLog:
    """The last `history` events, and what became of those that are delivered. Any thread may call any method."""

    def __init__(self, journal: Journal, lock: threading.RLock, history: int) -> None:
        self._journal = journal
        self._lock = lock
        self._history = history
        self._events: OrderedDict[int, Event] = OrderedDict()  # a dict finds its first slowly
        self._deliveries: dict[int, Delivery] = {}
        self._last = 0
        self._published = 0
        self._ids = Ids("events", 0)
        self._turn = threading.Condition(lock)
        self._waiting = 0
        self._closed = False
        self._deliver: Callable[[Event], None] = lambda _: None

    def load(self, events: Mapping[int, bytes], deliveries: Mapping[int, bytes]) -> None:
        """Hold these events, encoded, by number. Raises KeyError, TypeError and ValueError."""
        kept = sorted(events.items())[-self._history :]
        self._events = OrderedDict((number, Event.of_json(text)) for number, text in kept)
        self._deliveries = {
            number: Delivery.of_document(self._events[number], orjson.loads(text))
            for number, text in deliveries.items()
            if number in self._events
        }
        self._last = self._published = max(self._events, default=0)
        self._ids = Ids("events", self._last)

    def listen(self, told: Callable[[Event], None]) -> None:
        """Call `told`, and nobody else, with each event that is due, once its change is as durable as asked for."""
        self._deliver = told

    # Called by collections, which hold the lock

    def next(self, draft: Draft) -> Event:
        """The event that the draft becomes if its commit succeeds."""
        return Event(self._last + 1, self._ids.uuid4(), draft)

    def changes(self, event: Event) -> list[Change]:
        """What enters the event, and takes out the oldest when there are too many; nothing where nothing is kept."""
        if not self._journal.keeps:
            return []
        added = [Change(EVENTS, event.number, event.as_json())]
        if len(self._events) < self._history:
            return added
        oldest = next(iter(self._events))
        gone = [DELIVERIES] if oldest in self._deliveries else []
        return [*added, *(Change(table, oldest, None) for table in (EVENTS, *gone))]

    def accept(self, event: Event) -> None:
        """Take in an event whose commit was written."""
        if len(self._events) >= self._history:
            oldest, _ = self._events.popitem(last=False)
            self._deliveries.pop(oldest, None)
        self._events[event.number] = event
        self._last = event.number

    def publish(self, event: Event) -> None:
        """Tell of an event, and of those before it; their commits are durable when this one's is."""
        with self._lock:
            first, self._published = self._published + 1, max(self._published, event.number)
            if self._waiting:
                self._turn.notify_all()
            for number in range(first, self._published + 1):
                told = self._events.get(number)
                if told is not None and told.draft.due:
                    self._deliver(told)

    # Called by readers

    @property
    def last(self) -> int:
        """The number of the newest event that may be told of."""
        return self._published

    def event(self, number: int) -> Event | None:
        """The event with this number, if it is still kept."""
        with self._lock:
            return self._events.get(number) if number <= self._published else None

    def after(self, number: int) -> list[Event]:
        """The kept events behind this number, in order."""
        with self._lock:
            first = max(number + 1, next(iter(self._events), 0))
            return [self._events[each] for each in range(first, self._published + 1) if each in self._events]

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until there is an event behind this number; whether there is one. False at once when closed."""
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

    def clear(self) -> None:
        """Forget every event. Numbers go on, so that nobody who reads them misses the next."""
        with self._turn:
            gone = [Change(table, number, None) for table, rows in self.tables().items() for number, _ in rows]
            self._journal.append(gone)
            self._events.clear()
            self._deliveries.clear()
            self._ids = Ids("events", 0)

    @property
    def closed(self) -> bool:
        """Whether nobody should wait any more."""
        return self._closed

    def close(self) -> None:
        """Send everybody home who waits."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    # Deliveries

    def note(self, delivery: Delivery) -> None:
        """Keep how far a delivery has come, if its event is still kept. Raises Problem when that cannot be stored."""
        number = delivery.event.number
        with self._lock:
            if number in self._events:
                if self._journal.keeps:
                    self._journal.append([Change(DELIVERIES, number, orjson.dumps(delivery.as_document()))])
                self._deliveries[number] = delivery

    def deliveries(self) -> list[Delivery]:
        """Every delivery of a kept event, in order; those that nothing is known of yet are waiting."""
        with self._lock:
            due = [event for event in self._events.values() if event.draft.due and event.number <= self._published]
            return [self._deliveries.get(event.number) or Delivery(event) for event in due]

    def tables(self) -> dict[str, list[tuple[int, bytes]]]:
        """What a snapshot holds of this; no table without a row."""
        with self._lock:
            tables = {
                EVENTS: [(number, event.as_json()) for number, event in self._events.items()],
                DELIVERIES: [(n, orjson.dumps(each.as_document())) for n, each in self._deliveries.items()],
            }
            return {name: rows for name, rows in tables.items() if rows}
