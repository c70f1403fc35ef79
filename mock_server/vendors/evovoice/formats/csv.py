"""CSV: one row for the value itself, or one for each item of a list (facts E6)."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from mock_server.vendors.evovoice.formats import jsv
from mock_server.vendors.evovoice.formats.rows import Template, write_each
from mock_server.vendors.evovoice.models import DataType, ListOf, Scalar

_QUOTED = re.compile(r'[",\r\n]|^[\[{]')
_MARKS = '",\r\n[{'  # a text without any of them is not quoted
_END = "\r\n"


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """A header and one row."""
    cells = b",".join(_encoded_cell(member.kind, value.get(member.key)) for member in kind.members)
    return b"%b%b\r\n" % (_header(kind).encode(), cells)


def write_rows(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """A header and a row for each item of a list, where the list is marked to be written so."""
    items = kind.members[0]
    assert isinstance(items.kind, ListOf)
    item = items.kind.item
    assert isinstance(item, DataType)
    return (_header(item) + "".join(_rows(item, value[items.key]))).encode()


def _rows(kind: DataType, rows: Sequence[Any]) -> list[str]:
    if rows and isinstance(rows[0], bytes):  # then all are, as the store gives them
        return write_each(b"[%b]" % b",".join(rows), partial(_cells, kind), partial(_template, kind), _all_quoted)
    return [_cells(kind, row) for row in rows]


def _header(kind: DataType) -> str:
    return ",".join(member.name for member in kind.members) + _END


def _cells(kind: DataType, value: Mapping[str, Any]) -> str:
    return ",".join(_cell(member.kind, value.get(member.key)) for member in kind.members) + _END


def _cell(kind: Scalar | ListOf | DataType, value: Any) -> str:
    if value is None:
        return ""
    return _quoted(value if isinstance(value, str) else jsv.encoded(kind, value).decode())


def _encoded_cell(kind: Scalar | ListOf | DataType, value: Any) -> bytes:
    if not isinstance(kind, ListOf) or value is None:
        return _cell(kind, value).encode()
    return b'"%b"' % jsv.encoded(kind, value).replace(b'"', b'""')


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text


def _all_quoted(texts: list[str]) -> list[str]:
    whole = "".join(texts)
    return [_quoted(text) for text in texts] if any(mark in whole for mark in _MARKS) else texts


@lru_cache(maxsize=256)
def _template(kind: DataType, keys: tuple[str, ...]) -> Template:
    return Template.of(partial(_cells, kind), keys)
