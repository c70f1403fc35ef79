"""What was asked for, before Flask looks for the route: whose path it is, and how that vendor's table spells it."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from mock_server.core.redaction import HIDDEN
from mock_server.core.vendor import Headers, Request, Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 1 << 20
_READ = "mock_server.request"  # as it was before it was readdressed
_NONE: Mapping[str, str] = {}
_METHODS = {name: name for name in ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS")}
_FORM = "application/x-www-form-urlencoded"


def claimant(vendors: Sequence[Vendor], path: str) -> Vendor | None:
    """The vendor whose path this is."""
    segment = _first(path)
    for vendor in vendors:
        if (segment if vendor.readdress is None else segment.lower()) in vendor.prefixes:
            return vendor
    return None


def _first(path: str) -> str:
    return path.lstrip("/").partition("/")[0]


def request_of(environ: "WSGIEnvironment", path_values: Mapping[str, str] = _NONE, body: bytes = b"") -> Request:
    """The request with its path and query as they were sent, decoded."""
    sent = environ["REQUEST_METHOD"]
    read: Request | None = environ.get(_READ)
    method = _METHODS.get(sent) or sent.upper()
    if read is None:
        headers = environ.get(HEADERS) or headers_of(_in_environment(environ))
        path, query = _text(environ.get("PATH_INFO", "")), _text(environ.get("QUERY_STRING", ""))
        return Request(method, path, query, headers, path_values, body)
    if read.method == method and not (path_values or body or read.body):
        return read
    return Request(method, read.path, read.query, read.headers, path_values, body)


HEADERS = "mock_server.headers"
"""In the environment of a request that came over a socket: its headers, by name in lower case."""

_OPENING = frozenset({"authorization", "cookie", "proxy-authorization", "x-mock-token", "x-ss-id", "x-ss-pid"})


def headers_of(sent: Mapping[str, str]) -> Headers:
    """Headers, and how they may be kept: those that open something without their values."""
    shown = {
        name.title(): _hidden(text) if name in _OPENING else text
        for name, text in sent.items()
        if name != "content-length"
    }
    return Headers(sent, shown)


def _hidden(text: str) -> str:
    """The scheme alone."""
    scheme, space, _ = text.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.isalpha() else HIDDEN


def _in_environment(environ: "WSGIEnvironment") -> dict[str, str]:
    """The headers of a request that came over no socket."""
    return {
        name.removeprefix("HTTP_").replace("_", "-").lower(): text
        for name, text in environ.items()
        if name[:5] == "HTTP_" or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }


class Readdressed:
    """An application whose requests come in under the method and path that the vendors' tables know."""

    def __init__(self, app: "WSGIApplication", vendors: Iterable[Vendor]) -> None:
        self._app = app
        self._readdress = {
            prefix: vendor.readdress for vendor in vendors if vendor.readdress is not None for prefix in vendor.prefixes
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        readdress = self._readdress.get(_first(environ.get("PATH_INFO", "")).lower())
        if readdress is not None:
            body = _form(environ) if "CONTENT_LENGTH" in environ else b""
            request = environ[_READ] = request_of(environ, body=body)
            environ["REQUEST_METHOD"], path = readdress(request)
            environ["PATH_INFO"] = path if path.isascii() else path.encode().decode("latin-1")
        return self._app(environ, start_response)


def _form(environ: "WSGIEnvironment") -> bytes:
    """The fields of a form, left in place for whoever reads them next."""
    length = environ.get("CONTENT_LENGTH")
    if length is None or not environ.get("CONTENT_TYPE", "").lower().startswith(_FORM) or not length.isdecimal():
        return b""
    if int(length) > LARGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _text(raw: str) -> str:
    """What WSGI hands over as one letter a byte (PEP 3333)."""
    return raw if raw.isascii() else raw.encode("latin-1", "replace").decode("utf-8", "replace")
