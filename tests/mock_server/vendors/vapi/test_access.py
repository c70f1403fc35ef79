"""Tokens, and the separation of organisations (FACTS.md F4 and F9)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server.core.clock import FrozenClock
from mock_server.vendors.vapi import VAPI
from tests.mock_server.vendors.vapi.conftest import reset

Refused = Callable[..., None]
OpenClient = Callable[..., FlaskClient]

MISSING = "Missing Authorization Header."
INVALID = "Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa."
SOME_ID = "6b4c494f-c22c-4bce-84fa-a7a86942c7d3"
OPERATIONS = (
    ("POST", "/session"),
    ("GET", "/session"),
    ("GET", "/session/export"),
    ("GET", f"/session/{SOME_ID}"),
    ("PATCH", f"/session/{SOME_ID}"),
    ("DELETE", f"/session/{SOME_ID}"),
)


def test_every_operation_is_in_the_table_above() -> None:
    known = {(method, path.replace(SOME_ID, "<id>")) for method, path in OPERATIONS}

    assert known == {(method, each.path) for each in VAPI.operations for method in each.methods}


@pytest.fixture
def anonymous(client: FlaskClient) -> FlaskClient:
    """A client that sends no token."""
    return client.application.test_client()


@pytest.fixture(scope="module")
def organisations(open_client: OpenClient) -> FlaskClient:
    """A client of the emulator with two organisations that `alpha` resets for each test."""
    return open_client(api_key=("alpha", "beta"), token="alpha")


@pytest.fixture
def alpha(organisations: FlaskClient, clock: FrozenClock) -> FlaskClient:
    """A client of the first of two organisations."""
    return reset(organisations, clock)


@pytest.fixture
def beta(alpha: FlaskClient) -> FlaskClient:
    """A client of the second organisation of the same emulator."""
    client = alpha.application.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer beta"
    return client


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_missing_token(anonymous: FlaskClient, assert_refused: Refused, method: str, path: str) -> None:
    assert_refused(anonymous.open(path, method=method, json={}), 401, MISSING)
    assert_refused(anonymous.open(path, method=method, headers={"Authorization": ""}), 401, MISSING)


@pytest.mark.parametrize("header", ["any-token", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer   ", "Token x"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_header_without_a_bearer_token(
    anonymous: FlaskClient, assert_refused: Refused, method: str, path: str, header: str
) -> None:
    response = anonymous.open(path, method=method, json={}, headers={"Authorization": header})

    assert_refused(response, 401, INVALID)


@pytest.mark.parametrize(
    "header", ["Bearer x", "bearer x", "BEARER x", "Bearer  x ", "Bearer a.b-c_d~e+f/g==", "Bearer ü"]
)
def test_any_token_is_accepted(anonymous: FlaskClient, header: str) -> None:
    assert anonymous.get("/session", headers={"Authorization": header}).status_code == 200


def test_all_tokens_open_one_organisation(client: FlaskClient, create: Callable[..., dict[str, Any]]) -> None:
    session = create()

    response = client.get(f"/session/{session['id']}", headers={"Authorization": "Bearer another"})

    assert response.json == session


@pytest.mark.parametrize("token", ["gamma", "Alpha", "alph", "alphaa", "alpha beta", "alpha,beta", "ä"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_token_that_is_not_a_key(
    alpha: FlaskClient, assert_refused: Refused, method: str, path: str, token: str
) -> None:
    response = alpha.open(path, method=method, json={}, headers={"Authorization": f"Bearer {token}"})

    assert_refused(response, 401, INVALID)


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/session?limit=1001", {}),
        ("GET", "/session/malformed", {}),
        ("POST", "/session", {"data": b"{", "content_type": "text/plain"}),
        ("PATCH", "/session/malformed", {"json": {"foo": 1}}),
        ("GET", "/session/export?format=xml", {}),
    ],
)
def test_token_comes_before_everything_else(
    anonymous: FlaskClient, assert_refused: Refused, method: str, path: str, options: dict[str, Any]
) -> None:
    assert_refused(anonymous.open(path, method=method, **options), 401, MISSING)


def test_health_needs_no_token(anonymous: FlaskClient) -> None:
    response = anonymous.get("/_mock/health")

    assert (response.status_code, response.json["status"]) == (200, "ok")


def test_each_key_has_its_own_organisation(alpha: FlaskClient, beta: FlaskClient) -> None:
    ours, theirs = (client.post("/session", json={}).json for client in (alpha, beta))
    again = alpha.post("/session", json={}).json

    assert ours["orgId"] == again["orgId"]
    assert ours["orgId"] != theirs["orgId"]


def test_list_and_export_contain_only_sessions_of_the_caller(alpha: FlaskClient, beta: FlaskClient) -> None:
    alpha.post("/session", json={"name": "ours"})
    beta.post("/session", json={"name": "theirs"})

    listed = alpha.get("/session").json
    exported = alpha.get("/session/export?columns=name").text

    assert [row["name"] for row in listed["results"]] == ["ours"]
    assert listed["metadata"]["totalItems"] == 1
    assert exported == "name\r\nours\r\n"


@pytest.mark.parametrize("query", ["id={}", "idAny={}", "name=theirs", "limit=1000"])
def test_no_filter_reaches_another_organisation(alpha: FlaskClient, beta: FlaskClient, query: str) -> None:
    theirs = beta.post("/session", json={"name": "theirs"}).json["id"]

    assert alpha.get(f"/session?{query.format(theirs)}").json["results"] == []
    assert alpha.get(f"/session/export?format=json&{query.format(theirs)}").json == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_session_of_another_organisation_is_not_found(
    alpha: FlaskClient, beta: FlaskClient, assert_refused: Refused, method: str
) -> None:
    theirs = beta.post("/session", json={"name": "theirs"}).json

    response = alpha.open(f"/session/{theirs['id']}", method=method, json={"name": "taken"})

    assert_refused(response, 404, "Session Not Found")
    assert beta.get(f"/session/{theirs['id']}").json == theirs


def test_each_organisation_is_seeded(open_client: OpenClient) -> None:
    alpha = open_client(api_key=("alpha", "beta"), token="alpha", sessions=20)

    ours = alpha.get("/session").json
    theirs = alpha.get("/session", headers={"Authorization": "Bearer beta"}).json

    assert ours["metadata"]["totalItems"] == theirs["metadata"]["totalItems"] == 20
    assert not {row["id"] for row in ours["results"]} & {row["id"] for row in theirs["results"]}
