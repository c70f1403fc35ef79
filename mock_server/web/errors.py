"""Errors outside the operations, in the shape of whichever vendor claims the path.

One handler for the whole app: a blueprint's own handlers never see an unknown path or a wrong method.
"""

import logging
from collections.abc import Sequence

import flask
import orjson
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Answer, Request, Vendor
from mock_server.web.routing import respond

_KINDS = {
    404: Kind.NO_ROUTE,
    405: Kind.WRONG_METHOD,
    413: Kind.TOO_LARGE,
    415: Kind.UNSUPPORTED_MEDIA,
}

_log = logging.getLogger(__name__)


def handle_errors(app: flask.Flask, vendors: Sequence[Vendor]) -> None:
    """Register the handlers."""

    def on_http_exception(error: HTTPException) -> Response:
        problem = _problem(error)
        return respond(_render(vendors, problem, _bare_request(), error.code or 500))

    def on_defect(error: Exception) -> Response:
        _log.error("%s %s failed", flask.request.method, flask.request.path, exc_info=error)
        return respond(_render(vendors, Problem(Kind.INTERNAL), _bare_request(), 500))

    app.register_error_handler(HTTPException, on_http_exception)
    app.register_error_handler(Exception, on_defect)


def _problem(error: HTTPException) -> Problem:
    kind = _KINDS.get(error.code or 500, Kind.MALFORMED)
    allow = tuple(sorted(getattr(error, "valid_methods", None) or ()))
    return Problem(kind, error.description or "", allow=allow)


def _bare_request() -> Request:
    return Request(method=flask.request.method, path=flask.request.path, headers=flask.request.headers)


def _render(vendors: Sequence[Vendor], problem: Problem, request: Request, status: int) -> Answer:
    segment = request.path.lstrip("/").partition("/")[0]
    for vendor in vendors:
        if segment in vendor.prefixes:
            return vendor.render_problem(problem, request)
    body = {
        "error": problem.kind.value,
        "message": f"{request.method} {request.path} is not served here; 'emulated' lists what is",
        "emulated": [f"{operation.method} {operation.path}" for v in vendors for operation in v.operations],
    }
    headers = {"Allow": ", ".join(problem.allow)} if problem.allow else {}
    return Answer(body=orjson.dumps(body), status=status, headers=headers)
