"""How the texts of a request become the members of its operation (facts E2)."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.vendor import Request

_FORM = "application/x-www-form-urlencoded"
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_UNBOUND = frozenset({"format", "callback", "x-http-method-override"})
_SMALLEST, _LARGEST = -(2**31), 2**31 - 1
_INT = re.compile(r" *(-?)0*([0-9]{1,10}) *")  # Python refuses to convert very many digits
_TRUE = re.compile(r"[1tTyY]|on|[tT][rR][uU][eE]")
_FALSE = re.compile(r"[0fFnN]|off|[fF][aA][lL][sS][eE]")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"?[^,]*')


class Refused(ValueError):
    """A text that the member's type cannot be read from."""


class Type(NamedTuple):
    """How a member is read: from text, and from an array in a JSON body where that differs."""

    read: Callable[[str], Any]
    read_array: Callable[[list[Any]], Any] | None = None


Members = Mapping[str, Type]


class _Sent(NamedTuple):
    """A value as the caller spelled its name; None is null."""

    spelled: str
    text: str | None
    array: list[Any] | None = None


def _whole(text: str) -> int:
    match = _INT.fullmatch(text)
    number = int(match[1] + match[2]) if match else _LARGEST + 1
    if not _SMALLEST <= number <= _LARGEST:
        raise Refused
    return number


def _boolean(text: str) -> bool:
    word = text.partition(",")[0]
    if _TRUE.fullmatch(word):
        return True
    if _FALSE.fullmatch(word):
        return False
    raise Refused


def _items(text: str) -> tuple[str | None, ...] | None:
    """A JSV list. It never fails; an item without letters is null, and a list without items is none."""
    inner = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    return tuple(_split(inner)) if inner else None


def _split(text: str) -> Iterator[str | None]:
    start = 0
    while start <= len(text):
        quoted = _QUOTED.match(text, start)
        if quoted:
            yield quoted[1].replace('""', '"')
            end = quoted.end()
        else:
            end = text.find(",", start)
            end = len(text) if end < 0 else end
            yield text[start:end] or None
        start = end + 1


def choice(*names: str) -> Type:
    """An enum's number, from its name in any case or from a number; no number is too large to be one."""
    numbers = {name.lower(): number for number, name in enumerate(names)}

    def read(text: str) -> int:
        number = numbers.get(text.strip().lower())
        return _whole(text) if number is None else number

    return Type(read)


TEXT = Type(str)
WHOLE = Type(_whole)
BOOLEAN = Type(_boolean)
TEXT_LIST = Type(_items, lambda array: tuple(None if item is None else _as_text(item) for item in array) or None)


def bind(request: Request, members: Members, operation: str, *, strict: bool = False) -> dict[str, Any]:
    """The members that the request gives a value, by declared name.

    A later source wins: JSON body, path, query, form. `strict` refuses unknown names in the query.
    Raises Problem with every value that cannot be read.
    """
    body, form = _body(request, operation)
    query = _joined(request.query)
    sources = (body, {name.lower(): _Sent(name, text) for name, text in request.path_values.items()}, query, form)
    sent = {name: value for source in sources for name, value in source.items()}
    names = {name.lower(): name for name in members}
    values: dict[str, Any] = {}
    refused = []
    for lower, value in sent.items():
        name = names.get(lower)
        if name is None:
            if strict and lower in query and lower not in _UNBOUND:
                refused.append(Violation(value.spelled, f"'{value.spelled}' is not a member of '{operation}'"))
            continue
        try:
            read = _read(members[name], value)
        except Refused:
            refused.append(Violation(value.spelled, f"'{value.text}' is an Invalid value for '{value.spelled}'"))
            continue
        if read is not None:
            values[name] = read
    if refused:
        raise Problem(Kind.INVALID, f"Unable to bind to request '{operation}'", fields=tuple(refused))
    return values


def form_fields(request: Request) -> str:
    """The body of a form as text, empty for any other body."""
    return request.body.decode("utf-8", "replace") if _media_type(request) == _FORM else ""


def _read(kind: Type, value: _Sent) -> Any:
    if value.array is not None and kind.read_array is not None:
        return kind.read_array(value.array)
    return None if value.text is None else kind.read(value.text)


def _joined(text: str) -> dict[str, _Sent]:
    """Values by lower-case name: empty ones are skipped, repeated ones joined by commas."""
    joined: dict[str, _Sent] = {}
    for spelled, value in parse_qsl(text, keep_blank_values=True) if text else ():
        lower = spelled.lower()
        before = joined.get(lower)
        joined[lower] = _Sent(spelled, value) if before is None else _Sent(before.spelled, f"{before.text},{value}")
    return {name: sent for name, sent in joined.items() if sent.text}


def _body(request: Request, operation: str) -> tuple[dict[str, _Sent], dict[str, _Sent]]:
    """What a JSON body and what a form gives."""
    if request.method in _BODILESS or not request.body:
        return {}, {}
    media_type = _media_type(request)
    if media_type == _FORM:
        return {}, _joined(form_fields(request))
    if media_type not in ("", "application/json", "text/json"):
        raise Problem(Kind.UNSUPPORTED_MEDIA, f"A body of '{media_type}' is not read; send application/json or {_FORM}")
    try:
        return dict(_members(request.body.decode("utf-8-sig", "replace"))), {}
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Problem(
            Kind.MALFORMED, f"Could not deserialize 'application/json' request using {operation}'\nError: {why}"
        ) from error


def _media_type(request: Request) -> str:
    return (request.headers.get("content-type") or "").partition(";")[0].strip().lower()


_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # numbers stay the text that they were


def _members(text: str) -> Iterator[tuple[str, _Sent]]:
    """The members of a JSON object with the text of each value, by lower-case name. Raises ValueError."""
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
        array = value if isinstance(value, list) else None
        yield name.lower(), _Sent(name, None if value is None else _whole_letters(raw), array)
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
