"""Fixtures for tests of what talks to the emulated APIs: one server for all of them, a world for each.

The server starts when the first test asks for it; under pytest-xdist all workers share the one of the controller.
Nothing of the emulator is imported before.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest

if TYPE_CHECKING:
    from mock_server.server import MockServer

_WORLD = "world"
_SERVER = pytest.StashKey["_Server"]()
_USED = pytest.StashKey["Mock"]()
_WORKER_INPUT = "mock_server_url"
_SHOWN = 20  # requests that a failing test tells of
_SECONDS = 30.0
_DEFAULT_NOW = "2026-01-31T09:00:00Z"
_numbers = count(1)


@dataclass(frozen=True)
class Mock:
    """The server as one test sees it: its address, and the world that no other test meets."""

    url: str
    world: str

    @property
    def token(self) -> str:
        """A bearer token that opens the test's world."""
        return f"world:{self.world}"

    @property
    def headers(self) -> dict[str, str]:
        """Headers that lead any request into the test's world."""
        return {"X-Mock-World": self.world}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API about this world, such as ("PUT", "/clock", {"advance": 60}).

        Raises AssertionError with the server's own words for a refusal.
        """
        return _ask(self.url, method, f"/_mock{path}", self.headers, body if method == "GET" else body or {})

    def requests(self, **pattern: Any) -> list[dict[str, Any]]:
        """The requests that the server received in this test; `pattern` as in GET /_mock/requests."""
        found: list[dict[str, Any]] = self.control("GET", f"/requests?{urlencode(pattern)}")["requests"]
        return found

    def expect(self, request: dict[str, Any], **counts: int) -> None:
        """Fail the test, with what the nearest request differs in, unless such requests were received."""
        answer = self.control("POST", "/requests/expect", {"request": request, **counts})
        assert answer["met"], json.dumps(answer, indent=1, ensure_ascii=False)

    def fault(self, *rules: dict[str, Any]) -> None:
        """Let these faults happen in this test, as in PUT /_mock/faults."""
        self.control("PUT", "/faults", {"rules": list(rules)})


@dataclass(frozen=True)
class FrozenTime:
    """The clock of the test's world, which stands still."""

    mock: Mock

    @property
    def now(self) -> str:
        """ISO 8601, in UTC."""
        found: str = self.mock.control("GET", "/clock")["now"]
        return found

    def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        self.mock.control("PUT", "/clock", {"advance": seconds})

    def jump(self, instant: str) -> None:
        """Go to an instant."""
        self.mock.control("PUT", "/clock", {"jump": instant})


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mock-server", "a stand-in for voice-AI session APIs")
    group.addoption("--mock-server-url", metavar="URL", help="Use a server that is up already, not one of this run.")
    parser.addini("mock_server_world", "The world of tests without the marker.", default="demo")
    parser.addini("mock_server_seed", "Where ids, people and texts come from.", default="1")
    parser.addini("mock_server_clock", "Where frozen_clock stands.", default=_DEFAULT_NOW)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "world(name): the data set that the mock server has in this test.")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the controller's server is."""
    node.workerinput[_WORKER_INPUT] = _server(node.config).url


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.stop()


@pytest.fixture
def mock_server(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The server, and a world of its own for this test."""
    config = request.config
    url = getattr(config, "workerinput", {}).get(_WORKER_INPUT) or _server(config).url
    marker = request.node.get_closest_marker(_WORLD)
    name = marker.args[0] if marker is not None else config.getini("mock_server_world")
    test = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]
    mock = request.node.stash[_USED] = Mock(url, f"{name}:{os.getpid()}-{next(_numbers)}-{test}")
    mock.control("GET", "/clock")  # which makes the world, or says why there is none
    yield mock
    mock.control("DELETE", f"/worlds/{mock.world.replace(':', '/')}")


@pytest.fixture
def frozen_clock(mock_server: Mock, request: pytest.FixtureRequest) -> FrozenTime:
    """Time stands still in this test's world, until the test moves it."""
    mock_server.control("PUT", "/clock", {"freeze": request.config.getini("mock_server_clock")})
    return FrozenTime(mock_server)


@pytest.fixture(scope="session")
def _http_client() -> Iterator[Any]:
    """One for all tests, since making one takes longer than most of them."""
    httpx = pytest.importorskip("httpx")
    with httpx.Client(timeout=_SECONDS) as client:
        yield client


@pytest.fixture
def vapi_client(mock_server: Mock, _http_client: Any) -> Any:
    """Vapi's own SDK, in this test's world."""
    vapi = pytest.importorskip("vapi")
    return vapi.Vapi(token=mock_server.token, base_url=mock_server.url, httpx_client=_http_client)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add what the server received to the report of a test that failed."""
    outcome: Any = yield
    report, mock = outcome.get_result(), item.stash.get(_USED, None)
    if mock is not None and report.when == "call" and report.failed:
        report.sections.append(("mock server", _told(mock)))


def _told(mock: Mock) -> str:
    try:
        requests = mock.requests()
    except (AssertionError, OSError) as error:
        return f"The server cannot be asked what it received: {error}"
    lines = [f"world {mock.world}, {len(requests)} requests"]
    for each in requests[-_SHOWN:]:
        query = f"?{each['query']}" if each["query"] else ""
        lines.append(f"{each['method']} {each['path']}{query} -> {each['status']}")
        lines += [f"    {objection}" for objection in each["contract"]["request"]]
        lines += [f"    {hint}" for hint in _nearest(mock, each)]
    return "\n".join(lines)


def _nearest(mock: Mock, sent: dict[str, Any]) -> Iterator[str]:
    """Which filters kept a list from finding anything."""
    pairs = parse_qsl(sent["query"], keep_blank_values=True)
    if sent["method"] != "GET" or sent["status"] != 200 or not pairs or _found(mock, sent, pairs) != 0:
        return
    for name, value in pairs:
        others = _found(mock, sent, [pair for pair in pairs if pair[0] != name])
        if others:
            yield f"nothing has {name}={value}; without it {others} are found"


def _found(mock: Mock, sent: dict[str, Any], pairs: list[tuple[str, str]]) -> int | None:
    """How many rows are on the first page of a list; None for what is no list."""
    headers = {**mock.headers, "Authorization": f"Bearer {mock.token}", "X-Mock-Fault": "delay=0"}
    if sent["vendor"] == "evovoice":
        headers["Authorization"] = "Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4="  # the seeded administrator
    try:
        answer = _ask(mock.url, "GET", f"{sent['path']}?{urlencode(pairs)}", {**headers, "Accept": "application/json"})
    except (AssertionError, ValueError):
        return None
    rows = answer.get("results", answer.get("items")) if isinstance(answer, dict) else None
    return len(rows) if isinstance(rows, list) else None


def _ask(url: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {**headers, "Content-Type": "application/json"}
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # nosec B310
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None


class _Server:
    """A listening socket whose server starts with the first connection."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(1024)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopping, self._stopped = socket.socketpair()
        self._server: MockServer | None = None
        self._thread = threading.Thread(target=self._start_when_asked, name="mock-server-starter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop, whether it was started or not."""
        self._stopping.close()
        self._thread.join()
        self._stopped.close()
        if self._server is not None:
            self._server.stop()
        else:
            self._listener.close()

    def _start_when_asked(self) -> None:
        ready, _, _ = select.select([self._listener, self._stopped], [], [])
        if self._listener in ready:
            from mock_server.server import MockServer

            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._listener.setblocking(False)
            self._server = MockServer(seed=self._seed, sessions=0, listener=self._listener).start()


def _server(config: pytest.Config) -> Any:
    given = config.getoption("--mock-server-url")
    if given:
        return Mock(given.rstrip("/"), "")
    server = config.stash.get(_SERVER, None)
    if server is None:
        server = config.stash[_SERVER] = _Server(int(config.getini("mock_server_seed")))
    return server
