"""Requests that take long, of slow clients too, never block others."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from mock_server.core.clock import parse_instant
from mock_server.core.problems import Kind, Problem
from mock_server.core.store.collection import Collection
from mock_server.gateway import Gateway
from mock_server.web.requests import STREAMED
from tests.patience import PATIENCE, wait_until

TOKEN = {"Authorization": "Bearer any"}
HEAD = b"POST /session HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n"
MANY = 200


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(sessions=300) as server:
        yield server


def connected(server: MockServer) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def raw(server: MockServer, request: bytes) -> bytes:
    with connected(server) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65_536), b""))


def test_slow_bodies_block_no_other_request(server: MockServer) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(server)) for _ in range(MANY)]
        for client in slow:
            client.sendall(HEAD + b'Content-Length: 15\r\n\r\n{"name":')
        with httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as others:
            assert others.get("/session").status_code == 200
            assert others.post("/session", json={}).status_code == 201
            assert others.get("/_mock/health").status_code == 200
        for client in slow:
            client.sendall(b'"late"}')
        assert [client.recv(12) for client in slow] == [b"HTTP/1.1 201"] * MANY


def test_delays_block_no_other_request(server: MockServer) -> None:
    delay = {**TOKEN, "X-Mock-Fault": "delay=4000"}
    with ThreadPoolExecutor(20) as pool:
        slow = [pool.submit(httpx.get, f"{server.url}/session", headers=delay, timeout=PATIENCE) for _ in range(20)]
        assert httpx.get(f"{server.url}/session", headers=TOKEN, timeout=PATIENCE).status_code == 200
        assert not any(each.done() for each in slow)
        assert [each.result().status_code for each in slow] == [200] * len(slow)


@pytest.mark.parametrize("path", ["/_mock/requests/wait", "//_mock/requests/wait", "/%5Fmock/requests/wait"])
def test_long_polls_block_no_other_request(server: MockServer, path: str) -> None:
    enough = httpx.get(f"{server.url}/_mock/requests/count").json()["count"] + 3
    with connected(server) as client:
        client.sendall(f"GET {path}?count={enough}&timeout=60 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        for _ in range(3):
            assert httpx.get(f"{server.url}/session", headers=TOKEN, timeout=PATIENCE).status_code == 200
        assert client.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("path", ["/session?limit=300", "/session?limit=300&sortBy=cost"])
def test_a_long_list_on_a_worker_thread_is_answered_like_a_short_one(server: MockServer, path: str) -> None:
    before = httpx.get(f"{server.url}/_mock/requests/count").json()["count"]

    long, short = (httpx.get(server.url + path.replace("300", limit), headers=TOKEN) for limit in ("300", "3"))

    assert len(long.json()["results"]) == 300
    assert long.json()["results"][:3] == short.json()["results"]
    assert httpx.get(f"{server.url}/_mock/requests/count").json()["count"] == before + 2


def test_exports_block_no_other_request(server: MockServer) -> None:
    export = b"GET /session/export HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        exporting = [stack.enter_context(connected(server)) for _ in range(36)]
        for client in exporting:
            client.sendall(export)
        with httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as others:
            assert others.get("/session").status_code == 200
            assert others.post("/session", json={}).status_code == 201
            assert others.get("/_mock/health").status_code == 200
        bodies = {b"".join(iter(lambda client=client: client.recv(65_536), b""))[-7:] for client in exporting}

    assert bodies == {b"\r\n0\r\n\r\n"}


def test_a_fault_on_a_worker_thread_happens_once(server: MockServer) -> None:
    rule = {"match": {"operation": "list"}, "act": {"error": "500"}, "times": 2}
    httpx.put(f"{server.url}/_mock/faults", json={"rules": [rule]}).raise_for_status()
    try:
        statuses = [httpx.get(f"{server.url}/session", headers=TOKEN).status_code for _ in range(4)]
    finally:
        httpx.put(f"{server.url}/_mock/faults", json={"rules": []}).raise_for_status()

    assert statuses == [500, 500, 200, 200]


@pytest.mark.parametrize("body", [b"x" * (3 << 20), b"y" * (5 << 20)], ids=["3 MiB", "5 MiB"])
@pytest.mark.parametrize("length", [True, False], ids=["with length", "in chunks"])
def test_a_body_that_is_refused_is_taken_to_its_end(server: MockServer, body: bytes, length: bool) -> None:
    with httpx.Client(base_url=server.url, headers={**TOKEN, "Content-Type": "application/json"}) as client:
        for _ in range(3):
            assert client.post("/session", content=body if length else iter([body])).status_code == 413


def test_headers_that_come_twice_are_one_list(server: MockServer) -> None:
    raw(
        server,
        b"GET /session HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nX-Request-Id: a\r\nX-Request-Id: b\r\n"
        b"Connection: close\r\n\r\n",
    )

    assert httpx.get(f"{server.url}/_mock/requests").json()["requests"][-1]["headers"]["X-Request-Id"] == "a,b"


def test_an_underscore_makes_no_other_header(server: MockServer) -> None:
    sent = b"GET /session?limit=1 HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nX_Mock_World: empty\r\n"
    answer = raw(server, sent + b"Content_Length: 5\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"totalItems":0' not in answer


def test_a_head_has_the_length_of_the_answer_and_no_body(server: MockServer) -> None:
    head = b"HEAD /session?limit=1 HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
    length = len(httpx.get(f"{server.url}/session?limit=1", headers=TOKEN).content)

    answer = raw(server, head)

    assert f"content-length: {length}\r\n".encode() in answer
    assert answer.endswith(b"\r\n\r\n")


def test_long_polls_leave_threads_for_other_slow_requests() -> None:
    poll = "/_mock/events/wait?type=session.deleted&timeout="
    with MockServer(sessions=0, streams=60) as server, ExitStack() as stack:
        for _ in range(60):
            client = stack.enter_context(connected(server))
            client.sendall(f"GET {poll}60 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        wait_until(lambda: httpx.get(f"{server.url}{poll}0.01").status_code == 503)

        assert httpx.get(f"{server.url}/_mock/health", timeout=PATIENCE).status_code == 200


def test_event_streams_leave_threads_for_exports_and_long_polls() -> None:
    with MockServer(sessions=3) as server, ExitStack() as stack:
        for _ in range(15):
            stream = stack.enter_context(connected(server))
            stream.sendall(b"GET /_mock/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert stream.recv(12) == b"HTTP/1.1 200"
        with httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as client:
            assert client.get("/session/export").status_code == 200
            assert client.get("/_mock/events/wait?type=session.deleted&timeout=0").status_code == 408


SCOPE = {"method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b"", "http_version": "1.1", "headers": []}
Log = list[dict[str, Any]]


class Failing:
    """Everything around a gateway; the step with this name raises, the first time only."""

    def __init__(self, step: str) -> None:
        self.step: str | None = step
        self.sent: Log = []
        self.on_worker = step == "worker"

    def at(self, step: str) -> None:
        if step == self.step:
            self.step = None
            raise ZeroDivisionError(step * 10_000)

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if "mock_server.refused" in environ:
            start_response("500 Internal Server Error", [])
            return [b""]
        self.at("app")
        self.at("worker")
        environ[STREAMED] = self.step in ("first part", "later part", "close", "send part")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        self.at("first part")
        yield b"first"
        self.at("later part")
        yield b"last"

    def close(self) -> None:
        self.at("close")

    def needs_worker(self, _: object) -> bool:
        self.at("needs worker")
        return self.on_worker

    def note(self, *_: object) -> None:
        self.at("note")

    async def receive(self) -> dict[str, Any]:
        self.at("read")
        return {"type": "http.request"}

    async def send(self, message: dict[str, Any]) -> None:
        self.at("send head" if message["type"] == "http.response.start" else "send body")
        if message.get("more_body"):
            self.at("send part")
        self.sent.append(message)

    @property
    def scope(self) -> dict[str, Any]:
        return {**SCOPE, "headers": self.headers()}

    def headers(self) -> Iterator[tuple[bytes, bytes]]:
        self.at("environ")
        yield b"x-one", b"1"

    async def two_requests(self) -> tuple[Log, Log]:
        gateway = Gateway(self.app, self.needs_worker, ("127.0.0.1", 1), self.note, slow=1, streams=1)
        try:
            await gateway(self.scope, self.receive, self.send)
            first, self.sent, self.step = self.sent, [], None
            await gateway(SCOPE, self.receive, self.send)
            return first, self.sent
        finally:
            gateway.close()


@pytest.mark.parametrize(
    ("step", "status", "ended"),
    [
        pytest.param("read", 500, True),
        pytest.param("environ", 500, True),
        pytest.param("needs worker", 500, True),
        pytest.param("app", 500, True),
        pytest.param("worker", 500, True),
        pytest.param("note", 200, True),
        pytest.param("send head", None, False),
        pytest.param("send body", 200, False),
        pytest.param("send part", 200, False),
        pytest.param("first part", 200, False),
        pytest.param("later part", 200, False),
        pytest.param("close", 200, True),
    ],
)
def test_after_a_defect_the_next_request_is_served(
    caplog: pytest.LogCaptureFixture, step: str, status: int | None, ended: bool
) -> None:
    first, second = asyncio.run(Failing(step).two_requests())

    assert next((message["status"] for message in first if "status" in message), None) == status
    assert bool(first and not first[-1].get("more_body", "status" in first[-1])) == ended
    assert [message.get("status") for message in second][:1] == [200]
    assert b"".join(message.get("body", b"") for message in second) == b"firstlast"
    (record,) = caplog.records
    assert "failed" in record.message
    assert "ZeroDivisionError" in record.message or len(record.message) > 2_000
    assert len(record.message) < 2_200


def test_a_request_for_which_no_thread_starts_is_refused_and_the_next_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("mock-server-worker"):
            raise RuntimeError("can't start new thread")
        start(thread)

    with MockServer(sessions=3) as fresh:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            refused = [httpx.get(f"{fresh.url}/session?limit=300", headers=TOKEN) for _ in range(3)]
        after = httpx.get(f"{fresh.url}/session?limit=300", headers=TOKEN)

    assert [(each.status_code, each.headers["Retry-After"]) for each in refused] == [(503, "1")] * 3
    assert [each.json()["statusCode"] for each in refused] == [503] * 3
    assert after.status_code == 200


def hold(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Hold the next change of documents; returns what is set once it is held, and what lets it go on."""
    held, free, replace = threading.Event(), threading.Event(), Collection.replace_many

    def held_replace(collection: Collection, *values: Any) -> list[bytes | None]:
        held.set()
        assert free.wait(PATIENCE)
        return replace(collection, *values)

    monkeypatch.setattr(Collection, "replace_many", held_replace)
    return held, free


@pytest.mark.parametrize("request_", [("PUT", "/_mock/clock", {"advance": 10**8}), ("GET", "/session?limit=1", None)])
def test_sessions_that_fall_due_block_no_other_request(
    monkeypatch: pytest.MonkeyPatch, request_: tuple[str, str, Any]
) -> None:
    method, path, body = request_
    with MockServer(sessions=60) as server, ThreadPoolExecutor() as pool:
        held, free = hold(monkeypatch)
        try:
            if method == "GET":
                server.app.extensions["mock_server"].default.clock.jump(parse_instant("2040-01-01T00:00:00Z"))
            first = pool.submit(httpx.request, method, server.url + path, json=body, headers=TOKEN, timeout=PATIENCE)
            assert held.wait(PATIENCE)
            with httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as others:
                assert others.get("/session?limit=5").json()["metadata"]["totalItems"] == 60
                assert others.get("/session?limit=300").status_code == 200
                assert others.post("/session", json={}).status_code == 201
                assert others.get("/ai/sessions", auth=("admin@example.com", "admin")).status_code == 200
                assert not first.done()
        finally:
            free.set()
        assert first.result().status_code == 200
        with httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as others:
            later = others.get("/session?limit=100").json()["results"]
    assert [each["status"] for each in later].count("active") == 1


def test_sessions_that_cannot_be_completed_stay_due(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[list[str]] = []

    def refuse(_: Collection, keys: list[str], *_values: Any) -> list[bytes | None]:
        tries.append(keys)
        raise Problem(Kind.UNSTORED)

    with MockServer(sessions=60) as server, httpx.Client(base_url=server.url, headers=TOKEN) as client:
        with monkeypatch.context() as patch:
            patch.setattr(Collection, "replace_many", refuse)
            client.put("/_mock/clock", json={"advance": 10**8}).raise_for_status()
            answers = [client.get("/session?limit=1").status_code for _ in range(3)]
        client.get("/session?limit=1").raise_for_status()
        statuses = {each["status"] for each in client.get("/session?limit=100").json()["results"]}

    assert answers == [200] * 3
    assert len(tries) == 4  # one for each request, however many are due
    assert statuses == {"completed"}


@pytest.mark.slow
def test_lists_are_answered_while_20_000_sessions_fall_due() -> None:
    with MockServer(sessions=20_000) as server, ThreadPoolExecutor() as pool:
        with httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as client:
            for _ in range(3):
                client.get("/session?limit=1").raise_for_status()
            advancing = pool.submit(httpx.put, f"{server.url}/_mock/clock", json={"advance": 10**8}, timeout=PATIENCE)
            answered = 0
            while not advancing.done():
                assert client.get("/session?limit=1").status_code == 200
                answered += 1
        assert advancing.result().status_code == 200

    assert answered > 20


UNDER_LOAD = """
import socket
from mock_server import MockServer

with MockServer(sessions=300) as server:
    host, port = server.url.removeprefix("http://").split(":")
    clients = [socket.create_connection((host, int(port))) for _ in range(40)]
    requests = (
        b"GET /session HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: Bearer x\\r\\n\\r\\n",
        b"GET /session?limit=300 HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: Bearer x\\r\\n\\r\\n",
        b"GET /_mock/health HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        b"POST /session HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: Bearer x\\r\\nContent-Type: application/json\\r\\n"
        b"Content-Length: 2\\r\\n\\r\\n{}",
    )
    for number, client in enumerate(clients):
        client.sendall(requests[number % 4] * 50)
"""


def test_a_process_that_ends_under_load_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNDER_LOAD], capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
