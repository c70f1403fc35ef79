"""Delivers events apart from any request: in order for each subject, with retries timed by the clock."""

import heapq
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from functools import partial

from mock_server.core import bounds
from mock_server.core.clock import Clock
from mock_server.core.events import Attempt, Delivery, Event, State, Target
from mock_server.core.problems import Problem
from mock_server.core.redaction import shown_url
from mock_server.core.store.event_log import EventLog
from mock_server.core.system_time import monotonic
from mock_server.web.delivery_faults import DeliveryFaultPlan, DeliveryFaults
from mock_server.web.receivers import FAILURES, Connections, Refused, UnderWay, reason
from mock_server.web.webhook_workers import WebhookWorkers, Work

_LONGEST_WAIT = 3_600.0  # seconds; a clock can be centuries away, and a wait cannot

_log = logging.getLogger(__name__)


class WebhookDispatcher:
    """Delivers the events of one event log on `workers`, which other worlds share.

    `target` returns where an event is sent, and `allowed` are the hosts beyond this machine that may be reached. As
    many deliveries may wait as the log keeps events, in number and in bytes: beyond it the oldest are dropped.
    """

    def __init__(
        self,
        event_log: EventLog,
        clock: Clock,
        target: Callable[[Event], Target | None],
        workers: WebhookWorkers,
        allowed: Iterable[str] = (),
    ) -> None:
        self.delivery_faults = DeliveryFaults()
        self._event_log = event_log
        self._clock = clock
        self._target = target
        self._allowed = frozenset(allowed)
        self._workers = workers
        self._lock = workers.lock
        self._done = threading.Condition(self._lock)
        self._queues: OrderedDict[str, list[Delivery]] = OrderedDict()  # by subject, in the order of the events
        self._busy: set[str] = set()
        self._ready: deque[str] = deque()
        self._held_up: list[str] = []  # subjects whose next delivery waits for another subject's
        self._later: list[tuple[int, str]] = []
        self._count = 0
        self._bytes = 0
        self.running = 0
        self._under_way = UnderWay()
        self._closed = False
        clock.add_listener(self._wake)
        event_log.deliver_with(self.offer)

    def resume(self) -> None:
        """Queue what an earlier run left undelivered."""
        for delivery in self._event_log.deliveries():
            if delivery.state is State.WAITING:
                self._enqueue(delivery)

    def offer(self, event: Event) -> None:
        """Queue an event. Called by the thread that made the change; never waits for a receiver."""
        if not self.delivery_faults.planned:
            self._enqueue(Delivery(event))
            return
        if self.delivery_faults.take("drop"):
            self._keep(Delivery(event, state=State.DROPPED, note="dropped on purpose"))
            return
        previous = None
        for each in self.delivery_faults.hold(event) if self.delivery_faults.take("reorder") else (event,):
            plan = self.delivery_faults.plan
            delay = plan.delay_milliseconds if self.delivery_faults.take("delay") else 0
            due = self._clock.now() + delay if delay else 0
            for _ in range(2 if self.delivery_faults.take("duplicate") else 1):
                delivery = Delivery(each, not_before=due, delay=delay, after=previous)
                self._enqueue(delivery)
                previous = delivery

    def set_faults(self, plan: DeliveryFaultPlan) -> None:
        """Apply a fault plan to the next deliveries; send what an earlier plan held back."""
        for event in self.delivery_faults.set(plan):
            self._enqueue(Delivery(event))

    def replay(self, event: Event) -> None:
        """Deliver an event once more, whatever the state of its delivery."""
        known = next((each for each in self._event_log.deliveries() if each.event.number == event.number), None)
        attempts = known.attempts if known is not None else ()
        self._enqueue(Delivery(event, attempts=attempts))

    def backlog(self) -> int:
        """Return how many deliveries wait or are in progress."""
        with self._lock:
            return self._count

    @property
    def size(self) -> int:
        """About how many bytes of memory the events take that wait or are held back, if the log keeps them no more."""
        return self._bytes + self.delivery_faults.held_size

    def settle(self, seconds: float) -> bool:
        """Wait until no delivery waits; return False if the time ran out first."""
        with self._done:
            return self._done.wait_for(lambda: not self._count or self._closed, seconds)

    def close(self, seconds: float = 1.0) -> None:
        """Stop: cut off deliveries in progress, and leave those that wait to the next run."""
        with self._lock:
            if not self._closed:
                self._clock.remove_listener(self._wake)
            self._closed = True
            self._workers.remove(self)
            self._done.notify_all()
        self._under_way.cut_off()
        with self._done:
            self._done.wait_for(lambda: not self._busy, seconds)

    # Queues

    def _enqueue(self, delivery: Delivery) -> None:
        dropped = []
        with self._lock:
            if self._closed:
                return
            subject = delivery.event.draft.subject
            queue = self._queues.get(subject)
            if queue is None:
                self._queues[subject] = [delivery]
                self._ready.append(subject)
            else:
                queue.append(delivery)
            self._count += 1
            self._bytes += delivery.event.size
            while (self._count > self._event_log.history or self._bytes > self._event_log.most_bytes) and (
                oldest := self._oldest()
            ):
                dropped.append(oldest)
            self._look()
        for each in dropped:  # outside the lock: the caller of `offer` holds the event log's
            each.state, each.note = State.DROPPED, "too many deliveries were waiting"
            self._keep(each)
        if dropped:
            with self._lock:
                self._release_held_up()

    def _oldest(self) -> Delivery | None:
        """Remove and return the oldest delivery that is not in progress."""
        for subject, queue in self._queues.items():
            if subject not in self._busy:
                oldest = queue.pop(0)
                self._forget(oldest)
                if not queue:
                    del self._queues[subject]
                return oldest
        return None

    def _look(self) -> None:
        """Let a worker look for a delivery that is due, if one waits. Called with the lock held."""
        if not self._closed and (self._ready or self._later):
            self._workers.add(self)

    def _forget(self, delivery: Delivery) -> None:
        self._count -= 1
        self._bytes -= delivery.event.size

    def _release_held_up(self) -> None:
        """Reconsider the deliveries that wait for another. Called with the lock held."""
        if self._held_up:
            self._ready.extend(self._held_up)
            self._held_up.clear()
            self._look()

    def _wake(self) -> None:
        """Reconsider what waits for the clock, which was set."""
        with self._lock:
            self._ready.extend(subject for _, subject in self._later)
            self._later.clear()
            self._look()

    def take(self) -> Work | None:
        """Return the next delivery that is due. Called by the workers, with their lock held."""
        now = self._clock.now()
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[1])
        while self._ready and not self._closed:
            subject = self._ready.popleft()
            queue = self._queues.get(subject)
            if queue is None or subject in self._busy:
                continue
            queue[0].not_before = min(
                queue[0].not_before, now + queue[0].delay
            )  # a clock that was put back delays nothing
            if queue[0].not_before > now:
                heapq.heappush(self._later, (queue[0].not_before, subject))
                continue
            if queue[0].held_up:
                self._held_up.append(subject)
                continue
            queue[0].after = None
            self._busy.add(subject)
            return partial(self._deliver, subject, queue[0])
        return None

    def has_more(self) -> bool:
        """Return whether there may be another delivery that is due. Called by the workers, with their lock held."""
        return bool(self._ready)

    def seconds_left(self) -> float | None:
        """Return when the next delivery falls due. Called by the workers, with their lock held."""
        if not self._later or self._clock.frozen:
            return None
        return max(0.0, min((self._later[0][0] - self._clock.now()) / 1000, _LONGEST_WAIT))

    def _deliver(self, subject: str, delivery: Delivery, connections: Connections) -> None:
        again = None
        try:
            again = self._try(delivery, connections)
        except Exception as defect:  # last resort: a defect in one delivery must not stop the others
            self._give_up(delivery, defect)
        finally:
            self._finish(subject, delivery, again)

    def _finish(self, subject: str, delivery: Delivery, again: int | None) -> None:
        """Release the subject: for its next delivery, or for the same one in `again` milliseconds."""
        if not self._closed:  # else it is left to the next run
            self._keep(delivery)
        with self._lock:
            queue = self._queues[subject]
            self._busy.discard(subject)
            self._release_held_up()
            if again is not None:
                delivery.not_before, delivery.delay = self._clock.now() + again, again
            else:
                self._forget(queue.pop(0))
            if queue:
                self._ready.append(subject)
            else:
                del self._queues[subject]
            self._look()
            if not self._count or self._closed:
                self._done.notify_all()

    def _keep(self, delivery: Delivery) -> None:
        try:
            self._event_log.record(delivery)
        except Problem as problem:  # the disk is full: the event is delivered again after a restart
            _log.warning("event %d: %s", delivery.event.number, problem)
        except Exception as defect:  # last resort: what is delivered must leave the queue
            _log.error("event %d: its delivery is not recorded: %s", delivery.event.number, type(defect).__name__)

    def _give_up(self, delivery: Delivery, defect: Exception) -> None:
        """Record an unforeseen failure by its type alone: its text may hold secrets."""
        delivery.state, delivery.note = State.FAILED, f"it cannot be delivered: {type(defect).__name__}"
        _log.error("event %d: %s", delivery.event.number, delivery.note)

    # One delivery

    def _try(self, delivery: Delivery, connections: Connections) -> int | None:
        """Send it; return the milliseconds after which to try again, or None when it is settled."""
        target = self._target(delivery.event)
        if target is None:
            delivery.state, delivery.note = State.REFUSED, "it no longer has a target"
            return None
        delivery.url, delivery.source = shown_url(target.url), target.source
        attempt = self._attempt(delivery, target, connections)
        if attempt is None or self._closed:  # what was cut off is left to the next run as it was
            return None
        delivery.attempts = (*delivery.attempts, attempt)[-bounds.MOST_ATTEMPTS :]
        status = attempt.status
        if status is not None and 200 <= status < 300:
            delivery.state = State.DELIVERED
            return None
        failures = sum(1 for each in delivery.attempts if not (each.status and 200 <= each.status < 300))
        plan = target.backoff
        delay = plan.delay(failures) if plan is not None and status not in plan.excluded else None
        if delay is None:
            delivery.state = State.FAILED
            return None
        return delay

    def _attempt(self, delivery: Delivery, target: Target, connections: Connections) -> Attempt | None:
        now, started = self._clock.now(), monotonic()
        status, error = None, ""
        try:
            if self.delivery_faults.take("fail"):
                error = "failed on purpose"
            else:
                body = b'{"message":%b}' % delivery.event.draft.message
                status = connections.post(target, body, self._allowed, self._under_way)
        except Refused as refusal:
            delivery.state, delivery.note = State.REFUSED, str(refusal)
            return None
        except FAILURES as failure:
            error = reason(failure)
        return Attempt(time=now, milliseconds=round((monotonic() - started) * 1000, 1), status=status, error=error)
