"""What was asked for, before Flask looks for the route: whose path it is, and how that vendor's table spells it."""

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from mock_server.core.redaction import HIDDEN, is_secret
from mock_server.core.vendor import Headers, Request, Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 1 << 20
_LARGEST_WORLD = 64 << 20
_WORLDS = "/_mock/worlds/"
_READ = "mock_server.request"
_NONE: Mapping[str, str] = {}
_METHODS = {name: name for name in ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS")}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def largest_body(path: str) -> int:
    """Return how many bytes a body may have; worlds are taken back as they were handed out."""
    return _LARGEST_WORLD if path.startswith(_WORLDS) else LARGEST_BODY


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
    """The request with its path and query as they were sent, decoded, and the method that it means."""
    read: Request = environ[_READ]
    if not (path_values or body):
        return read
    return Request(read.method, read.path, read.query, read.headers, path_values, body)


HEADERS = "mock_server.headers"
"""In the environment of a request that came over a socket: its headers, by name in lower case."""

_OPENING = frozenset({"proxy-authorization"})  # beside the names that redaction knows


def headers_of(sent: Mapping[str, str]) -> Headers:
    """Headers, and how they may be kept: those that open something without their values."""
    shown = {
        _title(name): _hidden(text) if name in _OPENING or is_secret(name) else text
        for name, text in sent.items()
        if name != "content-length"
    }
    return Headers(sent, shown)


@lru_cache(maxsize=1024)
def _title(name: str) -> str:
    return name.title()


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
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if HEADERS in environ and "CONTENT_LENGTH" not in environ:
            read = self._read(environ["REQUEST_METHOD"], path, query, environ[HEADERS])
        else:
            headers = environ.get(HEADERS) or headers_of(_in_environment(environ))
            read = self._read(environ["REQUEST_METHOD"], path, query, headers, _form(environ))
        environ[_READ], environ["REQUEST_METHOD"], environ["PATH_INFO"] = read
        return self._app(environ, start_response)

    def _read(self, sent: str, raw: str, query: str, headers: Headers, form: bytes = b"") -> tuple[Request, str, str]:
        """The request without its body, and the method and path of its route, as WSGI spells them."""
        method, path, query = _METHODS.get(sent) or sent.upper(), _text(raw), _text(query)
        readdress = self._readdress.get(_first(raw).lower())
        if readdress is None:
            return Request(method, path, query, headers), sent, raw
        method, place = readdress(Request(method, path, query, headers, body=form))
        spelled = place if place.isascii() else place.encode().decode("latin-1")
        return Request(method, path, query, headers), method, spelled


def _form(environ: "WSGIEnvironment") -> bytes:
    """The fields of a form, left in place for whoever reads them next."""
    length = environ.get("CONTENT_LENGTH")
    if length is None or not environ.get("CONTENT_TYPE", "").lower().startswith(_FORMS) or not length.isdecimal():
        return b""
    if int(length) > LARGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _text(raw: str) -> str:
    """What WSGI hands over as one letter a byte (PEP 3333)."""
    return raw if raw.isascii() else raw.encode("latin-1", "replace").decode("utf-8", "replace")
