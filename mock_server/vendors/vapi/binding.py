"""Requests read against their rules, with one table that words each broken rule as class-validator does (FACTS.md F4).

Here are the table, bodies and ids; `parameters` reads query strings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.vendor import Context, Request
from mock_server.vendors.vapi.schemas.fields import is_uuid

UNKNOWN = "extra_forbidden"
RULES: Mapping[str, str] = {
    "missing": "should not be empty",
    "string_type": "must be a string",
    "string_too_short": "must be longer than or equal to {min_length} characters",
    "string_too_long": "must be shorter than or equal to {max_length} characters",
    "bool_type": "must be a boolean value",
    "int_type": "must be an integer number",
    "float_type": "must be a number conforming to the specified constraints",
    "finite_number": "must be a number conforming to the specified constraints",
    "greater_than_equal": "must not be less than {ge:.15g}",
    "less_than_equal": "must not be greater than {le:.15g}",
    "literal_error": "must be one of the following values: {choices}",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "uuid": "must be a UUID",
    "uri": "must be a URI",
    "iso_8601": "must be a valid ISO 8601 date string",
    "e164": (
        "must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1)."
    ),
    "loose_number": "must be letters and digits after an optional +",
    "server_url": "must be an https:// or wss:// URL, or http:// on this machine",
    "cursor": "must be the nextCursor of a page with the same sortBy",
}
"""The wording of each rule, by pydantic's name of the error or by ours; values of the rule fill the braces."""


_LONGEST_LIST = 10_000


def violation(path: Sequence[str], rule: str, values: Mapping[str, Any] | None = None) -> Violation:
    """Return the violation of a rule by the value at `path`. A rule without a wording is "is not valid"."""
    *parents, name = path or ("body",)
    field = ".".join(path)
    if rule == UNKNOWN:
        return Violation(field, f"{_dotted(parents)}property {name} should not exist")
    text = RULES.get(rule, "is not valid").format_map({**(values or {}), "choices": _choices(values or {})})
    if name.isdigit() and parents:
        return Violation(field, f"each value in {_dotted(parents[:-1])}{parents[-1]} {text}")
    return Violation(field, f"{_dotted(parents)}{name} {text}")


def read_body(request: Request, model: type[BaseModel], http_hosts: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the body as sent. Raises Problem unless it fits `model`.

    `http_hosts` are the hosts, beyond this machine, whose server URLs may begin with http.
    """
    body = _parse(request)
    try:
        model.model_validate(body, context=http_hosts)
    except ValidationError as error:
        raise Problem(Kind.INVALID, fields=tuple(_violations(error.errors(include_url=False), body))) from error
    return body


def read_id(request: Request, _context: Context) -> str:
    """Return the id in the path, in lower case. Raises Problem unless it is a UUID."""
    key = request.path_values["id"]
    if not is_uuid(key):
        raise Problem(Kind.INVALID, "Validation failed (uuid is expected)")
    return key.lower()


def without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object without the keys that hold null."""
    return {key: item for key, item in value.items() if item is not None}


def _parse(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    media_type = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if not (media_type == "application/json" or media_type.endswith("+json")):
        raise Problem(Kind.UNSUPPORTED_MEDIA, f"Content-Type must be application/json, received {media_type or 'none'}")
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise Problem(Kind.MALFORMED, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Problem(Kind.MALFORMED, "The body must be a JSON object")
    _refuse_long_list(body)
    return body


def _refuse_long_list(body: dict[str, Any]) -> None:
    """Raise Problem for a list so long that checking it would hold up others."""
    waiting: list[tuple[str, Any]] = list(body.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, list):
            if len(value) > _LONGEST_LIST:
                text = f"{name} must contain no more than {_LONGEST_LIST} elements"
                raise Problem(Kind.INVALID, fields=(Violation(name, text),))
            waiting += ((name, item) for item in value if isinstance(item, dict | list))
        elif isinstance(value, dict):
            waiting += value.items()


def _violations(errors: Iterable[ErrorDetails], body: Any) -> Iterator[Violation]:
    """Yield one violation for each broken rule, and only one for a union of which no branch fits."""
    seen: set[str] = set()
    for error in errors:
        values = error.get("ctx", {})
        absent = error["type"] == "missing" or error["input"] is None
        path = [str(part) for part in _wire_path(error["loc"], body, absent=absent)]
        found = violation([*path, values["field"]] if "field" in values else path, error["type"], values)
        if found.message not in seen:
            seen.add(found.message)
            yield found


def _wire_path(location: tuple[int | str, ...], body: Any, *, absent: bool) -> Iterator[int | str]:
    """Yield the parts of the location that are keys and indexes of the body.

    The others are names of branches, which pydantic adds for a union. An `absent` key is not in the body.
    """
    here = body
    for part in location:
        if isinstance(here, dict) and isinstance(part, str) and (absent or part in here):
            yield part
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            yield part
            here = here[part]


def _dotted(parents: Sequence[str]) -> str:
    return "".join(f"{parent}." for parent in parents)


def _choices(values: Mapping[str, Any]) -> str:
    """Return the values to choose from as a list; pydantic has them as 'a', 'b' or 'c'."""
    return str(values.get("expected", "")).replace(" or ", ", ").replace("'", "")
