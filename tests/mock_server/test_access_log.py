"""A line for each response on a terminal, without secrets, and without slowing a request."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from mock_server.core.redaction import Redactor
from mock_server.vendors import VENDORS
from tests.mock_server.conftest import Served, start

TOKEN = {"Authorization": "Bearer any"}
ADMINISTRATOR = ("admin@example.com", "admin")
PATIENCE = 60  # seconds; how long a busy machine may take
LINE = re.compile(r"(\S+) (\S+) (\d{3}) \d+\.\d ms")


@pytest.fixture
def launch() -> Iterator[Callable[..., Served]]:
    with ExitStack() as stack:
        yield lambda *arguments, **options: start(stack, "--port", 0, "--sessions", 3, *arguments, **options)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: ours, and the one that a process writes to."""
    ours, theirs = os.openpty()
    yield ours, theirs
    for end in (ours, theirs):
        with suppress(OSError):
            os.close(end)


def stopped(served: Served) -> str:
    """What the server wrote to stderr until a signal ended it, and that it ended well."""
    served.process.send_signal(signal.SIGINT)
    _, written = served.process.communicate(timeout=PATIENCE)
    assert served.process.returncode == 0
    return written or ""


def lines(written: str) -> list[tuple[Any, ...]]:
    return [LINE.fullmatch(line).groups() for line in written.splitlines()]  # type: ignore[union-attr]


def test_each_response_has_a_line(launch: Callable[..., Served]) -> None:
    served = launch("--no-quiet")
    with httpx.Client(base_url=served.url, timeout=PATIENCE) as client:
        client.get("/session?limit=2&sortBy=cost", headers=TOKEN)
        client.get("/session")
        client.post("/session", headers=TOKEN, json={"name": 5})
        client.post("/session", headers=TOKEN, content=b"x" * (2 << 20))
        client.get("/session", headers={**TOKEN, "X-Mock-Fault": "error=500"})
        client.get("/session?limit=1000", headers={**TOKEN, "X-Mock-World": "ties"})
        client.get("/ai/sessions.csv", auth=ADMINISTRATOR)
        client.request("HEAD", "/_mock/health")
        client.put("/_mock/faults", json={"rules": 5})
        client.get("/_mock/nothing")
        with client.stream("GET", "/_mock/events"):
            pass

    assert lines(stopped(served)) == [
        ("GET", "/session?limit=2&sortBy=cost", "200"),
        ("GET", "/session", "401"),
        ("POST", "/session", "400"),
        ("POST", "/session", "413"),
        ("GET", "/session", "500"),
        ("GET", "/session?limit=1000", "200"),
        ("GET", "/ai/sessions.csv", "200"),
        ("HEAD", "/_mock/health", "200"),
        ("PUT", "/_mock/faults", "400"),
        ("GET", "/_mock/nothing", "404"),
        ("GET", "/_mock/events", "200"),
    ]


def test_a_terminal_has_the_lines_unless_they_are_not_wanted(
    launch: Callable[..., Served], terminal: tuple[int, int]
) -> None:
    ours, theirs = terminal
    quiet, loud = launch("--quiet", stderr=theirs), launch(stderr=theirs)
    for served in (quiet, loud):
        httpx.get(f"{served.url}/session?limit=1", headers=TOKEN, timeout=PATIENCE)
        stopped(served)

    written = os.read(ours, 10_000).decode()

    assert re.fullmatch(r"GET /session\?limit=1 \x1b\[32m200\x1b\[0m \d+\.\d ms\r\n", written)


def test_what_is_no_terminal_has_no_lines(launch: Callable[..., Served]) -> None:
    served = launch()
    httpx.get(f"{served.url}/session", headers=TOKEN, timeout=PATIENCE)

    assert stopped(served) == ""


@pytest.mark.slow
def test_control_characters_do_not_reach_the_terminal(launch: Callable[..., Served]) -> None:
    served = launch("--no-quiet")
    httpx.get(f"{served.url}/session/a/%1B%5B2J%0Ab%FF%C3%A9?name=%1B%5B2J", timeout=PATIENCE)
    httpx.get(f"{served.url}/{'long' * 1000}", timeout=PATIENCE)

    first, second = lines(stopped(served))

    assert first == ("GET", "/session/a/%1B[2J%0Ab%EF%BF%BD%C3%A9?name=%1B%5B2J", "404")
    assert len(second[1]) < 400


SECRETS = [
    "token=s3cret",
    "a=1&access_token=s3cret",
    "apiKey=s3cret",
    "api_key=s3cret",
    "%70assword=s3cret",
    "pass%77ord=s3cret&limit=1",
    "Authorization=Bearer+s3cret",
    "cookie=ss-id%3Ds3cret",
    "ss-id=s3cret",
    "ss-tok=s3cret",
    "a=1;password=s3cret",
    "continue=%2Fcallback%3Ftoken%3Ds3cret",
    "x=Bearer+s3cret",
    "client_secret=s3cret",
    "key=s3cret",
    "code=s3cret&limit=5",
    "sig=s3cret",
    "jwt=s3cret",
    "s3cret",
    "s3cret=",
    "customer%5Bsecret%5D=s3cret",
    "assistantOverrides.metadata.apiKey=s3cret",
    "name=https%3A%2F%2Fuser%3As3cret%40here%2F",
]


@pytest.mark.parametrize("query", SECRETS)
def test_a_secret_in_a_query_is_hidden(query: str) -> None:
    assert "s3cret" not in Redactor(VENDORS).of_address("/session", query)[1]


@pytest.mark.parametrize(
    "query", ["", "limit=5&page=2", "name=Reset+the+password+today", "sortOrder=ASC", "customer%5Bname%5D=a+b"]
)
def test_other_queries_stay_as_they_are(query: str) -> None:
    assert Redactor(VENDORS).of_address("/session", query)[1] == query


def test_no_secret_is_written(launch: Callable[..., Served]) -> None:
    served = launch("--no-quiet")
    for query in SECRETS:
        httpx.get(
            f"{served.url}/session?{query}",
            headers={"Authorization": "Bearer s3cret", "X-Mock-Token": "s3cret", "Cookie": "ss-id=s3cret"},
            timeout=PATIENCE,
        )
    httpx.post(f"{served.url}/auth/credentials", json={"userName": "ann", "password": "s3cret"}, timeout=PATIENCE)

    written = stopped(served)

    assert len(lines(written)) == len(SECRETS) + 1
    assert "s3cret" not in written


MANY = 500


def ask(served: Served) -> None:
    """Ask for more lines than a terminal holds, which nobody reads."""
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), timeout=PATIENCE) as client:
        head = b"GET /session?limit=0&name=" + b"x" * 200 + b" HTTP/1.1\r\nHost: here\r\n\r\n"
        client.sendall(head * MANY)
        answered = b""
        while answered.count(b"HTTP/1.1 401") < MANY:
            part = client.recv(65_536)
            assert part
            answered += part


@pytest.mark.slow
def test_a_terminal_that_takes_nothing_holds_no_request_up(
    launch: Callable[..., Served], terminal: tuple[int, int]
) -> None:
    served = launch(stderr=terminal[1])

    ask(served)

    stopped(served)


def test_a_terminal_that_is_closed_holds_no_request_up(
    launch: Callable[..., Served], terminal: tuple[int, int]
) -> None:
    served = launch(stderr=terminal[1])
    for end in terminal:
        os.close(end)

    ask(served)

    stopped(served)


@pytest.mark.parametrize(("settings", "count"), [({}, 0), ({"quiet": True}, 0), ({"quiet": False}, 2)])
def test_a_server_in_this_process_is_quiet_unless_told_otherwise(
    capfd: pytest.CaptureFixture[str], settings: dict[str, bool], count: int
) -> None:
    with MockServer(sessions=0, **settings) as server:
        for path in ("/session", "/_mock/health"):
            httpx.get(server.url + path, timeout=PATIENCE)

    assert len(capfd.readouterr().err.splitlines()) == count
