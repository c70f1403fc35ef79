"""The write-ahead log: an append-only file of commits, written before a change is acknowledged.

Each line holds one commit: the CRC-32 of its JSON in hex, a space, and a JSON array of [table, number, document or
null]. A commit is therefore in the file as a whole or, when the last line is torn, not at all.
"""

import logging
import os
import shutil
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import orjson

from mock_server.core.problems import Kind, Problem
from mock_server.core.store.errors import LEFT_UNCHANGED, DatabaseError

FORMAT = 1
_HEADER = {"journal": "voice-session-emulator", "format": FORMAT}

_log = logging.getLogger(__name__)


class Durability(StrEnum):
    """What an acknowledged write survives: the end of the process, or also a crash of the machine."""

    PROCESS = "process"
    DISK = "disk"


def _line(content: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(content), content)


_FIRST_LINE = _line(orjson.dumps(_HEADER))


@dataclass(frozen=True, slots=True)
class Change:
    """One document to store, as JSON in `stored`, or to remove when `stored` is None."""

    table: str
    doc_id: int
    stored: bytes | None


class WriteAheadLog(Protocol):
    """Records commits before they are applied. `persistent` is whether they outlive the process."""

    persistent: bool

    def append(self, changes: Iterable[Change], /) -> int:
        """Record one commit and return the offset of its end. Raise Problem, with nothing recorded, if that fails."""
        ...

    def sync(self, offset: int, /) -> None:
        """Return once the commit that ends at `offset` is as durable as configured. Raise Problem if that fails."""
        ...


class NoWriteAheadLog:
    """The write-ahead log of a database in memory: it records nothing."""

    persistent = False

    def append(self, _changes: Iterable[Change], /) -> int:
        return 0

    def sync(self, _offset: int, /) -> None:
        return None


class FileWriteAheadLog:
    """A write-ahead log in a file, open for appending.

    An offset counts all bytes ever written to the log, so it stays valid when `truncate` drops the beginning of the
    file. Raises DatabaseError when the file cannot be opened.
    """

    persistent = True

    def __init__(self, path: Path, durability: Durability) -> None:
        self.path = path
        self._durability = durability
        self._file = _open(path)
        self._length = os.fstat(self._file).st_size
        self._dropped = 0  # bytes that were dropped from the beginning of the file
        self._turn = threading.Condition()
        self._syncing = False
        self._replaced: list[int] = []
        self._torn = False  # a write failed halfway, and its partial line could not be cut off yet
        if self._length == 0:
            self._write(_FIRST_LINE)
        self._synced = self.end

    @property
    def end(self) -> int:
        """The offset of the end of the last commit."""
        return self._dropped + self._length

    @property
    def length(self) -> int:
        """The size of the file in bytes."""
        return self._length

    @property
    def holds_commits(self) -> bool:
        """Whether there is anything to replay."""
        return self._length > len(_FIRST_LINE)

    def append(self, changes: Iterable[Change]) -> int:
        """See WriteAheadLog. Callers hold the database's lock."""
        if encoded := b",".join(map(_encoded, changes)):
            self._write(_line(b"[" + encoded + b"]"))
        return self.end

    def sync(self, offset: int) -> None:
        """See WriteAheadLog. One fsync serves every commit that was written before it (group commit)."""
        if self._durability is Durability.PROCESS or not self._must_sync(offset):
            return
        written, failure = self.end, None
        try:
            os.fsync(self._file)
        except OSError as error:
            failure = error
        with self._turn:
            self._syncing = False
            if failure is None:
                self._synced = max(self._synced, written)
            self._turn.notify_all()
        if failure is not None:
            raise _unstored(self.path, failure) from failure

    def _must_sync(self, offset: int) -> bool:
        """Wait until another thread has synced this commit, or none is syncing; return whether this thread must."""
        with self._turn:
            self._turn.wait_for(lambda: offset <= self._synced or not self._syncing)
            if offset <= self._synced:
                return False
            self._syncing = True
            return True

    def truncate(self, offset: int, lock: threading.RLock) -> None:
        """Drop the commits up to `offset`, which a snapshot now holds. Raise OSError, and keep them all, on failure.

        Writers hold `lock`, so they wait only while the last few commits are copied.
        """
        draft = self.path.with_name(self.path.name + ".new")
        try:
            with draft.open("wb") as file:
                file.write(_FIRST_LINE)
                copied = _copy(self.path, offset - self._dropped, file)
                with lock:
                    _copy(self.path, copied, file)
                    if self._durability is Durability.DISK:
                        os.fsync(file.fileno())
                    self._replace_by(draft, file.tell())
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _replace_by(self, draft: Path, length: int) -> None:
        opened = _open(draft)
        os.replace(draft, self.path)
        # The previous file may be in the middle of an fsync, so it is closed one compaction later.
        for file in self._replaced:
            os.close(file)
        self._replaced = [self._file]
        self._file, self._dropped, self._length = opened, self.end - length, length

    def close(self, *, keep: bool) -> None:
        """Close the file, and remove it unless `keep` is set."""
        for file in (*self._replaced, self._file):
            os.close(file)
        self._file = -1  # a late write must fail rather than hit a reused descriptor
        if not keep:
            self.path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        try:
            self._cut_torn_line()
            self._torn = True
            left = memoryview(line)
            while left:
                left = left[os.write(self._file, left) :]
            self._torn = False
        except OSError as error:
            with suppress(OSError):  # if this fails too, the next write tries again
                self._cut_torn_line()
            raise _unstored(self.path, error) from error
        self._length += len(line)

    def _cut_torn_line(self) -> None:
        if self._torn:
            os.ftruncate(self._file, self._length)
            self._torn = False


def replay(path: Path, *, repair: bool = True) -> Iterator[list[Any]]:
    """Yield the commits in a write-ahead log, each as a list of [table, number, document or None].

    A torn last line is skipped with a warning, and cut off if `repair` is set.
    Raise DatabaseError for damage anywhere else.
    """
    good = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                _log.warning(
                    "%s: skipped a torn last line of %d bytes; that write was never acknowledged", path, len(line)
                )
                break
            content = _content(line)
            if content is None:
                raise DatabaseError(f"{path} is damaged in line {number}; {LEFT_UNCHANGED}")
            if number > 1:
                yield content
            elif content.get("format") != FORMAT:
                version = content.get("format")
                raise DatabaseError(f"{path} has format {version!r}, this release reads {FORMAT}; {LEFT_UNCHANGED}")
            good += len(line)
    if repair:
        os.truncate(path, good)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be written: {error.strerror}; choose another path for --db") from error


def _copy(path: Path, start: int, target: BinaryIO) -> int:
    """Append the file's bytes from `start` on to the target, flush it, and return where they ended."""
    with path.open("rb") as source:
        source.seek(start)
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        return source.tell()


def _encoded(change: Change) -> bytes:
    return b"[%b,%d,%b]" % (orjson.dumps(change.table), change.doc_id, change.stored or b"null")


def _content(line: bytes) -> Any:
    """Return the decoded JSON of a line, or None when the line is damaged."""
    if line[8:9] != b" ":
        return None
    content = line[9:-1]
    try:
        return orjson.loads(content) if int(line[:8], 16) == zlib.crc32(content) else None
    except ValueError:
        return None


def _unstored(path: Path, error: OSError) -> Problem:
    return Problem(Kind.UNSTORED, f"The change was not stored: {path.name}: {error.strerror}")
