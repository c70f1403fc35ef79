"""Waits for requests and events: cheap for others, and over when the client leaves or the server stops."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings, create_app
from mock_server.core.clock import Clock
from mock_server.core.redaction import Redactor
from mock_server.core.vendor import Request, Response
from mock_server.web.journal import Entry, RequestJournal
from mock_server.web.requests import LEFT
from tests.patience import PATIENCE, wait_until

PATHS = ("/_mock/requests/wait?count=1000000&path=/*s*", "/_mock/requests/wait?path=/none", "/_mock/events/wait")


@pytest.fixture
def app() -> Iterator[Any]:
    app = create_app(Settings.of({"sessions": 1, "streams": 1}))
    yield app
    app.extensions["mock_server"].close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def wait(app: Any, path: str, left: threading.Event | None = None) -> Any:
    """Wait for long, once the only place is free."""
    client, environ = app.test_client(), {} if left is None else {LEFT: left}
    path += "&timeout=300" if "?" in path else "?timeout=300"
    while (answer := client.get(path, environ_overrides=environ)).status_code == 503:
        pass
    return answer


def is_taken(app: Any) -> bool:
    """Return whether the only place is taken."""
    with app.test_client().get("/_mock/events") as answer:
        return bool(answer.status_code == 503)


def record(journal: RequestJournal, path: str) -> None:
    journal.record(("vapi", "list sessions"), Request("GET", path), Response(), 0.0)


@pytest.mark.parametrize("path", PATHS)
def test_the_place_of_a_client_that_left_is_free_again(app: Any, pool: ThreadPoolExecutor, path: str) -> None:
    left = threading.Event()
    waiting = pool.submit(wait, app, path, left)
    wait_until(lambda: is_taken(app))

    left.set()

    assert waiting.result(PATIENCE).status_code == 408
    assert app.test_client().get("/_mock/events/wait?timeout=0.01").status_code == 408


@pytest.mark.parametrize("path", PATHS)
def test_waits_end_when_the_server_stops(app: Any, pool: ThreadPoolExecutor, path: str) -> None:
    waiting = pool.submit(wait, app, path)
    wait_until(lambda: is_taken(app))

    app.extensions["mock_server"].close_streams()

    assert waiting.result(PATIENCE).status_code == 408


def test_a_wait_looks_at_each_request_once(pool: ThreadPoolExecutor) -> None:
    journal, seen = RequestJournal(1_000, Clock(), Redactor(())), list[int]()

    def wanted(entry: Entry) -> bool:
        seen.append(entry.number)
        return entry.path == "/last"

    for _ in range(500):
        record(journal, "/earlier")
    waiting = pool.submit(journal.wait, wanted, 0, 1, PATIENCE)
    wait_until(lambda: len(seen) >= 500)
    for _ in range(400):
        record(journal, "/other")
    record(journal, "/last")

    assert [entry.number for entry in waiting.result(PATIENCE)] == [901]
    assert len(seen) == 901 + 901  # once while it waited, and once for the response


def test_requests_count_that_came_before_and_after_the_wait_began(pool: ThreadPoolExecutor) -> None:
    journal, begun = RequestJournal(10, Clock(), Redactor(())), threading.Event()
    for path in ("/a", "/b", "/a"):
        record(journal, path)

    def wanted(entry: Entry) -> bool:
        begun.set()
        return entry.path == "/a"

    waiting = pool.submit(journal.wait, wanted, 1, 2, PATIENCE)
    assert begun.wait(PATIENCE)
    record(journal, "/a")

    assert [entry.number for entry in waiting.result(PATIENCE)] == [3, 4]


def test_requests_that_are_no_longer_kept_do_not_count() -> None:
    journal = RequestJournal(3, Clock(), Redactor(()))
    for _ in range(10):
        record(journal, "/a")

    found = journal.wait(lambda _: True, 0, 4, 0.01)

    assert [entry.number for entry in found] == [8, 9, 10]


def test_an_event_that_is_far_ahead_is_waited_for(app: Any) -> None:
    client = app.test_client()
    client.post("/session", json={}, headers={"Authorization": "Bearer any"})

    assert client.get("/_mock/events/wait?since=9007199254740992&timeout=0.05").status_code == 408


def test_a_wait_ends_and_its_place_is_free_once_the_client_has_left() -> None:
    with MockServer(sessions=0, streams=1) as server, server.client() as other:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            client.sendall(b"GET /_mock/requests/wait?timeout=300 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_until(lambda: other.get("/_mock/requests/wait?timeout=0.1").status_code == 503)

        wait_until(lambda: other.get("/_mock/requests/wait?timeout=0.1").status_code == 408)


def test_a_reset_ends_waits_for_requests() -> None:
    with MockServer(sessions=0) as server, server.client() as other, ThreadPoolExecutor() as pool:
        waiting = pool.submit(httpx.get, f"{server.url}/_mock/requests/wait?timeout=80", timeout=PATIENCE)
        journal = server.app.extensions["mock_server"].default.journal
        wait_until(lambda: bool(journal._waiters))

        server.reset()

        assert waiting.result(PATIENCE).status_code == 408
        assert other.get("/_mock/requests/count").json() == {"count": 0}
