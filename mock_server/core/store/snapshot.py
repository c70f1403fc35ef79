"""A database file in TinyDB's JSON format, with one document per line so that it is read and written in pieces.

The table `_format` has the id of the snapshot, that of the one before it, and the next number of each table. The last
table is a checksum of all lines before it. A file that stock TinyDB has written is one line, which has none.
"""

import os
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from mock_server.core.store.disk import private, sync_folder
from mock_server.core.store.errors import ACCEPT, LEFT_UNCHANGED, DatabaseError

FORMAT = 2
_META, _CHECKSUM = "_format", "_checksum"
_FIRST = b'{"%b": {"1": ' % _META.encode()
_TABLE = re.compile(rb',("(?:[^"\\]|\\.)*"): \{\n')
_SUM = re.compile(rb',"%b": \{"1": \{"crc32": "([0-9a-f]{8})"\}\}\n' % _CHECKSUM.encode())
_END = b"}\n"
_TAIL = re.compile(_SUM.pattern + rb"\}\n\Z")
_BATCH = 500  # documents written at once; other threads run between batches

Tables = dict[str, dict[int, bytes]]
"""The encoded documents of each table by number."""


@dataclass(slots=True)
class Snapshot:
    """What a file holds. `next_numbers` are the numbers of the next documents, by table.

    `id` is drawn for each file that is written, `after` is the id in the write-ahead log at that time, whose first
    `holds` bytes are in the snapshot. A file that this module did not write, or of the first format, has a checksum as
    its id, and None as `after`.
    """

    tables: Tables = field(default_factory=dict)
    id: str = ""
    after: str | None = None
    holds: int = 0
    next_numbers: dict[str, int] = field(default_factory=dict)


def write(
    path: Path,
    tables: Mapping[str, Iterable[tuple[int, bytes]]],
    next_numbers: Mapping[str, int],
    *,
    after: str,
    holds: int,
) -> tuple[str, int]:
    """Replace the file by writing a new one, fsync and rename; return its id and its size.

    The new file has the permissions of the old one; only its owner may read one that is made. Raise OSError, and leave
    the old file unchanged, on failure.
    """
    draft, id_ = path.with_name(path.name + ".new"), uuid4().hex
    meta = {"format": FORMAT, "id": id_, "after": after, "holds": holds, "next": dict(next_numbers)}
    try:
        with open(draft, "wb", opener=private) as file:
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            crc = 0
            for piece in _pieces(meta, tables):
                crc = zlib.crc32(piece, crc)
                file.write(piece)
            file.write(b',"%b": {"1": {"crc32": "%08x"}}\n' % (_CHECKSUM.encode(), crc) + _END)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return id_, size


def read(path: Path, *, verify: bool = True) -> Snapshot | None:
    """Return what the file holds; None if it does not exist.

    Raise DatabaseError if it is not a database, or if `verify` is set and its checksum is wrong.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise DatabaseError(f"{path} is empty; remove it, or restore a copy of it")
            found = _lines(file, path, verify=verify)
        return found or _whole(path, verify=verify)
    except FileNotFoundError:
        return None
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise DatabaseError(f"{path} cannot be read as a database: {error}; {LEFT_UNCHANGED}") from error


def _pieces(meta: Mapping[str, Any], tables: Mapping[str, Iterable[tuple[int, bytes]]]) -> Iterator[bytes]:
    yield _FIRST + orjson.dumps(meta) + b"}\n"
    for name, rows in tables.items():
        yield b",%b: {\n" % orjson.dumps(name)
        lines = (b'"%d": %b' % row for row in rows)
        mark = b""
        while batch := list(islice(lines, _BATCH)):
            yield mark + b",\n".join(batch)
            mark = b",\n"
        yield b"\n" + _END if mark else _END


def _lines(file: Iterator[bytes], path: Path, *, verify: bool) -> Snapshot | None:
    """Return the snapshot in a file that this module wrote, or None for any other layout."""
    first = next(file).removeprefix(BOM_UTF8)
    if not (first.startswith(_FIRST) and first.endswith(b"}\n")):
        return None
    found = _snapshot_of(orjson.loads(first.removeprefix(_FIRST)[:-2]))
    rows: dict[int, bytes] | None = None
    crc = zlib.crc32(first)
    for line in file:
        if rows is None and ((sum_ := _SUM.fullmatch(line)) or line == _END):
            if list(file) != ([_END] if sum_ else []):
                raise ValueError("it goes on behind its end")
            matches = not found.id if sum_ is None else int(sum_[1], 16) == crc  # the first format has no checksum
            if verify and not matches:
                raise _mismatch(path)
            found.id = found.id or _sum(crc)
            return found
        crc = zlib.crc32(line, crc)
        if line == _END:
            rows = None
        elif rows is None:
            match = _TABLE.fullmatch(line)
            if match is None:
                raise ValueError(f"expected the start of a table, got {line[:40]!r}")
            rows = found.tables.setdefault(orjson.loads(match[1]), {})
        else:
            number, _, document = line.partition(b": ")
            rows[int(number.strip(b'"'))] = document.rstrip(b",\n")
    raise ValueError("the file is incomplete")


def _whole(path: Path, *, verify: bool) -> Snapshot:
    """Return the tables of any file in TinyDB's format, such as one that stock TinyDB wrote."""
    content = path.read_bytes().removeprefix(BOM_UTF8)
    data: Any = orjson.loads(content)
    if not isinstance(data, dict) or not all(isinstance(table, dict) for table in data.values()):
        raise ValueError("it is JSON but not a TinyDB database")
    if verify and _TAIL.search(content):
        raise _mismatch(path)  # it ends like a file that this module wrote: its first line is damaged
    data.pop(_CHECKSUM, None)
    _snapshot_of(data.pop(_META, {"1": {"format": FORMAT}})["1"])
    tables = {
        name: {int(number): orjson.dumps(document) for number, document in table.items()}
        for name, table in data.items()
    }
    return Snapshot(tables, _sum(zlib.crc32(content)))


def _snapshot_of(meta: Any) -> Snapshot:
    """Return a snapshot without tables. Raise ValueError for one of a later format."""
    version = meta["format"]
    if version not in (1, FORMAT):
        raise ValueError(f"it has format {version!r}, this release reads {FORMAT}")
    if version == 1 or "id" not in meta:
        return Snapshot()
    numbers = {str(name): int(number) for name, number in meta["next"].items()}
    return Snapshot({}, str(meta["id"]), str(meta["after"]), int(meta["holds"]), numbers)


def _sum(crc: int) -> str:
    return f"crc32 {crc:08x}"


def _mismatch(path: Path) -> DatabaseError:
    return DatabaseError(
        f"{path} does not match its checksum: it is damaged, or was edited; {ACCEPT.format(path=path)}"
    )
