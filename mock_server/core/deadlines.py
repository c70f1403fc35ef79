"""Which subjects fall due when; the clock moves them, never a read."""

import heapq
import threading


class Deadlines:
    """One deadline a subject, in epoch milliseconds, the earliest first."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        self._lock = threading.Lock()

    def copy(self) -> "Deadlines":
        """The same deadlines, to be changed apart from these."""
        other = Deadlines()
        with self._lock:
            other._at, other._heap = dict(self._at), list(self._heap)
        return other

    def set(self, subject: str, at: int) -> None:
        """Give the subject this deadline in place of any earlier one."""
        with self._lock:
            self._at[subject] = at
            heapq.heappush(self._heap, (at, subject))
            if len(self._heap) > 2 * len(self._at) + 64:  # mostly entries that were replaced since
                self._heap = [(due, name) for name, due in self._at.items()]
                heapq.heapify(self._heap)

    def discard(self, subject: str) -> None:
        """Forget the subject."""
        with self._lock:
            self._at.pop(subject, None)

    def is_due(self, now: int) -> bool:
        """Return whether a deadline may be `now` or earlier; a replaced one counts until `due` drops it."""
        with self._lock:
            return bool(self._heap) and self._heap[0][0] <= now

    def due(self, now: int) -> list[str]:
        """Take out all subjects whose deadline is `now` or earlier, in order of time."""
        subjects = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                at, subject = heapq.heappop(self._heap)
                if self._at.get(subject) == at:
                    del self._at[subject]
                    subjects.append(subject)
        return subjects
