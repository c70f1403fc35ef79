"""GET /_mock/health, and the answers on paths that nobody claims."""

from importlib.metadata import version
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server import Settings, create_app
from mock_server.ops import ROUTES


@pytest.fixture
def client() -> FlaskClient:
    """A client without a token."""
    return create_app(Settings(sessions=2, api_key=("alpha", "beta"))).test_client()


def test_health_says_what_is_served(client: FlaskClient) -> None:
    answer = client.get("/_mock/health")

    release = version("voice-session-emulator")
    assert (answer.status_code, answer.content_type) == (200, "application/json; charset=utf-8")
    assert (
        answer.get_data(as_text=True) == f'{{"status":"ok","version":"{release}","sessions":{{"vapi":4,"evovoice":2}}}}'
    )


def test_health_counts_what_was_made_and_deleted(client: FlaskClient) -> None:
    token = {"Authorization": "Bearer alpha"}
    created = client.post("/session", json={}, headers=token).json
    counts = [client.get("/_mock/health").json["sessions"]["vapi"]]

    client.delete(f"/session/{created['id']}", headers=token)

    assert [*counts, client.get("/_mock/health").json["sessions"]["vapi"]] == [5, 4]


@pytest.mark.parametrize("path", ["/_mock/health", "/_mock/health/", "/_mock/health?verbose=1"])
def test_health_has_an_empty_head(client: FlaskClient, path: str) -> None:
    answer = client.head(path)

    assert (answer.status_code, answer.get_data()) == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_health_is_for_reading(client: FlaskClient, method: str) -> None:
    answer = client.open("/_mock/health", method=method)

    allowed = {name.strip() for name in answer.headers["Allow"].split(",")}
    assert (answer.status_code, allowed) == (405, {"GET", "HEAD", "OPTIONS"})


@pytest.mark.parametrize("path", ["/", "/sessions", "/_mock", "/_mock/nothing", "//session", "/favicon.ico", "/%00"])
def test_a_path_of_nobody_lists_what_is_emulated(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    body: dict[str, Any] = answer.json
    assert (answer.status_code, answer.content_type) == (404, "application/json; charset=utf-8")
    assert (body["error"], [*body]) == ("no such path", ["error", "message", "emulated", "control"])
    assert body["control"] == [f"{route.method} {route.path}" for route in ROUTES]
    assert {"GET /_mock/health", "POST /_mock/reset", "GET /_mock/openapi.json"} <= {*body["control"]}
    assert body["emulated"] == [
        "POST /session",
        "GET /session",
        "GET /session/export",
        "GET /session/<id>",
        "PATCH /session/<id>",
        "DELETE /session/<id>",
        "GET /ai/sessions",
        "POST /ai/sessions",
        "GET /ai/sessions/<sessionId>",
        "PATCH /ai/sessions/<sessionId>",
        "DELETE /ai/sessions/<sessionId>",
        "POST /ai/sessions/<sessionId>/apply",
        "DELETE /ai/sessions/<sessionId>/actions",
        "DELETE /ai/sessions/<sessionId>/actions/<actionId>",
        "GET|POST|PUT|PATCH|DELETE /ai/usage",
        "GET /accounts",
        "GET /accounts/<accountId>",
        "GET /auth/status",
        "GET|POST /auth",
        "GET|POST /auth/<provider>",
    ]
