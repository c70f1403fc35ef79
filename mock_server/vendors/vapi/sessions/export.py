"""Sessions as rows of a CSV or JSON file, written while they are read (FACTS.md F5.8)."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

_ROWS_A_CHUNK = 100


def _customer(key: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda session: (session.get("customer") or {}).get(key)


def _messages(session: Mapping[str, Any]) -> str | None:
    return orjson.dumps(session["messages"]).decode() if "messages" in session else None


_CELLS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "customerName": _customer("name"),
    "customerNumber": _customer("number"),
    "messages": _messages,
}


def write_csv(sessions: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[bytes]:
    """Yield a header row and one row for each session, quoted as in RFC 4180."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for number, row in enumerate(_rows(sessions, columns), 1):
        writer.writerow(row)
        if number % _ROWS_A_CHUNK == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def write_json(sessions: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[bytes]:
    """Yield an array of objects; a column without a value is left out."""
    mark = b"["
    for row in _rows(sessions, columns):
        filled = {column: cell for column, cell in zip(columns, row, strict=True) if cell is not None}
        yield mark + orjson.dumps(filled)
        mark = b","
    yield b"[]" if mark == b"[" else b"]"


def _rows(sessions: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[list[Any]]:
    """Yield the cells of each session, None where it has no value."""
    for encoded in sessions:
        session = orjson.loads(encoded)
        yield [_CELLS[column](session) if column in _CELLS else session.get(column) for column in columns]


def _emptied(buffer: io.StringIO) -> bytes:
    """Return what is in the buffer, and empty it."""
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
