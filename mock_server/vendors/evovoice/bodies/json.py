"""JSON bodies: an object, whose values keep the text that they were sent as (facts E2)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mock_server.vendors.evovoice.contract import Contract, Sent

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # numbers stay the text that they were


def read(body: bytes, _: Contract) -> Iterator[Sent]:
    """Yield the members of an object. Raises ValueError and RecursionError."""
    text = body.decode("utf-8-sig", "replace")
    at = _behind(text, 0, "{", "the body must be a JSON object")
    if text[at : at + 1] == "}":
        return
    mark = ","
    while mark == ",":
        _behind(text, at, '"', "a name is expected")
        name, at = _DECODER.raw_decode(text, at)
        start = _behind(text, _skip(text, at), ":", "a colon is expected")
        value, at = _DECODER.raw_decode(text, start)
        raw = value if text[start] == '"' else text[start:at]
        items = [None if item is None else _as_text(item) for item in value] if isinstance(value, list) else None
        yield Sent(name, None if value is None else _whole_letters(raw), items)
        at = _skip(text, at)
        mark, at = text[at : at + 1], _skip(text, at + 1)
    if mark != "}":
        raise ValueError(f"a comma or a closing brace is expected at character {at}")


def _behind(text: str, at: int, mark: str, otherwise: str) -> int:
    """Where the text goes on behind a mark and the space around it. Raises ValueError."""
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{otherwise} at character {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _as_text(value: Any) -> str:
    return _whole_letters(value) if isinstance(value, str) else json.dumps(value)


def _whole_letters(text: str) -> str:
    """The text with half a surrogate pair, which JSON can spell and UTF-8 cannot, replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
