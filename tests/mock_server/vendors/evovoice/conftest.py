"""Emulators of Evo Voice whose clock is frozen at nine o'clock until a test moves it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mock_server import Settings, create_app
from mock_server.core.clock import Clock, FrozenClock, parse_instant
from tests.mock_server.vendors.evovoice.callers import ADMIN, NINE


@pytest.fixture(scope="session")
def open_client() -> Callable[..., FlaskClient]:
    """Return a function that makes clients, each of a new emulator. They are the administrator and keep no cookies."""

    def make(*, clock: Clock | None = None, authorization: str = ADMIN, **settings: Any) -> FlaskClient:
        app = create_app(Settings(**{"sessions": 0, "clock": NINE, "vendor": ("evovoice",), **settings}), clock=clock)
        return _client(app, authorization)

    return make


def _client(app: Flask, authorization: str) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = authorization
    client.environ_base["HTTP_ACCEPT"] = "application/json"
    return client


@pytest.fixture
def clock() -> FrozenClock:
    """The time of `client`: 2026-01-31T09:00:00.000Z until a test sets it."""
    return FrozenClock(parse_instant(NINE))


@pytest.fixture(scope="session")
def shared(open_client: Callable[..., FlaskClient]) -> Flask:
    """The application that `emulator` resets for each test."""
    return open_client().application


@pytest.fixture
def emulator(shared: Flask, clock: FrozenClock) -> Flask:
    """An emulator without sessions, as if it were new. Its time follows the clock."""
    worlds = shared.extensions["mock_server"]
    worlds.reset(worlds.default)
    clock.listen(lambda: worlds.default.clock.freeze(clock.instant))
    return shared


@pytest.fixture
def client(emulator: Flask) -> FlaskClient:
    """A client of an emulator without sessions."""
    return _client(emulator, ADMIN)


@pytest.fixture
def anonymous(emulator: Flask) -> FlaskClient:
    """A client of an emulator without sessions, which sends no credentials."""
    return _client(emulator, "")


@pytest.fixture(scope="session")
def seeded(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """A client of an emulator with the 250 sessions of seed 1. Do not write to it: all tests share it."""
    return open_client(sessions=250)


@pytest.fixture(scope="session")
def everything(seeded: FlaskClient) -> list[dict[str, Any]]:
    """All seeded sessions, newest first."""
    rows: list[dict[str, Any]] = seeded.get("/ai/sessions?all=true").json["items"]
    assert len(rows) == 250
    return rows


@pytest.fixture
def create(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    """Return a function that makes a session with the given members through `client`."""

    def post(**members: Any) -> dict[str, Any]:
        response = client.post("/ai/sessions", json=members)
        assert response.status_code == 200, response.text
        return dict(response.json)

    return post
