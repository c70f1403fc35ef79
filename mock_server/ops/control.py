"""The API under /_mock/ as a table of routes: read, check, act on the request's world, answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import flask
import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from mock_server.core.nesting import DEEPEST, ENVELOPE, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.validation import explain
from mock_server.core.vendor import Request, Response, Vendor
from mock_server.ops.guard import Guard
from mock_server.web.requests import largest_body, read_request, to_flask
from mock_server.web.streams import StreamLimiter
from mock_server.web.world import World
from mock_server.web.worlds import Worlds

_LARGEST_INTEGER = 2**53
STATUS = {
    Kind.MALFORMED: 400,
    Kind.INVALID: 400,
    Kind.REJECTED_CREDENTIALS: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.TIMED_OUT: 408,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA: 415,
    Kind.BUSY: 503,
    Kind.UNSTORED: 507,
}


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


class Anything(BaseModel):
    """Parameters that nobody looks at."""

    model_config = ConfigDict(extra="ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the control API, checked: `query` and `body` are of the route's own classes."""

    world: World
    worlds: Worlds
    vendors: Sequence[Vendor]
    limiter: StreamLimiter
    request: Request
    query: Any
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation of the control API. `act` gives what is written as JSON, or a Response of another kind."""

    method: str
    path: str
    summary: str
    act: Callable[[Call], Any]
    query: type[BaseModel] = Nothing
    body: type[BaseModel] | None = None
    verbatim: bool = False
    """Whether numbers of the body stay as they are written, 1.0 apart from 1."""
    status: int = 200
    problems: tuple[Kind, ...] = ()
    media_type: str = "application/json"
    open: bool = False
    """Whether it needs no token."""


def mount_control(
    app: flask.Flask,
    routes: Sequence[Route],
    worlds: Worlds,
    vendors: Sequence[Vendor],
    limiter: StreamLimiter,
    guard: Guard,
) -> None:
    """Serve the routes."""

    def view_of(route: Route) -> Callable[..., flask.Response]:
        def view(**path_values: str) -> flask.Response:
            try:
                request = read_request(path_values)
                if not route.open:
                    guard.admit(request)
                call = Call(
                    world=worlds.of(request),
                    worlds=worlds,
                    vendors=vendors,
                    limiter=limiter,
                    request=request,
                    query=_query(route.query, request.query),
                    body=None if route.body is None else _body(route, request, guard),
                )
                outcome = route.act(call)
            except Problem as problem:
                return to_flask(render_problem(problem))
            except RequestEntityTooLarge:
                most = largest_body(flask.request.path) >> 20
                return to_flask(render_problem(Problem(Kind.TOO_LARGE, f"The body is over {most} MiB")))
            return to_flask(outcome if isinstance(outcome, Response) else written(outcome, route.status))

        return view

    for route in routes:
        endpoint = f"ops {route.method} {route.path}"
        app.add_url_rule(route.path, endpoint=endpoint, view_func=view_of(route), methods=[route.method])


def written(value: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(body=value if isinstance(value, bytes) else orjson.dumps(value), status=status)


def render_problem(problem: Problem) -> Response:
    """The error body of the control API: what is wrong, in words, and each broken rule."""
    body = {
        "error": problem.kind.value,
        "message": problem.detail,
        "problems": [{"field": each.field, "message": each.message} for each in problem.fields],
    }
    return Response(body=orjson.dumps(body), status=STATUS.get(problem.kind, 500), headers=problem.headers)


def _query(model: type[BaseModel], text: str) -> BaseModel:
    """The parameters; a name that stands twice is a list only where one is taken."""
    values: dict[str, Any] = {}
    for name, given in parse_qs(text, keep_blank_values=True).items():
        values[name] = given[0] if len(given) == 1 else given
    return _checked(model, lambda: model.model_validate(values), "the query")


def _body(route: Route, request: Request, guard: Guard) -> BaseModel:
    """Return the body, `{}` if there is none. Raise Problem.

    Pages of other origins have to send it as JSON, which a browser first asks leave for.
    """
    assert route.body is not None
    model = route.body
    media_type = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json" and (media_type or not guard.is_from_here(request)):
        raise Problem(Kind.UNSUPPORTED_MEDIA, f"Content-Type is {media_type or 'missing'}; send application/json")
    if is_nested_deeper(request.body, DEEPEST + ENVELOPE):
        raise Problem(Kind.MALFORMED, f"The body is nested deeper than {DEEPEST} levels")
    try:
        values = orjson.loads(request.body or b"{}")
    except ValueError as error:
        raise Problem(Kind.MALFORMED, f"The body is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise Problem(Kind.MALFORMED, "The body is JSON, but not an object")
    text = orjson.dumps(values if route.verbatim else _whole(values))
    return _checked(model, lambda: model.model_validate_json(text, strict=True), "the body")


def _whole(value: Any) -> Any:
    """JSON whose whole numbers are integers, however they were written: JSON makes no difference."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_INTEGER:
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _checked(model: type[BaseModel], validate: Callable[[], BaseModel], whole: str) -> BaseModel:
    try:
        return validate()
    except ValidationError as error:
        violations, text = explain(model, error, whole)
        raise Problem(Kind.INVALID, text, fields=violations) from error
