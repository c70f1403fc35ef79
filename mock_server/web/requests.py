"""From Flask's request to a plain Request, and from a plain Response to Flask's."""

import threading
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Request, Response, Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST_BODY = 1 << 20
_LARGEST_WORLD = 24 << 20
_WORLDS = "/_mock/worlds/"
SENT = "mock_server.sent"
"""The key in the WSGI environment of the method and path that were sent, where RewriteMiddleware replaced them."""
STREAMED = "mock_server.streamed"
"""The key in the WSGI environment that says that the response's body is made while it is sent."""
REFUSED = "mock_server.refused"
"""The key in the WSGI environment of the Problem that the request is refused with before anything is done."""
LEFT = "mock_server.left"
"""The key in the WSGI environment of a threading.Event, set once the client sends no more or the server stops; of None
for a request on the event loop, which must not wait."""
_NONE: Mapping[str, str] = {}


def largest_body(path: str) -> int:
    """Return the most bytes that a body may have: 1 MiB, and 24 MiB for the documents of a world."""
    return _LARGEST_WORLD if path.startswith(_WORLDS) else LARGEST_BODY


def claimant(vendors: Sequence[Vendor], path: str) -> Vendor | None:
    """Return the vendor whose path this is."""
    segment = first_segment(path)
    for vendor in vendors:
        if (segment if vendor.rewrite is None else segment.lower()) in vendor.prefixes:
            return vendor
    return None


def first_segment(path: str) -> str:
    """Return what is before the second slash of a path."""
    return path.lstrip("/").partition("/")[0]


def wsgi_text(raw: str) -> str:
    """Return text that WSGI spells as one character for each byte (PEP 3333)."""
    return raw if raw.isascii() else raw.encode("latin-1", "replace").decode("utf-8", "replace")


def headers_of(environ: "WSGIEnvironment") -> dict[str, str]:
    """Return the request's headers by name in lower case."""
    return {
        name.removeprefix("HTTP_").replace("_", "-").lower(): text
        for name, text in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }


def head_of_request(path_values: Mapping[str, str] = _NONE, body: bytes = b"") -> Request:
    """Return the current request under the path that was sent, with this body."""
    environ = flask.request.environ
    method, path = environ[SENT] if SENT in environ else (environ["REQUEST_METHOD"], environ["PATH_INFO"])
    query = wsgi_text(environ.get("QUERY_STRING", ""))
    return Request(method, wsgi_text(path), query, headers_of(environ), path_values, body)


def read_request(path_values: Mapping[str, str]) -> Request:
    """Return the current request.

    Raises RequestEntityTooLarge for a body over the limit, and Problem for one that is compressed.
    """
    return head_of_request(path_values, _read_body())


def _read_body() -> bytes:
    """Return the body without a byte order mark."""
    environ = flask.request.environ
    if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    largest = largest_body(flask.request.path)
    flask.request.max_content_length = largest + 1  # see create_app
    body = flask.request.get_data(cache=False)
    if len(body) > largest:
        raise RequestEntityTooLarge
    coding = flask.request.headers.get("Content-Encoding", "").strip().lower()
    if body and coding not in ("", "identity"):
        raise Problem(
            Kind.UNSUPPORTED_MEDIA, f"Content-Encoding {coding!r} is not supported; send the body uncompressed"
        )
    return body.removeprefix(BOM_UTF8)


def client_has_left() -> Callable[[], bool]:
    """Return a function that returns whether the client of the current request has left, never in-process."""
    left: threading.Event | None = flask.request.environ.get(LEFT)
    return (lambda: False) if left is None else left.is_set


def to_flask(response: Response) -> flask.Response:
    """Return the response as Flask's."""
    if not isinstance(response.body, bytes):
        flask.request.environ[STREAMED] = True
    made = flask.Response(response.body, response.status, content_type=response.media_type)
    if not response.media_type:
        del made.headers["Content-Type"]
    made.headers.extend(response.headers)
    return made
