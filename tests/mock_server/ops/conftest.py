"""A server with a few sessions and a clock that stands still, through each of the three doors."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings, create_app
from tests.mock_server.conftest import Served
from tests.patience import PATIENCE

NINE = "2026-01-31T09:00:00Z"
TOKEN = {"Authorization": "Bearer any"}
Door = Callable[..., httpx.Client]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what a test has begun."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def in_process(stack: ExitStack) -> Door:
    """Clients of applications without a socket."""

    def make(**settings: Any) -> httpx.Client:
        app = create_app(Settings.of({"sessions": 5, "clock": NINE, **settings}))
        stack.callback(app.extensions["mock_server"].close)
        transport = httpx.WSGITransport(app)
        return stack.enter_context(httpx.Client(transport=transport, base_url="http://localhost", headers=TOKEN))

    return make


@pytest.fixture
def over_a_socket(stack: ExitStack) -> Door:
    """Clients of servers in this process."""

    def make(**settings: Any) -> httpx.Client:
        server = stack.enter_context(MockServer(**{"sessions": 5, "clock": NINE, **settings}))
        return stack.enter_context(httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE))

    return make


@pytest.fixture
def of_the_command(stack: ExitStack, launch: Callable[..., Served]) -> Door:
    """Clients of `mock-server serve`."""

    def make(**settings: Any) -> httpx.Client:
        variables = {f"MOCK_SERVER_{name.upper()}": str(value) for name, value in settings.items()}
        served = launch("--port", 0, **{"MOCK_SERVER_SESSIONS": "5", "MOCK_SERVER_CLOCK": NINE, **variables})
        return stack.enter_context(httpx.Client(base_url=served.url, headers=TOKEN, timeout=PATIENCE))

    return make


@pytest.fixture(params=["in_process", "over_a_socket", pytest.param("of_the_command", marks=pytest.mark.slow)])
def door(request: pytest.FixtureRequest) -> Door:
    """Each of the three doors."""
    found: Door = request.getfixturevalue(request.param)
    return found
