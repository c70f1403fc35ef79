"""Takes secrets out of what is shown or kept for reading."""

import re
from typing import Any

import orjson

HIDDEN = "***"
_SECRET = re.compile(r"secret|password|token$|api_?key|^authorization$|^cookie$", re.IGNORECASE)
_MARKS = re.compile(rb"secret|password|token|api_?key|authorization|cookie|headers", re.IGNORECASE)


def redacted(text: bytes) -> bytes:
    """JSON without the values of secret members, and of headers; other text as it is."""
    if _MARKS.search(text) is None:
        return text
    try:
        value = orjson.loads(text)
    except ValueError:
        return text
    return orjson.dumps(_without_secrets(value))


def is_secret(name: str) -> bool:
    """Whether a member, parameter or header of this name holds a secret."""
    return _SECRET.search(name) is not None


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if is_secret(name) and isinstance(item, str)
            else dict.fromkeys(item, HIDDEN)
            if name == "headers" and isinstance(item, dict)
            else _without_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value
