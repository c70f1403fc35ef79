"""Events and changes are one commit: a kill, a full disk and a new start leave them in agreement."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from mock_server.core.events import Delivery, Draft, State
from mock_server.core.store import Database
from mock_server.vendors.vapi.sessions.collection import SESSIONS
from tests.mock_server.conftest import Served
from tests.mock_server.events.conftest import Api, Receiver
from tests.patience import PATIENCE

TOKEN = {"Authorization": "Bearer any"}
CREATES = 5000
COMMAND = "from tests.mock_server.events.creates import create; create({!r}, {})"


@contextmanager
def creating(url: str, number: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that calls `create`, and ends with the test."""
    command = [sys.executable, "-c", COMMAND.format(url, number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_kill_9_in_the_middle_of_creates(tmp_path: Path, launch: Callable[..., Served], receiver: Receiver) -> None:
    file = tmp_path / "sessions.json"
    hooks = {"MOCK_SERVER_WEBHOOK": receiver.url, "MOCK_SERVER_WEBHOOK_ALL": "true"}
    options = ("--port", 0, "--sessions", 0, "--vendor", "vapi", "--db", file, "--event-history", 2 * CREATES)
    served = launch(*options, **hooks)
    with ExitStack() as stack:
        clients = [stack.enter_context(creating(served.url, CREATES // 4)) for _ in range(4)]
        receiver.wait_for(300)
        served.process.kill()
        acknowledged = {line for client in clients for line in client.communicate()[0].decode().split()}
    known = {each.session["id"] for each in list(receiver.met)}

    again = launch(*options, **hooks)

    with httpx.Client(base_url=again.url, headers=TOKEN, timeout=PATIENCE) as client:
        sessions, page = set(), 1
        while rows := client.get(f"/session?limit=1000&page={page}").json()["results"]:
            sessions, page = sessions | {row["id"] for row in rows}, page + 1
        until = time.monotonic() + PATIENCE
        while client.get("/_mock/deliveries?state=waiting&limit=1").json()["deliveries"]:
            assert time.monotonic() < until
        events, number = [], 0
        while found := client.get(f"/_mock/events/list?since={number}&limit=1000").json()["events"]:
            events, number = [*found, *events], 10**9
    assert acknowledged <= sessions
    assert len(acknowledged) < CREATES
    delivered = {each.session["id"] for each in receiver.met}
    assert delivered == sessions >= known
    assert {event["subject"] for event in events} <= sessions


@pytest.mark.slow
def test_ledger_and_sessions_agree_exactly(tmp_path: Path, launch: Callable[..., Served]) -> None:
    file = tmp_path / "sessions.json"
    served = launch("--port", 0, "--sessions", 0, "--vendor", "vapi", "--db", file)
    with creating(served.url, CREATES) as client:
        assert client.stdout is not None
        for _ in range(400):
            client.stdout.readline()
        served.process.kill()
        client.communicate()

    database = Database([SESSIONS], file)
    try:
        sessions = {document["id"] for _, document in database.collection(SESSIONS.name).numbered()}
        events = database.event_log.after(0)
    finally:
        database.close()

    assert len(sessions) >= 400
    assert {event.draft.subject for event in events} == sessions
    assert [event.number for event in events] == list(range(1, len(sessions) + 1))


def test_what_was_delivered_is_not_delivered_again(tmp_path: Path, receiver: Receiver) -> None:
    settings: dict[str, Any] = {"sessions": 1, "db": tmp_path / "x.json", "webhook": receiver.url, "webhook_all": True}
    receiver.statuses = [200, 500]
    with MockServer(**settings) as server:
        httpx.post(f"{server.url}/session", json={}, headers=TOKEN)
        httpx.post(f"{server.url}/session", json={}, headers=TOKEN)
        assert server.app.extensions["mock_server"].default.dispatcher.settle(PATIENCE)

    with MockServer(**settings) as server:
        assert server.app.extensions["mock_server"].default.dispatcher.settle(PATIENCE)
        answer = httpx.get(f"{server.url}/_mock/deliveries").json()

    assert len(receiver.met) == 2
    assert sorted(each["state"] for each in answer["deliveries"]) == ["delivered", "failed"]


def test_what_waits_is_delivered_by_the_next_start(tmp_path: Path, silent: str, receiver: Receiver) -> None:
    settings: dict[str, Any] = {"sessions": 0, "db": tmp_path / "x.json", "webhook_all": True}
    with MockServer(webhook=silent, **settings) as server:
        made = [httpx.post(f"{server.url}/session", json={}, headers=TOKEN).json()["id"] for _ in range(3)]

    with MockServer(webhook=receiver.url, **settings):
        met = receiver.wait_for(3)

    assert sorted(each.session["id"] for each in met) == sorted(made)


def test_events_of_before_are_not_sent_to_who_comes_later(tmp_path: Path, receiver: Receiver) -> None:
    settings: dict[str, Any] = {"sessions": 0, "db": tmp_path / "x.json", "webhook_all": True}
    with MockServer(**settings) as server:
        httpx.post(f"{server.url}/session", json={}, headers=TOKEN)

    with MockServer(webhook=receiver.url, **settings) as server:
        assert server.app.extensions["mock_server"].default.dispatcher.backlog() == 0


def test_the_history_is_bounded_on_disk_too(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with MockServer(sessions=0, db=file, event_history=5) as server:
        for _ in range(12):
            httpx.post(f"{server.url}/session", json={}, headers=TOKEN)
        kept = httpx.get(f"{server.url}/_mock/events/list").json()["events"]

    assert [event["number"] for event in kept] == [8, 9, 10, 11, 12]
    assert list(json.loads(file.read_text())["events"]) == ["8", "9", "10", "11", "12"]


def test_a_receiver_that_never_answers_does_not_hold_up_the_api(serve: Callable[..., Api], silent: str) -> None:
    api = serve(webhook=silent, webhook_all=True)
    threads = [Thread(target=api.create) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert api.client.get("/session?limit=1").json()["metadata"]["totalItems"] == 43


@pytest.mark.parametrize("state", State)
def test_a_delivery_is_read_back_as_it_was_written(tmp_path: Path, state: State) -> None:
    file = tmp_path / "x.json"
    database = Database([SESSIONS], file)
    draft = Draft(vendor="v", type="t", time=5, subject="s", message=b'{"a":1}', has_target=True)
    (event,) = events = database.event_log.next([draft])
    database.write_ahead_log.append(database.event_log.changes(events))
    database.event_log.accept(events)
    database.event_log.publish(event)
    database.event_log.record(Delivery(event, url="http://x/", source="assistant", state=state, note="why"))
    database.close()

    again = Database([SESSIONS], file)
    (delivery,) = again.event_log.deliveries()
    again.close()

    assert (delivery.event, delivery.state, delivery.note, delivery.url) == (event, state, "why", "http://x/")
