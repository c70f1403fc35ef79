"""The opaque `nextCursor`: base64url of the last row's sort key and id (facts F9, assumed)."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mock_server.core.clock import format_instant, parse_instant
from mock_server.core.query import Position


def encode(field: str, position: Position) -> str:
    """The cursor of a position in the order of `field`."""
    key, identifier = position
    shown = format_instant(key) if field == "createdAt" else key
    return base64.urlsafe_b64encode(orjson.dumps({field: shown, "id": identifier})).decode()


def decode(text: str) -> tuple[str, Position] | None:
    """The field and the position behind a cursor, or None when it is none."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text.encode() + b"=="))
        (field,) = content.keys() & _KEYS.keys()
        return field, (_KEYS[field](content[field]), str(content["id"]))
    except (AttributeError, binascii.Error, KeyError, TypeError, ValueError):
        return None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return value


_KEYS: Mapping[str, Callable[[Any], Any]] = {"createdAt": parse_instant, "duration": _number, "cost": _number}
