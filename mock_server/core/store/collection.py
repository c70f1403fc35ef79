"""A set of documents of one kind: one write funnel, copies out, answers from indexes."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, cast

from pyroaring import BitMap

from mock_server.core.events import Draft, Event
from mock_server.core.query import AnyOf, Criterion, Explanation, Page, Query, Step, Window
from mock_server.core.query.planner import select
from mock_server.core.store.event_log import EventLog, Tell
from mock_server.core.store.indexes import RowIndexes
from mock_server.core.store.journal import Change, Journal, NoJournal
from mock_server.core.store.rows import Remembered, Row, decoded, encoded
from mock_server.core.store.spec import CollectionSpec, Document

_BATCH = 2_000  # documents that go into the journal at once
_SPARE = 1_024  # numbers of deleted rows that do not matter yet


def _nothing(_document: Document, _shown: bytes) -> Draft | None:
    """Tell nobody."""
    return None


class Collection:
    """Documents by id. Every method may be called from any thread; documents handed out are copies."""

    def __init__(
        self,
        spec: CollectionSpec,
        journal: Journal,
        lock: threading.RLock,
        committed: Callable[[], None],
        event_log: EventLog | None = None,
    ) -> None:
        self.spec = spec
        self._journal = journal
        self._event_log = event_log or EventLog(journal, lock, 1)
        self._lock = lock
        self._committed = committed
        self._indexes = RowIndexes(spec)
        self._rows: list[Row | None] = []
        self._next_doc_id = 1
        self._selections: Remembered[tuple[BitMap, tuple[Step, ...]]] = Remembered()
        self._pages: Remembered[Page] = Remembered()
        self._shared = False  # rows and indexes are another collection's too, until one of them changes

    def share(self, other: "Collection") -> None:
        """Hold what the other one holds. Nothing is copied before one of the two is changed.

        Both must have the same lock, and a journal must know nothing of it.
        """
        with self._lock:
            other._settle()
            other._shared = self._shared = True
            self._indexes, self._rows = other._indexes, other._rows
            self._next_doc_id = other._next_doc_id
            self._forget()

    def _own(self) -> None:
        """Make rows and indexes this collection's alone, before they are changed."""
        if self._shared:
            self._indexes, self._rows = self._indexes.copy(), list(self._rows)
            self._shared = False

    def load(self, rows: Mapping[int, bytes]) -> None:
        """Hold exactly these documents, encoded, by TinyDB's number; nothing goes into the journal.

        Raises KeyError for a document without an id and ValueError for an id that stands twice.
        """
        with self._lock:
            self._rebuild(rows.items())
            if self._indexes.count < len(rows):
                raise ValueError(f"{self.spec.name}: an id stands twice")
            self._next_doc_id = max(rows, default=0) + 1

    def insert(self, document: Document, tell: Tell = _nothing) -> bytes:
        """Add one document; what is shown of it. Raises KeyError when its id is taken."""
        with self._lock:
            place, event = self._insert([document], tell)
            shown = cast(Row, self._rows[-1]).shown
        self._finish(place, event)
        return shown

    def insert_many(self, documents: Iterable[Document]) -> int:
        """Add documents in batches, each wholly or not at all. Raises KeyError when an id is taken."""
        added = place = 0
        source = iter(documents)
        while batch := list(islice(source, _BATCH)):
            batch.sort(key=self.spec.place)
            with self._lock:
                place, _ = self._insert(batch)
            added += len(batch)
        with self._lock:
            self._own()
            self._indexes.settle()
        self._finish(place)
        return added

    def get(self, key: str) -> Document | None:
        """A copy of the document, or None."""
        row = self._row_of(key)
        return None if row is None else decoded(row.stored)

    def replace(self, key: str, change: Callable[[Document], Document | None], tell: Tell = _nothing) -> bytes | None:
        """Put `change(document)` in the document's place in one step; what is shown of it, or None if there is none.

        A change of None leaves it as it is.
        """
        with self._lock:
            number = self._indexes.number(key)
            if number is None:
                return None
            row = cast(Row, self._rows[number])
            after = change(decoded(row.stored))
            if after is None:
                return row.shown
            changed = Row.of(row.doc_id, encoded(after), after, self.spec.hidden)
            place, event = self._commit(
                [Change(self.spec.name, row.doc_id, changed.stored)], tell(after, changed.shown)
            )
            self._exchange(number, row, changed)
        self._finish(place, event)
        return changed.shown

    def delete(self, key: str, tell: Tell = _nothing) -> bytes | None:
        """Remove the document; what was shown of it, or None if there is none."""
        with self._lock:
            number = self._indexes.number(key)
            if number is None:
                return None
            row = cast(Row, self._rows[number])
            draft = None if tell is _nothing else tell(decoded(row.stored), row.shown)
            place, event = self._commit([Change(self.spec.name, row.doc_id, None)], draft)
            self._drop(number, row)
        self._finish(place, event)
        return row.shown

    def clear(self) -> None:
        """Remove every document."""
        with self._lock:
            place = self._journal.append(Change(self.spec.name, row.doc_id, None) for row in self.rows())
            self._rebuild(())
        self._finish(place)

    def count(self) -> int:
        """How many documents there are."""
        return self._indexes.count

    def one(self, key: str, scope: tuple[AnyOf, ...] = ()) -> bytes | None:
        """What is shown of the document with this id, if it is within `scope`."""
        with self._lock:
            number = self._indexes.number(key)
            if number is None or not all(number in self._indexes.having(criterion)[0] for criterion in scope):
                return None
            return cast(Row, self._rows[number]).shown

    def find(self, query: Query, scope: tuple[Criterion, ...] = ()) -> Page:
        """One page of what satisfies `query`; `scope` holds for whoever asks."""
        with self._lock:
            self._settle()
            return self._pages.recall((scope, query), lambda: self._page(scope + query.criteria, query))

    def stream(self, query: Query, scope: tuple[Criterion, ...] = (), batch: int = 500) -> Iterator[bytes]:
        """The documents of `query` within `scope` one by one, holding no more than `batch` of them at a time."""
        left = query.window.limit
        window = query.window
        while left is None or left > 0:
            size = batch if left is None else min(batch, left)
            page = self.find(replace(query, window=replace(window, limit=size)), scope)
            yield from page.rows
            if not page.more:
                return
            window = Window(after=page.last)
            left = None if left is None else left - len(page.rows)

    def explain(self, query: Query) -> Explanation:
        """How `query` is answered."""
        with self._lock:
            chosen, steps = self._select(query.criteria)
        order = "row numbers" if query.sort.field == self.spec.order else f"order of {query.sort.field}"
        return Explanation(steps, order, len(chosen))

    def assign(self, documents: Mapping[int, Document]) -> None:
        """Make the collection hold exactly these documents by TinyDB's number, in one commit. Raises ValueError."""
        with self._lock:
            wanted = {doc_id: encoded(document) for doc_id, document in documents.items()}
            if len({document["id"] for document in documents.values()}) < len(documents):
                raise ValueError(f"{self.spec.name}: an id stands twice")
            held = {row.doc_id: row.stored for row in self.rows()}
            gone = [Change(self.spec.name, doc_id, None) for doc_id in held if doc_id not in wanted]
            put = [
                Change(self.spec.name, doc_id, stored)
                for doc_id, stored in wanted.items()
                if held.get(doc_id) != stored
            ]
            place = self._journal.append(gone + put)
            self._rebuild(wanted.items())
            self._next_doc_id = max(self._next_doc_id, max(wanted, default=0) + 1)
        self._finish(place)

    def held(self) -> threading.RLock:
        """The lock, for several steps in one."""
        return self._lock

    def numbered(self) -> list[tuple[int, Document]]:
        """A copy of every document with TinyDB's number, by number."""
        return sorted((row.doc_id, decoded(row.stored)) for row in self.rows())

    def rows(self) -> list[Row]:
        """Every row as it is kept, in order. Rows do not change; a change puts another in the place."""
        with self._lock:
            self._settle()
            return [row for row in self._rows if row is not None]

    def doc_id(self, key: str) -> int | None:
        """TinyDB's number of the document."""
        row = self._row_of(key)
        return None if row is None else row.doc_id

    def faults(self) -> list[str]:
        """Where indexes and rows disagree; nothing when all is well."""
        with self._lock:
            self._settle()
            fresh = Collection(self.spec, NoJournal(), self._lock, lambda: None)
            fresh.load({row.doc_id: row.stored for row in self._rows if row is not None})
            return self._indexes.differences(fresh._indexes)

    def _commit(self, changes: Iterable[Change], draft: Draft | None) -> tuple[int, Event | None]:
        """Write the changes and the event that tells of them, so that neither exists without the other."""
        if draft is None:
            return self._journal.append(changes), None
        event = self._event_log.next(draft)
        place = self._journal.append([*changes, *self._event_log.changes(event)])
        self._event_log.accept(event)
        return place, event

    def _finish(self, place: int, event: Event | None = None) -> None:
        self._journal.sync(place)
        if event is not None:
            self._event_log.publish(event)
        self._committed()

    def _insert(self, documents: list[Document], tell: Tell = _nothing) -> tuple[int, Event | None]:
        self._own()
        rows = [
            Row.of(doc_id, encoded(document), document, self.spec.hidden)
            for doc_id, document in enumerate(documents, self._next_doc_id)
        ]
        ids = {document["id"] for document in documents}
        if len(ids) < len(documents) or self._indexes.hold(ids):
            raise KeyError(f"{self.spec.name}: an id is taken")
        draft = tell(documents[0], rows[0].shown)
        place, event = self._commit((Change(self.spec.name, row.doc_id, row.stored) for row in rows), draft)
        self._next_doc_id += len(rows)
        self._indexes.extend(documents)
        self._rows.extend(rows)
        self._forget()
        return place, event

    def _exchange(self, number: int, row: Row, changed: Row) -> None:
        self._own()
        before, after = decoded(row.stored), decoded(changed.stored)
        self._forget()
        if self._indexes.replace(before, after):
            self._rows[number] = changed
            return
        self._drop(number, row)
        self._indexes.extend([after])
        self._rows.append(changed)

    def _drop(self, number: int, row: Row) -> None:
        self._own()
        self._indexes.discard(decoded(row.stored))
        self._rows[number] = None
        self._forget()

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
        return self._selections.recall(criteria, lambda: select(self._indexes, criteria))

    def _forget(self) -> None:
        self._selections.clear()
        self._pages.clear()

    def _settle(self) -> None:
        """Number the rows anew from where they stopped coming in order, and when most numbers stand for no row."""
        start = self._indexes.disordered
        if self._indexes.next_number > 2 * self.count() + _SPARE:
            start = 0
        if start is None:
            return
        self._own()
        self._forget()
        if len(self._rows) - start > _SPARE:
            self._rebuild([(row.doc_id, row.stored) for row in self._rows if row is not None])
            return
        moved = [(row, decoded(row.stored)) for row in self._rows[start:] if row is not None]
        for _, document in moved:
            self._indexes.discard(document)
        self._indexes.cut(start)
        del self._rows[start:]
        moved.sort(key=lambda pair: self.spec.place(pair[1]))
        self._indexes.extend([document for _, document in moved])
        self._rows.extend([row for row, _ in moved])

    def _rebuild(self, encoded: Iterable[tuple[int, bytes]]) -> None:
        """Take in all rows anew. They are decoded one at a time; in a second pass if they were out of order."""
        self._forget()
        self._indexes, self._rows, self._shared = RowIndexes(self.spec), [], False
        self._indexes.extend(self._taken_in(encoded))
        self._indexes.settle()
        if self._indexes.disordered is not None:
            order = sorted(range(len(self._rows)), key=partial(self._indexes.position, self.spec.order))
            rows = [cast(Row, self._rows[number]) for number in order]
            self._rebuild((row.doc_id, row.stored) for row in rows)

    def _taken_in(self, encoded: Iterable[tuple[int, bytes]]) -> Iterator[Document]:
        for doc_id, stored in encoded:
            document = decoded(stored)
            self._rows.append(Row.of(doc_id, stored, document, self.spec.hidden))
            yield document

    def _row_of(self, key: str) -> Row | None:
        with self._lock:
            number = self._indexes.number(key)
            return None if number is None else self._rows[number]
