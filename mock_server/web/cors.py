"""Lets the pages of one origin use the server; without it browsers keep every page from reading an answer."""

import flask
from werkzeug.wrappers import Response

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_ALLOWED = "Authorization, Content-Type, Last-Event-ID, X-Mock-World, X-Mock-Fault, X-Mock-Token"


def allow_origin(app: flask.Flask, origin: str) -> None:
    """Answer the preflight of this origin's pages, and tell browsers to hand them the answers."""

    def preflight() -> Response | None:
        request = flask.request
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return flask.Response(status=204) if asked and request.headers.get("Origin") == origin else None

    def tell(response: flask.Response) -> flask.Response:
        response.headers["Vary"] = "Origin"
        if flask.request.headers.get("Origin") == origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED
        return response

    app.before_request(preflight)
    app.after_request(tell)
