"""Errors: the framework's error body, and the responses that it sends without one (FACTS.md E4)."""

from typing import Any
from urllib.parse import quote

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Context, Request, Response
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.evovoice.rendering import STANDING_HEADERS, Headers, reply, requested_format
from mock_server.vendors.evovoice.schemas.errors import ERROR

_CODES: dict[Kind, tuple[int, str]] = {
    Kind.UNAUTHENTICATED: (401, "Unauthorized"),
    Kind.REJECTED_CREDENTIALS: (401, "Unauthorized"),
    Kind.LOCKED_OUT: (401, "AuthenticationException"),
    Kind.FORBIDDEN: (403, "Forbidden"),
    Kind.NOT_OWNED: (403, "Forbidden"),
    Kind.MALFORMED: (400, "SerializationException"),
    Kind.INVALID: (400, "SerializationException"),
    Kind.NOT_FOUND: (404, "NotFound"),
    Kind.SWITCHED_OFF: (405, "NotSupportedException"),
    Kind.PAYMENT_REQUIRED: (402, "PaymentRequired"),
    Kind.TOO_MANY: (429, "TooManyRequests"),
    Kind.UNSUPPORTED_MEDIA: (415, "NotSupportedException"),
    Kind.TOO_LARGE: (413, "PayloadTooLarge"),
    Kind.LATE: (408, "RequestTimeout"),
    Kind.TARGET_TOO_LONG: (414, "RequestUriTooLong"),
    Kind.HEAD_TOO_LARGE: (431, "RequestHeaderFieldsTooLarge"),
    Kind.BUSY: (503, "ServiceUnavailable"),
    Kind.UNSTORED: (507, "InsufficientStorage"),
    Kind.INTERNAL: (500, "InternalServerError"),
}
_WORDING: dict[Kind, str] = {
    Kind.UNAUTHENTICATED: "Not Authenticated",
    Kind.REJECTED_CREDENTIALS: "Invalid Username or Password",
    Kind.LOCKED_OUT: "This account has been locked",
    Kind.FORBIDDEN: "Invalid Role",
    Kind.PAYMENT_REQUIRED: "Payment Required",
    Kind.TOO_MANY: "Too Many Requests",
    Kind.TOO_LARGE: "The body is larger than 1 MiB; send less",
}
_CHALLENGE: Headers = (("WWW-Authenticate", 'basic realm="/auth/basic"'),)
_HTML = "html"


def render_problem(problem: Problem, request: Request, context: Context) -> Response:
    """Return the response for a problem."""
    options: EvoVoiceOptions = context.options
    if problem.kind in (Kind.NO_ROUTE, Kind.WRONG_METHOD):
        return Response(status=404, media_type="")
    if problem.kind is Kind.UNAUTHENTICATED:
        return _not_signed_in(problem, request, context)
    if problem.kind is Kind.FORBIDDEN and not options.json_auth_errors:
        text = (
            f"Forbidden\n\nRequest.HttpMethod: {request.method}\nRequest.PathInfo: {request.path}\n"
            f"Request.QueryString: {request.query}"
        )
        return Response(
            body=text.encode(), status=403, media_type="text/plain", headers=STANDING_HEADERS + problem.headers
        )
    return _envelope(problem, request, context)


def _not_signed_in(problem: Problem, request: Request, context: Context) -> Response:
    options: EvoVoiceOptions = context.options
    chosen, callback = requested_format(request, options)
    if chosen.name == _HTML:
        return Response(
            status=302,
            media_type="",
            headers=(
                *STANDING_HEADERS,
                *problem.headers,
                ("Location", f"/login?redirect={quote(_url(request), safe='')}"),
            ),
        )
    if callback is not None or options.json_auth_errors:
        return _envelope(problem, request, context, _CHALLENGE)
    return Response(status=401, media_type="", headers=STANDING_HEADERS + problem.headers + _CHALLENGE)


def _envelope(problem: Problem, request: Request, context: Context, headers: Headers = ()) -> Response:
    status, code = _CODES[problem.kind]
    if problem.allow:
        headers = (*headers, ("Allow", ", ".join(problem.allow)))
    errors: list[dict[str, Any]] = [
        {"errorCode": violation.code or code, "fieldName": violation.field, "message": violation.message}
        for violation in problem.fields
    ]
    value = {
        "responseStatus": {
            "errorCode": errors[0]["errorCode"] if errors else code,
            "message": _WORDING.get(problem.kind, problem.detail),
            "errors": errors,
        }
    }
    return reply("ErrorResponse", ERROR, value, request, context, problem.headers + headers, status)


def _url(request: Request) -> str:
    host = request.headers.get("host") or "localhost"
    return f"http://{host}{quote(request.path)}" + (f"?{request.query}" if request.query else "")
