"""A bounded cache."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class LRUCache(Generic[T]):
    """The most recently used results by key, at most `size` of them. Callers hold a lock."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: OrderedDict[Hashable, T] = OrderedDict()

    def get_or_compute(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the cached result, or compute and cache it."""
        result = self._results.get(key)
        if result is None:
            result = self._results[key] = compute()
            if len(self._results) > self._size:
                self._results.popitem(last=False)
        else:
            self._results.move_to_end(key)
        return result

    def clear(self) -> None:
        """Remove all results."""
        self._results.clear()
