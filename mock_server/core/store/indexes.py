"""The indexes of a collection over its rows, which are numbered in the order of `spec.order`."""

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from itertools import islice
from operator import le
from typing import Any

from pyroaring import BitMap

from mock_server.core.query import AnyOf, Bound, Comparison, Containing, Position, Sort
from mock_server.core.store.ordered import OrderedIndex
from mock_server.core.store.spec import CollectionSpec, Document

_LAST = chr(0x10FFFF)  # sorts after every id
_FEW = 2_000  # at most this many rows are sorted or compared one by one
_BATCH = 2_000  # documents that are held at once while many are added


class RowIndexes:
    """Bitmaps by value, and orders by key. Rows are numbered in the order of `spec.order` and then id.

    After a row that arrives out of order, `disordered` is the first number whose row is out of place. The caller
    then removes the rows from there on and adds them again in order.
    """

    def __init__(self, spec: CollectionSpec) -> None:
        self._spec = spec
        self._order = spec.order
        self.clear()

    def clear(self) -> None:
        """Remove every row."""
        spec = self._spec
        self.live = BitMap()
        self.disordered: int | None = None
        self._ids: list[str] = []
        self._numbers: dict[str, int] = {}
        self._keys: dict[str, list[Any]] = {field: [] for field in spec.ordered}
        self._values: dict[str, dict[Hashable, BitMap]] = {field: {} for field in spec.equality if field != "id"}
        self._orders = {field: OrderedIndex(self._position_in(field)) for field in spec.ordered if field != spec.order}

    def copy(self) -> "RowIndexes":
        """Return an independent copy."""
        other = RowIndexes(self._spec)
        other.live = BitMap(self.live)
        other.disordered = self.disordered
        other._ids = list(self._ids)
        other._numbers = dict(self._numbers)
        other._keys = {field: list(keys) for field, keys in self._keys.items()}
        other._values = {
            field: {value: BitMap(rows) for value, rows in values.items()} for field, values in self._values.items()
        }
        other._orders = {field: order.copy(other._position_in(field)) for field, order in self._orders.items()}
        return other

    @property
    def next_number(self) -> int:
        """The number that the next row gets."""
        return len(self._ids)

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._numbers)

    def number(self, key: str) -> int | None:
        """Return the row number of the document with this id, or None."""
        return self._numbers.get(key)

    def contains_any(self, keys: set[str]) -> bool:
        """Return whether there is a document with any of these ids."""
        return not self._numbers.keys().isdisjoint(keys)

    def extend(self, documents: Iterable[Document]) -> None:
        """Add documents under the next numbers, a field at a time, which is faster than one document at a time."""
        source = iter(documents)
        while batch := list(islice(source, _BATCH)):
            first = self.next_number
            numbers = range(first, first + len(batch))
            self._append(batch, numbers)
            for order in self._orders.values():
                order.extend(numbers)
            for field, values in self._spec.equality.items():
                if field != "id":
                    numbers_of: dict[Hashable, list[int]] = {}
                    for number, document in zip(numbers, batch, strict=True):
                        for value in values(document):
                            numbers_of.setdefault(value, []).append(number)
                    for value, matching in numbers_of.items():
                        self._rows_with(field, value).update(matching)

    def settle(self) -> None:
        """Bring every order up to date."""
        for order in self._orders.values():
            order.settle()

    def discard(self, document: Document) -> None:
        """Remove a document, given as it was added."""
        number = self._numbers.pop(document["id"])
        for order in self._orders.values():
            order.discard(number)
        self.live.discard(number)
        for field, values in self._spec.equality.items():
            if field != "id":
                self._move(field, number, set(values(document)), set())

    def replace(self, old: Document, new: Document) -> bool:
        """Replace a document and return True; return False if its place in the order changes.

        The caller then removes the old document and adds the new one.
        """
        number, order = self._numbers[old["id"]], self._order
        if old["id"] != new["id"] or self._spec.ordered[order](new) != self._keys[order][number]:
            return False
        for field, values in self._spec.equality.items():
            if field != "id" and (before := set(values(old))) != (after := set(values(new))):
                self._move(field, number, before, after)
        for field, index in self._orders.items():
            key = self._spec.ordered[field](new)
            if key != self._keys[field][number]:
                index.discard(number)
                self._keys[field][number] = key
                index.add(number)
        return True

    def cut(self, number: int) -> None:
        """Free the numbers from this one on, whose documents were removed before."""
        del self._ids[number:]
        for keys in self._keys.values():
            del keys[number:]
        self.disordered = None

    def having(self, criterion: AnyOf | Containing) -> tuple[BitMap, str]:
        """See core.query.planner.Indexes."""
        if isinstance(criterion, AnyOf) and criterion.field == "id":
            found = (self._numbers.get(value) for value in criterion.values)  # type: ignore[call-overload]
            return BitMap([number for number in found if number is not None]), "ids"
        by_value = self._values[criterion.field]
        if isinstance(criterion, AnyOf):
            rows = [by_value[value] for value in criterion.values if value in by_value]
        else:
            text = criterion.text.casefold()
            rows = [rows for value, rows in by_value.items() if text in str(value).casefold()]
        chosen = rows[0] if len(rows) == 1 else BitMap().union(*rows) if rows else BitMap()
        return chosen, f"bitmap of {criterion.field}"

    def within(self, field: str, bounds: Iterable[Bound], among: BitMap) -> tuple[BitMap, str]:
        """See core.query.planner.Indexes."""
        low, high = _interval(bounds)
        if field == self._order:
            start = 0 if low is None else self._boundary(low)
            end = self.next_number if high is None else self._boundary(high)
            return BitMap(range(start, max(start, end))), "row numbers"
        if len(among) <= _FEW:
            position = self._position_in(field)
            inside = (
                number
                for number in among
                if (low is None or position(number) >= low) and (high is None or position(number) < high)
            )
            return BitMap(list(inside)), f"keys of {field}"
        return self._orders[field].between(low, high), f"order of {field}"

    def rank(self, chosen: BitMap, sort: Sort, after: Position) -> int:
        """Return how many of the chosen rows come before a window that starts after the position `after`."""
        if sort.field != self._order:
            return self._orders[sort.field].rank(chosen, after, descending=sort.descending)
        before = self._boundary(after)
        exists = before < self.next_number and self._position_in(sort.field)(before) == after
        if sort.descending:
            return len(chosen) - _count_below(chosen, before)
        return _count_below(chosen, before + exists)

    def page(self, chosen: BitMap, sort: Sort, start: int, limit: int | None) -> list[int]:
        """Return the chosen rows from rank `start` on, in order."""
        total = len(chosen)
        end = total if limit is None else min(total, start + limit)
        if start >= end:
            return []
        if sort.field == self._order:
            numbers = chosen[total - end : total - start] if sort.descending else chosen[start:end]
            return list(numbers)[::-1] if sort.descending else list(numbers)
        if total <= _FEW:
            ordered = sorted(chosen, key=self._position_in(sort.field), reverse=sort.descending)
            return ordered[start:end]
        return self._orders[sort.field].page(chosen, start, limit, descending=sort.descending)

    def position(self, field: str, number: int) -> Position:
        """Return the position of a row in the order of `field`."""
        return self._keys[field][number], self._ids[number]

    def differences(self, other: "RowIndexes") -> list[str]:
        """Return the names of the indexes in which two sets of them over the same documents differ."""
        ours, theirs = self._contents(), other._contents()
        return [name for name in ours if ours[name] != theirs[name]]

    def _contents(self) -> dict[str, Any]:
        def ids(numbers: Iterable[int]) -> tuple[str, ...]:
            return tuple(self._ids[number] for number in numbers)

        contents: dict[str, Any] = {"ids": ids(self.live)}
        for field, values in self._values.items():
            contents[f"bitmap of {field}"] = {value: ids(rows) for value, rows in values.items()}
        for field, order in self._orders.items():
            contents[f"order of {field}"] = ids(order.page(self.live, 0, None, descending=False))
        return contents

    def _append(self, documents: list[Document], numbers: range) -> None:
        ids = [document["id"] for document in documents]
        for field, keys in self._keys.items():
            keys.extend(map(self._spec.ordered[field], documents))
        self._ids.extend(ids)
        self._numbers.update(zip(ids, numbers, strict=True))
        self.live.add_range(numbers.start, numbers.stop)
        if not self._continues(numbers):
            for number in numbers:
                self._check_order(number)

    def _move(self, field: str, number: int, before: set[Hashable], after: set[Hashable]) -> None:
        for value in before - after:
            rows = self._values[field][value]
            rows.discard(number)
            if not rows:
                del self._values[field][value]
        for value in after - before:
            self._rows_with(field, value).add(number)

    def _continues(self, numbers: range) -> bool:
        """Return whether the rows of these numbers are in order and after all others."""
        start = max(numbers.start - 1, 0)
        positions = list(zip(self._keys[self._order][start:], self._ids[start:], strict=True))
        return self.disordered is None and all(map(le, positions, positions[1:]))

    def _check_order(self, number: int) -> None:
        """Update `disordered` for a new row."""
        sorted_until = number if self.disordered is None else self.disordered
        if sorted_until:
            position = self.position(self._order, number)
            if self.position(self._order, sorted_until - 1) > position:
                self.disordered = self._boundary(position, sorted_until)

    def _boundary(self, position: Position, end: int | None = None) -> int:
        """Return the first number whose row is at or after `position`."""
        stop = self.next_number if end is None else end
        return bisect_left(range(stop), position, key=self._position_in(self._order))

    def _rows_with(self, field: str, value: Hashable) -> BitMap:
        by_value = self._values[field]
        rows = by_value.get(value)
        if rows is None:
            rows = by_value[value] = BitMap()
        return rows

    def _position_in(self, field: str) -> Any:
        keys, ids = self._keys[field], self._ids
        return lambda number: (keys[number], ids[number])


def _interval(bounds: Iterable[Bound]) -> tuple[Position | None, Position | None]:
    """Return the positions from which (inclusive) and before which (exclusive) all bounds hold."""
    lows: list[Position] = []
    highs: list[Position] = []
    for bound in bounds:
        side = lows if bound.comparison in (Comparison.GT, Comparison.GE) else highs
        beyond = bound.comparison in (Comparison.GT, Comparison.LE)
        side.append((bound.value, _LAST if beyond else ""))
    return max(lows, default=None), min(highs, default=None)


def _count_below(chosen: BitMap, number: int) -> int:
    return chosen.rank(number - 1) if number else 0
