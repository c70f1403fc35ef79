"""CSV: one row for the value itself, or one for each item of a list (FACTS.md E6).

The csv module cannot write it: the vendor also quotes a text that begins with a bracket or a brace.
"""

import re
from collections.abc import Mapping
from typing import Any

from mock_server.vendors.evovoice.formats import jsv
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

_needs_quotes = re.compile(r'[",\r\n]|^[\[{]').search


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """Return a header and one row."""
    return (_header(kind) + _row(kind, value)).encode()


def write_rows(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """Return a header and a row for each item of a list."""
    items = kind.members[0]
    assert isinstance(items.kind, ListOf)
    item = items.kind.item
    assert isinstance(item, DataType)
    return (_header(item) + "".join([_row(item, row) for row in value[items.key]])).encode()


def _header(kind: DataType) -> str:
    return ",".join(member.name for member in kind.members) + "\r\n"


def _row(kind: DataType, value: Mapping[str, Any]) -> str:
    return ",".join([_cell(member.kind, value.get(member.key)) for member in kind.members]) + "\r\n"


def _cell(kind: Scalar | ListOf | DataType, value: Any) -> str:
    """Return a cell: null is empty, and anything but a string is written as JSV."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else jsv.text_of(kind, value)
    return '"' + text.replace('"', '""') + '"' if _needs_quotes(text) else text
