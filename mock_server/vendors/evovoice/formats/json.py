"""JSON: camelCase names, null left out, compact (facts E5)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from mock_server.vendors.evovoice.models import DataType, ListOf, Scalar


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """The value as an object; rows that are encoded already are put in as they are."""
    parts = [
        label + _written(member, found)
        for label, key, member in _labelled(kind)
        if (found := value.get(key)) is not None
    ]
    return b"{%b}" % b",".join(parts)


@lru_cache(maxsize=64)
def _labelled(kind: DataType) -> tuple[tuple[bytes, str, Scalar | ListOf | DataType], ...]:
    """Each member as it begins, its key, and its type."""
    return tuple((b'"%b":' % member.key.encode(), member.key, member.kind) for member in kind.members)


def write_lines(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """A line for each item of a list, where the list is marked to be written so."""
    items = kind.members[0]
    assert isinstance(items.kind, ListOf)
    return b"".join(_written(items.kind.item, item) + b"\n" for item in value[items.key])


def _written(kind: Scalar | ListOf | DataType, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(kind, ListOf):
        if value and type(value[0]) is bytes:  # then all of them are, as the store gives them
            return b"[%b]" % b",".join(value)
        return b"[%b]" % b",".join(_written(kind.item, item) for item in value)
    if isinstance(kind, DataType):
        return write(kind, value)
    return orjson.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)
