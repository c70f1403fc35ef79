"""A database of declared collections and an event log."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

from mock_server.core.nesting import DEEPEST, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.store.collection import Collection
from mock_server.core.store.commits import Commits
from mock_server.core.store.event_log import DELIVERIES, EVENTS, EventLog
from mock_server.core.store.files import DatabaseFiles, readable
from mock_server.core.store.named_snapshots import NamedSnapshots
from mock_server.core.store.snapshot import Snapshot, Tables
from mock_server.core.store.spec import CollectionSpec
from mock_server.core.store.write_ahead_log import Durability, NoWriteAheadLog, WriteAheadLog

_SMALL = 256
_SPARE = 8


class Database:
    """The collections and the event log of one server, in memory or in the file at `path`.

    A write-ahead log of more than `compact_beyond` bytes that has outgrown the snapshot is compacted into a new one.
    The last `history` events are kept. Documents may take `most_added` bytes more than they did when `set_base` was
    called. With an `origin`, the database is in memory and begins with its documents. With `accept`, files that were
    edited or do not belong together are opened as they are.

    Raises DatabaseError when the files cannot be read or written, or are in use by another process.
    """

    def __init__(
        self,
        specs: Iterable[CollectionSpec],
        path: Path | None = None,
        durability: Durability = Durability.PROCESS,
        *,
        compact_beyond: int = 8 << 20,
        history: int = 10_000,
        most_added: int | None = None,
        origin: Database | None = None,
        accept: bool = False,
    ) -> None:
        self.path = path
        self.lock: threading.RLock = threading.RLock() if origin is None else origin.lock
        self._files = None if path is None else DatabaseFiles(path, durability, compact_beyond, accept=accept)
        self.write_ahead_log: WriteAheadLog = NoWriteAheadLog() if self._files is None else self._files.write_ahead_log
        self.event_log = EventLog(self.write_ahead_log, self.lock, history)
        commits = Commits(self.write_ahead_log, self.event_log, self.lock, self._compact_if_outgrown)
        commits.require_room = self._require_room
        self.most_added = most_added
        self.restores = 0
        """How often `restore` has replaced the documents."""
        self._bounded: bool = origin is not None and origin._bounded
        self.collections = {spec.name: Collection(spec, commits) for spec in specs}
        self._other_tables: Tables = {}  # tables of the file that are neither collections nor events
        self._snapshots = NamedSnapshots(self.write_ahead_log, self.lock, self._other_tables)
        if self._files is not None:
            with self._files.loading() as found:
                self._load(found)
            self._files.write_ahead_log.on_loss(self._read_again)
        if origin is not None:
            with self.lock:
                self._share(origin)

    @property
    def fresh(self) -> bool:
        """Whether nothing had been stored in the file when the database was opened."""
        return self._files is None or self._files.fresh

    def collection(self, name: str) -> Collection:
        """Return the collection that was declared under `name`."""
        return self.collections[name]

    def fork(self) -> Database:
        """Return a database in memory with the same documents and no events. Nothing is copied before one changes."""
        return Database(self._specs(), history=self.event_log.history, most_added=self.most_added, origin=self)

    def restore(self, other: Database, *, delete_snapshots: bool = False) -> None:
        """Hold the documents of a database with the same collections, and no events, in one commit.

        Raise Problem, with everything as it was, if that fails.
        """
        with self.lock, other.lock:
            changes = chain(
                *(
                    collection.changes_to({row.doc_id: row.stored for row in other.collections[name].rows()})
                    for name, collection in self.collections.items()
                ),
                self.event_log.removal(),
                self._snapshots.removal() if delete_snapshots else (),
            )
            offset = self.write_ahead_log.append(changes)
            self._share(other)
            self.restores += 1
            self.event_log.clear()
            if delete_snapshots:
                self._snapshots.clear()
        self.write_ahead_log.sync(offset)
        self._compact_if_outgrown()

    # Bounds

    def set_base(self) -> None:
        """Bound what is added to the documents from now on."""
        with self.lock:
            self._bounded = True
            for collection in self.collections.values():
                collection.set_base()

    @property
    def added(self) -> int:
        """About how many bytes of memory the documents take beyond those of the base."""
        return sum(collection.added for collection in self.collections.values())

    @property
    def size(self) -> int:
        """About how many bytes of memory the documents take that other databases do not share."""
        return sum(collection.size for collection in self.collections.values())

    @property
    def total(self) -> int:
        """About how many bytes of memory all documents take."""
        return sum(collection.total for collection in self.collections.values())

    def _require_room(self, size: int) -> None:
        """Raise Problem when the documents may not grow by this number of bytes. Called with the lock held.

        Small changes have some room of their own, so that sessions of a full database can still expire.
        """
        if self.most_added is None or not self._bounded or size <= 0:
            return
        most = self.most_added + (self.most_added // _SPARE if size < _SMALL else 0)
        if size + self.added > most:
            raise Problem(
                Kind.UNSTORED,
                f"The world's documents would take more than {self.most_added >> 20} MiB beyond those it began with; "
                "delete some, reset the world, or start the server with a larger --documents-mib",
            )

    # Named snapshots

    def snapshots(self) -> dict[str, Database]:
        """Return the named snapshots in the file, as databases in memory, by label. Raise DatabaseError."""
        if self.path is None:
            return {}
        with readable(self.path):
            return {label: self._from_tables(tables) for label, tables in self._snapshots.all().items()}

    def save_snapshot(self, label: str, copy: Database) -> None:
        """Save a copy of this database under a label, if there is a file. Raise Problem."""
        if self.path is not None:
            self._snapshots.save(label, {name: each.rows() for name, each in copy.collections.items()})
            self._compact_if_outgrown()

    def delete_snapshots(self, labels: Iterable[str]) -> None:
        """Delete named snapshots from the file. Raise Problem."""
        if self.path is not None:
            self._snapshots.delete(labels)

    # Files; without any, these do nothing

    def compact(self) -> None:
        """Write a new snapshot and drop what it holds from the write-ahead log, while others read and write.

        Raise OSError, and leave both files unchanged, when the disk is full.
        """
        if self._files is not None:
            self._files.compact(self.lock, self._contents)

    def close(self) -> None:
        """Wake all threads that wait for events, write everything into the snapshot, and close the files."""
        self.event_log.close()
        if self._files is not None:
            self._files.close(self.lock, self._contents)

    def discard(self) -> None:
        """Wake all threads that wait for events, close the files and remove them."""
        self.event_log.close()
        if self._files is not None:
            self._files.discard()

    def _compact_if_outgrown(self) -> None:
        if self._files is not None:
            self._files.compact_if_outgrown(self.lock, self._contents)

    def _share(self, other: Database) -> None:
        for name, collection in self.collections.items():
            collection.share(other.collections[name])

    def _read_again(self) -> None:
        """Hold what the files hold, without the commits that are not durable. Raise DatabaseError and OSError."""
        assert self._files is not None
        with self.lock:
            self._files.write_ahead_log.drop_unsynced()
            self._other_tables.clear()
            with readable(self._files.path):
                self._load(self._files.read_again())

    def _load(self, found: Snapshot) -> None:
        """Hold what the files hold. Raise one of the errors that `readable` handles for a malformed document."""
        tables = found.tables
        last = found.next_numbers.get(EVENTS, 1) - 1
        self.event_log.load(tables.pop(EVENTS, {}), tables.pop(DELIVERIES, {}), last)
        for name, collection in self.collections.items():
            rows = tables.pop(name, {})
            if any(map(is_nested_deeper, rows.values())):
                raise ValueError(f"{name}: a document is nested deeper than {DEEPEST} levels")
            collection.load(rows, found.next_numbers.get(name, 1))
        self._other_tables.update(tables)

    def _contents(self) -> tuple[Mapping[str, Iterable[tuple[int, bytes]]], Mapping[str, int]]:
        """Return what a snapshot holds. Called with the lock held; the result is read after its release."""
        tables = {
            **{name: ((row.doc_id, row.stored) for row in each.rows()) for name, each in self.collections.items()},
            **self.event_log.tables(),
            **{name: rows.items() for name, rows in self._other_tables.items()},
        }
        numbers = {name: each.next_doc_id for name, each in self.collections.items()}
        return tables, {**numbers, EVENTS: self.event_log.next_number}

    def _from_tables(self, tables: Tables) -> Database:
        database = Database(self._specs())
        for name, collection in database.collections.items():
            collection.load(tables.get(name, {}))
        return database

    def _specs(self) -> list[CollectionSpec]:
        return [collection.spec for collection in self.collections.values()]
