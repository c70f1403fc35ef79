"""Errors outside the operations, in the format of the vendor that claims the path.

One handler for the whole app: a blueprint's own handlers never see an unknown path or a wrong method.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus

import flask
import orjson
from werkzeug.exceptions import HTTPException

from mock_server.core.defects import describe_defect
from mock_server.core.problems import Kind, Problem
from mock_server.core.system_time import monotonic
from mock_server.core.vendor import Request, Response, Vendor
from mock_server.web.requests import REFUSED, claimant, head_of_request, to_flask
from mock_server.web.world import World
from mock_server.web.worlds import Worlds

_KINDS = {
    404: Kind.NO_ROUTE,
    405: Kind.WRONG_METHOD,
    413: Kind.TOO_LARGE,
    415: Kind.UNSUPPORTED_MEDIA,
}
_STATUSES = {
    Kind.LATE: HTTPStatus.REQUEST_TIMEOUT,
    Kind.TARGET_TOO_LONG: HTTPStatus.REQUEST_URI_TOO_LONG,
    Kind.HEAD_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Kind.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_UNKNOWN = (Kind.NO_ROUTE, Kind.WRONG_METHOD)

_log = logging.getLogger(__name__)


def handle_errors(app: flask.Flask, vendors: Sequence[Vendor], worlds: Worlds, control: Sequence[str]) -> None:
    """Register the error handlers. `control` are our own routes, which the response to an unknown path lists."""

    def render(problem: Problem, status: int) -> flask.Response:
        request = head_of_request()  # without its body, which may be what was wrong
        vendor = claimant(vendors, request.path)
        if vendor is None:
            return to_flask(_unclaimed(vendors, control, problem, request, status))
        world = _world(request)
        answer = vendor.render_problem(problem, request, world.contexts[vendor.name])
        world.journal.record((vendor.name, ""), request, answer, monotonic())
        return to_flask(answer)

    def _world(request: Request) -> World:
        try:
            return worlds.of(request)
        except Problem:
            return worlds.default

    def on_http_exception(error: HTTPException) -> flask.Response:
        return render(_problem(error), error.code or 500)

    def on_problem(problem: Problem) -> flask.Response:
        return render(problem, _STATUSES.get(problem.kind, HTTPStatus.BAD_REQUEST))

    def refuse() -> None:
        problem = flask.request.environ.get(REFUSED)
        if problem is not None:
            raise problem

    def on_defect(error: Exception) -> flask.Response:
        _log.error("%s %s failed: %s", flask.request.method, ascii(flask.request.path), describe_defect(error))
        return render(Problem(Kind.INTERNAL), 500)

    app.before_request(refuse)
    app.register_error_handler(HTTPException, on_http_exception)
    app.register_error_handler(Problem, on_problem)
    app.register_error_handler(Exception, on_defect)


def _problem(error: HTTPException) -> Problem:
    kind = _KINDS.get(error.code or 500, Kind.MALFORMED)
    allow = tuple(sorted(getattr(error, "valid_methods", None) or ()))
    return Problem(kind, error.description or "", allow=allow)


def _unclaimed(
    vendors: Sequence[Vendor], control: Sequence[str], problem: Problem, request: Request, status: int
) -> Response:
    headers = (*problem.headers, *((("Allow", ", ".join(problem.allow)),) if problem.allow else ()))
    if problem.kind not in _UNKNOWN:
        refusal = {"error": problem.kind.value, "message": problem.detail}
        return Response(body=orjson.dumps(refusal), status=status, headers=headers)
    body = {
        "error": problem.kind.value,
        "message": f"{request.method} {request.path} is unknown; 'emulated' and 'control' list the routes",
        "emulated": [
            f"{'|'.join(operation.methods)} {operation.path}"
            for vendor in vendors
            for operation in vendor.operations
            if operation.listed
        ],
        "control": [*control],
    }
    return Response(body=orjson.dumps(body), status=status, headers=headers)
