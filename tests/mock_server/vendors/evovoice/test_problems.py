"""Responses to requests that cannot be served (FACTS.md E4)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.mock_server.vendors.evovoice.callers import (
    AGENT,
    envelope,
)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ai"),
        ("GET", "/ai/nothing"),
        ("PUT", "/ai/sessions"),
        ("POST", "/ai/sessions/x"),
        ("GET", "/json/reply/X"),
        ("OPTIONS", "/ai/sessions"),
    ],
)
def test_no_route_or_verb_is_an_empty_404(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method)

    assert (response.status_code, response.data) == (404, b"")
    assert "Content-Type" not in response.headers


def test_an_unknown_id_is_404(client: FlaskClient) -> None:
    assert (response := client.get("/ai/sessions/S1")).status_code == 404
    assert response.json == envelope("NotFound", "AI session 'S1' was not found")


def test_html_is_redirected_to_the_sign_in_page(anonymous: FlaskClient) -> None:
    response = anonymous.get("/ai/sessions?page=1&format=html", headers={"Host": "mock.example:8400"})

    assert (response.status_code, response.data) == (302, b"")
    assert response.headers["Location"] == (
        "/login?redirect=http%3A%2F%2Fmock.example%3A8400%2Fai%2Fsessions%3Fpage%3D1%26format%3Dhtml"
    )


def test_with_a_callback_the_401_has_a_body(anonymous: FlaskClient) -> None:
    response = anonymous.get("/ai/sessions?callback=fn")

    assert (response.status_code, response.content_type) == (401, "text/javascript")
    assert response.text == (
        'fn({"responseStatus":{"errorCode":"Unauthorized","message":"Not Authenticated","errors":[]}})'
    )


def test_the_json_form_of_401_and_403(open_client: Callable[..., FlaskClient]) -> None:
    client = open_client(authorization="", json_auth_errors=True)

    anonymous, agent = client.get("/ai/sessions"), client.get("/ai/sessions", headers={"Authorization": AGENT})

    assert (anonymous.status_code, anonymous.json) == (401, envelope("Unauthorized", "Not Authenticated"))
    assert (agent.status_code, agent.json) == (403, envelope("Forbidden", "Invalid Role"))
