"""Redaction: removes secrets from what is shown or recorded."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote_plus, urlencode

import orjson

from mock_server.core.caches import Memo, cached_unless
from mock_server.core.nesting import DEEPEST, ENVELOPE, is_nested_deeper

T = TypeVar("T")
HIDDEN = "***"
_OPENING = frozenset({"proxy-authorization"})  # in addition to the names that is_secret matches
_SECRET = re.compile(
    r"secret|password|token$|api_?key|^authorization$|^cookie$"
    r"|^(x-)?ss-(id|pid|tok|reftok)$",  # session ids of ServiceStack, a web framework
    re.IGNORECASE,
)
_NAMED = re.compile(r"secret|password|token|api[_-]?key|authorization|cookie", re.IGNORECASE)
_MENTIONED = re.compile(rf"{_NAMED.pattern}|ss-|bearer |basic ", re.IGNORECASE)
_WITHIN = re.compile(
    r"(secret|password|token|api[_-]?key|authorization|cookie|ss-p?id)\w*\s*[=:]|\b(bearer|basic) ", re.IGNORECASE
)


def may_hold_secrets(text: bytes) -> bool:
    """Return whether a text needs redaction at all: a cheap check that runs on every response."""
    lower = text.lower()
    return (
        b"secret" in lower
        or b"token" in lower
        or b"password" in lower
        or b"headers" in lower
        or b"api" in lower
        or b"authorization" in lower
        or b"cookie" in lower
    )


def redacted(text: bytes) -> bytes:
    """Return JSON without the values of secret members and of headers.

    JSON that is nested too deeply to be searched is replaced as a whole, and so is other text that names a secret.
    """
    if is_nested_deeper(text, DEEPEST + ENVELOPE):
        return b'"%b"' % HIDDEN.encode()
    try:
        value = orjson.loads(text)
    except ValueError:
        plain = text.replace(b"\0", b"").decode("utf-8", "replace")  # the ASCII part of UTF-16
        return text if _NAMED.search(plain) is None else HIDDEN.encode()
    return orjson.dumps(_without_secrets(value))


def redacted_query(text: str) -> str:
    """Return a query or a form without the values of secret parameters, and without values that contain a secret."""
    if not holds_secret(text):
        return text
    pairs = parse_qsl(text, keep_blank_values=True)
    shown = [(name, HIDDEN if is_secret(name) or _WITHIN.search(value) else value) for name, value in pairs]
    return urlencode(shown, safe="*")


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return request headers by name in title case, without the values of credentials."""
    return {
        title(name): _scheme(text) if name in _OPENING or is_secret(name) else text
        for name, text in headers.items()
        if name != "content-length"
    }


_titles: Memo[str] = Memo(str.title, 1024)


def title(name: str) -> str:
    """Return the name of a header in title case."""
    return _titles[name]


def _scheme(text: str) -> str:
    """Return credentials with only their scheme left."""
    scheme, space, _ = text.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.isalpha() else HIDDEN


def holds_secret(query: str) -> bool:
    """Return whether a query or a form may hold a secret."""
    return _MENTIONED.search(unquote_plus(query)) is not None


def cached_by_query(size: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Return a decorator that caches the results of a function, except for arguments that may hold a secret."""

    return cached_unless(holds_secret, size)


_secrets: Memo[bool] = Memo(lambda name: _SECRET.search(name) is not None, 1024)


def is_secret(name: str) -> bool:
    """Return whether a member, parameter or header of this name holds a secret."""
    return _secrets[name]


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
