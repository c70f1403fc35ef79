"""A set of documents of one kind: one write funnel, copies out, answers to queries."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, cast

import orjson
import tinydb.table

from mock_server.core.query import AnyOf, Bound, Criterion, Page, Position, Query, Window

Document = dict[str, Any]
_BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSpec:
    """What a vendor declares about its documents. Each has its key under "id".

    `equality` fields give all values a row is found by, `ordered` fields the key it is sorted and bounded by.
    `hidden` keys are stored and found, never rendered.
    """

    name: str
    equality: Mapping[str, Callable[[Document], Iterable[Hashable]]]
    ordered: Mapping[str, Callable[[Document], Any]]
    hidden: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Row:
    number: int
    encoded: bytes
    equality: dict[str, tuple[Hashable, ...]]
    ordered: dict[str, Any]


class Collection:
    """Documents by id. Every method may be called from any thread; documents handed out are copies."""

    def __init__(self, spec: CollectionSpec, table: tinydb.table.Table, lock: threading.RLock) -> None:
        self.spec = spec
        self._table = table
        self._lock = lock
        self._rows = {document["id"]: self._row(document.doc_id, document) for document in table.all()}

    def insert(self, document: Document) -> bytes:
        """Add one document; its encoded form. Raises KeyError when its id is taken."""
        with self._lock:
            self.insert_many([document])
            return self._rows[document["id"]].encoded

    def insert_many(self, documents: Iterable[Document]) -> int:
        """Add documents in batches, each batch wholly or not at all. Raises KeyError when an id is taken."""
        added = 0
        source = iter(documents)
        while batch := [_copy(document) for document in islice(source, _BATCH)]:
            with self._lock:
                ids = [document["id"] for document in batch]
                if len({*ids}) < len(ids) or any(key in self._rows for key in ids):
                    raise KeyError(f"{self.spec.name}: an id among {len(ids)} new ones is taken")
                numbers = self._table.insert_multiple(batch)
                for number, document in zip(numbers, batch, strict=True):
                    self._rows[document["id"]] = self._row(number, document)
            added += len(batch)
        return added

    def get(self, key: str) -> Document | None:
        """A copy of the document, or None."""
        with self._lock:
            row = self._rows.get(key)
            return None if row is None else _copy(self._stored(row))

    def replace(self, key: str, change: Callable[[Document], Document]) -> bytes | None:
        """Put `change(document)` in the document's place in one step; its encoded form, or None if there is none."""
        with self._lock:
            row = self._rows.get(key)
            if row is None:
                return None
            document = _copy(change(_copy(self._stored(row))))
            self._table.update(_replacing(document), doc_ids=[row.number])
            self._rows[key] = changed = self._row(row.number, document)
            return changed.encoded

    def delete(self, key: str) -> bytes | None:
        """Remove the document; its last encoded form, or None if there is none."""
        with self._lock:
            row = self._rows.get(key)
            if row is None:
                return None
            self._table.remove(doc_ids=[row.number])
            return self._rows.pop(key).encoded

    def clear(self) -> None:
        """Remove every document."""
        with self._lock:
            self._table.truncate()
            self._rows.clear()

    def count(self) -> int:
        """How many documents there are."""
        return len(self._rows)

    def find(self, query: Query) -> Page:
        """One page of the rows that satisfy `query`."""
        with self._lock:
            matches = [
                ((row.ordered[query.sort.field], key), row.encoded)
                for key, row in self._rows.items()
                if all(_satisfies(row, criterion) for criterion in query.criteria)
            ]
        matches.sort(key=_position, reverse=query.sort.descending)
        start = _start(matches, query)
        limit = query.window.limit
        chosen = matches[start:] if limit is None else matches[start : start + limit]
        return Page(
            rows=tuple(encoded for _, encoded in chosen),
            total=len(matches),
            more=bool(chosen) and start + len(chosen) < len(matches),
            last=chosen[-1][0] if chosen else None,
        )

    def stream(self, query: Query, batch: int = 500) -> Iterator[bytes]:
        """The rows of `query` one by one, holding no more than `batch` of them at a time."""
        left = query.window.limit
        window = query.window
        while left is None or left > 0:
            size = batch if left is None else min(batch, left)
            page = self.find(replace(query, window=replace(window, limit=size)))
            yield from page.rows
            if not page.more:
                return
            window = Window(after=page.last)
            left = None if left is None else left - len(page.rows)

    def _stored(self, row: _Row) -> Document:
        return cast(Document, self._table.get(doc_id=row.number))

    def _row(self, number: int, document: Document) -> _Row:
        spec = self.spec
        shown = {key: value for key, value in document.items() if key not in spec.hidden}
        return _Row(
            number=number,
            encoded=orjson.dumps(shown),
            equality={field: tuple(values(document)) for field, values in spec.equality.items()},
            ordered={field: key(document) for field, key in spec.ordered.items()},
        )


def _copy(document: Document) -> Document:
    return cast(Document, orjson.loads(orjson.dumps(document)))


def _replacing(document: Document) -> Callable[[MutableMapping[Any, Any]], None]:
    def apply(stored: MutableMapping[Any, Any]) -> None:
        stored.clear()
        stored.update(document)

    return apply


def _position(match: tuple[Position, bytes]) -> Position:
    return match[0]


def _start(matches: list[tuple[Position, bytes]], query: Query) -> int:
    after = query.window.after
    if after is None:
        return query.window.offset
    if not query.sort.descending:
        return bisect_right(matches, after, key=_position)
    return sum(1 for match in matches if match[0] >= after)


def _satisfies(row: _Row, criterion: Criterion) -> bool:
    match criterion:
        case AnyOf(field, values):
            return any(value in values for value in row.equality[field])
        case Bound(field, comparison, value):
            return comparison.holds(row.ordered[field], value)
