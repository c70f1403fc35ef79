"""Deadlines by subject. They become due as the clock advances; reading them changes nothing but what `due` removes."""

import heapq
import threading


class Deadlines:
    """One deadline per subject, in epoch milliseconds, the earliest first."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        self._lock = threading.Lock()

    def copy(self) -> "Deadlines":
        """Return an independent copy."""
        other = Deadlines()
        with self._lock:
            other._at, other._heap = dict(self._at), list(self._heap)
        return other

    def set(self, subject: str, at: int) -> None:
        """Set the deadline of a subject, replacing any earlier one."""
        with self._lock:
            self._at[subject] = at
            heapq.heappush(self._heap, (at, subject))
            if len(self._heap) > 2 * len(self._at) + 64:  # mostly entries that were replaced
                self._heap = [(due, name) for name, due in self._at.items()]
                heapq.heapify(self._heap)

    def discard(self, subject: str) -> None:
        """Remove the deadline of a subject, if it has one."""
        with self._lock:
            self._at.pop(subject, None)

    def is_due(self, now: int) -> bool:
        """Return whether a deadline may be `now` or earlier; a replaced one counts until `due` drops it."""
        with self._lock:
            return bool(self._heap) and self._heap[0][0] <= now

    def due(self, now: int, most: int | None = None) -> list[str]:
        """Remove and return the subjects whose deadline is `now` or earlier, the earliest first; at most this many."""
        subjects: list[str] = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now and len(subjects) != most:
                at, subject = heapq.heappop(self._heap)
                if self._at.get(subject) == at:
                    del self._at[subject]
                    subjects.append(subject)
        return subjects
