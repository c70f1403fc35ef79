"""The write-ahead log: an append-only file of commits, written before a change is acknowledged."""

import errno
import logging
import math
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from mock_server.core.problems import Kind, Problem
from mock_server.core.store.disk import private, sync_folder
from mock_server.core.store.errors import DatabaseError
from mock_server.core.store.log_format import Change, first_line, lines_of, read_snapshot_id

_CHUNK = 1 << 20  # bytes that are copied at once

_log = logging.getLogger(__name__)


class Durability(StrEnum):
    """What an acknowledged write survives: the end of the process, or also a crash of the machine."""

    PROCESS = "process"
    DISK = "disk"


class WriteAheadLog(Protocol):
    """Records commits before they are applied. `persistent` is whether they outlive the process."""

    persistent: bool

    def append(self, changes: Iterable[Change], /) -> int:
        """Record one commit and return the offset of its end. Raise Problem, with nothing recorded, if that fails."""
        ...

    def sync(self, offset: int, /) -> None:
        """Return once the commit that ends at `offset` is as durable as configured. Raise Problem if that fails.

        Called without the database's lock.
        """
        ...


class NoWriteAheadLog:
    """The write-ahead log of a database in memory: it records nothing."""

    persistent = False

    def append(self, _changes: Iterable[Change], /) -> int:
        return 0

    def sync(self, _offset: int, /) -> None:
        return None


class FileWriteAheadLog:
    """A write-ahead log in a file, open for appending. A new file continues the snapshot with the id `snapshot`.

    An offset counts all bytes ever written to the log, so it stays valid when `truncate` drops the beginning of the
    file. `snapshot` is the id in the file. Raises DatabaseError when the file cannot be opened.
    """

    persistent = True

    def __init__(self, path: Path, durability: Durability, snapshot: str) -> None:
        self.path = path
        self._durability = durability
        self._file = _open(path)
        self._length = os.fstat(self._file).st_size
        self._end = self._length
        self._turn = threading.Condition()
        self._syncing = False
        self._lost: list[tuple[int, float]] = []  # commits from one offset to another that could not be made durable
        self._broken = False  # whether even those could not be undone
        self._closed = False
        self._on_loss: Callable[[], None] = self.drop_unsynced
        self._replaced: list[int] = []
        self._torn = False  # a write failed halfway, and its part could not be cut off yet
        if self._length == 0:
            self._write([first_line(snapshot)])
            sync_folder(path.parent)
        self._first_line = _read_line(self._file)
        self._synced = self.end
        self.snapshot = read_snapshot_id(path) or ""

    @property
    def end(self) -> int:
        """The offset of the end of the last commit."""
        return self._end

    @property
    def length(self) -> int:
        """The size of the file in bytes."""
        return self._length

    @property
    def holds_commits(self) -> bool:
        """Whether there is anything to replay."""
        return self._length > len(self._first_line)

    def append(self, changes: Iterable[Change]) -> int:
        """See WriteAheadLog. Callers hold the database's lock."""
        self._write(lines_of(changes))
        return self.end

    def sync(self, offset: int) -> None:
        """See WriteAheadLog. One fsync serves every commit that was written before it (group commit).

        When it fails, none of the commits since the last one is known to be in the file, so all of them are undone.
        """
        if self._durability is Durability.PROCESS or not self._must_sync(offset):
            return
        written, synced = self._end, self._synced
        try:
            os.fsync(self._file)
            synced = written
        except OSError as error:
            self._undo()
            if self._is_lost(offset):
                raise _unstored(self.path, error) from error
        finally:
            with self._turn:
                self._syncing = False
                self._synced = max(self._synced, synced)
                self._turn.notify_all()

    def on_loss(self, undo: Callable[[], None]) -> None:
        """Register what undoes the commits that could not be made durable. It calls `drop_unsynced` with the lock."""
        self._on_loss = undo

    def drop_unsynced(self) -> None:
        """Drop the commits that are not known to be durable. Called with the database's lock held; raise OSError."""
        length = self._position(self._synced)
        os.ftruncate(self._file, length)
        with self._turn:
            self._lost[-1] = (self._synced, self._end)
            self._length = length
            self._synced = self._end  # offsets are never used twice

    def _undo(self) -> None:
        with self._turn:  # threads that wait may hold the database's lock, which undoing needs
            self._lost.append((self._synced, math.inf))
            self._turn.notify_all()
        try:
            self._on_loss()
        except Exception:  # last resort: what is in memory may not be in the file
            self._broken = True
            _log.exception("%s: commits that could not be made durable could not be undone", self.path)

    def _must_sync(self, offset: int) -> bool:
        """Wait until another thread has synced this commit, or none is syncing; return whether this thread must."""
        with self._turn:
            self._turn.wait_for(lambda: self._is_lost(offset) or offset <= self._synced or not self._syncing)
            if self._is_lost(offset):
                raise Problem(Kind.UNSTORED, f"The change was not stored: {self.path.name}: a write to disk failed")
            if offset <= self._synced:
                return False
            self._syncing = True
            return True

    def _position(self, offset: int) -> int:
        """Return the place of an offset in the file."""
        return self._length - (self._end - offset)

    def _is_lost(self, offset: int) -> bool:
        return any(start < offset <= end for start, end in self._lost)

    @property
    def losses(self) -> int:
        """How often commits were lost. Called with the lock held; raise OSError while some are being undone."""
        if self._lost and self._lost[-1][1] == math.inf:
            raise OSError(errno.EIO, "a write to disk failed")
        return len(self._lost)

    def truncate(self, offset: int, lock: threading.RLock, snapshot: str, losses: int) -> None:
        """Drop the commits up to `offset`, which the snapshot with this id holds, unless there were `losses` since.

        Raise OSError, and keep them all, on failure. Writers hold `lock`, so they wait only while the last few commits
        are copied.
        """
        draft = self.path.with_name(self.path.name + ".new")
        try:
            with open(draft, "wb", opener=private) as file:
                file.write(first_line(snapshot))
                with lock:
                    self._require_no_more(losses)
                    start, end = self._position(offset), self._length
                _copy(self._file, start, end, file)
                if self._durability is Durability.DISK:
                    os.fsync(file.fileno())  # so that the one below, for which writers and readers wait, is short
                with lock:
                    _copy(self._file, end, self._length, file)
                    if self._durability is Durability.DISK:
                        os.fsync(file.fileno())
                    with self._turn:
                        self._require_no_more(losses)
                        self._replace_by(draft, file.tell(), snapshot)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _require_no_more(self, losses: int) -> None:
        if self.losses > losses:
            raise OSError(errno.EIO, "a write to disk failed meanwhile")

    def _replace_by(self, draft: Path, length: int, snapshot: str) -> None:
        opened = _open(draft)
        os.replace(draft, self.path)
        # The previous file may be in the middle of an fsync, so it is closed one compaction later.
        for file in self._replaced:
            os.close(file)
        self._replaced = [self._file]
        self._file, self._length, self._first_line = opened, length, _read_line(opened)
        self.snapshot = snapshot
        try:
            sync_folder(self.path.parent)
        except OSError:  # after a crash of the machine, the previous file may be there again
            self._broken = True
            raise
        if self._durability is Durability.DISK:
            self._synced = self._end

    def refuse_writes(self) -> None:
        """Refuse all writes from now on. Called with the lock held."""
        self._closed = True

    def close(self, *, keep: bool) -> None:
        """Close the file, and remove it unless `keep` is set."""
        for file in (*self._replaced, self._file):
            os.close(file)
        self._file = -1  # a late write must fail rather than hit a reused descriptor
        if not keep:
            self.path.unlink(missing_ok=True)

    def _write(self, lines: Iterable[bytes]) -> None:
        """Write lines that belong together. If that fails, none of them stays."""
        written = 0
        try:
            self._require_usable()
            for line in lines:
                self._torn = True
                left = memoryview(line)
                while left:
                    left = left[os.write(self._file, left) :]
                written += len(line)
            self._torn = False
        except BaseException as error:
            with suppress(OSError):  # if this fails too, the next write tries again
                self._cut_torn_part()
            if isinstance(error, OSError):
                raise _unstored(self.path, error) from error
            raise
        self._length += written
        self._end += written

    def _require_usable(self) -> None:
        if self._closed:
            raise OSError(errno.EBADF, "the database is closed")
        if self._broken:
            raise OSError(errno.EIO, "an earlier write to disk failed; restart the server")
        if not os.fstat(self._file).st_nlink:
            raise OSError(errno.ENOENT, "the file was removed; stop the server to save all sessions")
        self._cut_torn_part()

    def _cut_torn_part(self) -> None:
        if self._torn:
            os.ftruncate(self._file, self._length)
            self._torn = False


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be written: {error.strerror}; choose another path for --db") from error


def _copy(source: int, start: int, end: int, target: BinaryIO) -> None:
    """Append the bytes from `start` to `end` of an open file to the target, and flush it."""
    while start < end:
        chunk = os.pread(source, min(_CHUNK, end - start), start)
        if not chunk:
            raise OSError(errno.EIO, "the file is shorter than what was written to it")
        target.write(chunk)
        start += len(chunk)
    target.flush()


def _read_line(file: int) -> bytes:
    """Return the first line of an open log, which is short."""
    return os.pread(file, 4096, 0).partition(b"\n")[0] + b"\n"


def _unstored(path: Path, error: OSError) -> Problem:
    return Problem(Kind.UNSTORED, f"The change was not stored: {path.name}: {error.strerror}")
