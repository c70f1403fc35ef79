"""Hostile requests over raw sockets: each gets a refusal or a closed connection, and nobody else notices."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer
from tests.mock_server.conftest import Served
from tests.patience import PATIENCE

TOKEN = {"Authorization": "Bearer any"}
ADMIN = ("admin@example.com", "admin")


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(sessions=5) as server:
        yield server


def raw(server: MockServer, request: bytes) -> bytes:
    """What comes back until the server closes, or has nothing more to say for a while."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        received = b""
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                received += part
        except OSError:
            pass
    return received


def statuses(received: bytes) -> list[int]:
    return [int(line.split()[1]) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


SMUGGLED = b"GET /session?smuggled=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: -1",
        b"Content-Length: 0x5",
        b"Content-Length: 5, 6",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding : chunked",
        b"Content-Length : 5",
        b" Content-Length: 5",
    ],
)
def test_a_request_within_a_request_is_not_served(server: MockServer, head: bytes) -> None:
    received = raw(server, b"POST /session HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)

    assert len(statuses(received)) <= 1
    assert all(status >= 400 for status in statuses(received))
    asked = httpx.get(f"{server.url}/_mock/requests").json()["requests"]
    assert not [each for each in asked if "smuggled" in each["query"]]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /session HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /session HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(5000)) + b"\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /session\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /session HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET /session HTTP/9.9\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=["long header", "many headers", "long path", "NUL in path", "NUL in header", "version", "TLS", "HTTP/2"],
)
def test_what_is_no_request_is_refused(server: MockServer, request_: bytes) -> None:
    assert all(400 <= status < 500 or status == 505 for status in statuses(raw(server, request_)))
    assert httpx.get(f"{server.url}/session", headers=TOKEN).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content", "allowed"),
    [
        ("POST", "/session", b"x" * (1 << 21), {413}),
        ("POST", "/session", b"[" * 50_000 + b"]" * 50_000, {400}),
        ("POST", "/session", b'{"metadata":' * 2_000 + b"1" + b"}" * 2_000, {400}),
        ("POST", "/session", b'{"name":"\xff\xfe"}', {400}),
        ("POST", "/session", b'{"name":"\\u0000"}', {201, 400}),
        ("POST", "/session", b'{"name":"\\ud800"}', {400}),
        ("POST", "/session", b'{"name":1e999}', {400}),
        ("POST", "/session", b'{"a":1,"a":2}', {400}),
        ("PUT", "/_mock/faults", b"[" * 50_000, {400}),
        ("PUT", "/_mock/clock", b'{"advance":1e400}', {400}),
        ("PUT", "/_mock/worlds/x", b'{"collections":{"vapi.sessions":[{"id":"\\u0000"}]}}', {400}),
        ("PUT", "/_mock/worlds/..%2f..%2fetc", b'{"collections":{}}', {400, 404}),
        ("GET", "/session/%2e%2e/%2e%2e/etc/passwd", b"", {400, 404}),
        ("GET", "/session/..%00", b"", {400, 404}),
        ("GET", "//etc/passwd", b"", {404}),
        ("GET", "/session/%ff%fe", b"", {400, 404}),
        ("GET", "/session?limit=%ff&name=%00&cursor=%f0%28", b"", {400}),
        ("GET", "/session?" + "a=1&" * 10_000, b"", {200, 414, 400}),
        ("GET", "/_mock/snapshots/%00/diff", b"", {404}),
        ("GET", "/_mock/events?since=9999999999999999999999", b"", {400}),
        ("GET", "/ai/sessions?SpecificIds=" + "[" * 10_000, b"", {200}),
        ("GET", "/ai/sessions.exe?format=../../etc", b"", {200, 400, 404}),
    ],
)
def test_hostile_input_is_answered_with_a_refusal(
    server: MockServer, method: str, path: str, content: bytes, allowed: set[int]
) -> None:
    headers = {"Content-Type": "application/json", **TOKEN}
    auth = ADMIN if path.startswith("/ai/") else None

    with httpx.Client(auth=auth, timeout=PATIENCE) as client:
        request = client.build_request(method, server.url, content=content, headers=headers)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = client.send(request)

    assert answer.status_code in allowed, answer.text[:300]
    assert "root:" not in answer.text


def test_slow_clients_do_not_stop_the_others(server: MockServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(50)]
    stop = threading.Event()

    def drip() -> None:
        for line in (b"GET /session HTTP/1.1\r\n", *(b"X-%d: a\r\n" % n for n in range(100))):
            for connection in slow:
                connection.sendall(line)
            if stop.wait(0.2):
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        answers = [httpx.get(f"{server.url}/session", headers=TOKEN, timeout=PATIENCE).status_code for _ in range(20)]
        assert answers == [200] * 20
        assert thread.is_alive()  # the slow ones have not sent their heads yet
    finally:
        stop.set()
        thread.join()
        for connection in slow:
            connection.close()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_forms_of_other_sites_change_nothing(server: MockServer, content_type: str | None) -> None:
    headers = {"Origin": "https://evil.example", **({"Content-Type": content_type} if content_type else {})}
    before = httpx.get(f"{server.url}/_mock/clock").json()

    for path in ("/_mock/reset", "/_mock/snapshots"):
        assert httpx.post(server.url + path, content=b'{"label":"x"}', headers=headers).status_code in (403, 415)

    assert httpx.get(f"{server.url}/_mock/snapshots").json() == {"snapshots": []}
    assert httpx.get(f"{server.url}/_mock/clock").json()["frozen"] == before["frozen"]


def test_secrets_are_nowhere(tmp_path: Path, launch: Callable[..., Served], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {
        "MOCK_SERVER_API_KEY": "key-of-the-organisation",
        "MOCK_SERVER_WEBHOOK_SECRET": "secret-of-the-webhook",
        "MOCK_SERVER_WEBHOOK_TOKEN": "token-of-the-webhook",
        "MOCK_SERVER_USER": "ann:password-of-ann:SystemAdministrator",
        "HTTP_PROXY": "http://user:password-of-the-proxy@127.0.0.1:9",
    }
    hidden = [value.split(":")[1] if "ann:" in value else value for value in secrets.values()][:4]
    hidden.append("password-of-the-proxy")
    file = tmp_path / "x.json"
    served = launch("--port", 0, "--db", file, "--webhook", "http://127.0.0.1:9/", "--webhook-all", **secrets)
    opened = {"Authorization": "Bearer key-of-the-organisation"}
    told = []
    with httpx.Client(base_url=served.url, trust_env=False, timeout=PATIENCE) as client:
        client.post("/session", json={"name": "A"}, headers=opened)
        client.get("/session?limit=x", headers=opened)
        client.get("/ai/sessions", auth=("ann", "password-of-ann"))
        client.post("/auth/credentials", json={"userName": "ann", "password": "password-of-ann"})
        client.post("/auth/credentials", json={"userName": "ann", "password": "wrong-password"})
        for path in ("requests", "deliveries", "events/list", "state", "worlds", "faults", "openapi.json", "health"):
            told.append(client.get(f"/_mock/{path}").text)
        told.append(client.get("/nowhere", headers=opened).text)
    served.process.terminate()
    _, errors = served.process.communicate(timeout=PATIENCE)
    everything = "".join([*told, errors, file.read_text()]) + "".join(path.read_text() for path in tmp_path.iterdir())

    assert len(told) == 9
    assert json.loads(told[0])["requests"]
    assert [each for each in hidden if each in everything] == []
