"""Rewrites method and path to the vendor's own spelling before Flask matches a route."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mock_server.core.vendor import Request, Vendor
from mock_server.web.requests import LARGEST_BODY, SENT, first_segment, headers_of, wsgi_text

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RewriteMiddleware:
    """WSGI middleware that gives requests the method and path that the vendors' tables have.

    What was sent stays in the environment under SENT.
    """

    def __init__(self, app: "WSGIApplication", vendors: Iterable[Vendor]) -> None:
        self._app = app
        self._rewrites = {
            prefix: vendor.rewrite for vendor in vendors if vendor.rewrite is not None for prefix in vendor.prefixes
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        sent = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        rewrite = self._rewrites.get(first_segment(sent[1]).lower())
        if rewrite is not None:
            environ[SENT] = sent
            method, path = rewrite(_request(environ))
            environ["REQUEST_METHOD"], environ["PATH_INFO"] = method, path.encode().decode("latin-1")
        return self._app(environ, start_response)


def _request(environ: "WSGIEnvironment") -> Request:
    """Return the request; only a form has its body, where a field may name another method."""
    return Request(
        method=environ["REQUEST_METHOD"].upper(),
        path=wsgi_text(environ.get("PATH_INFO", "")),
        query=wsgi_text(environ.get("QUERY_STRING", "")),
        headers=headers_of(environ),
        body=_form(environ),
    )


def _form(environ: "WSGIEnvironment") -> bytes:
    """Return the body of a form, and leave it in place for the view."""
    length = environ.get("CONTENT_LENGTH", "")
    if not environ.get("CONTENT_TYPE", "").lower().startswith(_FORMS) or not length.isdecimal():
        return b""
    if int(length) > LARGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
