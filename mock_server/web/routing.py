"""Flask routes made from the vendors' operation tables."""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wrappers import Response

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Answer, Operation, Request, Vendor
from mock_server.web.addressing import largest_body, request_of
from mock_server.web.pipeline import server_of
from mock_server.web.worlds import Worlds

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


_ENDING = re.compile(r"(/[^<>]*)/<(\w+)>")


class Final(flask.Response):
    """A response that goes out as it is: the framework's own has its headers checked and its body wrapped once more."""

    others: Sequence[tuple[str, str]] = ()

    def get_wsgi_response(self, environ: "WSGIEnvironment") -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Body, status and headers; a body that is there already in a list, which the server takes whole."""
        if self.status_code == HTTPStatus.NO_CONTENT:
            self.headers.pop("Content-Length", None)
        whole = isinstance(self.response, list) and self.status_code != HTTPStatus.NO_CONTENT
        ready = whole and environ["REQUEST_METHOD"] != "HEAD"
        body = cast(list[bytes], self.response) if ready else self.get_app_iter(environ)
        return body, self.status, [*self.headers, *self.others]


class Route(Rule):
    """A rule to match paths by. No address is made from it: the code that would make them took half of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002
        def build(*_: object) -> tuple[str, str]:
            raise NotImplementedError(f"no address is made from {self.rule}")

        return build


class Sessionless(SessionInterface):
    """Flask's own sessions, which nothing here uses: one for all, where the framework made one for each request."""

    _none = NullSession()

    def open_session(self, app: flask.Flask, request: flask.Request) -> NullSession:  # noqa: ARG002
        """That one."""
        return self._none


class Application(flask.Flask):
    """Flask, but paths are looked up in tables where they can, and no address is made of the Host header.

    Nothing here is served by host, and no path leads on to another, which is what the framework needs it for.
    No view is a coroutine, which it would look for at each request.
    """

    response_class = Final
    url_rule_class = Route
    session_interface = Sessionless()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func

    @cached_property
    def _fixed(self) -> Mapping[tuple[str, str], Rule]:
        """The routes without variables by method and path. None is added behind the first request."""
        return {(method, rule.rule): rule for method, rule in self._rules() if not rule.arguments}

    @cached_property
    def _ending(self) -> Mapping[tuple[str, str], tuple[Rule, str]]:
        """The routes whose last segment is their only variable, by method and what is before it, with its name."""
        found = ((method, rule, _ENDING.fullmatch(rule.rule)) for method, rule in self._rules())
        return {(method, match[1]): (rule, match[2]) for method, rule, match in found if match}

    def _rules(self) -> Iterator[tuple[str, Rule]]:
        for rule in self.url_map.iter_rules():
            for method in rule.methods or ():
                if method != "OPTIONS":  # whose answer the framework makes of all routes
                    yield method, rule

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """What finds the route; None when there is nothing to find any more."""
        if request is None:
            return None
        method, path = request.method, request.path
        request.url_rule = self._fixed.get((method, path))
        if request.url_rule is not None:
            request.view_args = {}
            return None
        before, _, last = path.rpartition("/")
        rule, name = self._ending.get((method, before), (None, ""))
        if rule is not None and last:
            request.url_rule, request.view_args = rule, {name: last}
            return None
        return MapAdapter(self.url_map, "", "/", "", "http", path, method)


def mount(app: flask.Flask, vendor: Vendor, worlds: Worlds) -> None:
    """Serve each operation of the vendor."""
    for operation in vendor.operations:
        app.add_url_rule(
            operation.path,
            endpoint=f"{vendor.name} {operation.name} {operation.path}",  # a full stop would name a blueprint
            view_func=_view(vendor, operation, worlds),
            methods=operation.methods,
            provide_automatic_options=None if vendor.answers_options else False,  # True adds no OPTIONS to methods
        )


def read_request(path_values: Mapping[str, str]) -> Request:
    """Return the current request as a plain value.

    Raises RequestEntityTooLarge for a body over the limit and Problem for one that is compressed.
    """
    here: flask.Request = flask.request._get_current_object()  # type: ignore[attr-defined]  # each use of the proxy costs
    environ = here.environ
    sent = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
    return request_of(environ, path_values, _body(here) if sent else b"")


def _body(request: flask.Request) -> bytes:
    """Return the body without a byte order mark."""
    largest = largest_body(request.path)
    request.max_content_length = largest + 1  # see create_app
    body = request.get_data(cache=False)
    if len(body) > largest:
        raise RequestEntityTooLarge
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if body and coding not in ("", "identity"):
        raise Problem(
            Kind.UNSUPPORTED_MEDIA, f"Content-Encoding {coding!r} is not supported; send the body uncompressed"
        )
    return body.removeprefix(BOM_UTF8)


def respond(answer: Answer) -> Response:
    """The answer as a response of Flask."""
    response = Final(answer.body, status=answer.status, content_type=answer.media_type)
    response.others = answer.headers
    if not answer.media_type:
        del response.headers["Content-Type"]
    return response


def _view(vendor: Vendor, operation: Operation, worlds: Worlds) -> Callable[..., Response]:
    serve = server_of(vendor, operation, worlds)

    def view(**path_values: str) -> Response:
        return respond(serve(read_request(path_values)))

    return view
