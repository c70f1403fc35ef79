"""JSV: JSON with CSV's quotes (facts E6)."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from mock_server.vendors.evovoice.formats.rows import Template, write_each
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
    if value and not _needs_quotes(value):
        return value
    return '"' + value.replace('"', '""') + '"'


def _all_quoted(values: list[str]) -> list[str]:
    """Many strings: those of a member are much alike, ids, times or sentences, and to search each takes its time."""
    if "".join(values).isalnum() and "" not in values:
        return values
    return [
        '"' + value.replace('"', '""') + '"'
        if ":" in value or "," in value or not value or _needs_quotes(value)
        else value
        for value in values
    ]


def plain(value: bool | int | float) -> str:
    """A number or a boolean; a whole double has no decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _items(kind: Scalar | DataType, values: Sequence[Any]) -> list[str]:
    if isinstance(kind, DataType) and values and isinstance(values[0], bytes):  # then all are, as the store gives them
        return write_each(b"[%b]" % b",".join(values), partial(write, kind), partial(_template, kind), _all_quoted)
    return [text(kind, value) for value in values]


@lru_cache(maxsize=256)
def _template(kind: DataType, keys: tuple[str, ...]) -> Template:
    return Template.of(partial(write, kind), keys)
