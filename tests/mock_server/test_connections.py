"""Connections are bounded; requests that are late, too large, malformed or cut off are refused and change nothing."""

import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import orjson
import pytest

from mock_server import MockServer
from mock_server.connections import raise_descriptor_limit
from mock_server.gateway import Gateway
from mock_server.server import bind
from tests.mock_server.conftest import Served
from tests.patience import PATIENCE, wait_until

SIGNED_IN = b"Host: 127.0.0.1\r\nAuthorization: Bearer x\r\n"
ADMIN = b"Host: 127.0.0.1\r\nAuthorization: Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4=\r\n"
JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
DELAYED = b"GET /session HTTP/1.1\r\n%bX-Mock-Fault: delay=300000\r\n\r\n" % SIGNED_IN
PATHS = {"vapi": b"/session", "evovoice": b"/ai/sessions", "neither": b"/nowhere", "control": b"/_mock/health"}
MEMBERS = {"vapi": "statusCode", "evovoice": "responseStatus", "neither": "error", "control": "error"}
REFUSED = {
    "quotation mark in the version": (400, b'GET %b HTTP/"\r\n\r\n'),
    "odd version": (400, b"GET %b HTTP/9.9\r\n\r\n"),
    "header without colon": (400, b"GET %b HTTP/1.1\r\nHost here\r\n\r\n"),
    "control character in a header": (400, b"GET %b HTTP/1.1\r\nA: \0\r\n\r\n"),
    "two lengths": (400, b"POST %b HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
    "malformed first chunk": (400, b"POST %b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "malformed second chunk": (400, b"POST %b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n"),
    "unfinished head": (408, b"GET %b HTTP/1.1\r\nHost: he"),
    "unfinished body": (408, b"POST %b HTTP/1.1\r\nContent-Length: 5\r\n\r\n{"),
    "unfinished chunks": (408, b"POST %b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "long query": (414, b"GET %b?" + b"a" * 1_200 + b" HTTP/1.1\r\n\r\n"),
    "large headers": (431, b"GET %b HTTP/1.1\r\n" + b"A: b\r\n" * 400 + b"\r\n"),
}
OF_NO_PATH = {
    "no request": (400, b"\x16\x03\x01\x02\0\r\n\r\n"),
    "tunnel": (400, b"CONNECT here:1 HTTP/1.1\r\nHost: here:1\r\n\r\n"),
    "prior knowledge of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(sessions=20, api_key=["x"]) as server:
        yield server


@pytest.fixture(scope="module")
def big() -> Iterator[MockServer]:
    """A server with far more to send than a system buffers, which soon gives up."""
    listener = bind()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)  # connections inherit it
    limits = {"head_seconds": 0.3, "body_seconds": 0.3}
    with MockServer(sessions=1_000, export_all=True, listener=listener, **limits) as server:
        yield server


@pytest.fixture(scope="module")
def strict() -> Iterator[MockServer]:
    """A server with low limits, to which requests are sent in one part."""
    with MockServer(sessions=0, head_seconds=0.3, body_seconds=0.3, head_bytes=2_048) as server:
        yield server


def connected(server: MockServer) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def received(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def answer(server: MockServer, request: bytes) -> bytes:
    with connected(server) as client:
        client.sendall(request)
        return received(client)


def status_and_body(raw: bytes) -> tuple[int, dict[str, object]]:
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    return int(head[9:12]), orjson.loads(body)


@pytest.mark.parametrize("whose", PATHS)
@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_has_the_form_of_the_vendor(strict: MockServer, kind: str, whose: str) -> None:
    expected, request = REFUSED[kind]

    status, body = status_and_body(answer(strict, request.replace(b"%b", PATHS[whose], 1)))

    assert status == expected
    assert MEMBERS[whose] in body


@pytest.mark.parametrize("kind", OF_NO_PATH)
def test_a_request_without_a_path_is_refused_in_json(strict: MockServer, kind: str) -> None:
    expected, request = OF_NO_PATH[kind]

    status, body = status_and_body(answer(strict, request))

    assert (status, body["error"]) == (expected, "the request cannot be read")


def test_headers_without_an_end_are_refused_while_they_come(strict: MockServer) -> None:
    with connected(strict) as client:
        client.sendall(b"GET /session HTTP/1.1\r\n")
        for _ in range(40):
            client.sendall(b"A: %b\r\n" % (b"b" * 100))
        assert status_and_body(received(client))[0] == 431


def test_refusals_are_in_the_request_journal(server: MockServer) -> None:
    answer(server, b"GET /session/journalled HTTP/9.9\r\n\r\n")

    found = httpx.get(f"{server.url}/_mock/requests").json()["requests"]

    assert [each["status"] for each in found if each["path"] == "/session/journalled"] == [400]


def test_whole_requests_are_answered_before_a_malformed_one_is_refused(server: MockServer) -> None:
    raw = answer(server, b"GET /session?limit=1 HTTP/1.1\r\n%b\r\n" % SIGNED_IN * 3 + b"\0\r\n\r\n")

    assert [part[:3] for part in raw.split(b"HTTP/1.1 ")[1:]] == [b"200"] * 3 + [b"400"]


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
def test_a_connection_without_a_request_is_closed(strict: MockServer, sent: bytes) -> None:
    with connected(strict) as client:
        client.sendall(sent)
        assert received(client).count(b"HTTP/1.1 ") == (1 if sent.strip() else 0)


HALF_CLOSED = {
    "short": b"GET /session?limit=1 HTTP/1.1\r\n%b\r\n" % SIGNED_IN,
    "on a worker": b"GET /session?limit=1000 HTTP/1.1\r\n%b\r\n" % SIGNED_IN,
    "streamed": b"GET /session/export HTTP/1.1\r\n%b\r\n" % SIGNED_IN,
    "with a body": b"POST /session HTTP/1.1\r\n%b%bContent-Length: 2\r\n\r\n{}" % (SIGNED_IN, JSON),
    "chunked": b"POST /session HTTP/1.1\r\n%b%bTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    % (SIGNED_IN, JSON),
    "of the other vendor": b"GET /ai/sessions HTTP/1.1\r\n%b\r\n" % ADMIN,
    "control": b"GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "delayed": DELAYED,
}  # fmt: skip


@pytest.mark.parametrize("kind", HALF_CLOSED)
@pytest.mark.parametrize("times", [1, 3])
def test_a_client_that_only_listens_gets_its_answers(server: MockServer, kind: str, times: int) -> None:
    with connected(server) as client:
        client.sendall(HALF_CLOSED[kind] * times)
        client.shutdown(socket.SHUT_WR)
        answers = received(client).split(b"HTTP/1.1 ")[1:]

    assert [each[:2] for each in answers] == [b"20"] * times


@pytest.mark.parametrize("sent", [b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nHost: he"], ids=["malformed", "late"])
def test_a_defect_in_a_refusal_leaves_the_next_request_served(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    def fail(*_: object) -> bytes:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Gateway, "refusal", fail)
        with MockServer(sessions=0, head_seconds=0.2) as server:
            assert answer(server, sent) == b""
            assert status_and_body(answer(server, HALF_CLOSED["control"]))[0] == 200

    (defect,) = (record.message.splitlines()[0] for record in caplog.records)
    assert defect == "a connection failed: ZeroDivisionError"


LENGTH = b"Content-Length: 500\r\n\r\n%b"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n"
FRAMINGS: dict[str, Callable[[bytes], bytes]] = {
    "length": lambda body: LENGTH % body,
    "no last chunk": lambda body: CHUNKED % (len(body), body),
    "half a last chunk": lambda body: CHUNKED % (len(body), body) + b"0\r\n",
    "malformed second chunk": lambda body: CHUNKED % (len(body), body) + b"zz\r\n",
    "short second chunk": lambda body: CHUNKED % (len(body), body) + b"5\r\n ",
}
CHANGES = {
    "create": (b"POST /session", SIGNED_IN, JSON, b"{}"),
    "update": (b"PATCH /session/%b", SIGNED_IN, JSON, b'{"name":"cut"}'),
    "delete": (b"DELETE /session/%b", SIGNED_IN, JSON, b" "),
    "other create": (b"POST /ai/sessions", ADMIN, JSON, b'{"purpose":"cut"}'),
    "other update": (b"PATCH /ai/sessions/%b", ADMIN, JSON, b'{"purpose":"cut"}'),
    "form": (b"PATCH /ai/sessions/%b", ADMIN, FORM, b"purpose=cut"),
    "method in a form": (b"POST /ai/sessions/%b", ADMIN, FORM, b"X-Http-Method-Override=DELETE"),
    "other delete": (b"DELETE /ai/sessions/%b", ADMIN, JSON, b" "),
    "clock": (b"PUT /_mock/clock", ADMIN, JSON, b'{"freeze":"2030-01-01T00:00:00Z"}'),
    "faults": (b"PUT /_mock/faults", ADMIN, JSON, b'{"rules":[{"act":{"error":"500"}}]}'),
    "reset": (b"POST /_mock/reset", ADMIN, JSON, b"{}"),
    "named world": (b"PUT /_mock/worlds/cut", ADMIN, JSON, b'{"collections":{}}'),
}  # fmt: skip


def state(server: MockServer) -> object:
    with server.client() as client:
        kept = client.get("/_mock/state").json()
        kept.pop("clock", None)
        frozen = client.get("/_mock/clock").json().get("frozen")
        return kept, frozen, client.get("/_mock/faults").json(), client.get("/_mock/worlds").json()


def first_ids(server: MockServer) -> tuple[bytes, bytes]:
    """The ids of a session of the one vendor and of the other."""
    with server.client() as client:
        one = client.get("/session?limit=1", headers={"Authorization": "Bearer x"}).json()["results"]
        other = client.get("/ai/sessions", auth=("admin@example.com", "admin")).json()["items"]
    return one[0]["id"].encode(), other[0]["id"].encode()


def end_by_fin(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)
    with_refusal = received(client)
    assert b"HTTP/1.1 2" not in with_refusal


def end_by_rst(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("end", [end_by_fin, end_by_rst])
@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_request_that_is_cut_off_changes_nothing(
    server: MockServer, framing: str, end: Callable[[socket.socket], None]
) -> None:
    known = first_ids(server)
    before = state(server)

    for path, credentials, kind, body in CHANGES.values():
        target = path.replace(b"%b", known[b"/ai/" in path])
        with connected(server) as client:
            client.sendall(b"%b HTTP/1.1\r\n%b%b" % (target, credentials, kind) + FRAMINGS[framing](body))
            end(client)

    assert state(server) == before


def test_a_client_can_connect_however_many_are_connected() -> None:
    with MockServer(sessions=3, connections=20) as server, ExitStack() as stack:
        regular = stack.enter_context(server.client(timeout=PATIENCE, headers={"Authorization": "Bearer x"}))
        for sent in (b"", b"GET /session HTTP/1.1\r\nHost", b"POST /session HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"):
            for _ in range(30):
                stack.enter_context(connected(server)).sendall(sent)
            assert httpx.get(f"{server.url}/_mock/health", timeout=PATIENCE).status_code == 200
            assert regular.get("/session").status_code == 200


def test_the_connection_that_has_waited_longest_is_closed() -> None:
    with MockServer(sessions=0, connections=2) as server, connected(server) as first, connected(server) as second:
        second.sendall(HALF_CLOSED["control"])
        assert second.recv(12) == b"HTTP/1.1 200"
        with connected(server) as third:
            third.sendall(HALF_CLOSED["control"])
            assert third.recv(12) == b"HTTP/1.1 200"
            assert first.recv(1) == b""
            third.sendall(HALF_CLOSED["control"])
            assert third.recv(12)


@pytest.mark.parametrize("whose", PATHS)
def test_one_connection_too_many_is_refused_while_all_others_are_served(whose: str) -> None:
    with MockServer(sessions=0, connections=3) as server, ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(connected(server)).sendall(DELAYED)
        wait_until(
            lambda: b" 503 " in answer(server, b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % PATHS[whose])[:15]
        )

        raw = answer(server, b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % PATHS[whose])

    assert b"retry-after: 1" in raw.lower()
    assert MEMBERS[whose] in status_and_body(raw)[1]


def leave(client: socket.socket) -> None:
    """Close both directions."""


@pytest.mark.parametrize("end", [leave, end_by_rst])
def test_a_delay_ends_when_the_client_leaves(end: Callable[[socket.socket], None]) -> None:
    slow = b"GET /session?limit=1000 HTTP/1.1\r\n%bConnection: close\r\n\r\n" % SIGNED_IN
    with MockServer(sessions=0, slow_requests=3, streams=1) as server:
        with ExitStack() as stack:
            for _ in range(4):
                client = stack.enter_context(connected(server))
                client.sendall(DELAYED)
                end(client)
            wait_until(lambda: b"statusCode" in answer(server, slow))

        wait_until(lambda: answer(server, slow).startswith(b"HTTP/1.1 200"))


UNREAD = {
    "streamed": (1, b"/session/export", b""),
    "on a worker": (1, b"/session?limit=1000", b""),
    "closed once it is sent": (1, b"/session?limit=1000", b"Connection: close\r\n"),
    "pipelined": (30, b"/session?limit=1000", b""),
}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the states of connections from Linux")
@pytest.mark.parametrize("kind", UNREAD)
def test_a_response_that_nobody_reads_is_given_up(big: MockServer, kind: str) -> None:
    times, path, header = UNREAD[kind]
    with connected(big) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.sendall(b"GET %b HTTP/1.1\r\n%b%b\r\n" % (path, SIGNED_IN, header) * times)
        wait_until(lambda: established(client) == 1)


def test_a_client_that_reads_nothing_makes_room_for_another() -> None:
    listener = bind()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    with MockServer(sessions=1_000, connections=3, listener=listener) as server, ExitStack() as stack:
        for _ in range(9):
            client = stack.enter_context(connected(server))
            client.sendall(b"GET /session?limit=1000 HTTP/1.1\r\n%b\r\n" % SIGNED_IN * 30)
        wait_until(lambda: is_served(server.url))


def established(client: socket.socket) -> int:
    """How many ends of this connection are open."""
    local, remote = client.getsockname()[1], client.getpeername()[1]
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = {(int(line[1].split(":")[1], 16), int(line[2].split(":")[1], 16)) for line in lines if line[3] == "01"}
    return len(ends & {(local, remote), (remote, local)})


def test_a_delay_ends_when_the_server_stops() -> None:
    with MockServer(sessions=0) as server:
        client = connected(server)
        client.sendall(DELAYED)
        wait_until(lambda: server.control("GET", "/health")["status"] == "ok")

    with client, suppress(ConnectionResetError):  # the request may not even have been read
        assert received(client)[:12] in (b"HTTP/1.1 200", b"")


def test_the_limit_of_descriptors_is_raised_no_further_than_allowed() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        raise_descriptor_limit(10**9)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


FLOODS = {
    "idle": b"",
    "slow head": b"GET /session HTTP/1.1\r\nHost: he",
    "slow body": b"POST /session HTTP/1.1\r\n%bContent-Length: 5000\r\n\r\n{" % SIGNED_IN,
    "slow chunks": b"POST /session HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n" % SIGNED_IN,
    "answered": b"GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "not reading": b"GET /session/export HTTP/1.1\r\n%b\r\n" % SIGNED_IN,
}


def is_served(url: str) -> bool:
    """Whether a regular client is served; if all others have requests under way, it is told to come again."""
    response = httpx.get(f"{url}/session?limit=1", headers={"Authorization": "Bearer x"}, timeout=PATIENCE)
    assert response.status_code == 200 or "Retry-After" in response.headers
    return response.status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("kind", FLOODS)
def test_others_are_served_during_a_flood_of_connections(launch: Callable[..., Served], kind: str) -> None:
    raise_descriptor_limit(2_000)
    url = launch("--port", 0, "--sessions", 200).url
    host, port = url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        for number in range(1_100):
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
            client.sendall(FLOODS[kind])
            if number % 100 == 99:
                wait_until(lambda: is_served(url))


@pytest.mark.slow
def test_clients_that_come_and_go_leave_no_thread(launch: Callable[..., Served]) -> None:
    served = launch("--port", 0, "--sessions", 3)
    host, port = served.url.removeprefix("http://").split(":")
    delayed = {"Authorization": "Bearer x", "X-Mock-Fault": "delay=1"}

    def come_and_go(_: int) -> None:
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            client.sendall(DELAYED)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(4):
            list(pool.map(come_and_go, range(900)))

    wait_until(lambda: httpx.get(f"{served.url}/session", headers=delayed, timeout=PATIENCE).status_code == 200)
    tasks = Path(f"/proc/{served.process.pid}/task")
    assert not tasks.exists() or len(list(tasks.iterdir())) < 100


def test_trailers_do_not_count_as_headers() -> None:
    head = b"POST /session HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    trailers = b"Authorization: Bearer any\r\nX-Mock-Fault: error=500\r\n" + b"x: yyyyyyyyyyyyy\r\n" * 20_000
    with MockServer(sessions=0) as server:
        status, _ = status_and_body(
            answer(server, head + b"Connection: close\r\n\r\n2\r\n{}\r\n0\r\n" + trailers + b"\r\n")
        )

    assert status == 401


def test_a_whole_request_before_a_partial_one_is_answered_when_the_client_sends_no_more() -> None:
    request = b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with MockServer(sessions=0) as server, connected(server) as client:
        client.sendall(request + b"GET /se")
        client.shutdown(socket.SHUT_WR)
        assert received(client)[:12] == b"HTTP/1.1 200"
