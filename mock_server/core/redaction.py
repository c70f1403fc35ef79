"""Redaction: what is kept for reading shows only what is known to be harmless, and "***" in the place of all else.

Harmless are the headers of a table, and the members and parameters that a vendor declares. The names of the others
stay, so that a reader sees that they were sent. A pattern of names that sound secret is a second check, for declared
names and for members with free content.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin
from urllib.parse import quote_plus, unquote_plus

import orjson
from pydantic import BaseModel

from mock_server.core import bounds
from mock_server.core.nesting import DEEPEST, ENVELOPE, is_nested_deeper
from mock_server.core.urls import parse_url

if TYPE_CHECKING:
    from mock_server.core.events import Event
    from mock_server.core.vendor import Request, Vendor

HIDDEN = "***"
UNREADABLE = b'"***"'
"""What is shown of a body that is neither JSON nor a form."""

_HARMLESS_HEADERS = frozenset(
    (
        "accept", "accept-charset", "accept-encoding", "accept-language", "access-control-request-headers",
        "access-control-request-method", "access-control-request-private-network", "cache-control", "connection",
        "content-encoding", "content-language", "content-type", "date", "dnt", "expect", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "last-event-id",
        "max-forwards", "origin", "pragma", "prefer", "priority", "range", "sec-ch-ua", "sec-ch-ua-mobile",
        "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "sec-gpc", "te",
        "traceparent", "trailer", "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent", "via",
        "x-correlation-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
        "x-http-method-override", "x-mock-world", "x-request-id", "x-requested-with",
    )
)  # fmt: skip
_TITLES = {name: name.title() for name in (*_HARMLESS_HEADERS, "authorization", "cookie", "x-mock-fault")}
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "ntlm"})
_FAULT_NUMBER = re.compile(r"[0-9][0-9.]{0,15}")
_FAULT_PARTS = frozenset({"churn", "delay", "drip", "drop", "empty", "error", "retry-after", "retry_after", "times",
    "truncate"})  # fmt: skip

_SECRET = re.compile(
    r"(?i:secret|passw|passphrase|pwd|token$|^tokens$|(?:access|api|auth|bearer|refresh|session)[_-]?tokens$"
    r"|(?:access|api|auth|encryption|private|session|signing)[_-]?key|credentials?$|authori[sz]ation|cookie|bearer|jwt"
    r"|signature|^(?:auth|headers|otp|pin|sig)$|(?:^|[_.-])keys?$)|[a-z]Keys?$"
)
# Repetitions are bounded, so that no text takes long to search.
_MAY_HOLD_CREDENTIALS = re.compile(r"[@?%#]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>]*")
_NAMED = re.compile(
    r"((?:authorization|cookie)[\"']?\s{0,3}[=:]\s{0,3})[^\r\n\"']+"  # to the end of the line
    r"|((?:secret|passw|passphrase|token|api[_-]?key)\w{0,20}[\"']?\s{0,3}[=:]\s{0,3}[\"']?|\bbearer\s{1,3})"
    r"[^\s\"'&;,]+"
    r"|((?:\bsips?:|//)[^\s:@/]{1,64}:)[^\s@/]{1,256}(?=@)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[^.\[\]]+")
_NAME = re.compile(r"[\w.\[\]-]{1,64}")
_FORM = "application/x-www-form-urlencoded"
_MOST_REMEMBERED = 256  # queries of one operation
_LONGEST_REMEMBERED = 256  # characters of each


def sounds_secret(name: str) -> bool:
    """Return whether a member of this name is likely to hold a secret."""
    return _SECRET.search(name) is not None


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return request headers by name in title case, without the values of those that are not known to be harmless."""
    return {
        _TITLES.get(name) or name.title(): shown_text(text) if name in _HARMLESS_HEADERS else _shown_header(name, text)
        for name, text in headers.items()
        if name != "content-length"
    }


def _shown_header(name: str, text: str) -> str:
    """Return credentials with only their scheme left, and a fault without its free text."""
    if name == "authorization":
        scheme, space, _ = text.partition(" ")
        return f"{scheme} {HIDDEN}" if space and scheme.lower() in _SCHEMES else HIDDEN
    return shown_fault(text) if name == "x-mock-fault" else HIDDEN


def shown_fault(text: str) -> str:
    """Return the value of X-Mock-Fault without its id and whatever else is free text."""
    return "; ".join(map(_shown_fault_part, text.split(";")))


def _shown_fault_part(part: str) -> str:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if name.lower() not in _FAULT_PARTS and not (name == "id" and equals):
        return HIDDEN
    if not equals:
        return name
    return f"{name}={value if name != 'id' and _FAULT_NUMBER.fullmatch(value) else HIDDEN}"


def shown_text(text: str) -> str:
    """Return a text without the credentials and queries of its URLs, and without what it calls a secret itself."""
    if "://" in text:
        text = _URL.sub(lambda match: shown_url(match[0]), text)
    if "=" in text or ":" in text or "bearer" in text.lower():
        text = _NAMED.sub(rf"\1\2\3{HIDDEN}", text)
    return text


def shown_url(text: str) -> str:
    """Return the URL without its user information, query and fragment, which may hold credentials."""
    if not text:
        return text
    try:
        url = parse_url(text)
    except ValueError:
        return HIDDEN if _MAY_HOLD_CREDENTIALS.search(text) else text
    return str(url._replace(query=f"?{HIDDEN}" if len(url.query) > 1 else url.query))


def names_of(*models: Any) -> frozenset[str]:
    """Return the names of all members of these models, and of the models in their annotations."""
    found: set[str] = set()
    seen: set[Any] = set()
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if get_origin(model) in (Annotated, Union, UnionType, list, tuple):
            waiting += get_args(model)
        elif isinstance(model, type) and issubclass(model, BaseModel) and model not in seen:
            seen.add(model)
            found |= {field.alias or name for name, field in model.model_fields.items()}
            waiting += [field.annotation for field in model.model_fields.values()]
    return frozenset(found)


class Names:
    """The names of members and parameters whose values are shown, whatever their case.

    All members below one of the `free` names are shown, except those whose names sound secret. A value that is hidden
    keeps its kind: its texts and numbers become "***", while null, true, false and the names in it stay.
    """

    def __init__(self, names: Iterable[str], free: Iterable[str] = ()) -> None:
        self._harmless: set[str] = set()  # queries of which nothing is hidden
        self._free = frozenset(name.lower() for name in free)
        self._shown = self._free.union(name.lower() for name in names if not sounds_secret(name))

    def of_body(self, request: "Request") -> bytes:
        """Return the body of a request, as JSON or as a form."""
        kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
        if kind == _FORM:
            return self.of_query(request.body.decode("utf-8", "replace")).encode("utf-8", "replace")
        return self.of_json(request.body)

    def of_json(self, text: bytes) -> bytes:
        """Return JSON without the values that are hidden; UNREADABLE for other text and for JSON nested too deeply."""
        if not text or is_nested_deeper(text, DEEPEST + ENVELOPE):
            return UNREADABLE if text else b""
        try:
            return orjson.dumps(self.of_value(orjson.loads(text)))
        except ValueError:
            return UNREADABLE

    def of_value(self, value: Any) -> Any:
        """Return a value without what is hidden in it; one without a name is hidden."""
        if isinstance(value, dict):
            return self._listed(value)
        return [self.of_value(item) for item in value] if isinstance(value, list) else _hidden(value)

    def of_query(self, text: str) -> str:
        """Return a query or a form without the values that are hidden."""
        if not text or text in self._harmless:
            return text
        shown = "&".join(map(self._piece, text.split("&")))
        if shown == text and len(text) <= _LONGEST_REMEMBERED and len(self._harmless) < _MOST_REMEMBERED:
            self._harmless.add(text)
        return shown

    def shows_all(self, query: str) -> bool:
        """Return whether a query may be remembered: it is short, and nothing of it is hidden."""
        return len(query) <= bounds.LONGEST_KEY and self.of_query(query) == query

    def at(self, path: Sequence[str], value: Any) -> Any:
        """Return the value of a member, given the names that lead to it."""
        free = False
        for name in path:
            lower = name.lower()
            if sounds_secret(name) if free else lower not in self._shown:
                return _hidden(value)
            free = free or lower in self._free
        if isinstance(value, str) and path[-1].lower().endswith("url"):
            return shown_url(value)
        return _free(value) if free else self._listed(value)

    def _piece(self, piece: str) -> str:
        name, _, value = piece.partition("=")
        shows = self._at(unquote_plus(name))
        if shows is None:
            # What looks like no name may be a value without one, such as a token or a whole body.
            known = value.strip("=") and _NAME.fullmatch(unquote_plus(name))
            return f"{name}={HIDDEN}" if known else HIDDEN if piece else piece
        plain = unquote_plus(value)
        safe = shown_text(plain)
        return piece if safe == plain else f"{name}={quote_plus(safe, safe='*:/')}"

    def _at(self, place: str) -> bool | None:
        """Return whether the member at a place such as `a.b` or `a[b][0]` has free content; None if it is hidden."""
        lower = place.lower()
        if lower in self._shown:
            return lower in self._free
        free, parts = False, _PARTS.findall(place)
        for part in parts:
            if free or part.isdecimal():
                if sounds_secret(part):
                    return None
            elif part.lower() not in self._shown:
                return None
            else:
                free = part.lower() in self._free
        return free if parts and not parts[0].isdecimal() else None

    def _listed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._member(name.lower(), item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._listed(item) for item in value]
        return shown_text(value) if isinstance(value, str) else value

    def _member(self, lower: str, item: Any) -> Any:
        if lower not in self._shown:
            return _hidden(item)
        if lower.endswith("url") and isinstance(item, str):
            return shown_url(item)
        return _free(item) if lower in self._free else self._listed(item)


def _free(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _free_member(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_free(item) for item in value]
    return shown_text(value) if isinstance(value, str) else value


def _free_member(name: str, item: Any) -> Any:
    if sounds_secret(name):
        return _hidden(item)
    return shown_url(item) if isinstance(item, str) and name.lower().endswith("url") else _free(item)


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hidden(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return value if value is None or value == "" or isinstance(value, bool) else HIDDEN


class Redactor:
    """What is shown of the requests, events and documents of these vendors.

    `parameters` are those of our own routes, whose requests are only in the access log.
    """

    def __init__(self, vendors: Collection["Vendor"], parameters: Iterable[str] = ()) -> None:
        self._operations = {
            (vendor.name, operation.name): Names(operation.names | vendor.names, vendor.free_names)
            for vendor in vendors
            for operation in vendor.operations
        }
        self._vendors = {vendor.name: Names(_all_names(vendor), vendor.free_names) for vendor in vendors}
        self._documents = {spec.name: self._vendors[vendor.name] for vendor in vendors for spec in vendor.collections}
        self._prefixes = {prefix: self._vendors[vendor.name] for vendor in vendors for prefix in vendor.prefixes}
        self._ours = Names(parameters)

    def names(self, vendor: str, operation: str = "") -> Names:
        """Return the names of an operation; without one, those of all operations of the vendor."""
        return self._operations.get((vendor, operation)) or self._vendors.get(vendor) or _NO_NAMES

    def document_names(self, collection: str) -> Names:
        """Return the names of the documents of a collection."""
        return self._documents.get(collection) or _NO_NAMES

    def shown_event(self, event: "Event") -> "Event":
        """Return the event without what is hidden in its message."""
        draft = event.draft
        return event._replace(draft=draft._replace(message=self.names(draft.vendor).of_json(draft.message)))

    def of_address(self, path: str, query: str) -> tuple[str, str]:
        """Return path and query as the access log shows them."""
        names = self._prefixes.get(path.lstrip("/").partition("/")[0].lower(), self._ours)
        return shown_text(path), names.of_query(query)


def _all_names(vendor: "Vendor") -> frozenset[str]:
    return vendor.names.union(*(operation.names for operation in vendor.operations))


_NO_NAMES = Names(())
