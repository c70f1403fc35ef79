"""JSON bodies: an object whose values keep the text that was sent (FACTS.md E2.15)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mock_server.vendors.evovoice.contract import Contract, Sent

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # numbers keep the text that was sent


def read(body: bytes, _: Contract) -> Iterator[Sent]:
    """Yield the members of an object. Raises ValueError and RecursionError."""
    text = body.decode("utf-8-sig", "replace")
    at = _after(text, 0, "{", "the body must be a JSON object")
    if text[at : at + 1] == "}":
        return
    mark = ","
    while mark == ",":
        _after(text, at, '"', "expected a name")
        name, at = _DECODER.raw_decode(text, at)
        start = _after(text, _skip(text, at), ":", "expected a colon")
        value, at = _DECODER.raw_decode(text, start)
        raw = value if text[start] == '"' else text[start:at]
        items = [None if item is None else _as_text(item) for item in value] if isinstance(value, list) else None
        yield Sent(name, None if value is None else _encodable(raw), items)
        at = _skip(text, at)
        mark, at = text[at : at + 1], _skip(text, at + 1)
    if mark != "}":
        raise ValueError(f"expected a comma or a closing brace at character {at}")


def _after(text: str, at: int, mark: str, error: str) -> int:
    """Return the position after a mark and the spaces around it. Raises ValueError if the mark is not there."""
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{error} at character {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _as_text(value: Any) -> str:
    return _encodable(value) if isinstance(value, str) else json.dumps(value)


def _encodable(text: str) -> str:
    """Return the text with half surrogate pairs replaced: JSON can spell them, but UTF-8 cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
