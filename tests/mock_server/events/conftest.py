"""A receiver of webhooks on loopback, and servers whose messages go to it."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from tests.patience import PATIENCE

NINE = "2026-01-31T09:00:00Z"
_POLL = 0.01  # seconds that a server takes at most to see that it is to stop


@dataclass(frozen=True)
class Received:
    """One request to the receiver."""

    path: str
    headers: dict[str, str]
    body: Any

    @property
    def type(self) -> str:
        return str(self.body["message"]["type"])

    @property
    def session(self) -> dict[str, Any]:
        session: dict[str, Any] = self.body["message"]["session"]
        return session


@dataclass
class Receiver:
    """An HTTP server that answers with `statuses` in turn, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    met: list[Received] = field(default_factory=list)
    turn: threading.Condition = field(default_factory=threading.Condition)

    def take(self, received: Received) -> int:
        with self.turn:
            self.met.append(received)
            self.turn.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait_for(self, number: int) -> list[Received]:
        with self.turn:
            assert self.turn.wait_for(lambda: len(self.met) >= number, PATIENCE), [each.type for each in self.met]
            return list(self.met)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that is up."""
    own = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = own.take(Received(self.path, dict(self.headers.items()), body))
            self.send_response(status)
            for name, value in own.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        own.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(_POLL,))
        thread.start()
        yield own
        server.shutdown()
        thread.join()


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a receiver that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


@dataclass
class Api:
    """A server, its clock, and a client that is let in."""

    server: MockServer
    client: httpx.Client

    @property
    def world(self) -> Any:
        return self.server.app.extensions["mock_server"].default

    def create(self, **body: Any) -> dict[str, Any]:
        answer = self.client.post("/session", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def pass_(self, milliseconds: int) -> None:
        """Let time pass."""
        self.world.clock.jump(self.world.clock.now() + milliseconds)

    def settle(self) -> None:
        assert self.world.dispatcher.settle(PATIENCE)

    def attempted(self, times: int) -> None:
        """Wait until the first delivery was tried so often."""
        until = time.monotonic() + PATIENCE
        while len(self.deliveries(limit=1)[0]["attempts"]) < times:
            assert time.monotonic() < until

    def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get("/_mock/deliveries", params=query).json()["deliveries"]
        return found


@pytest.fixture(scope="module")
def unchanged() -> Iterator[Api]:
    """A server for requests that it refuses: all tests of a module share it."""
    with (
        MockServer(sessions=3, clock=NINE) as server,
        httpx.Client(
            base_url=server.url,
            headers={"Authorization": "Bearer any"},
            timeout=PATIENCE,
            limits=httpx.Limits(max_keepalive_connections=0),  # a connection must not outlive the test that opened it
        ) as client,
    ):
        yield Api(server, client)


@pytest.fixture
def serve() -> Iterator[Callable[..., Api]]:
    """Starts servers with few sessions and a clock that stands still."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Api:
            server = stack.enter_context(MockServer(**{"sessions": 3, "clock": NINE, **settings}))
            client = httpx.Client(base_url=server.url, headers={"Authorization": "Bearer any"}, timeout=PATIENCE)
            return Api(server, stack.enter_context(client))

        yield start
