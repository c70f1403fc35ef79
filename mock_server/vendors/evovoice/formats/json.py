"""JSON: camelCase names, null left out, compact (FACTS.md E5)."""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """Return the value as an object. Items that are JSON already are inserted unchanged."""
    return orjson.dumps(_object(kind, value))


def write_lines(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """Return a line for each item of a list."""
    items = kind.members[0]
    assert isinstance(items.kind, ListOf)
    return b"".join(orjson.dumps(_plain(items.kind.item, item)) + b"\n" for item in value[items.key])


def _object(kind: DataType, value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        member.key: _plain(member.kind, found)
        for member in kind.members
        if (found := value.get(member.key)) is not None
    }


def _plain(kind: Scalar | ListOf | DataType, value: Any) -> Any:
    """Return what orjson writes as the vendor does: a whole double has no decimal point."""
    if isinstance(value, bytes):
        return orjson.Fragment(value)
    if isinstance(kind, ListOf):
        return [_plain(kind.item, item) for item in value]
    if isinstance(kind, DataType):
        return _object(kind, value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
