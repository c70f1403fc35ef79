"""The files of a database: a JSON snapshot, the write-ahead log of later commits, and a lock file."""

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from mock_server.core.problems import Problem
from mock_server.core.store import snapshot
from mock_server.core.store.errors import ACCEPT, LEFT_UNCHANGED, DatabaseError
from mock_server.core.store.lockfile import LockFile
from mock_server.core.store.log_format import count_commits, first_line, read_snapshot_id, replay
from mock_server.core.store.write_ahead_log import Durability, FileWriteAheadLog

_NEW = "new "
OPEN = "open"  # the note in the lock file while there is a write-ahead log

_log = logging.getLogger(__name__)

Contents = Callable[[], tuple[Mapping[str, Iterable[tuple[int, bytes]]], Mapping[str, int]]]
"""Returns the encoded documents of each table with their numbers, and the next number of each table.

Called with the database's lock held.
"""


class DatabaseFiles:
    """The open files of one database. `fresh` is whether nothing was stored in them before.

    With `accept`, a snapshot that was edited is taken as it is, and a log that does not belong to it is moved aside.
    Raises DatabaseError when the files cannot be read or written, or are in use by another process.
    """

    def __init__(self, path: Path, durability: Durability, compact_beyond: int, *, accept: bool = False) -> None:
        _require_regular_file(path)
        self.path = real_path(path)
        self._compact_beyond = compact_beyond
        self._compaction: threading.Thread | None = None
        self._compacting = threading.Lock()
        self._open = True
        self._closing = False
        self._lock_file = LockFile(lock_path(self.path))
        try:
            log_path = write_ahead_log_path(self.path)
            self._had_log = log_path.exists()
            self._read = read(self.path, had_log=self._lock_file.left == OPEN, accept=accept)
            self._snapshot_size = self.path.stat().st_size if self.path.exists() else 0
            self.write_ahead_log = FileWriteAheadLog(log_path, durability, self._read.id or _new_id())
            self.fresh = not self.path.exists() and not self.write_ahead_log.holds_commits
        except BaseException:
            self._lock_file.release()
            raise

    @contextmanager
    def loading(self) -> Iterator[snapshot.Snapshot]:
        """Give what was read to the block that loads it. Close the files if the block raises.

        Raise DatabaseError for a malformed document.
        """
        found, self._read = self._read, snapshot.Snapshot()
        try:
            with readable(self.path), _no_collector():
                yield found
        except BaseException:
            self._open = False
            self.write_ahead_log.close(keep=self._had_log)
            self._lock_file.release()
            raise
        self._lock_file.left = ""
        self._lock_file.note(OPEN)

    def read_again(self) -> snapshot.Snapshot:
        """Return what the files hold now. Raise DatabaseError."""
        return read(self.path, repair=False)

    def compact_if_outgrown(self, lock: threading.RLock, contents: Contents) -> None:
        """Start a compaction in the background once the write-ahead log has outgrown the snapshot."""
        if not self._open or self.write_ahead_log.length < max(self._compact_beyond, self._snapshot_size):
            return
        with lock:
            if not self._closing and (self._compaction is None or not self._compaction.is_alive()):
                compaction = threading.Thread(target=self._compact_or_warn, args=(lock, contents), name="compaction")
                try:
                    compaction.start()
                except RuntimeError:  # the system has no more threads; a later commit tries again
                    return
                self._compaction = compaction

    def compact(self, lock: threading.RLock, contents: Contents) -> None:
        """Write a new snapshot and drop what it holds from the write-ahead log, while others read and write.

        Raise OSError, and leave both files unchanged, when the disk is full. Called without the lock.
        """
        if not self._open:
            return
        with self._compacting:
            log = self.write_ahead_log
            with lock:
                end, holds, losses = log.end, log.length, log.losses
                tables, numbers = contents()
            try:
                log.sync(end)  # a snapshot must not hold what may still be undone
            except Problem as problem:
                raise OSError(problem.detail) from problem
            id_, self._snapshot_size = snapshot.write(self.path, tables, numbers, after=log.snapshot, holds=holds)
            log.truncate(end, lock, id_, losses)

    def close(self, lock: threading.RLock, contents: Contents) -> None:
        """Refuse further writes, write all into the snapshot, and close the files. A second call does nothing."""
        with lock:
            self._closing = True
            self.write_ahead_log.refuse_writes()
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
        except Exception as error:  # last resort: the thread that waits for it, or the server that stops, goes on
            _log.warning(
                "%s: writing a new snapshot failed: %s; no data is lost, %s keeps growing",
                self.path, error, self.write_ahead_log.path.name, exc_info=not isinstance(error, OSError),
            )  # fmt: skip

    def _release(self, *, keep: bool) -> None:
        if self._open:
            self._open = False
            self._lock_file.left = OPEN if keep else ""
            self._lock_file.note(self._lock_file.left)
            self.write_ahead_log.close(keep=keep)
            self._lock_file.release()


def real_path(path: Path) -> Path:
    """Return the file that a symbolic link leads to, or the path itself: renaming would replace the link."""
    return path.resolve() if path.is_symlink() else path


def write_ahead_log_path(path: Path) -> Path:
    """Return the path of a database file's write-ahead log, which is still called by its first name, journal."""
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


def read(path: Path, *, had_log: bool = False, accept: bool = False, repair: bool = True) -> snapshot.Snapshot:
    """Return what the snapshot and the write-ahead log at `path` hold together.

    `had_log` is whether the last process that had them open left a log when it died. With `accept`, a log that does not
    belong to the snapshot is moved aside; with `repair`, what was never acknowledged is cut off the log. Raise
    DatabaseError if one of the two is damaged or missing.
    """
    log_path = write_ahead_log_path(path)
    found = snapshot.read(path, verify=not accept)
    if not accept:
        require_pair(path, found, had_log=had_log)
    elif log_path.exists() and not _belong_together(found, log_path):
        log_path.rename(_free_name(log_path))
    belonging, found = found, found or snapshot.Snapshot()
    if log_path.exists():
        for changes in replay(log_path, start_of_replay(found, log_path), repair=repair):
            for name, number, document in changes:
                _apply(found.tables.setdefault(name, {}), number, document)
                found.next_numbers[name] = max(found.next_numbers.get(name, 1), number + 1)
        if repair and not _names(belonging, log_path):  # it holds no commits
            _start_again(log_path, found.id or _new_id())
    return found


def require_pair(path: Path, found: snapshot.Snapshot | None, *, had_log: bool) -> None:
    """Raise DatabaseError unless the snapshot and the log, if any, hold together what was stored."""
    log_path = write_ahead_log_path(path)
    if not log_path.exists() or log_path.stat().st_size == 0:
        if found is not None and had_log:
            raise DatabaseError(
                f"{log_path} is missing, although the last process that had {path.name} open was killed; "
                f"{ACCEPT.format(path=path)}"
            )
    elif not _belong_together(found, log_path):
        if found is None:
            raise DatabaseError(f"{path} is missing, and {log_path.name} continues it; restore a copy of both")
        raise DatabaseError(f"{log_path} does not continue {path.name} as it is; {ACCEPT.format(path=path)}")


def start_of_replay(found: snapshot.Snapshot, log_path: Path) -> int:
    """Return the byte of the log from which on the snapshot does not hold its commits."""
    return found.holds if read_snapshot_id(log_path) == found.after else 0


def _new_id() -> str:
    """Return what the log of a database names that has no snapshot yet."""
    return f"{_NEW}{uuid4().hex}"


def _start_again(log_path: Path, snapshot_id: str) -> None:
    """Replace a log without commits in one step."""
    draft = log_path.with_name(log_path.name + ".new")
    draft.write_bytes(first_line(snapshot_id))
    draft.chmod(0o600)
    draft.replace(log_path)


def _free_name(log_path: Path) -> Path:
    """Return a name under which a log can be kept aside."""
    names = (log_path.with_name(f"{log_path.name}.old{number or ''}") for number in count())
    return next(name for name in names if not name.exists())


def _belong_together(found: snapshot.Snapshot | None, log_path: Path) -> bool:
    """Return whether the log continues the snapshot, or holds no commits."""
    return _names(found, log_path) or not count_commits(log_path)


def _names(found: snapshot.Snapshot | None, log_path: Path) -> bool:
    """Return whether the log continues the snapshot, or the one before it, since a compaction may be cut short."""
    named = read_snapshot_id(log_path)
    if found is None:
        return named is None or named.startswith(_NEW)
    if named is None:  # a log of the first format
        return not found.after
    return named in (found.id, found.after)


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


def _require_regular_file(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise DatabaseError(f"{folder} is not a folder; create it or choose another path for --db")
    if not os.access(folder, os.W_OK):
        raise DatabaseError(f"{folder} is not writable; choose another path for --db")
    if path.exists() and not path.is_file():
        raise DatabaseError(f"{path} is not a regular file; choose another path for --db")
    if not path.name:
        raise DatabaseError("The path for --db is empty; give the path of a file")
