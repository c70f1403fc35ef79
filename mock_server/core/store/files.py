"""The files of a database: a JSON snapshot, the write-ahead log of later commits, and a lock file."""

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from mock_server.core.store import snapshot
from mock_server.core.store.errors import LEFT_UNCHANGED, DatabaseError
from mock_server.core.store.lockfile import LockFile
from mock_server.core.store.write_ahead_log import Durability, FileWriteAheadLog, replay

_log = logging.getLogger(__name__)

Contents = Callable[[], Mapping[str, Iterable[tuple[int, bytes]]]]
"""Returns the encoded documents of each table with their numbers. Called with the database's lock held."""


class DatabaseFiles:
    """The open files of one database. `fresh` is whether there were none before.

    Raises DatabaseError when the files cannot be read or written, or are in use by another process.
    """

    def __init__(self, path: Path, durability: Durability, compact_beyond: int) -> None:
        _require_folder(path.parent)
        self.path = path
        self._compact_beyond = compact_beyond
        self._compaction: threading.Thread | None = None
        self._compacting = threading.Lock()
        self._open = True
        self._lock_file = LockFile(lock_path(path))
        try:
            log_path = write_ahead_log_path(path)
            self._had_log = log_path.exists()
            self.fresh = not path.exists() and not self._had_log
            self._tables = _read(path, log_path)
            self._snapshot_size = path.stat().st_size if path.exists() else 0
            self.write_ahead_log = FileWriteAheadLog(log_path, durability)
        except BaseException:
            self._lock_file.release()
            raise

    @contextmanager
    def loading(self) -> Iterator[snapshot.Tables]:
        """Give what was read to the block that loads it. Close the files if the block raises.

        Raise DatabaseError for a malformed document.
        """
        tables, self._tables = self._tables, {}
        try:
            with readable(self.path), _no_collector():
                yield tables
        except BaseException:
            self._release(keep=self._had_log)
            raise

    def compact_if_outgrown(self, lock: threading.RLock, contents: Contents) -> None:
        """Start a compaction in the background once the write-ahead log has outgrown the snapshot."""
        if not self._open or self.write_ahead_log.length < max(self._compact_beyond, self._snapshot_size):
            return
        with lock:
            if self._compaction is None or not self._compaction.is_alive():
                self._compaction = threading.Thread(
                    target=self._compact_or_warn, args=(lock, contents), name="compaction"
                )
                self._compaction.start()

    def compact(self, lock: threading.RLock, contents: Contents) -> None:
        """Write a new snapshot and drop what it holds from the write-ahead log, while others read and write.

        Raise OSError, and leave both files unchanged, when the disk is full.
        """
        if not self._open:
            return
        with self._compacting:
            with lock:
                end = self.write_ahead_log.end
                tables = contents()
            self._snapshot_size = snapshot.write(self.path, tables)
            self.write_ahead_log.truncate(end, lock)

    def close(self, lock: threading.RLock, contents: Contents) -> None:
        """Write everything into the snapshot, and close the files. A second call does nothing."""
        self._join_compaction()
        if self._open and (self.write_ahead_log.holds_commits or self.fresh):
            self._compact_or_warn(lock, contents)
        self._release(keep=self.write_ahead_log.holds_commits)

    def discard(self) -> None:
        """Close the files and remove them."""
        self._join_compaction()
        self.path.unlink(missing_ok=True)
        self._release(keep=False)

    def _join_compaction(self) -> None:
        if self._compaction is not None:
            self._compaction.join()

    def _compact_or_warn(self, lock: threading.RLock, contents: Contents) -> None:
        try:
            self.compact(lock, contents)
        except OSError as error:
            _log.warning(
                "%s: writing a new snapshot failed: %s; no data is lost, %s keeps growing",
                self.path, error, self.write_ahead_log.path.name,
            )  # fmt: skip

    def _release(self, *, keep: bool) -> None:
        if self._open:
            self._open = False
            self.write_ahead_log.close(keep=keep)
            self._lock_file.release()


def write_ahead_log_path(path: Path) -> Path:
    """Return the path of a database file's write-ahead log."""
    return path.with_name(path.name + ".journal")


def lock_path(path: Path) -> Path:
    """Return the path of a database file's lock."""
    return path.with_name(path.name + ".lock")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn the errors that a malformed document causes into a DatabaseError that names the file."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatabaseError(f"{path} holds a document that cannot be read: {error!r}; {LEFT_UNCHANGED}") from error


def _read(path: Path, log_path: Path) -> snapshot.Tables:
    """Return the tables of the snapshot with the commits of the write-ahead log applied."""
    tables = snapshot.read(path)
    if log_path.exists():
        for commit in replay(log_path):
            for name, number, document in commit:
                _apply(tables.setdefault(name, {}), number, document)
    return tables


@contextmanager
def _no_collector() -> Iterator[None]:
    """Switch the garbage collector off: while many documents are loaded it would scan them again and again."""
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
        raise DatabaseError(f"{folder} is not a folder; create it or choose another path for --db")
    if not os.access(folder, os.W_OK):
        raise DatabaseError(f"{folder} is not writable; choose another path for --db")
