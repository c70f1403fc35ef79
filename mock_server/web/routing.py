"""Flask routes made from the vendors' operation tables."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import flask
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from mock_server.core.vendor import Answer, Operation, Request, Vendor
from mock_server.web import pipeline
from mock_server.web.addressing import LARGEST_BODY, SentHeaders, sent_path, sent_query
from mock_server.web.worlds import Worlds


def mount(app: flask.Flask, vendor: Vendor, worlds: Worlds) -> None:
    """Serve each operation of the vendor."""
    for operation in vendor.operations:
        app.add_url_rule(
            operation.path,
            endpoint=f"{vendor.name}.{operation.name} {operation.path}",
            view_func=_view(vendor, operation, worlds),
            methods=operation.methods,
            provide_automatic_options=None if vendor.answers_options else False,  # True adds no OPTIONS to methods
        )


def read_request(path_values: Mapping[str, str]) -> Request:
    """The request at hand as a plain value. Raises RequestEntityTooLarge for a body over the limit."""
    here: flask.Request = flask.request._get_current_object()  # type: ignore[attr-defined]  # each use of the proxy costs
    environ = here.environ
    return Request(
        method=here.method,
        path=sent_path(environ),
        query=sent_query(environ),
        headers=SentHeaders(environ),
        path_values=path_values,
        body=_body(here) if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ else b"",
    )


def _body(request: flask.Request) -> bytes:
    body = request.get_data(cache=False)
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge
    return body


def respond(answer: Answer) -> Response:
    """The answer as a response of Flask."""
    headers = Headers(answer.headers) if answer.headers else None
    response = _Final(answer.body, status=answer.status, headers=headers, content_type=answer.media_type)
    if not answer.media_type:
        del response.headers["Content-Type"]
    return response


class _Final(flask.Response):
    """A response whose headers are as they shall be; the framework's own would copy and check them once more."""

    def get_wsgi_headers(self, _: object) -> Headers:
        """The headers, without a length where there cannot be a body."""
        if self.status_code == HTTPStatus.NO_CONTENT:
            self.headers.pop("Content-Length", None)
        return self.headers


def _view(vendor: Vendor, operation: Operation, worlds: Worlds) -> Callable[..., Response]:
    def view(**path_values: str) -> Response:
        return respond(pipeline.serve(vendor, operation, worlds, read_request(path_values)))

    return view
