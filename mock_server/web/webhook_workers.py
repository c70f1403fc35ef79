"""The threads that deliver webhooks, shared by all worlds of a server."""

import logging
import threading
from threading import Thread
from typing import Protocol

from mock_server.core.system_time import monotonic
from mock_server.web.receivers import THREAD_NAME, Connections

IDLE_SECONDS = 10.0
"""How long a thread without work stays."""

_log = logging.getLogger(__name__)


class Work(Protocol):
    """One delivery, which runs on a worker."""

    def __call__(self, connections: Connections) -> None:
        """Make the delivery."""
        ...


class Queue(Protocol):
    """The deliveries of one world. Every method is called with the lock of the workers held."""

    running: int
    """How many of its deliveries the workers run. The workers count it."""

    def take(self) -> Work | None:
        """Return the next delivery that is due, None if there is none."""
        ...

    def has_more(self) -> bool:
        """Return whether there may be another delivery that is due."""
        ...

    def seconds_left(self) -> float | None:
        """Return the seconds until a delivery falls due; None if only a change of the queue can make one due."""
        ...


class WebhookWorkers:
    """At most `most` threads, which start when there is work and end when they were idle for a while.

    The queues take turns. A queue gets another worker only while it uses fewer than are free, so that slow receivers of
    one world leave workers to the others.
    """

    def __init__(self, most: int, idle_seconds: float | None = None) -> None:
        self.lock = threading.Lock()
        self._turn = threading.Condition(self.lock)
        self._most = most
        self._idle_seconds = IDLE_SECONDS if idle_seconds is None else idle_seconds
        self._threads: set[Thread] = set()
        self._idle = 0
        self._busy = 0
        self._ready: dict[Queue, None] = {}  # in turn
        self._timed: dict[Queue, float] = {}  # when to look again, by the monotonic clock
        self._closed = False

    # Called by queues, with the lock held

    def add(self, queue: Queue) -> None:
        """Take note that the queue may have a delivery that is due, and let a worker look."""
        self._ready.setdefault(queue)
        self._rouse()

    def remove(self, queue: Queue) -> None:
        """Forget the queue, until it is added again."""
        self._ready.pop(queue, None)
        self._timed.pop(queue, None)

    # Called by the server

    def close(self, seconds: float = 1.0) -> None:
        """End the threads; wait for them for some seconds at most."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
            threads = list(self._threads)
        until = monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, until - monotonic()))

    # Threads

    def _rouse(self) -> None:
        """Let one more thread look for work."""
        if self._idle:
            self._turn.notify()
        elif len(self._threads) < self._most and not self._closed:
            thread = Thread(target=self._work, name=THREAD_NAME, daemon=True)
            self._threads.add(thread)
            try:
                thread.start()
            except RuntimeError as error:  # the system has no more threads: the next event, or a worker, looks again
                self._threads.discard(thread)
                _log.warning("webhooks wait: %s", error)

    def _work(self) -> None:
        connections = Connections()
        try:
            while True:
                try:
                    found = self._next()
                except Exception as defect:  # last resort: a defect in one queue must not end a worker
                    _log.error("webhooks: %s", type(defect).__name__)
                    continue
                if found is None:
                    return
                self._run(*found, connections)
        finally:
            connections.close()

    def _run(self, queue: Queue, work: Work, connections: Connections) -> None:
        try:
            work(connections)
        except Exception as defect:  # last resort, as above; its text may hold secrets
            _log.error("webhooks: %s", type(defect).__name__)
        finally:
            with self.lock:
                queue.running -= 1
                self._busy -= 1

    def _next(self) -> tuple[Queue, Work] | None:
        """Wait for work, and return it with its queue. Return None when the thread is to end."""
        until = monotonic() + self._idle_seconds
        with self._turn:
            while not self._closed:
                if (found := self._take()) is not None:
                    return found
                now = monotonic()
                if now >= until and (self._idle or not self._timed):  # one stays to look when the time comes
                    break
                due = min(self._timed.values(), default=now + self._idle_seconds)
                self._idle += 1
                self._turn.wait(max(0.0, min(due, now + self._idle_seconds) - now))
                self._idle -= 1
            self._threads.discard(threading.current_thread())
            return None

    def _take(self) -> tuple[Queue, Work] | None:
        """Return work from the first queue in turn that has some and may use another worker."""
        now = monotonic()
        for queue in [each for each, at in self._timed.items() if at <= now]:
            del self._timed[queue]
            self._ready.setdefault(queue)
        for queue in tuple(self._ready):
            if queue.running >= self._most - self._busy:
                continue
            del self._ready[queue]
            self._timed.pop(queue, None)
            work = queue.take()
            if work is None:
                left = queue.seconds_left()
                if left is not None:
                    self._timed[queue] = now + left
                continue
            queue.running += 1
            self._busy += 1
            if queue.has_more():
                self._ready[queue] = None
            elif (left := queue.seconds_left()) is not None:
                self._timed[queue] = now + left
            if self._ready:
                self._rouse()
            return queue, work
        return None
