"""The API under /_mock/ as a table of routes: check access, validate, act on the request's world, respond."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import flask
import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from mock_server.core.nesting import DEEPEST, ENVELOPE, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.redaction import Redactor
from mock_server.core.validation import explain
from mock_server.core.vendor import Request, Response, Vendor
from mock_server.ops.guard import Guard
from mock_server.web.requests import client_has_left, largest_body, read_request, to_flask
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
    """Parameters that are ignored."""

    model_config = ConfigDict(extra="ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the control API, validated: `query` and `body` are instances of the route's classes."""

    api: "ControlApi"
    world: World
    request: Request
    query: Any
    body: Any
    client_left: Callable[[], bool]
    """Returns whether the client has left. A wait ends then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation of the control API. `act` returns a value that is written as JSON, or a Response."""

    method: str
    path: str
    summary: str
    act: Callable[[Call], Any]
    query: type[BaseModel] = Nothing
    body: type[BaseModel] | None = None
    verbatim: bool = False
    """Whether numbers of the body are kept as they are written, so that 1.0 differs from 1."""
    large: bool = False
    """Whether it reads or writes all that a world holds; such calls run one at a time, to bound their memory."""
    status: int = 200
    problems: tuple[Kind, ...] = ()
    media_type: str = "application/json"
    open: bool = False
    """Whether it needs no token."""


@dataclass(frozen=True, slots=True)
class ControlApi:
    """Serves routes under /_mock/ for these worlds and vendors."""

    worlds: Worlds
    vendors: Sequence[Vendor]
    limiter: StreamLimiter
    guard: Guard
    redactor: Redactor
    large: threading.Lock = field(default_factory=threading.Lock)

    def mount(self, app: flask.Flask, routes: Iterable[Route]) -> None:
        """Add the routes to the application."""
        for route in routes:
            app.add_url_rule(
                route.path,
                endpoint=f"ops {route.method} {route.path}",
                view_func=partial(self._serve, route),
                methods=[route.method],
            )

    def _serve(self, route: Route, **path_values: str) -> flask.Response:
        try:
            with self.large if route.large else nullcontext():
                response = self._respond(route, read_request(path_values))
        except Problem as problem:
            response = render_problem(problem)
        except RequestEntityTooLarge:
            most = largest_body(flask.request.path) >> 20
            response = render_problem(Problem(Kind.TOO_LARGE, f"The body is over {most} MiB"))
        return to_flask(response)

    def _respond(self, route: Route, request: Request) -> Response:
        """Check access, validate query and body, and run the route on the request's world. Raise Problem."""
        if not route.open:
            self.guard.admit(request)
        call = Call(
            api=self,
            world=self.worlds.of(request),
            request=request,
            query=_query(route.query, request.query),
            body=None if route.body is None else _body(route, request, self.guard),
            client_left=client_has_left(),
        )
        outcome = route.act(call)
        return outcome if isinstance(outcome, Response) else written(outcome, route.status)


def written(value: Any, status: int = 200) -> Response:
    """Return a response in JSON."""
    return Response(body=value if isinstance(value, bytes) else orjson.dumps(value), status=status)


def render_problem(problem: Problem) -> Response:
    """Return the error response of the control API: the reason, and each field that is wrong."""
    body = {
        "error": problem.kind.value,
        "message": problem.detail,
        "problems": [{"field": each.field, "message": each.message} for each in problem.fields],
    }
    return Response(body=orjson.dumps(body), status=STATUS.get(problem.kind, 500), headers=problem.headers)


def _query(model: type[BaseModel], text: str) -> BaseModel:
    """Return the parameters. One that is repeated becomes a list, which fails validation unless one is expected."""
    values: dict[str, Any] = {}
    for name, given in parse_qs(text, keep_blank_values=True).items():
        values[name] = given[0] if len(given) == 1 else given
    return _checked(model, lambda: model.model_validate(values), "the query")


def _body(route: Route, request: Request, guard: Guard) -> BaseModel:
    """Return the body, `{}` if there is none. Raise Problem.

    Pages of other origins have to send it as JSON, which makes a browser send a preflight request first.
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
    del values  # large, and parsed once more
    return _checked(model, lambda: model.model_validate_json(text, strict=True), "the body")


def _whole(value: Any) -> Any:
    """Return the value with 1.0 as the integer 1, since JSON does not distinguish them."""
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
