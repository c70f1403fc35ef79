"""The rows of a collection with their indexes: what is stored, and how it is found."""

from collections.abc import Iterable, Iterator
from functools import partial
from sys import getsizeof
from typing import Any, cast

from pyroaring import BitMap

from mock_server.core import bounds
from mock_server.core.query import AnyOf, Criterion, Explanation, Page, Query, Step
from mock_server.core.query.planner import select
from mock_server.core.store.cache import LRUCache
from mock_server.core.store.encoding import Row, decode
from mock_server.core.store.indexes import RowIndexes
from mock_server.core.store.spec import CollectionSpec, Document

_CACHED = 128  # selections, and pages, that are cached until the next write
_PLACE_BYTES = 150  # of a row in a list and in indexes
_SPARE = 1_024  # numbers of deleted rows that are tolerated in a small collection


class Rows:
    """Rows and indexes in memory. Every method is called with the collection's lock held.

    Selections (the rows that satisfy a set of criteria) and pages are cached until the next write.
    """

    def __init__(self, spec: CollectionSpec) -> None:
        self.spec = spec
        self._indexes = RowIndexes(spec)
        self._rows: list[Row | None] = []  # by row number; None for a deleted row
        self._shared = False  # whether other Rows use the same indexes and list (copy-on-write)
        self._charged = True  # whether `size` counts indexes and list; of several Rows that share them, one does
        self._total = 0
        self._base: int | None = None
        self._selections: LRUCache[tuple[BitMap, tuple[Step, ...]]] = LRUCache(
            _CACHED, bounds.RESULTS_BYTES, _selection_size
        )
        self._pages: LRUCache[Page] = LRUCache(_CACHED, bounds.RESULTS_BYTES, _page_size)

    # Reading

    @property
    def count(self) -> int:
        """The number of rows."""
        return self._indexes.count

    def count_of(self, criteria: tuple[Criterion, ...]) -> int:
        """Return the number of rows that satisfy all criteria."""
        return len(self._select(criteria)[0])

    @property
    def added(self) -> int:
        """About how many bytes of memory the rows take beyond those of the base; 0 as long as there is none."""
        return 0 if self._base is None else max(0, self._total - self._base)

    @property
    def total(self) -> int:
        """About how many bytes of memory all rows take."""
        return self._total

    @property
    def size(self) -> int:
        """About how many bytes of memory these rows take that others do not share."""
        lists = _PLACE_BYTES * len(self._rows) if self._charged else 0
        return self.added + lists + self._selections.bytes + self._pages.bytes

    def get(self, key: str) -> Row | None:
        """Return the row with this id, or None."""
        number = self._indexes.number(key)
        return None if number is None else self._rows[number]

    def contains_any(self, keys: set[str]) -> bool:
        """Return whether there is a row with any of these ids."""
        return self._indexes.contains_any(keys)

    def satisfies(self, key: str, criteria: Iterable[AnyOf]) -> bool:
        """Return whether there is a row with this id that satisfies all criteria."""
        number = self._indexes.number(key)
        return number is not None and all(number in self._indexes.having(each)[0] for each in criteria)

    def all(self) -> list[Row]:
        """Return every row in order."""
        self._settle()
        return [row for row in self._rows if row is not None]

    def find(self, scope: tuple[Criterion, ...], query: Query) -> Page:
        """Return the page that `query` asks for of the rows that also satisfy `scope`."""
        self._settle()
        return self._pages.get_or_compute((scope, query), lambda: self._page(scope + query.criteria, query))

    def explain(self, query: Query) -> Explanation:
        """Return how `query` is answered."""
        chosen, steps = self._select(query.criteria)
        order = "row numbers" if query.sort.field == self.spec.order else f"order of {query.sort.field}"
        return Explanation(steps, order, len(chosen))

    def inconsistencies(self) -> list[str]:
        """Return the names of the indexes that disagree with the rows."""
        self._settle()
        fresh = Rows(self.spec)
        fresh.load((row.doc_id, row.stored) for row in self._rows if row is not None)
        return self._indexes.differences(fresh._indexes)

    # Writing

    def share(self, other: "Rows") -> None:
        """Hold what `other` holds. Nothing is copied before one of the two is changed; both have the same lock."""
        other._settle()
        other._shared = self._shared = True
        self._indexes, self._rows = other._indexes, other._rows
        self._charged, other._charged = other._charged, False
        self._total = other._total
        if self._base is None:
            self._base = other._base
        self._clear_caches()

    def set_base(self) -> None:
        """Count only what is added from now on."""
        self._base = self._total

    def load(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Hold exactly these encoded documents. They are decoded one at a time, twice if they are out of order."""
        self._clear_caches()
        self._indexes, self._rows, self._shared, self._charged = RowIndexes(self.spec), [], False, True
        self._total = 0
        self._indexes.extend(self._append_each(rows))
        self._indexes.settle()
        if self._indexes.disordered is not None:
            order = sorted(range(len(self._rows)), key=partial(self._indexes.position, self.spec.order))
            ordered = [cast(Row, self._rows[number]) for number in order]
            self.load((row.doc_id, row.stored) for row in ordered)

    def extend(self, rows: Iterable[Row], documents: Iterable[Document]) -> None:
        """Add rows, given with their documents."""
        self._copy_if_shared()
        self._indexes.extend(documents)
        added = list(rows)
        self._rows.extend(added)
        self._total += sum(row.size for row in added)
        self._clear_caches()

    def settle(self) -> None:
        """Bring all indexes up to date now instead of at the next query."""
        self._copy_if_shared()
        self._indexes.settle()

    def replace(self, row: Row, changed: Row) -> None:
        """Replace a row that is held."""
        self._copy_if_shared()
        before, after = decode(row.stored), decode(changed.stored)
        number = cast(int, self._indexes.number(before["id"]))
        self._clear_caches()
        if self._indexes.replace(before, after):
            self._rows[number] = changed
            self._total += changed.size - row.size
            return
        self.remove(row)
        self._indexes.extend([after])
        self._rows.append(changed)
        self._total += changed.size

    def remove(self, row: Row) -> None:
        """Remove a row that is held."""
        self._copy_if_shared()
        document = decode(row.stored)
        number = cast(int, self._indexes.number(document["id"]))
        self._indexes.discard(document)
        self._rows[number] = None
        self._total -= row.size
        self._clear_caches()

    def _page(self, criteria: tuple[Criterion, ...], query: Query) -> Page:
        chosen, _ = self._select(criteria)
        sort, window, after, total = query.sort, query.window, query.window.after, len(chosen)
        start = window.offset if after is None else self._indexes.rank(chosen, sort, after)
        numbers = self._indexes.page(chosen, sort, start, window.limit)
        rows: list[Any] = self._rows
        return Page(
            rows=tuple([rows[number].shown for number in numbers]),
            total=total,
            more=bool(numbers) and start + len(numbers) < total,
            last=self._indexes.position(sort.field, numbers[-1]) if numbers else None,
        )

    def _select(self, criteria: tuple[Criterion, ...]) -> tuple[BitMap, tuple[Step, ...]]:
        self._settle()
        return self._selections.get_or_compute(criteria, lambda: select(self._indexes, criteria))

    def _clear_caches(self) -> None:
        self._selections.clear()
        self._pages.clear()

    def _copy_if_shared(self) -> None:
        """Copy rows and indexes, if they are shared, before they are changed."""
        if self._shared:
            self._indexes, self._rows = self._indexes.copy(), list(self._rows)
            self._shared, self._charged = False, True

    def _settle(self) -> None:
        """Renumber from the first out-of-order row, or everything once most numbers are unused."""
        start = self._indexes.disordered
        if self._indexes.next_number > 2 * self.count + _SPARE:
            start = 0
        if start is None:
            return
        self._copy_if_shared()
        self._clear_caches()
        if len(self._rows) - start > _SPARE:
            self.load([(row.doc_id, row.stored) for row in self._rows if row is not None])
            return
        moved = [(row, decode(row.stored)) for row in self._rows[start:] if row is not None]
        for _, document in moved:
            self._indexes.discard(document)
        self._indexes.cut(start)
        del self._rows[start:]
        moved.sort(key=lambda pair: self.spec.position(pair[1]))
        self._indexes.extend([document for _, document in moved])
        self._rows.extend([row for row, _ in moved])

    def _append_each(self, rows: Iterable[tuple[int, bytes]]) -> Iterator[Document]:
        for doc_id, stored in rows:
            document = decode(stored)
            row = Row.of(doc_id, stored, document, self.spec.hidden)
            self._rows.append(row)
            self._total += row.size
            yield document


def _selection_size(key: tuple[Criterion, ...], found: tuple[BitMap, tuple[Step, ...]]) -> int:
    return _criteria_size(key) + 2 * len(found[0])


def _page_size(key: tuple[tuple[Criterion, ...], Query], page: Page) -> int:
    scope, query = key
    return _criteria_size(scope + query.criteria) + _size_of(query.window.after or ()) + 8 * len(page.rows)


def _criteria_size(criteria: Iterable[Criterion]) -> int:
    return sum(200 + sum(_size_of(getattr(each, name)) for name in each.__slots__) for each in criteria)


def _size_of(value: Any) -> int:
    """Return about how many bytes of memory a value of texts, numbers, tuples and sets takes."""
    if isinstance(value, (tuple, frozenset)):
        return sum(map(_size_of, value), 100)
    return getsizeof(value)
