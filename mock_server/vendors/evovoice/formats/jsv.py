"""JSV: JSON with the quotes of CSV (FACTS.md E6)."""

import re
from collections.abc import Mapping
from typing import Any

from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

_needs_quotes = re.compile(r'[",:{}\[\]\r\n]').search


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """Return the value as an object."""
    return text_of(kind, value).encode()


def text_of(kind: Scalar | ListOf | DataType, value: Any) -> str:
    """Return a value as it is written inside another one."""
    if isinstance(kind, DataType):
        members = [
            f"{member.key}:{text_of(member.kind, found)}"
            for member in kind.members
            if (found := value.get(member.key)) is not None
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(kind, ListOf):
        return "[" + ",".join([text_of(kind.item, item) for item in value]) + "]"
    return _quoted(value) if isinstance(value, str) else plain(value)


def plain(value: bool | int | float) -> str:
    """Return a number or a boolean as text. A whole double has no decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _quoted(value: str) -> str:
    """Return a string, in quotes if it needs them."""
    if value and not _needs_quotes(value):
        return value
    return '"' + value.replace('"', '""') + '"'
