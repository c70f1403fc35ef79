"""The pytest plugin: a mock server for the whole run, and a world of its own for each test.

Every pytest of an environment loads this package, so it has a name that no project uses, and it imports nothing but
pytest until a fixture is asked for. A project may have a module called `mock_server` itself; only tests that use the
fixtures then fail, and say why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .world import FrozenTime, Mock

_SERVER = pytest.StashKey[Any]()  # a sharing.Server
_MOCK = pytest.StashKey["Mock"]()
_WORKER_INPUT = "mock_server_url"
_TOKEN = "mock_server_admin_token"
_DEFAULT_NOW = "2026-01-31T09:00:00Z"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the keys of the ini file."""
    group = parser.getgroup("mock-server", "a stand-in for voice-AI session APIs")
    group.addoption("--mock-server-url", metavar="URL", help="Use a server that is already running.")
    group.addoption(
        "--mock-server-admin-token",
        metavar="TOKEN",
        help="The --admin-token of that server; also the variable MOCK_SERVER_ADMIN_TOKEN.",
    )
    parser.addini(_TOKEN, "The --admin-token of the server that --mock-server-url names.", default="")
    parser.addini("mock_server_world", "The world of tests without the marker.", default="demo")
    parser.addini("mock_server_seed", "Where ids, people and texts come from.", default="1")
    parser.addini("mock_server_clock", "The instant at which frozen_clock stands.", default=_DEFAULT_NOW)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "world(name): the data set that the mock server has in this test.")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the address of the controller's server, which starts with the first request.

    Without a socket to listen on, a worker that needs a server makes its own attempt, and reports why it fails.
    """
    try:
        node.workerinput[_WORKER_INPUT] = _url(node.config)
    except OSError:
        return


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of this run."""
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.stop()


@pytest.fixture
def mock_server(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The server, and a world of its own for this test."""
    from . import sharing, world

    config = request.config
    if not _given_url(config) and (reason := sharing.hidden()):
        pytest.fail(reason, pytrace=False)
    url = getattr(config, "workerinput", {}).get(_WORKER_INPUT) or _url(config)
    marker = request.node.get_closest_marker("world")
    name = marker.args[0] if marker is not None else config.getini("mock_server_world")
    mock = request.node.stash[_MOCK] = world.Mock(url, world.unique(name, request.node.nodeid), _admin_token(config))
    world.make(mock, _frozen_at(config) if "frozen_clock" in request.node.fixturenames else None)
    yield mock
    world.drop(mock)


@pytest.fixture
def frozen_clock(mock_server: Mock, request: pytest.FixtureRequest) -> FrozenTime:
    """The clock of this test's world, frozen until the test moves it; the data set is dated by it."""
    from . import world

    if "frozen_clock" not in request.node.fixturenames:  # asked for by getfixturevalue, after the world was made
        mock_server.control("POST", "/reset", {"clock": _frozen_at(request.config)})
    return world.FrozenTime(mock_server)


@pytest.fixture(scope="session")
def _http_client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """One HTTP client for all tests: making one takes longer than most of them."""
    from . import world

    httpx = pytest.importorskip("httpx")
    # Without a proxy or a .netrc of the environment for a server on this machine.
    with httpx.Client(timeout=world.TIMEOUT, trust_env=not world.is_local(_given_url(request.config))) as client:
        yield client


@pytest.fixture
def vapi_client(mock_server: Mock, _http_client: Any) -> Any:
    """Vapi's own SDK, in this test's world."""
    vapi = pytest.importorskip("vapi")
    return vapi.Vapi(token=mock_server.token, base_url=mock_server.url, httpx_client=_http_client)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add what the server received to the report of a failed test."""
    outcome: Any = yield
    report, mock = outcome.get_result(), item.stash.get(_MOCK, None)
    if mock is not None and report.when == "call" and report.failed:
        from .received import received

        report.sections.append(("mock server", received(mock)))


def _given_url(config: pytest.Config) -> str:
    """The address that the command line gives, without a slash at the end; empty for a server of this run."""
    return (config.getoption("--mock-server-url") or "").rstrip("/")


def _frozen_at(config: pytest.Config) -> str:
    return str(config.getini("mock_server_clock"))


def _admin_token(config: pytest.Config) -> str:
    import os

    given = config.getoption("--mock-server-admin-token") or config.getini(_TOKEN)
    return given or os.environ.get(_TOKEN.upper(), "") if _given_url(config) else ""


def _url(config: pytest.Config) -> str:
    """The address of the server to use; a server of this run listens from now on. Raises OSError."""
    given = _given_url(config)
    if given:
        return given
    server = config.stash.get(_SERVER, None)
    if server is None:
        from .sharing import Server

        server = config.stash[_SERVER] = Server(int(config.getini("mock_server_seed")))
    url: str = server.url
    return url
