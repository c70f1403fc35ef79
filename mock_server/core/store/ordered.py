"""An index of rows in the order of one key, in blocks, so that any page of any selection is found without a scan."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from pyroaring import BitMap

from mock_server.core.query import Position

_BLOCK = 1024  # a block is split at twice this
_INSERT_COST = 16  # one insertion costs about as much as sorting this many rows


class _Block:
    __slots__ = ("members", "numbers")

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.members = BitMap(numbers)


class OrderedIndex:
    """Row numbers sorted by their position, which `position` returns for a number.

    Rows are inserted lazily: an index that nobody sorts by costs nothing.
    """

    def __init__(self, position: Callable[[int], Position]) -> None:
        self._position = position
        self._blocks: list[_Block] = []
        self._pending: list[int] = []

    def copy(self, position: Callable[[int], Position]) -> "OrderedIndex":
        """Return an independent copy over the positions of another set of rows."""
        other = OrderedIndex(position)
        other._blocks = [_Block(list(block.numbers)) for block in self._blocks]
        other._pending = list(self._pending)
        return other

    def add(self, number: int) -> None:
        """Add a row."""
        self._pending.append(number)

    def extend(self, numbers: Iterable[int]) -> None:
        """Add rows."""
        self._pending.extend(numbers)

    def settle(self) -> None:
        """Insert the pending rows."""
        pending, self._pending = self._pending, []
        if len(pending) * _INSERT_COST <= len(self._blocks) * _BLOCK:
            for number in pending:
                self._insert(number)
            return
        ordered = [number for block in self._blocks for number in block.numbers] + pending
        ordered.sort(key=self._position)
        self._blocks = [_Block(ordered[start : start + _BLOCK]) for start in range(0, len(ordered), _BLOCK)]

    def _insert(self, number: int) -> None:
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
        """Remove a row; its position must still be the one it was added with."""
        self.settle()
        at = self._block_of(self._position(number))
        block = self._blocks[at]
        del block.numbers[bisect_left(block.numbers, self._position(number), key=self._position)]
        block.members.discard(number)
        if not block.numbers:
            del self._blocks[at]

    def between(self, low: Position | None, high: Position | None) -> BitMap:
        """Return the rows from `low` (inclusive) to `high` (exclusive); None leaves that side open."""
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
        """Return how many of the chosen rows are at or before `after` in this direction."""
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
        return len(chosen) - passed + self._count_at(chosen, after)

    def page(self, chosen: BitMap, start: int, limit: int | None, *, descending: bool) -> list[int]:
        """Return at most `limit` of the chosen rows, from rank `start` on."""
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

    def _count_at(self, chosen: BitMap, position: Position) -> int:
        """Return 1 if one of the chosen rows is at this position, else 0."""
        if not self._blocks:
            return 0
        block = self._blocks[self._block_of(position)]
        at = bisect_left(block.numbers, position, key=self._position)
        return int(
            at < len(block.numbers) and self._position(block.numbers[at]) == position and block.numbers[at] in chosen
        )

    def _block_of(self, position: Position) -> int:
        """Return the index of the first block whose last row is not before `position`, or of the last block."""
        low, high = 0, len(self._blocks) - 1
        while low < high:
            middle = (low + high) // 2
            if self._position(self._blocks[middle].numbers[-1]) < position:
                low = middle + 1
            else:
                high = middle
        return low
