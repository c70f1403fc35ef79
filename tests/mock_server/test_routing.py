"""How a request finds its route, and what it leaves behind."""

import gc
from collections.abc import Iterator

import flask
import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import create_environ

from mock_server import create_app

ADMINISTRATOR = {"Authorization": "Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4="}
REQUESTS = {
    "Vapi": ("/session", {"Authorization": "Bearer x"}),
    "Evo Voice": ("/ai/sessions", ADMINISTRATOR),
    "refused": ("/session?limit=x", {"Authorization": "Bearer x"}),
}


@pytest.fixture(scope="module")
def app() -> flask.Flask:
    return create_app()


def test_every_route_is_the_one_that_the_framework_finds(app: flask.Flask) -> None:
    adapter = app.url_map.bind("")
    known = {rule.rule.replace("<", "").replace(">", "") for rule in app.url_map.iter_rules()}

    for path in known | {f"{path}/" for path in known} | {f"{path}/x" for path in known} | {"/", "/sessions", "/x/y"}:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
            with app.test_request_context(path, method=method) as context:
                context.push()
                found = (context.request.url_rule, context.request.view_args)
                context.pop()
            try:
                expected = adapter.match(path, method, return_rule=True)
            except (NotFound, MethodNotAllowed):
                expected = (None, None)
            assert found == expected, (method, path)


@pytest.fixture
def uncollected() -> Iterator[list[object]]:
    """What only the garbage collector would free."""
    gc.collect()
    gc.freeze()  # what was there before is not looked at each time
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_leaves_nothing_to_the_collector(app: flask.Flask, uncollected: list[object], name: str) -> None:
    path, headers = REQUESTS[name]

    def ask() -> int:
        statuses: list[int] = []
        app.wsgi_app(create_environ(path, headers=headers), lambda status, *_: statuses.append(int(status[:3])))
        return statuses[0]

    ask()
    gc.collect()
    uncollected.clear()
    assert ask() in (200, 400)
    gc.collect()

    assert not [item for item in uncollected if isinstance(item, dict) and "REQUEST_METHOD" in item]
