"""The format of the write-ahead log, and how it is read.

Each line is the CRC-32 of the rest in hex, a space, and a JSON array of [table, number, document or null]. A line holds
one commit, or a part of a large one: a `+` before the array says that the next line continues it. A commit is therefore
in the file as a whole or, when its last line is missing or torn, not at all.

The first line names the snapshot whose changes the log continues.
"""

import logging
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mock_server.core.store.errors import LEFT_UNCHANGED, DatabaseError

FORMAT = 2
_NAME = "voice-session-emulator"
_PART = 1 << 20  # bytes; a longer commit is written in parts

_log = logging.getLogger(__name__)


def _line(content: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(content), content)


def first_line(snapshot: str) -> bytes:
    """Return the first line of a log that continues the snapshot with this id."""
    return _line(orjson.dumps({"journal": _NAME, "format": FORMAT, "snapshot": snapshot}))


@dataclass(frozen=True, slots=True)
class Change:
    """One document to store, as JSON in `stored`, or to remove when `stored` is None."""

    table: str
    doc_id: int
    stored: bytes | None


def changes_to(table: str, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> Iterator[Change]:
    """Yield the changes from one set of encoded documents to another."""
    yield from (Change(table, number, None) for number in before if number not in after)
    yield from (Change(table, number, stored) for number, stored in after.items() if before.get(number) != stored)


def lines_of(changes: Iterable[Change]) -> Iterator[bytes]:
    """Yield the lines of one commit."""
    part, size = list[bytes](), 0
    for change in changes:
        if size > _PART:
            yield _line(b"+[" + b",".join(part) + b"]")
            part, size = [], 0
        encoded = _encoded(change)
        part.append(encoded)
        size += len(encoded)
    yield _line(b"[" + b",".join(part) + b"]")


def read_snapshot_id(path: Path) -> str | None:
    """Return the id of the snapshot that a log continues; None if there is no log, or one of the first format.

    Raise DatabaseError for a file that is not a log, or for one of a later format.
    """
    try:
        with path.open("rb") as file:
            line = file.readline()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read: {error.strerror}; {LEFT_UNCHANGED}") from error
    header = _content(line) if line.endswith(b"\n") else {"format": 1}
    if not isinstance(header, dict) or header.get("journal", _NAME) != _NAME:
        raise _damaged(path, 1)
    version = header.get("format")
    if version not in (1, FORMAT) or isinstance(version, bool):
        raise DatabaseError(f"{path} has format {version!r}, this release reads {FORMAT}; {LEFT_UNCHANGED}")
    if version == 1:
        return None
    snapshot = header.get("snapshot")
    if not isinstance(snapshot, str):
        raise _damaged(path, 1)
    return snapshot


def replay(path: Path, start: int = 0, *, repair: bool = True) -> Iterator[list[Any]]:
    """Yield the changes in a write-ahead log line by line, each as a list of [table, number, document or None].

    Lines before the byte `start` are left out. A last commit without its end is skipped with a warning, and cut off if
    `repair` is set.
    Raise DatabaseError for damage anywhere else.
    """
    whole, size = _whole_commits(path), path.stat().st_size
    if whole < size:
        _log.warning("%s: skipped a torn last line of %d bytes; that write was never acknowledged", path, size - whole)
    with path.open("rb") as file:
        file.readline()
        number = 1
        while file.tell() < whole:
            number += 1
            here, line = file.tell(), file.readline()
            if here < start:
                continue
            changes = _content(line)
            if not isinstance(changes, list) or not all(map(_is_change, changes)):
                raise _damaged(path, number)
            yield changes
    if repair and whole < size:
        os.truncate(path, whole)


def count_commits(path: Path) -> int:
    """Return the number of whole commits in a log that `replay` accepts."""
    with path.open("rb") as file:
        return sum(not _continues(line) for number, line in enumerate(file) if number and line.endswith(b"\n"))


def _whole_commits(path: Path) -> int:
    """Return how many bytes the header and all whole commits take. Raise DatabaseError for damage."""
    whole = position = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n") and not _is_intact(line[:-1] + b"\n"):
                break
            if not (line.endswith(b"\n") and _is_intact(line)):
                raise _damaged(path, number)
            position += len(line)
            if not _continues(line):
                whole = position
    return whole


def _encoded(change: Change) -> bytes:
    return b"[%b,%d,%b]" % (orjson.dumps(change.table), change.doc_id, change.stored or b"null")


def _is_intact(line: bytes) -> bool:
    if line[8:9] != b" ":
        return False
    try:
        return int(line[:8], 16) == zlib.crc32(line[9:-1])
    except ValueError:
        return False


def _continues(line: bytes) -> bool:
    return line[9:10] == b"+"


def _content(line: bytes) -> Any:
    """Return the decoded JSON of a line, or None when the line is damaged."""
    if not _is_intact(line):
        return None
    try:
        return orjson.loads(line[9:-1].removeprefix(b"+"))
    except ValueError:
        return None


def _is_change(value: Any) -> bool:
    match value:
        case [str(), int(), dict() | None]:
            return not isinstance(value[1], bool)
    return False


def _damaged(path: Path, number: int) -> DatabaseError:
    return DatabaseError(f"{path} is damaged in line {number}; {LEFT_UNCHANGED}")
