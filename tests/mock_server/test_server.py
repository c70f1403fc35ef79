"""MockServer: starts, serves and stops inside a process that goes on."""

import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.core.store import DatabaseError
from mock_server.server import AddressInUse
from mock_server.settings import SettingsError
from tests.conftest import POOLS
from tests.patience import PATIENCE, wait_until

TOKEN = {"Authorization": "Bearer any-token"}
HEAD = b"POST /session HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n"


def port_of(server: MockServer) -> int:
    return int(server.url.rpartition(":")[2])


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def connected(server: MockServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=PATIENCE) as client:
        yield client


def received(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def test_serves_within_a_with_statement() -> None:
    with MockServer(sessions=3) as server:
        answer = httpx.get(f"{server.url}/session", headers=TOKEN)
        port = port_of(server)

    assert (answer.status_code, len(answer.json()["results"])) == (200, 3)
    assert refuses(port)


def test_stops_when_the_with_statement_fails() -> None:
    with pytest.raises(ZeroDivisionError), MockServer(sessions=0) as server:
        raise ZeroDivisionError

    assert refuses(port_of(server))


def test_has_no_address_before_it_starts() -> None:
    server = MockServer()

    with pytest.raises(RuntimeError, match=r"call start\(\) or use it in a with statement"):
        _ = server.url


@pytest.mark.parametrize(
    ("values", "url"),
    [({}, "http://127.0.0.1:"), ({"host": "localhost"}, "http://"), ({"port": 0}, "http://127.0.0.1:")],
)
def test_picks_a_free_port(values: dict[str, Any], url: str) -> None:
    with MockServer(sessions=0, **values) as one, MockServer(sessions=0, **values) as other:
        assert one.url.startswith(url)
        assert one.url != other.url


def test_takes_settings_as_they_are() -> None:
    settings = Settings(port=0, sessions=2, api_key=("alpha",))

    with MockServer(settings) as server:
        statuses = [httpx.get(f"{server.url}/session", headers=head).status_code for head in (TOKEN, {})]
        listed = httpx.get(f"{server.url}/session", headers={"Authorization": "Bearer alpha"})

    assert (statuses, listed.json()["metadata"]["totalItems"]) == ([401, 401], 2)


def test_a_wrong_keyword_is_refused() -> None:
    with pytest.raises(SettingsError, match="--sesions 3"):
        MockServer(sesions=3)


def test_servers_side_by_side_do_not_share_sessions() -> None:
    with MockServer(sessions=0) as one, MockServer(sessions=0) as other:
        httpx.post(f"{one.url}/session", headers=TOKEN, json={})

        counts = [httpx.get(f"{server.url}/_mock/health").json()["sessions"]["vapi"] for server in (one, other)]

    assert counts == [1, 0]


def test_progress_is_told_of_every_thousand() -> None:
    told: list[int] = []

    with MockServer(sessions=2500, progress=told.append):
        pass

    assert told == [1000, 1000] * 2  # of each vendor


# Starting and stopping


def test_starts_and_stops_over_and_over_without_leaving_anything() -> None:
    with MockServer(sessions=1) as server:  # the first one leaves the runtime's own signal pipe
        httpx.get(f"{server.url}/_mock/health")
    files, threads = len(os.listdir("/dev/fd")), threading.active_count()

    for _ in range(20):
        with MockServer(sessions=1) as server:
            assert httpx.get(f"{server.url}/_mock/health").status_code == 200

    wait_until(lambda: len(os.listdir("/dev/fd")) <= files and threading.active_count() <= threads)


@pytest.fixture
def endless_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop that waits for requests under way waits longer than the test does."""
    monkeypatch.setattr("mock_server.server._GRACE_SECONDS", 10 * PATIENCE)


@pytest.mark.usefixtures("endless_grace")
def test_stops_without_waiting_when_it_was_never_asked() -> None:
    with ThreadPoolExecutor(1) as pool:
        for _ in range(20):
            pool.submit(MockServer(sessions=0).start().stop).result(PATIENCE)


def test_stopping_twice_or_before_the_start_is_nothing() -> None:
    server = MockServer(sessions=0)
    server.stop()
    server.start()
    server.stop()
    server.stop()

    assert refuses(port_of(server))


def test_starts_again_on_the_same_port() -> None:
    with MockServer(sessions=0) as first:
        httpx.post(f"{first.url}/session", headers=TOKEN, json={})

    with MockServer(sessions=0, port=port_of(first)) as second:
        assert httpx.get(f"{second.url}/_mock/health").json()["sessions"] == {"vapi": 0, "evovoice": 0}


def test_a_taken_port_is_named() -> None:
    with MockServer(sessions=0) as first:
        with pytest.raises(AddressInUse, match=f"Port {port_of(first)} of 127.0.0.1 is in use; .* --port 0"):
            MockServer(sessions=0, port=port_of(first)).start()

        assert httpx.get(f"{first.url}/_mock/health").status_code == 200


def test_a_failed_start_lets_go_of_the_port(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with MockServer(sessions=0) as server:
        port = port_of(server)

    with pytest.raises(DatabaseError):
        MockServer(port=port, db=tmp_path / "broken.json").start()

    with MockServer(sessions=0, port=port):
        assert not refuses(port)


def test_a_file_is_free_after_the_stop(tmp_path: Path) -> None:
    totals = []
    for _ in range(3):
        with MockServer(sessions=4, db=tmp_path / "sessions.json") as server:
            httpx.post(f"{server.url}/session", headers=TOKEN, json={})
            totals.append(httpx.get(f"{server.url}/_mock/health").json()["sessions"]["vapi"])

    assert totals == [5, 6, 7]


def test_a_reopened_file_gives_no_id_twice(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    made = []
    for deleted in (None, 0, None):  # the second run ends with as many sessions as it began with
        with MockServer(sessions=2, db=file) as server, httpx.Client(base_url=server.url, headers=TOKEN) as client:
            made.append(client.post("/session", json={}).raise_for_status().json()["id"])
            if deleted is not None:
                client.delete(f"/session/{made[deleted]}")

    assert len({*made}) == 3


# Requests under way


@pytest.mark.usefixtures("endless_grace")
def test_a_request_under_way_is_answered_before_the_stop() -> None:
    server = MockServer(sessions=0).start()
    with connected(server) as client, ThreadPoolExecutor(1) as pool:
        client.sendall(HEAD + b'Content-Length: 15\r\n\r\n{"name":')
        httpx.get(f"{server.url}/_mock/health")  # answered after the other was taken
        stopping = pool.submit(server.stop)
        wait_until(lambda: refuses(port_of(server)))
        client.sendall(b'"late"}')
        answer = received(client)
        stopping.result(PATIENCE)

    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b'"name":"late"' in answer


@pytest.mark.usefixtures("endless_grace")
def test_a_stream_under_way_is_finished_before_the_stop() -> None:
    server = MockServer(sessions=3000, export_all=True).start()
    with connected(server) as client, ThreadPoolExecutor(1) as pool:
        client.sendall(b"GET /session/export?format=json HTTP/1.0\r\nHost: here\r\nAuthorization: Bearer x\r\n\r\n")
        start = client.recv(1000)
        stopping = pool.submit(server.stop)
        answer = start + received(client)
        stopping.result(PATIENCE)

    assert answer.count(b'{"id":') == 3000
    assert answer.endswith(b"]")


def test_the_worker_threads_end_with_the_server() -> None:
    before = pooled()  # those of servers that other tests share
    with MockServer(sessions=300) as server, httpx.Client(base_url=server.url, headers=TOKEN) as client:
        assert client.get("/_mock/health").status_code == client.get("/session/export").status_code == 200
        assert pooled() - before

    assert not pooled() - before


def pooled() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(POOLS)}


@pytest.mark.usefixtures("endless_grace")
def test_an_idle_connection_does_not_hold_up_the_stop() -> None:
    server = MockServer(sessions=0).start()

    with httpx.Client(base_url=server.url) as kept_alive, connected(server), ThreadPoolExecutor(1) as pool:
        kept_alive.get("/_mock/health")

        pool.submit(server.stop).result(PATIENCE)
