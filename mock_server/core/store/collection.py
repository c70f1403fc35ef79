"""A set of documents of one kind."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from mock_server.core.events import Draft
from mock_server.core.query import AnyOf, Criterion, Explanation, Page, Query, Window
from mock_server.core.store.commits import Commits
from mock_server.core.store.encoding import Row, decode, encode
from mock_server.core.store.log_format import Change, changes_to
from mock_server.core.store.rows import Rows
from mock_server.core.store.spec import CollectionSpec, Document

MakeEvent = Callable[[Document, bytes], Draft | None]
"""Given a changed document and how it is rendered, returns the event to commit with the change, or None."""


def no_event(_document: Document, _shown: bytes) -> Draft | None:
    """Return no event."""
    return None


class Collection:
    """Documents by id. Every method may be called from any thread; documents are copied in and out.

    Each write is one commit: it is written to the write-ahead log, then applied to the rows, both under the lock.
    """

    def __init__(self, spec: CollectionSpec, commits: Commits) -> None:
        self.spec = spec
        self._commits = commits
        self._lock = commits.lock
        self._rows = Rows(spec)
        self._next_doc_id = 1

    # Reading

    def count(self, scope: tuple[Criterion, ...] = ()) -> int:
        """Return the number of documents that satisfy `scope`."""
        with self._lock:
            return self._rows.count_of(scope) if scope else self._rows.count

    def get(self, key: str) -> Document | None:
        """Return a copy of the document, or None."""
        with self._lock:
            row = self._rows.get(key)
        return None if row is None else decode(row.stored)

    def one(self, key: str, scope: tuple[AnyOf, ...] = ()) -> bytes | None:
        """Return the document with this id as it is rendered, or None if it is missing or not within `scope`."""
        with self._lock:
            row = self._rows.get(key)
            return row.shown if row is not None and self._rows.satisfies(key, scope) else None

    def find(self, query: Query, scope: tuple[Criterion, ...] = ()) -> Page:
        """Return one page of the documents that satisfy `query` and `scope`, which limits what the caller may see."""
        with self._lock:
            return self._rows.find(scope, query)

    def stream(self, query: Query, scope: tuple[Criterion, ...] = (), batch: int = 500) -> Iterator[bytes]:
        """Yield the documents that satisfy `query` and `scope`, reading `batch` of them at a time."""
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
        """Return how `query` is answered."""
        with self._lock:
            return self._rows.explain(query)

    def rows(self) -> list[Row]:
        """Return every row in order."""
        with self._lock:
            return self._rows.all()

    def numbered(self) -> list[tuple[int, Document]]:
        """Return a copy of every document with TinyDB's number, by number."""
        return sorted((row.doc_id, decode(row.stored)) for row in self.rows())

    @property
    def next_doc_id(self) -> int:
        """TinyDB's number of the next new document. One more than the number of documents that there ever were."""
        return self._next_doc_id

    def doc_id(self, key: str) -> int | None:
        """Return TinyDB's number of the document, or None."""
        with self._lock:
            row = self._rows.get(key)
        return None if row is None else row.doc_id

    def inconsistencies(self) -> list[str]:
        """Return the names of the indexes that disagree with the documents."""
        with self._lock:
            return self._rows.inconsistencies()

    # Writing

    @property
    def lock(self) -> threading.RLock:
        """The lock of the database, to make several calls one step."""
        return self._lock

    def insert(self, document: Document, make_event: MakeEvent = no_event) -> bytes:
        """Add a document and return it as it is rendered. Raise KeyError when its id is taken."""
        with self._lock:
            row = self._row(self._next_doc_id, document)
            self._require_free({document["id"]}, 1)
            self._commits.require_room(row.size)
            draft = make_event(document, row.shown)
            drafts = () if draft is None else (draft,)
            offset, event = self._commits.append([Change(self.spec.name, row.doc_id, row.stored)], drafts)
            self._next_doc_id += 1
            self._rows.extend([row], [document])
        self._commits.finish(offset, event)
        return row.shown

    def insert_many(self, documents: Iterable[Document]) -> int:
        """Add documents in one commit, and return their number. Raise KeyError when an id is taken."""
        made = sorted(((self.spec.position(each), self._row(0, each)) for each in documents), key=lambda pair: pair[0])
        with self._lock:
            self._require_free({position[1] for position, _ in made}, len(made))
            rows = [Row(number, row.stored, row.shown) for number, (_, row) in enumerate(made, self._next_doc_id)]
            self._commits.require_room(sum(row.size for row in rows))
            offset, _ = self._commits.append(Change(self.spec.name, row.doc_id, row.stored) for row in rows)
            self._next_doc_id += len(rows)
            self._rows.extend(rows, (decode(row.stored) for row in rows))
            self._rows.settle()
        self._commits.finish(offset)
        return len(rows)

    def replace(
        self, key: str, change: Callable[[Document], Document | None], make_event: MakeEvent = no_event
    ) -> bytes | None:
        """Replace a document by `change(document)` in one step; return it as it is rendered, or None if it is missing.

        A change that returns None leaves the document unchanged.
        """
        (shown,) = self.replace_many([key], change, make_event)
        return shown

    def replace_many(
        self, keys: Iterable[str], change: Callable[[Document], Document | None], make_event: MakeEvent = no_event
    ) -> list[bytes | None]:
        """Replace documents as `replace` does, all of them in one commit. No key may be repeated."""
        with self._lock:
            shown, pairs, drafts = list[bytes | None](), list[tuple[Row, Row]](), list[Draft]()
            for row in map(self._rows.get, keys):
                after = None if row is None else change(decode(row.stored))
                if row is None or after is None:
                    shown.append(None if row is None else row.shown)
                    continue
                changed = self._row(row.doc_id, after)
                draft = make_event(after, changed.shown)
                drafts += () if draft is None else (draft,)
                pairs.append((row, changed))
                shown.append(changed.shown)
            if not pairs:
                return shown
            self._commits.require_room(sum(changed.size - row.size for row, changed in pairs))
            changes = [Change(self.spec.name, changed.doc_id, changed.stored) for _, changed in pairs]
            offset, event = self._commits.append(changes, drafts)
            for row, changed in pairs:
                self._rows.replace(row, changed)
        self._commits.finish(offset, event)
        return shown

    def delete(self, key: str, make_event: MakeEvent = no_event) -> bytes | None:
        """Remove a document; return it as it was rendered, or None if it is missing."""
        with self._lock:
            row = self._rows.get(key)
            if row is None:
                return None
            draft = None if make_event is no_event else make_event(decode(row.stored), row.shown)
            drafts = () if draft is None else (draft,)
            offset, event = self._commits.append([Change(self.spec.name, row.doc_id, None)], drafts)
            self._rows.remove(row)
        self._commits.finish(offset, event)
        return row.shown

    def clear(self) -> None:
        """Remove every document."""
        with self._lock:
            offset, _ = self._commits.append(Change(self.spec.name, row.doc_id, None) for row in self.rows())
            self._rows.load(())
        self._commits.finish(offset)

    def assign(self, documents: Mapping[int, Document]) -> None:
        """Hold exactly these documents, by TinyDB's number, in one commit. Raise ValueError for a repeated id."""
        with self._lock:
            wanted = {doc_id: encode(document) for doc_id, document in documents.items()}
            if len({document["id"] for document in documents.values()}) < len(documents):
                raise ValueError(f"{self.spec.name}: two documents have the same id")
            offset, _ = self._commits.append(self.changes_to(wanted))
            self._rows.load(wanted.items())
            self._next_doc_id = max(self._next_doc_id, max(wanted, default=0) + 1)
        self._commits.finish(offset)

    def load(self, rows: Mapping[int, bytes], next_doc_id: int = 1) -> None:
        """Hold exactly these encoded documents, by TinyDB's number, without a commit; number new ones from then on.

        Raise KeyError for a document without an id, and ValueError for a repeated id.
        """
        with self._lock:
            self._rows.load(rows.items())
            if self._rows.count < len(rows):
                raise ValueError(f"{self.spec.name}: two documents have the same id")
            self._next_doc_id = max(next_doc_id, max(rows, default=0) + 1)

    @property
    def added(self) -> int:
        """About how many bytes of memory the documents take beyond those of the base."""
        return self._rows.added

    @property
    def total(self) -> int:
        """About how many bytes of memory all documents take."""
        return self._rows.total

    @property
    def size(self) -> int:
        """About how many bytes of memory the collection takes that others do not share."""
        return self._rows.size

    def set_base(self) -> None:
        """Count only what is added from now on."""
        self._rows.set_base()

    def share(self, other: "Collection") -> None:
        """Hold what `other` holds, without a commit. Called with the locks of both held.

        If they have the same lock, nothing is copied before one of the two is changed.
        """
        if self._lock is other._lock:
            self._rows.share(other._rows)
        else:
            self._rows.load((row.doc_id, row.stored) for row in other.rows())
        self._next_doc_id = other._next_doc_id

    def changes_to(self, wanted: Mapping[int, bytes]) -> Iterator[Change]:
        """Return the changes from what is stored to what is wanted, by TinyDB's number. Called with the lock held."""
        return changes_to(self.spec.name, {row.doc_id: row.stored for row in self.rows()}, wanted)

    def _row(self, doc_id: int, document: Document) -> Row:
        return Row.of(doc_id, encode(document), document, self.spec.hidden)

    def _require_free(self, ids: set[str], number: int) -> None:
        if len(ids) < number or self._rows.contains_any(ids):
            raise KeyError(f"{self.spec.name}: an id is taken")
