"""Requests that take long, of slow clients too, never block others."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from mock_server import MockServer
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
    with ThreadPoolExecutor(MANY // 4) as pool:
        slow = [
            pool.submit(httpx.get, f"{server.url}/session", headers=delay, timeout=PATIENCE) for _ in range(MANY // 4)
        ]
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


def test_a_defect_while_a_body_is_streamed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def parts() -> Iterator[bytes]:
        yield b"first"
        raise ZeroDivisionError

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        environ[STREAMED] = True
        start_response("200 OK", [])
        return parts()

    gateway = Gateway(app, lambda _: False, ("127.0.0.1", 1), None, slow=1, streams=1)
    scope = {"method": "GET", "path": "/x", "query_string": b"", "http_version": "1.1", "headers": []}
    sent: list[dict[str, Any]] = []
    messages = iter([{"type": "http.request"}])

    async def receive() -> dict[str, Any]:
        return next(messages, None) or await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(gateway(scope, receive, send))
    gateway.close()

    assert [message.get("body") for message in sent] == [None, b"first"]
    assert "GET '/x' failed" in caplog.text


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
