"""Rows in the order of one key, cut into blocks, so that any part of any selection is found without a scan."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from pyroaring import BitMap

from mock_server.core.query import Position

_BLOCK = 1024  # a block is split at twice this
_DEAR = 16  # to find the place of one row costs as much as it takes to sort so many


class _Block:
    __slots__ = ("members", "numbers")

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.members = BitMap(numbers)


class OrderedIndex:
    """Row numbers sorted by their position; `position` gives that of a number.

    New rows wait until the order is asked for, so that who never sorts by it does not pay for it.
    """

    def __init__(self, position: Callable[[int], Position]) -> None:
        self._position = position
        self._blocks: list[_Block] = []
        self._waiting: list[int] = []

    def copy(self, position: Callable[[int], Position]) -> "OrderedIndex":
        """The same order of rows that are kept elsewhere."""
        other = OrderedIndex(position)
        other._blocks = [_Block(list(block.numbers)) for block in self._blocks]
        other._waiting = list(self._waiting)
        return other

    def add(self, number: int) -> None:
        """Take in a row."""
        self._waiting.append(number)

    def extend(self, numbers: Iterable[int]) -> None:
        """Take in rows."""
        self._waiting.extend(numbers)

    def settle(self) -> None:
        """Put the waiting rows in their places."""
        waiting, self._waiting = self._waiting, []
        if len(waiting) * _DEAR <= len(self._blocks) * _BLOCK:
            for number in waiting:
                self._place(number)
            return
        ordered = [number for block in self._blocks for number in block.numbers] + waiting
        ordered.sort(key=self._position)
        self._blocks = [_Block(ordered[start : start + _BLOCK]) for start in range(0, len(ordered), _BLOCK)]

    def _place(self, number: int) -> None:
        if not self._blocks:
            self._blocks.append(_Block([number]))
            return
        at = self._block_of(self._position(number))
        block = self._blocks[at]
        block.numbers.insert(bisect_left(block.numbers, self._position(number), key=self._position), number)
        block.members.add(number)
        if len(block.numbers) >= 2 * _BLOCK:
            self._blocks[at : at + 1] = [_Block(block.numbers[:_BLOCK]), _Block(block.numbers[_BLOCK:])]

    def discard(self, number: int) -> None:
        """Drop a row; its position must still be the one it was added with."""
        self.settle()
        at = self._block_of(self._position(number))
        block = self._blocks[at]
        del block.numbers[bisect_left(block.numbers, self._position(number), key=self._position)]
        block.members.discard(number)
        if not block.numbers:
            del self._blocks[at]

    def between(self, low: Position | None, high: Position | None) -> BitMap:
        """The rows from `low` on and before `high`; None is no bound."""
        self.settle()
        found = BitMap()
        whole: list[BitMap] = []
        for block in self._blocks:
            start = 0 if low is None else bisect_left(block.numbers, low, key=self._position)
            end = len(block.numbers) if high is None else bisect_left(block.numbers, high, key=self._position)
            if start == 0 and end == len(block.numbers):
                whole.append(block.members)
            elif start < end:
                found |= BitMap(block.numbers[start:end])
        return found.union(*whole) if whole else found

    def rank(self, chosen: BitMap, after: Position, *, descending: bool) -> int:
        """How many of the chosen rows stand up to and at `after` in this direction."""
        self.settle()
        passed = 0
        for block in self._blocks:
            if self._position(block.numbers[-1]) <= after:
                passed += chosen.intersection_cardinality(block.members)
                continue
            end = bisect_right(block.numbers, after, key=self._position)
            passed += sum(1 for number in block.numbers[:end] if number in chosen)
            break
        if not descending:
            return passed
        standing = self._standing_at(chosen, after)
        return len(chosen) - passed + standing

    def page(self, chosen: BitMap, start: int, limit: int | None, *, descending: bool) -> list[int]:
        """The chosen rows from rank `start` on, at most `limit`."""
        self.settle()
        return list(islice(self._from(chosen, start, descending=descending), limit))

    def _from(self, chosen: BitMap, start: int, *, descending: bool) -> Iterator[int]:
        for block in reversed(self._blocks) if descending else self._blocks:
            count = chosen.intersection_cardinality(block.members)
            if start >= count:
                start -= count
                continue
            numbers = reversed(block.numbers) if descending else iter(block.numbers)
            yield from islice((number for number in numbers if number in chosen), start, None)
            start = 0

    def _standing_at(self, chosen: BitMap, position: Position) -> int:
        if not self._blocks:
            return 0
        block = self._blocks[self._block_of(position)]
        at = bisect_left(block.numbers, position, key=self._position)
        return int(
            at < len(block.numbers) and self._position(block.numbers[at]) == position and block.numbers[at] in chosen
        )

    def _block_of(self, position: Position) -> int:
        """The first block whose last row is not before `position`, or the last one."""
        low, high = 0, len(self._blocks) - 1
        while low < high:
            middle = (low + high) // 2
            if self._position(self._blocks[middle].numbers[-1]) < position:
                low = middle + 1
            else:
                high = middle
        return low
