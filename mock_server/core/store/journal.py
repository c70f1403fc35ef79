"""The append-only record of changes, on disk before the answer that acknowledges them.

A line is one commit: the CRC-32 of its JSON in hex, a space, and a JSON array of [table, number, document or
null]. A commit is therefore in the file as a whole or, torn at the end of the file, not at all.
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
from mock_server.core.store.errors import WAY_OUT, DatabaseError

FORMAT = 1
_HEADER = {"journal": "voice-session-emulator", "format": FORMAT}

_log = logging.getLogger(__name__)


class Durability(StrEnum):
    """What an acknowledged write survives."""

    PROCESS = "process"
    DISK = "disk"


def _line(content: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(content), content)


_FIRST_LINE = _line(orjson.dumps(_HEADER))


@dataclass(frozen=True, slots=True)
class Change:
    """One document put in its place, or, with None, removed. `stored` is JSON."""

    table: str
    doc_id: int
    stored: bytes | None


class Journal(Protocol):
    """Where commits go before they are applied. `keeps` is whether it remembers them."""

    keeps: bool

    def append(self, changes: Iterable[Change], /) -> int:
        """Record one commit; its place. Raises Problem, with nothing recorded, when that cannot be done."""
        ...

    def sync(self, place: int, /) -> None:
        """Return once the commit at this place is as durable as was asked for. Raises Problem."""
        ...


class NoJournal:
    """The journal of a database in memory."""

    keeps = False

    def append(self, _changes: Iterable[Change], /) -> int:
        return 0

    def sync(self, _place: int, /) -> None:
        return None


class FileJournal:
    """A journal in a file, open for appending. Raises DatabaseError when it cannot be opened."""

    keeps = True

    def __init__(self, path: Path, durability: Durability) -> None:
        self.path = path
        self._durability = durability
        self._file = _open(path)
        self._end = os.fstat(self._file).st_size  # of the file
        self._forgotten = 0  # bytes before its beginning
        self._turn = threading.Condition()
        self._syncing = False
        self._replaced: list[int] = []
        self._torn = False  # a write failed on its way, and what it left could not be cut off
        if self._end == 0:
            self._write(_FIRST_LINE)
        self._synced = self.size

    @property
    def size(self) -> int:
        """Bytes ever written here: the place of the last commit."""
        return self._forgotten + self._end

    @property
    def length(self) -> int:
        """Bytes in the file now."""
        return self._end

    @property
    def holds_commits(self) -> bool:
        """Whether there is anything to replay."""
        return self._end > len(_FIRST_LINE)

    def append(self, changes: Iterable[Change]) -> int:
        """See Journal. Callers take turns."""
        if encoded := b",".join(map(_encoded, changes)):
            self._write(_line(b"[" + encoded + b"]"))
        return self.size

    def sync(self, place: int) -> None:
        """See Journal. One call to the disk serves every commit that was written before it."""
        if self._durability is Durability.PROCESS or not self._leads(place):
            return
        written, failure = self.size, None
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

    def _leads(self, place: int) -> bool:
        """Wait until the commit is on the disk, or until it is this thread's turn to bring it there."""
        with self._turn:
            self._turn.wait_for(lambda: place <= self._synced or not self._syncing)
            if place <= self._synced:
                return False
            self._syncing = True
            return True

    def forget(self, place: int, lock: threading.RLock) -> None:
        """Drop the commits up to `place`, which a snapshot holds now. Raises OSError and keeps them all.

        Writers, who hold `lock`, wait only for the last few commits to be copied.
        """
        draft = self.path.with_name(self.path.name + ".new")
        try:
            with draft.open("wb") as file:
                file.write(_FIRST_LINE)
                copied = _copy(self.path, place - self._forgotten, file)
                with lock:
                    _copy(self.path, copied, file)
                    if self._durability is Durability.DISK:
                        os.fsync(file.fileno())
                    self._take_over(draft, file.tell())
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _take_over(self, draft: Path, length: int) -> None:
        taken = _open(draft)
        os.replace(draft, self.path)
        # The file before may be in the middle of an fsync, so it is closed one compaction later.
        for file in self._replaced:
            os.close(file)
        self._replaced = [self._file]
        self._file, self._forgotten, self._end = taken, self.size - length, length

    def close(self, *, keep: bool) -> None:
        """Let go of the file, and remove it unless it is to be kept."""
        for file in (*self._replaced, self._file):
            os.close(file)
        self._file = -1  # a late writer is refused; its number may be another file's by then
        if not keep:
            self.path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        try:
            self._cut_torn_end()
            self._torn = True
            left = memoryview(line)
            while left:
                left = left[os.write(self._file, left) :]
            self._torn = False
        except OSError as error:
            with suppress(OSError):  # else the next write tries again
                self._cut_torn_end()
            raise _unstored(self.path, error) from error
        self._end += len(line)

    def _cut_torn_end(self) -> None:
        if self._torn:
            os.ftruncate(self._file, self._end)
            self._torn = False


def replay(path: Path, *, mend: bool = True) -> Iterator[list[Any]]:
    """The commits in a journal, each a list of [table, number, document or None].

    A torn last line is skipped with a warning, and cut off to `mend` the file.
    Raises DatabaseError for damage anywhere else.
    """
    good = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                _log.warning(
                    "%s: a torn last line of %d bytes is skipped; nobody was told of that write", path, len(line)
                )
                break
            content = _content(line)
            if content is None:
                raise DatabaseError(f"{path} is damaged in line {number}; {WAY_OUT}")
            if number > 1:
                yield content
            elif content.get("format") != FORMAT:
                version = content.get("format")
                raise DatabaseError(f"{path} has format {version!r}, this release reads {FORMAT}; {WAY_OUT}")
            good += len(line)
    if mend:
        os.truncate(path, good)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be written: {error.strerror}; choose another path for --db") from error


def _copy(path: Path, start: int, target: BinaryIO) -> int:
    """Append the file's bytes from `start` on to the target, and flush; where they ended."""
    with path.open("rb") as source:
        source.seek(start)
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        return source.tell()


def _encoded(change: Change) -> bytes:
    return b"[%b,%d,%b]" % (orjson.dumps(change.table), change.doc_id, change.stored or b"null")


def _content(line: bytes) -> Any:
    """The JSON of a line, or None when the line is not whole."""
    if line[8:9] != b" ":
        return None
    content = line[9:-1]
    try:
        return orjson.loads(content) if int(line[:8], 16) == zlib.crc32(content) else None
    except ValueError:
        return None


def _unstored(path: Path, error: OSError) -> Problem:
    return Problem(Kind.UNSTORED, f"The change was not stored: {path.name}: {error.strerror}")
