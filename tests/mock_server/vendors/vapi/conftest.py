"""Emulators of Vapi whose clock is frozen at nine o'clock until a test sets it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mock_server import MockServer, Settings, create_app
from mock_server.core.clock import Clock, FrozenClock, parse_instant

NINE = "2026-01-31T09:00:00Z"
_ERRORS = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
}


def reset(emulator: FlaskClient, clock: FrozenClock) -> FlaskClient:
    """Return another client of the emulator, with the state it started with and a time that follows the clock."""
    worlds = emulator.application.extensions["mock_server"]
    worlds.reset(worlds.default)
    clock.listen(lambda: worlds.default.clock.freeze(clock.instant))
    client = emulator.application.test_client()
    client.environ_base.update(emulator.environ_base)
    return client


@pytest.fixture(scope="session")
def open_client() -> Callable[..., FlaskClient]:
    """A function that makes clients, each of a new emulator; they send the token unless a request overrides it."""

    def make(*, clock: Clock | None = None, token: str = "any-token", **settings: Any) -> FlaskClient:
        app = create_app(Settings(**{"sessions": 0, "clock": NINE, **settings}), clock=clock)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return make


@pytest.fixture
def clock() -> FrozenClock:
    """The time of `client`: 2026-01-31T09:00:00.000Z until a test sets it."""
    return FrozenClock(parse_instant(NINE))


@pytest.fixture(scope="session")
def emulator(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """A client of the emulator that `client` resets for each test."""
    return open_client()


@pytest.fixture
def client(emulator: FlaskClient, clock: FrozenClock) -> FlaskClient:
    """A client of an emulator without sessions, as if it were new."""
    return reset(emulator, clock)


@pytest.fixture
def create(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    """A function that creates a session with the given fields through `client`."""

    def post(**fields: Any) -> dict[str, Any]:
        response = client.post("/session", json=fields)
        assert response.status_code == 201, response.text
        return dict(response.json)

    return post


@pytest.fixture(scope="session")
def seeded(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """A client of an emulator with the 250 sessions of seed 1. Read only: all tests share it."""
    return open_client(sessions=250)


@pytest.fixture(scope="session")
def everything(seeded: FlaskClient) -> list[dict[str, Any]]:
    """All seeded sessions, newest first."""
    rows: list[dict[str, Any]] = seeded.get("/session?limit=1000").json["results"]
    assert len(rows) == 250
    return rows


@pytest.fixture(scope="session")
def server() -> Iterator[MockServer]:
    """A running emulator without sessions, for tests that need real HTTP. All of them add to it."""
    with MockServer(sessions=0, clock=NINE) as running:
        httpx.get(f"{running.url}/_mock/health")  # its threads and sockets are there once it has answered
        yield running


@pytest.fixture(scope="session")
def assert_refused() -> Callable[[TestResponse, int, str | list[str]], None]:
    """A function that checks Vapi's error envelope, including the order of its keys."""

    def check(response: TestResponse, status: int, message: str | list[str]) -> None:
        expected = {"message": message, "error": _ERRORS[status], "statusCode": status}
        assert (response.status_code, response.json) == (status, expected)
        assert list(response.json) == ["message", "error", "statusCode"]
        assert response.content_type == "application/json; charset=utf-8"

    return check
