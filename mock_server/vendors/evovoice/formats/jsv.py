"""JSV: JSON with CSV's quotes (facts E6)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from mock_server.vendors.evovoice.models import DataType, ListOf, Scalar

_QUOTED = re.compile(r'[",:{}\[\]\r\n]')


def write(kind: DataType, value: Mapping[str, Any]) -> str:
    """The value as an object."""
    get = value.get
    return "{" + ",".join(
        f"{member.key}:{text(member.kind, found)}" for member in kind.members if (found := get(member.key)) is not None
    ) + "}"  # fmt: skip


def text(kind: Scalar | ListOf | DataType, value: Any) -> str:
    """A value as it stands inside another."""
    if isinstance(kind, ListOf):
        return f"[{','.join([_item(kind.item, item) for item in value])}]"
    if isinstance(kind, DataType):
        return write(kind, value)
    if isinstance(value, str):
        return quoted(value)
    return plain(value)


def quoted(value: str) -> str:
    """A string, in quotes where it needs them."""
    if value and not _QUOTED.search(value):
        return value
    return f'"{value.replace(chr(34), chr(34) * 2)}"'


def plain(value: bool | int | float) -> str:
    """A number or a boolean; a whole double has no decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _item(kind: Scalar | DataType, item: Any) -> str:
    if isinstance(item, bytes) and isinstance(kind, DataType):
        return _row(kind, item)
    return text(kind, item)


@lru_cache(maxsize=4096)
def _row(kind: DataType, row: bytes) -> str:
    return write(kind, orjson.loads(row))
