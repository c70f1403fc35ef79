"""What was asked for, before Flask looks for the route: whose path it is, and how that vendor's table spells it."""

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from mock_server.core.redaction import HIDDEN
from mock_server.core.vendor import Request, Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 1 << 20
_READ = "mock_server.request"  # as it was before it was readdressed
_NONE: Mapping[str, str] = {}
_FORM = "application/x-www-form-urlencoded"


def claimant(vendors: Sequence[Vendor], path: str) -> Vendor | None:
    """The vendor whose path this is."""
    segment = path.lstrip("/").partition("/")[0]
    for vendor in vendors:
        if (segment if vendor.readdress is None else segment.lower()) in vendor.prefixes:
            return vendor
    return None


def request_of(environ: "WSGIEnvironment", path_values: Mapping[str, str] = _NONE, body: bytes = b"") -> Request:
    """The request with its path and query as they were sent, decoded."""
    method, read = environ["REQUEST_METHOD"].upper(), environ.get(_READ)
    if read is not None and read.method == method and not (path_values or body or read.body):
        return cast(Request, read)
    return Request(
        method=method,
        path=_text(environ.get("PATH_INFO", "")) if read is None else read.path,
        query=_text(environ.get("QUERY_STRING", "")),
        headers=SentHeaders(environ),
        path_values=path_values,
        body=body,
    )


class SentHeaders:
    """Headers straight from the environment: an answer asks for several, and the framework's view takes its time."""

    __slots__ = ("_environ",)

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._environ = environ

    def get(self, key: str, /) -> str | None:
        """The value, or None."""
        return self._environ.get(_VARIABLES[key])

    def shown(self) -> Mapping[str, str]:
        """All of them as they may be kept: those that open something without their values."""
        sent = self._environ.get(SENT)
        if sent is None:
            return _shown(self._environ.items())
        # Clients send the same headers over and over, and to keep them once is to keep little in memory.
        key = hash(sent)
        shown = _KNOWN.get(key)
        if shown is None:
            if len(_KNOWN) >= _MOST_KNOWN:
                _KNOWN.clear()
            shown = _KNOWN[key] = _shown(self._environ.items())
        return shown


SENT = "mock_server.sent"
"""In the environment of a request that came over a socket: its headers, pairs of names and values, as one tuple."""

_KNOWN: dict[int, Mapping[str, str]] = {}
_MOST_KNOWN = 256
_OPENING = frozenset({"HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_PROXY_AUTHORIZATION"}) | {
    f"HTTP_X_{name}" for name in ("MOCK_TOKEN", "SS_ID", "SS_PID")
}


def _shown(environ: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {
        _header(name): _hidden(text) if name in _OPENING else text
        for name, text in environ
        if name[:5] == "HTTP_" or name == "CONTENT_TYPE"
    }


def _hidden(text: str) -> str:
    """The scheme alone."""
    scheme, space, _ = text.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.isalpha() else HIDDEN


@lru_cache(maxsize=256)
def _header(variable: str) -> str:
    """The header that WSGI calls so."""
    return variable.removeprefix("HTTP_").replace("_", "-").title()


class _Variables(dict[str, str]):
    """What WSGI calls a header, by its name in any case. Only we and the rules for faults name headers."""

    def __missing__(self, header: str) -> str:
        name = header.upper().replace("-", "_")
        self[header] = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        return self[header]


_VARIABLES = _Variables()


class Readdressed:
    """An application whose requests come in under the method and path that the vendors' tables know."""

    def __init__(self, app: "WSGIApplication", vendors: Iterable[Vendor]) -> None:
        self._app = app
        self._vendors = tuple(vendor for vendor in vendors if vendor.readdress is not None)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        vendor = claimant(self._vendors, environ.get("PATH_INFO", ""))
        if vendor is not None and vendor.readdress is not None:
            request = environ[_READ] = request_of(environ, body=_form(environ))
            method, path = vendor.readdress(request)
            environ["REQUEST_METHOD"] = method
            environ["PATH_INFO"] = path if path.isascii() else path.encode().decode("latin-1")
        try:
            return self._app(environ, start_response)
        finally:
            environ.pop(_READ, None)  # it has the environment in it, and both would stay until they are searched for


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
