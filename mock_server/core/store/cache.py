"""A bounded cache."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class LRUCache(Generic[T]):
    """The most recently used results by key, at most `size` of them with at most `most_bytes`. Callers hold a lock.

    `measure` returns about how many bytes of memory a key and its result take.
    """

    def __init__(
        self, size: int, most_bytes: int | None = None, measure: Callable[[Any, T], int] = lambda *_: 0
    ) -> None:
        self.bytes = 0
        self._size = size
        self._most_bytes = most_bytes
        self._measure = measure
        self._results: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get_or_compute(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the cached result, or compute and cache it."""
        found = self._results.get(key)
        if found is not None:
            self._results.move_to_end(key)
            return found[0]
        result = compute()
        size = self._measure(key, result)
        self._results[key] = result, size
        self.bytes += size
        while len(self._results) > self._size or (self._most_bytes is not None and self.bytes > self._most_bytes):
            self.bytes -= self._results.popitem(last=False)[1][1]
        return result

    def clear(self) -> None:
        """Remove all results."""
        self._results.clear()
        self.bytes = 0
