"""The threads that deliver webhooks: shared by all worlds, few, gone when idle, and not stopped by any defect."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from mock_server.core.events import Target
from mock_server.core.store.event_log import EventLog
from mock_server.web import webhook_workers
from mock_server.web.receivers import Connections
from tests.mock_server.events.conftest import Api, Receiver
from tests.patience import PATIENCE, wait_until

Serve = Callable[..., Api]
ALL = ["session.created", "session.updated", "session.deleted"]


def assistant(url: str, **server: Any) -> dict[str, Any]:
    return {"serverMessages": ALL, "server": {"url": url, **server}}


def create_in(api: Api, world: str, url: str) -> None:
    answer = api.client.post("/session", json={"assistant": assistant(url)}, headers={"X-Mock-World": world})
    assert answer.status_code == 201


def workers() -> int:
    return sum(thread.name == "webhooks" for thread in threading.enumerate())


def test_all_worlds_share_the_workers(serve: Serve, silent: str) -> None:
    api = serve(webhook_workers=4)

    for world in range(6):
        for _ in range(3):
            create_in(api, f"one:{world}", silent)

    assert 1 <= workers() <= 4


def test_slow_receivers_of_one_world_leave_workers_to_others(serve: Serve, silent: str, receiver: Receiver) -> None:
    api = serve(webhook_workers=4)
    for _ in range(20):
        create_in(api, "one:slow", silent)

    create_in(api, "one:quick", f"{receiver.url}/quick")
    api.create(assistant=assistant(f"{receiver.url}/default"))

    assert {each.path for each in receiver.wait_for(2)} == {"/quick", "/default"}


def test_a_single_worker_serves_all_worlds_in_turn(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook_workers=1)

    for world in range(5):
        create_in(api, f"one:{world}", f"{receiver.url}/{world}")

    assert {each.path for each in receiver.wait_for(5)} == {f"/{world}" for world in range(5)}
    assert workers() == 1


def test_closing_a_world_cuts_off_its_own_deliveries_alone(
    serve: Serve, silent: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, going_on, met = serve(), threading.Event(), receiver.take
    monkeypatch.setattr(receiver, "take", lambda received: going_on.wait(PATIENCE) and met(received))
    create_in(api, "one:gone", silent)
    create_in(api, "one:stays", receiver.url)
    wait_until(lambda: workers() >= 2)

    assert api.client.request("DELETE", "/_mock/worlds/one/gone").json() == {"dropped": 1}
    going_on.set()

    stays = api.server.app.extensions["mock_server"].named("one", "stays")
    assert stays.dispatcher.settle(PATIENCE)
    assert [each.state for each in stays.event_log.deliveries()] == ["delivered"]


def test_workers_end_when_idle_and_start_again(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_workers, "IDLE_SECONDS", 0.05)
    api = serve()

    for number in (1, 2):
        api.create(assistant=assistant(receiver.url))
        receiver.wait_for(number)
        wait_until(lambda: workers() == 0)


def test_a_worker_stays_for_a_delivery_that_falls_due(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_workers, "IDLE_SECONDS", 0.05)
    api = serve(clock="real")
    receiver.statuses = [500]
    plan = {"type": "fixed", "maxRetries": 1, "baseDelaySeconds": 1}

    api.create(assistant=assistant(receiver.url, backoffPlan=plan))

    receiver.wait_for(2)


def test_a_thread_that_does_not_start_leaves_the_delivery_to_the_next_event(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = serve()
    with monkeypatch.context() as patch:
        patch.setattr(webhook_workers, "Thread", _Refused)
        api.create(assistant=assistant(f"{receiver.url}/1"))
        assert (api.world.dispatcher.backlog(), workers()) == (1, 0)

    api.create(assistant=assistant(f"{receiver.url}/2"))

    assert {each.path for each in receiver.wait_for(2)} == {"/1", "/2"}


class _Refused(threading.Thread):
    """A thread that the system has no room for."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


DEFECTS = (RuntimeError("s3cret"), MemoryError(), RecursionError(), AssertionError(), KeyError("s3cret"))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: type(defect).__name__)
@pytest.mark.parametrize("place", [Connections.post, EventLog.record, Target.__init__], ids=lambda f: f.__qualname__)
def test_a_defect_at_any_step_stops_no_other_delivery(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, place: Any, defect: Exception
) -> None:
    api = serve(webhook_workers=1)
    owner = {"post": Connections, "record": EventLog, "__init__": Target}[place.__name__]

    def broken(*_: object, **__: object) -> None:
        if threading.current_thread().name == "webhooks":
            raise defect
        place(*_, **__)

    with monkeypatch.context() as patch:
        patch.setattr(owner, place.__name__, broken)
        for _ in range(3):
            api.create(assistant=assistant(receiver.url))
        api.settle()
    api.create(assistant=assistant(f"{receiver.url}/after"))
    api.settle()

    assert receiver.wait_for(1)[-1].path == "/after"
    states = [each["state"] for each in api.deliveries()]
    assert states[3] == "delivered"
    assert place is EventLog.record or states[:3] == ["failed"] * 3
    assert "s3cret" not in str(api.deliveries())


def test_the_last_attempts_are_kept(serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.core.bounds.MOST_ATTEMPTS", 3)
    api = serve()
    receiver.statuses = [500]
    api.create(assistant=assistant(receiver.url))

    for number in range(1, 5):
        receiver.wait_for(number)
        api.settle()
        api.client.post("/_mock/deliveries/1/replay", json={})
    api.settle()

    assert [each["status"] for each in api.deliveries()[0]["attempts"]] == [200, 200, 200]


def test_connections_to_few_receivers_are_kept(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_server.core.bounds.MOST_CONNECTIONS", 1)
    api = serve(webhook_workers=1)
    other = receiver.url.replace("127.0.0.1", "127.0.0.2")

    for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost"), other) * 2:
        api.create(assistant=assistant(url))
        api.settle()

    assert {each["state"] for each in api.deliveries(state="delivered")} == {"delivered"}


def test_a_clock_that_is_set_starts_no_worker_when_nothing_waits(serve: Callable[..., Api]) -> None:
    before = set(threading.enumerate())
    api = serve()

    api.pass_(3_600_000)

    assert "webhooks" not in {thread.name for thread in set(threading.enumerate()) - before}
