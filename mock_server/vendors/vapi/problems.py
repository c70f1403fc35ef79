"""Vapi's error bodies: keys in the order message, error, statusCode (FACTS.md F4)."""

import orjson

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Context, Request, Response

_STATUS: dict[Kind, tuple[int, str]] = {
    Kind.UNAUTHENTICATED: (401, "Unauthorized"),
    Kind.REJECTED_CREDENTIALS: (401, "Unauthorized"),
    Kind.PAYMENT_REQUIRED: (402, "Payment Required"),
    Kind.FORBIDDEN: (403, "Forbidden"),
    Kind.TOO_MANY: (429, "Too Many Requests"),
    Kind.MALFORMED: (400, "Bad Request"),
    Kind.INVALID: (400, "Bad Request"),
    Kind.NOT_FOUND: (404, "Not Found"),
    Kind.NO_ROUTE: (404, "Not Found"),
    Kind.WRONG_METHOD: (
        404,
        "Not Found",
    ),  # the vendor's framework looks for a handler by method and path together (FACTS.md F1.6)
    Kind.UNSUPPORTED_MEDIA: (415, "Unsupported Media Type"),
    Kind.TOO_LARGE: (413, "Payload Too Large"),
    Kind.LATE: (408, "Request Timeout"),
    Kind.TARGET_TOO_LONG: (414, "URI Too Long"),
    Kind.HEAD_TOO_LARGE: (431, "Request Header Fields Too Large"),
    Kind.BUSY: (503, "Service Unavailable"),
    Kind.UNSTORED: (507, "Insufficient Storage"),
    Kind.INTERNAL: (500, "Internal Server Error"),
}
_WORDING: dict[Kind, str] = {
    Kind.UNAUTHENTICATED: "Missing Authorization Header.",
    Kind.REJECTED_CREDENTIALS: (
        "Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa."
    ),
    Kind.TOO_LARGE: "request entity too large",
    Kind.PAYMENT_REQUIRED: "Wallet Balance Is Too Low.",
    Kind.FORBIDDEN: "Forbidden resource",
    Kind.TOO_MANY: "Too Many Requests",
    Kind.INTERNAL: "Internal server error",
}


def render_problem(problem: Problem, request: Request, _: Context) -> Response:
    """Return the response for a problem; the message is an array when rules of fields are broken."""
    status, error = _STATUS[problem.kind]
    body = {"message": _message(problem, request), "error": error, "statusCode": status}
    return Response(body=orjson.dumps(body), status=status, headers=problem.headers)


def _message(problem: Problem, request: Request) -> str | list[str]:
    if problem.fields:
        return [violation.message for violation in problem.fields]
    if problem.kind in (Kind.NO_ROUTE, Kind.WRONG_METHOD):
        return f"Cannot {request.method} {request.path}"
    return _WORDING.get(problem.kind, problem.detail)
