"""JSV: JSON with CSV's quotes (facts E6)."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import add
from typing import Any

import orjson

from mock_server.vendors.evovoice.models import DataType, ListOf, Scalar

_needs_quotes = re.compile(r'[",:{}\[\]\r\n]').search
_QUOTE = b"\x01"  # stands for a quote within a text: JSON has no such letter, unless it is escaped
_SPECIAL = b",:{}[]\r\n" + _QUOTE
_escape = re.compile(rb"\\(.)")
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"/": b"/"}


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """The value as an object."""
    return b"{%b}" % b",".join(
        b"%b:%b" % (member.key.encode(), encoded(member.kind, found))
        for member in kind.members
        if (found := value.get(member.key)) is not None
    )


def encoded(kind: Scalar | ListOf | DataType, value: Any) -> bytes:
    """A value as it stands inside another, in UTF-8; items of a list may be encoded as JSON already."""
    if isinstance(kind, DataType):
        return write(kind, value)
    if isinstance(kind, ListOf):
        return b"[%b]" % _items(kind.item, value)
    return (quoted(value) if isinstance(value, str) else plain(value)).encode()


def quoted(value: str) -> str:
    """A string, in quotes where it needs them."""
    if value and not _needs_quotes(value):
        return value
    return '"' + value.replace('"', '""') + '"'


def plain(value: bool | int | float) -> str:
    """A number or a boolean; a whole double has no decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _items(kind: Scalar | DataType, values: Sequence[Any]) -> bytes:
    """Encoded rows of texts alone, with their members in order, are JSON but for quotes, and stay encoded."""
    if not isinstance(kind, DataType) or not values or not isinstance(values[0], bytes):
        return b",".join([encoded(kind, value) for value in values])
    try:
        return _respelled(kind, values)
    except _Odd:
        return b",".join([write(kind, orjson.loads(row)) for row in values])


class _Odd(Exception):
    """Rows of another kind."""


def _respelled(kind: DataType, rows: Sequence[bytes]) -> bytes:
    """Raises _Odd."""
    whole = b",".join([row.replace(rb"\"", _QUOTE) if b"\\" in row else row for row in rows])
    if b"\\" in whole:
        whole = _escape.sub(_unescaped, whole)
    # Between the quotes of a row of texts are by turns a brace or comma, a name, a colon and a text.
    parts = whole.split(b'"')
    if set(parts[2::4]) != {b":"}:
        raise _Odd
    members = b"".join(map(add, parts[1::4], parts[4::4]))
    for names in set(members[:-1].split(b"},{")):
        _expect_order(kind, names)
    parts[3::4] = [
        each if each.isalnum() or (each and each.translate(None, _SPECIAL) == each) else b'"' + each + b'"'
        for each in parts[3::4]
    ]
    return b"".join(parts).replace(_QUOTE, b'""')


def _unescaped(escape: re.Match[bytes]) -> bytes:
    meant = _MEANT.get(escape[1])
    if meant is None:
        raise _Odd
    return meant


@lru_cache(maxsize=256)
def _expect_order(kind: DataType, names: bytes) -> None:
    """Raises _Odd for members that are not the kind's, or not in its order."""
    rest = iter(member.key.encode() for member in kind.members)
    if not all(name in rest for name in names.split(b",")):
        raise _Odd
