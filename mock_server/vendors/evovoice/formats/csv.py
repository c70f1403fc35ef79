"""CSV: one row for the value itself, or one for each item of a list (facts E6)."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from mock_server.vendors.evovoice.formats import jsv
from mock_server.vendors.evovoice.models import DataType, ListOf, Scalar

_QUOTED = re.compile(r'[",\r\n]|^[\[{]')
_END = "\r\n"


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """A header and one row."""
    return (_header(kind) + _cells(kind, value)).encode()


def write_rows(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """A header and a row for each item of a list, where the list is marked to be written so."""
    items = kind.members[0]
    assert isinstance(items.kind, ListOf)
    item = items.kind.item
    assert isinstance(item, DataType)
    return (_header(item) + "".join(_rows(item, value[items.key]))).encode()


def _rows(kind: DataType, rows: Iterable[Any]) -> Iterable[str]:
    return (_row(kind, row) if isinstance(row, bytes) else _cells(kind, row) for row in rows)


@lru_cache(maxsize=4096)
def _row(kind: DataType, row: bytes) -> str:
    return _cells(kind, orjson.loads(row))


def _header(kind: DataType) -> str:
    return ",".join(member.name for member in kind.members) + _END


def _cells(kind: DataType, value: Mapping[str, Any]) -> str:
    return ",".join(_cell(member.kind, value.get(member.key)) for member in kind.members) + _END


def _cell(kind: Scalar | ListOf | DataType, value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else jsv.text(kind, value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text
