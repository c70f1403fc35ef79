"""Lets pages of other origins use the server, as the Fetch standard has it; browsers keep answers from all others."""

from collections.abc import Collection, Iterable

import flask

ANY = "*"
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_MAX_AGE = "600"  # seconds that a browser need not ask again
_ASKED = "Access-Control-Request-Method, Access-Control-Request-Headers"
# What pages can read without being told (Fetch, 2.2.3), and what no page can or needs to.
_UNEXPOSED = frozenset(
    {
        "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma",
        "set-cookie", "vary",
    }
)  # fmt: skip


def allow_origins(app: flask.Flask, origins: Collection[str]) -> None:
    """Answer the preflights of these origins' pages, and tell browsers to hand them the responses.

    Listed origins may send cookies and credentials; with `*` all others may use the server without them.
    """

    def allowed() -> str | None:
        origin = flask.request.headers.get("Origin")
        return origin if origin in origins else ANY if origin is not None and ANY in origins else None

    def preflight() -> flask.Response | None:
        asked = flask.request.method == "OPTIONS" and "Access-Control-Request-Method" in flask.request.headers
        if not asked or allowed() is None:
            return None
        response = flask.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Max-Age"] = _MAX_AGE
        response.headers["Vary"] = _ASKED
        if wanted := flask.request.headers.get("Access-Control-Request-Headers"):
            response.headers["Access-Control-Allow-Headers"] = wanted
        return response

    def tell(response: flask.Response) -> flask.Response:
        response.headers.add("Vary", "Origin")
        origin = allowed()
        if origin is None:
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
        if origin != ANY:
            response.headers["Access-Control-Allow-Credentials"] = "true"
        if exposed := _exposed(response):
            response.headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
        return response

    app.before_request(preflight)
    app.after_request(tell)


def _exposed(response: flask.Response) -> Iterable[str]:
    """Return the headers of the response that a page could not read otherwise."""
    names = dict.fromkeys(name for name, _ in response.headers)
    return [name for name in names if name.lower() not in _UNEXPOSED and not name.lower().startswith("access-control-")]
