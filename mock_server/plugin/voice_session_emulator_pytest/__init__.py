"""The pytest plugin: one mock server for the whole run, and a separate world for each test.

Every pytest of an environment loads this package, so it has a name that no project uses, and it imports only pytest
until a test uses a fixture. A project may have its own module called `mock_server`; then only tests that use the
fixtures fail, and they say why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from .vendors import clients

if TYPE_CHECKING:
    from .world import FrozenTime, Mock

_SERVER = pytest.StashKey[Any]()  # a sharing.Server
_MOCK = pytest.StashKey["Mock"]()
_WORKER_INPUT = "mock_server_url"
_TOKEN = "mock_server_admin_token"
_DEFAULT_NOW = "2026-01-31T09:00:00Z"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the keys of the ini file."""
    group = parser.getgroup("mock-server", "a mock server for voice-AI session APIs")
    group.addoption("--mock-server-url", metavar="URL", help="Use a server that is already running.")
    group.addoption(
        "--mock-server-admin-token",
        metavar="TOKEN",
        help="The --admin-token of that server; also the variable MOCK_SERVER_ADMIN_TOKEN.",
    )
    parser.addini(_TOKEN, "The --admin-token of the server that --mock-server-url names.", default="")
    parser.addini("mock_server_world", "The data set of tests without the marker `world`.", default="demo")
    parser.addini("mock_server_seed", "Seed of all ids, people and texts.", default="1")
    parser.addini("mock_server_clock", "The instant at which frozen_clock starts.", default=_DEFAULT_NOW)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "world(name): the data set of the mock server in this test.")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass a worker of pytest-xdist the URL of the controller's server, which starts at the first request.

    If the controller cannot open a socket, each worker that needs a server tries again and reports the error.
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
    """The server, with a separate world for this test."""
    from . import sharing, world

    config = request.config
    if not _given_url(config) and (reason := sharing.hidden()):
        pytest.fail(reason, pytrace=False)
    url = getattr(config, "workerinput", {}).get(_WORKER_INPUT) or _url(config)
    marker = request.node.get_closest_marker("world")
    name = marker.args[0] if marker is not None else config.getini("mock_server_world")
    mock = request.node.stash[_MOCK] = world.Mock(url, world.unique(name, request.node.nodeid), _admin_token(config))
    try:
        world.make(mock, _frozen_at(config) if "frozen_clock" in request.node.fixturenames else None)
    except (OSError, ValueError) as error:
        _refuse_url(config, error)
    yield mock
    world.drop(mock)


@pytest.fixture
def frozen_clock(mock_server: Mock, request: pytest.FixtureRequest) -> FrozenTime:
    """The clock of this test's world, frozen until the test moves it; the data set is dated by it."""
    from . import world

    if "frozen_clock" not in request.node.fixturenames:  # requested with getfixturevalue, after the world was made
        mock_server.control("POST", "/reset", {"clock": _frozen_at(request.config)})
    return world.FrozenTime(mock_server)


@pytest.fixture(scope="session")
def _http_client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """One HTTP client for all tests, because making one takes longer than most tests."""
    from . import world

    httpx = pytest.importorskip("httpx")
    # For a server on this machine, ignore proxies and .netrc of the environment.
    with httpx.Client(timeout=world.TIMEOUT, trust_env=not world.is_local(_given_url(request.config))) as client:
        yield client


def _client_fixture(client: dict[str, Any]) -> Any:
    """Return the fixture of a vendor's client."""

    def make(mock_server: Mock, _http_client: Any) -> Any:
        module, _, name = client["class"].rpartition(".")
        values = {"token": mock_server.token, "url": mock_server.url, "http_client": _http_client}
        arguments = {argument: values[value] for argument, value in client["arguments"].items()}
        return getattr(pytest.importorskip(module), name)(**arguments)

    make.__doc__ = client["description"]
    return pytest.fixture(make, name=client["fixture"])


globals().update({client["fixture"]: _client_fixture(client) for client in clients()})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add what the server received to the report of a failed test."""
    outcome: Any = yield
    report, mock = outcome.get_result(), item.stash.get(_MOCK, None)
    if mock is not None and report.when == "call" and report.failed:
        from .received import received

        report.sections.append(("mock server", received(mock)))


def _given_url(config: pytest.Config) -> str:
    """Return the URL that the command line gives, without a trailing slash; empty for a server of this run."""
    return (config.getoption("--mock-server-url") or "").rstrip("/")


def _refuse_url(config: pytest.Config, error: Exception) -> NoReturn:
    """End the run with a usage error if no mock server answers at --mock-server-url; else raise the error."""
    url = _given_url(config)
    if not url:
        raise error
    reason = (
        f"--mock-server-url {url}: no mock server answers there ({getattr(error, 'reason', error)}); "
        "start one with `mock-server serve`, or leave the option out to use a server of this run"
    )
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist cannot end the run
        pytest.fail(reason, pytrace=False)
    pytest.exit(reason, returncode=pytest.ExitCode.USAGE_ERROR)


def _frozen_at(config: pytest.Config) -> str:
    return str(config.getini("mock_server_clock"))


def _admin_token(config: pytest.Config) -> str:
    import os

    given = config.getoption("--mock-server-admin-token") or config.getini(_TOKEN)
    return given or os.environ.get(_TOKEN.upper(), "") if _given_url(config) else ""


def _url(config: pytest.Config) -> str:
    """Return the URL of the server to use; a server of this run listens from now on. Raise OSError."""
    given = _given_url(config)
    if given:
        return given
    server = config.stash.get(_SERVER, None)
    if server is None:
        from .sharing import Server

        server = config.stash[_SERVER] = Server(int(config.getini("mock_server_seed")))
    url: str = server.url
    return url
