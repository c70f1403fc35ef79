"""JSV: JSON with CSV's quotes (facts E6)."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mock_server.vendors.evovoice.formats.rows import write_each
from mock_server.vendors.evovoice.models import DataType, ListOf, Scalar

_needs_quotes = re.compile(r'[",:{}\[\]\r\n]').search


def write(kind: DataType, value: Mapping[str, Any]) -> str:
    """The value as an object."""
    get = value.get
    return "{" + ",".join(
        f"{member.key}:{text(member.kind, found)}" for member in kind.members if (found := get(member.key)) is not None
    ) + "}"  # fmt: skip


def text(kind: Scalar | ListOf | DataType, value: Any) -> str:
    """A value as it stands inside another."""
    if isinstance(kind, ListOf):
        return f"[{','.join(_items(kind.item, value))}]"
    if isinstance(kind, DataType):
        return write(kind, value)
    if isinstance(value, str):
        return quoted(value)
    return plain(value)


def quoted(value: str) -> str:
    """A string, in quotes where it needs them."""
    if value.isalnum():  # most are ids, and most others times or sentences; to search takes its time
        return value
    if value and not (":" in value or "," in value or _needs_quotes(value)):
        return value
    return '"' + value.replace('"', '""') + '"'


def plain(value: bool | int | float) -> str:
    """A number or a boolean; a whole double has no decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _items(kind: Scalar | DataType, values: Sequence[Any]) -> list[str]:
    if isinstance(kind, DataType) and values and isinstance(values[0], bytes):  # then all are, as the store gives them
        return write_each(b"[%b]" % b",".join(values), partial(write, kind), quoted)
    return [text(kind, value) for value in values]
