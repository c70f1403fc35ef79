"""Caches whose keys clients choose: bounded in the number of results and in the size of keys."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from sys import getsizeof
from typing import Any, TypeVar

from mock_server.core import bounds

T = TypeVar("T")


class Memo(dict[str, T]):
    """The results of a function of one text, looked up like those of a dict. It is emptied when it is full.

    Results for long texts are not kept.
    """

    def __init__(self, function: Callable[[str], T], most: int) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, text: str) -> T:
        result = self._function(text)
        if len(text) <= bounds.LONGEST_KEY:
            if len(self) >= self._most:
                self.clear()
            self[text] = result
        return result


def cached_unless(refused: Callable[[str], bool], most: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Return a decorator that caches at most `most` results, none for texts that are long or `refused`."""

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        cached = lru_cache(maxsize=most)(function)

        @wraps(function)
        def call(*values: Hashable) -> T:
            for value in values:
                if isinstance(value, str) and (len(value) > bounds.LONGEST_KEY or refused(value)):
                    return function(*values)
            return cached(*values)

        return call

    return decorate


def size_of(value: Any) -> int:
    """Return about how many bytes of memory a value of texts, numbers, tuples and sets takes."""
    if isinstance(value, (tuple, frozenset)):
        return sum(map(size_of, value), 100)
    return getsizeof(value)
