"""A database file in TinyDB's JSON format, with one document per line so that it is read and written in pieces."""

import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from mock_server.core.store.errors import LEFT_UNCHANGED, DatabaseError

FORMAT = 1
_META = "_format"
_HEADER = b'{"%b": {"1": {"format": %d}}\n' % (_META.encode(), FORMAT)
_TABLE = re.compile(rb',"([^"\\]+)": \{\n')
_END = b"}\n"
_BATCH = 500  # documents written at once; other threads run between batches

Tables = dict[str, dict[int, bytes]]
"""The encoded documents of each table by number."""


def write(path: Path, tables: Mapping[str, Iterable[tuple[int, bytes]]]) -> int:
    """Replace the file by writing a new one, fsync and rename; return its size.

    Raise OSError, and leave the old file unchanged, on failure.
    """
    draft = path.with_name(path.name + ".new")
    try:
        with draft.open("wb") as file:
            for piece in _pieces(tables):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return size


def read(path: Path) -> Tables:
    """Return the tables in the file; none if it does not exist. Raise DatabaseError if it is not a database."""
    try:
        with path.open("rb") as file:
            tables = _lines(file)
        return _whole(path.read_bytes()) if tables is None else tables
    except FileNotFoundError:
        return {}
    except (OSError, TypeError, ValueError) as error:  # TypeError: nested too deeply to be encoded
        raise DatabaseError(f"{path} cannot be read as a database: {error}; {LEFT_UNCHANGED}") from error


def _pieces(tables: Mapping[str, Iterable[tuple[int, bytes]]]) -> Iterator[bytes]:
    yield _HEADER
    for name, rows in tables.items():
        yield b",%b: {\n" % orjson.dumps(name)
        lines = (b'"%d": %b' % row for row in rows)
        mark = b""
        while batch := list(islice(lines, _BATCH)):
            yield mark + b",\n".join(batch)
            mark = b",\n"
        yield b"\n" + _END if mark else _END
    yield _END


def _lines(file: Iterator[bytes]) -> Tables | None:
    """Return the tables of a file that this module wrote, or None for any other layout."""
    if next(file, b"") != _HEADER:
        return None
    tables: Tables = {}
    rows: dict[int, bytes] | None = None
    for line in file:
        if line == _END and rows is None:
            return tables
        if line == _END:
            rows = None
        elif rows is None:
            match = _TABLE.fullmatch(line)
            if match is None:
                raise ValueError(f"expected the start of a table, got {line[:40]!r}")
            rows = tables.setdefault(match[1].decode(), {})
        else:
            number, _, document = line.partition(b": ")
            rows[int(number.strip(b'"'))] = document.rstrip(b",\n")
    raise ValueError("the file is incomplete")


def _whole(content: bytes) -> Tables:
    """Return the tables of any file in TinyDB's format, such as one that stock TinyDB wrote."""
    content = content.removeprefix(BOM_UTF8)
    data: Any = orjson.loads(content) if content.strip() else {}
    if not isinstance(data, dict) or not all(isinstance(table, dict) for table in data.values()):
        raise ValueError("it is JSON but not a TinyDB database")
    version = data.pop(_META, {"1": {"format": FORMAT}})["1"]["format"]
    if version != FORMAT:
        raise ValueError(f"it has format {version!r}, this release reads {FORMAT}")
    return {
        name: {int(number): orjson.dumps(document) for number, document in table.items()}
        for name, table in data.items()
    }


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
