"""Flask routes made from the vendors' operation tables."""

from collections.abc import Callable

import flask

from mock_server.core.vendor import Operation, Vendor
from mock_server.web.faults import Sleep
from mock_server.web.pipeline import serve
from mock_server.web.requests import LEFT, read_request, to_flask
from mock_server.web.worlds import Worlds


def mount(app: flask.Flask, vendor: Vendor, worlds: Worlds) -> None:
    """Add a route for each operation of the vendor."""
    for operation in vendor.operations:
        app.add_url_rule(
            operation.path,
            endpoint=f"{vendor.name} {operation.name} {operation.path}",  # a full stop would name a blueprint
            view_func=_view(vendor, operation, worlds),
            methods=operation.methods,
            provide_automatic_options=None if vendor.answers_options else False,  # True adds no OPTIONS to methods
        )


def _view(
    vendor: Vendor, operation: "Operation[object, object, object]", worlds: Worlds
) -> Callable[..., flask.Response]:
    def view(**path_values: str) -> flask.Response:
        return to_flask(serve(vendor, operation, worlds, read_request(path_values), _sleep(worlds)))

    return view


def _sleep(worlds: Worlds) -> Sleep | None:
    """Return how the current request waits, None if it must not."""
    environ = flask.request.environ
    if LEFT not in environ:
        return worlds.sleep
    return None if environ[LEFT] is None else environ[LEFT].wait
