"""Sessions as CSV or JSON rows of the twelve columns, written as they are read (facts F5, assumed)."""

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


def rows(sessions: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[list[Any]]:
    """The cells of each session, None where it has no value."""
    for encoded in sessions:
        session = orjson.loads(encoded)
        yield [_CELLS[column](session) if column in _CELLS else session.get(column) for column in columns]


def as_csv(sessions: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[bytes]:
    """A header row, then a row a session, quoted as RFC 4180 has it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for number, row in enumerate(rows(sessions, columns), 1):
        writer.writerow(row)
        if number % _ROWS_A_CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def as_json(sessions: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[bytes]:
    """An array of objects; a column without a value is left out."""
    mark = b"["
    for row in rows(sessions, columns):
        filled = {column: cell for column, cell in zip(columns, row, strict=True) if cell is not None}
        yield mark + orjson.dumps(filled)
        mark = b","
    yield b"[]" if mark == b"[" else b"]"


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
