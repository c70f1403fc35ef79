"""A TinyDB storage: a snapshot that stock TinyDB reads, and a journal of what came after it."""

import gc
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from tinydb.storages import Storage

from mock_server.core.nesting import DEEPEST, is_nested_deeper
from mock_server.core.store import snapshot
from mock_server.core.store.collection import Collection
from mock_server.core.store.errors import WAY_OUT, DatabaseError
from mock_server.core.store.event_log import DELIVERIES, EVENTS, EventLog
from mock_server.core.store.journal import Durability, FileJournal, Journal, NoJournal, replay
from mock_server.core.store.labels import Labels
from mock_server.core.store.lockfile import LockFile
from mock_server.core.store.spec import CollectionSpec

_log = logging.getLogger(__name__)


class JournaledStorage(Storage):
    """The collections of one database. `path` is None for memory; `fresh` when there was no file before.

    Raises DatabaseError when the files cannot be read, written or are another process's.
    """

    def __init__(
        self,
        specs: Iterable[CollectionSpec],
        path: Path | None,
        durability: Durability,
        compact_beyond: int,
        history: int,
        origin: "JournaledStorage | None" = None,
    ) -> None:
        self.path = path
        self._history = history
        self._compact_beyond = compact_beyond
        self.lock: threading.RLock = threading.RLock() if origin is None else origin.lock
        self.fresh = True
        self.snapshot_size = 0
        self._undeclared: snapshot.Tables = {}
        self._compaction: threading.Thread | None = None
        self._compacting = threading.Lock()
        self._lock_file: LockFile | None = None
        self.journal: Journal = NoJournal()
        self.labels: Labels | None = None
        """The snapshots in the file; None without one."""
        if path is None:
            self.collections = self._collections(specs, {})
            if origin is not None:
                self.take(origin)
            return
        _require_folder(path.parent)
        self._lock_file = LockFile(lock_of(path))
        try:
            self._open(path, specs, durability)
        except BaseException:
            self._lock_file.release()
            raise

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables, decoded; TinyDB's numbers as text."""
        with self.lock:
            return {
                name: {str(row.doc_id): orjson.loads(row.stored) for row in collection.rows()}
                for name, collection in self.collections.items()
            }

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the collections hold exactly `data`."""
        for name, collection in self.collections.items():
            collection.assign({int(number): dict(document) for number, document in data.get(name, {}).items()})

    def take(self, origin: "JournaledStorage") -> None:
        """Hold the documents that the origin holds; in memory and with the same lock, nothing is copied."""
        with self.lock:
            for name, collection in self.collections.items():
                if self.path is None and self.lock is origin.lock:
                    collection.share(origin.collections[name])
                else:
                    collection.assign(dict(origin.collections[name].numbered()))

    def committed(self) -> None:
        """Called after commits: starts a compaction when the journal has outgrown the snapshot."""
        journal = self.journal
        if not isinstance(journal, FileJournal) or journal.length < max(self._compact_beyond, self.snapshot_size):
            return
        with self.lock:
            if self._compaction is None or not self._compaction.is_alive():
                self._compaction = threading.Thread(target=self._compact_quietly, name="compaction")
                self._compaction.start()

    def compact(self) -> None:
        """Write a new snapshot and drop what it holds from the journal, while others read and write.

        Raises OSError and leaves both files when the disk is full.
        """
        journal = self.journal
        if self.path is None or not isinstance(journal, FileJournal):
            return
        with self._compacting:
            with self.lock:
                mark = journal.size
                held = {name: collection.rows() for name, collection in self.collections.items()}
                told = self.event_log.tables()
                undeclared = {name: rows.items() for name, rows in self._undeclared.items()}
            tables: dict[str, Iterable[tuple[int, bytes]]] = {
                name: ((row.doc_id, row.stored) for row in rows) for name, rows in held.items()
            }
            self.snapshot_size = snapshot.write(self.path, {**tables, **told, **undeclared})
            journal.forget(mark, self.lock)

    def close(self) -> None:
        """Leave a snapshot with everything in it, and let go of the files."""
        self.event_log.close()
        if self._compaction is not None:
            self._compaction.join()
        if isinstance(self.journal, FileJournal) and (self.journal.holds_commits or self.fresh):
            self._compact_quietly()
        self._release(keep_commits=True)

    def discard(self) -> None:
        """Close without a snapshot, and remove the files."""
        self.event_log.close()
        if self._compaction is not None:
            self._compaction.join()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self._release(keep_commits=False)

    def _release(self, *, keep_commits: bool) -> None:
        if isinstance(self.journal, FileJournal):
            self.journal.close(keep=keep_commits and self.journal.holds_commits)
            self.journal = NoJournal()
        if self._lock_file is not None:
            self._lock_file.release()
            self._lock_file = None

    def _open(self, path: Path, specs: Iterable[CollectionSpec], durability: Durability) -> None:
        journal_path = journal_of(path)
        self.fresh = not path.exists() and not journal_path.exists()
        tables = snapshot.read(path)
        self.snapshot_size = path.stat().st_size if path.exists() else 0
        if journal_path.exists():
            for commit in replay(journal_path):
                for name, number, document in commit:
                    _apply(tables.setdefault(name, {}), number, document)
        had_journal = journal_path.exists()
        self.journal = FileJournal(journal_path, durability)
        try:
            with readable(path), _no_collector():
                self.collections = self._collections(specs, tables)
        except DatabaseError:
            self.journal.close(keep=had_journal)
            raise
        known = {*self.collections, EVENTS, DELIVERIES}
        self._undeclared = {name: rows for name, rows in tables.items() if name not in known}
        self.labels = Labels(self.journal, self.lock, self._undeclared)

    def _collections(self, specs: Iterable[CollectionSpec], tables: snapshot.Tables) -> dict[str, Collection]:
        self.event_log = EventLog(self.journal, self.lock, self._history)
        self.event_log.load(tables.get(EVENTS, {}), tables.get(DELIVERIES, {}))
        collections = {
            spec.name: Collection(spec, self.journal, self.lock, self.committed, self.event_log) for spec in specs
        }
        for name, collection in collections.items():
            if rows := tables.get(name):
                if any(map(is_nested_deeper, rows.values())):
                    raise ValueError(f"{name}: a document is nested deeper than {DEEPEST} levels")
                collection.load(rows)
        return collections

    def _compact_quietly(self) -> None:
        try:
            self.compact()
        except OSError as error:
            _log.warning("%s: no new snapshot: %s; nothing is lost, the journal keeps growing", self.path, error)


def journal_of(path: Path) -> Path:
    """The journal beside a database file."""
    return path.with_name(path.name + ".journal")


def lock_of(path: Path) -> Path:
    """The lock beside a database file."""
    return path.with_name(path.name + ".lock")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what a malformed document provokes into a DatabaseError that names the file."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatabaseError(f"{path} holds a document that cannot be read: {error!r}; {WAY_OUT}") from error


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector from going over all documents again and again while they are taken in."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _apply(rows: dict[int, bytes], number: int, document: Any) -> None:
    if document is None:
        rows.pop(number, None)
    else:
        rows[number] = orjson.dumps(document)


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise DatabaseError(f"{folder} is no folder; make it, or choose another path for --db")
    if not os.access(folder, os.W_OK):
        raise DatabaseError(f"{folder} cannot be written; choose another path for --db")
