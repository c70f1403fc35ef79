"""Request bodies: from bytes to a checked object, with every broken rule in class-validator's wording (facts F4)."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.vendor import Request
from mock_server.vendors.vapi.models import CreateSessionDTO, UpdateSessionDTO

_RULES: Mapping[str, str] = {
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
    "literal_error": "must be one of the following values: {values}",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "rule": "{rule}",
}


def read(request: Request, model: type[BaseModel], http_hosts: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The body as sent, once it keeps to `model`; `http_hosts` may be server URLs by http. Raises Problem."""
    body = _parse(request)
    try:
        model.model_validate(body, context=http_hosts)
    except ValidationError as error:
        raise Problem(Kind.INVALID, fields=tuple(_violations(error.errors(include_url=False), body))) from error
    return body


def read_create(request: Request, http_hosts: frozenset[str]) -> dict[str, Any]:
    """The body of a new session, nulls left out."""
    return without_nulls(read(request, CreateSessionDTO, http_hosts))


def read_update(request: Request) -> dict[str, Any]:
    """The body of a change; a null stays, since it clears."""
    return read(request, UpdateSessionDTO)


def without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    """The object without the keys that hold null."""
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
    return body


def _violations(errors: Iterable[ErrorDetails], body: Any) -> Iterable[Violation]:
    """One violation a broken rule; a union that fits no branch says so once."""
    seen: set[str] = set()
    for error in errors:
        violation = _violation(error, body)
        if violation.message not in seen:
            seen.add(violation.message)
            yield violation


def _violation(error: ErrorDetails, body: Any) -> Violation:
    context = error.get("ctx", {})
    absent = error["type"] == "missing" or error["input"] is None
    path = [str(part) for part in _wire_path(error["loc"], body, absent=absent)]
    if "field" in context:
        path.append(context["field"])
    parents, name = path[:-1], path[-1] if path else "body"
    prefix = "".join(f"{parent}." for parent in parents)
    if error["type"] == "extra_forbidden":
        return Violation(".".join(path), f"{prefix}property {name} should not exist")
    rule = _RULES.get(error["type"], "is not valid").format_map({**context, "values": _values(context)})
    if name.isdigit() and parents:
        prefix = "".join(f"{parent}." for parent in parents[:-1])
        return Violation(".".join(path), f"each value in {prefix}{parents[-1]} {rule}")
    return Violation(".".join(path), f"{prefix}{name} {rule}")


def _wire_path(location: tuple[int | str, ...], body: Any, *, absent: bool) -> Iterable[int | str]:
    """The location without the branch names that pydantic adds for a union; an `absent` key is not in the body."""
    here = body
    for part in location:
        if isinstance(here, dict) and isinstance(part, str) and (absent or part in here):
            yield part
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            yield part
            here = here[part]


def _values(context: Mapping[str, Any]) -> str:
    return str(context.get("expected", "")).replace(" or ", ", ").replace("'", "")
