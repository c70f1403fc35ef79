"""JSV bodies: an object whose names and values are quoted as in CSV; spaces count (FACTS.md E6.7)."""

import re
from collections.abc import Iterator

from mock_server.vendors.evovoice.contract import Contract, Sent

_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"')
_NAME = re.compile(r"[^:]*+")
_PLAIN = re.compile(r"[^,}]*+")
_CLOSING = {"{": "}", "[": "]"}
_NESTED = {mark: re.compile(f'"(?:[^"]++|"")*+"?|[{re.escape(mark + closing)}]') for mark, closing in _CLOSING.items()}


def read(body: bytes, _: Contract) -> Iterator[Sent]:
    """Yield the members of an object. Raises ValueError."""
    text = body.decode("utf-8-sig", "replace")
    if text[:1] != "{":
        raise ValueError("the body must be a JSV object such as {Name:value}")
    at, mark = 1, ","
    if text[1:].lstrip() == "}":
        return
    while mark == ",":
        name, at = _token(text, at, _NAME)
        if text[at : at + 1] != ":":
            raise ValueError(f"expected a name and a colon before character {at}")
        value, at = _value(text, at + 1)
        yield Sent((name or "").strip(), value)
        mark, at = text[at : at + 1], at + 1
    if mark != "}" or at != len(text):
        raise ValueError(f"expected a comma, or the closing brace at the end, at character {at - 1}")


def _value(text: str, at: int) -> tuple[str | None, int]:
    """Return a value, and the position after it. Objects and lists stay JSV."""
    mark = text[at : at + 1]
    if mark not in _CLOSING or not mark:
        return _token(text, at, _PLAIN)
    depth = 0
    for found in _NESTED[mark].finditer(text, at):
        depth += 1 if found[0] == mark else -1 if found[0] == _CLOSING[mark] else 0
        if not depth:
            return text[at : found.end()], found.end()
    raise ValueError(f"'{mark}' at character {at} is not closed")


def _token(text: str, at: int, plain: re.Pattern[str]) -> tuple[str | None, int]:
    """Return a text without its quotes, and the position after it. An empty text without quotes is null."""
    if text[at : at + 1] != '"':
        end = plain.match(text, at).end()  # type: ignore[union-attr]  # the pattern matches anywhere
        return text[at:end] or None, end
    quoted = _QUOTED.match(text, at)
    if quoted is None:
        raise ValueError(f"the quote at character {at} is not closed")
    return quoted[1].replace('""', '"'), quoted.end()
