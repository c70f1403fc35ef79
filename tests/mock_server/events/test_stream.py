"""Client messages as Server-Sent Events, and waiting for one."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import jsonschema_rs
import pytest
from vapi import Vapi

from contracts.catalog import VENDORS
from contracts.parsing import parse_yaml
from tests.mock_server.events.conftest import Api
from tests.patience import PATIENCE

Serve = Callable[..., Api]
DOCUMENT: dict[str, Any] = parse_yaml(VENDORS["vapi"].document.read_text("utf-8"))


@contextmanager
def stream(api: Api, query: str = "", **headers: str) -> Iterator[Iterator[dict[str, str]]]:
    """The frames that come after the first, as their fields."""
    with httpx.stream("GET", f"{api.server.url}/_mock/events{query}", headers=headers, timeout=PATIENCE) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        frames = _frames(answer.iter_lines())
        assert next(frames) == {"retry": "1000"}
        yield frames


def _frames(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """What is no comment."""
    frame: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name:
            frame[name] = value
        elif frame and not line:
            yield frame
            frame = {}


@pytest.mark.slow
def test_a_session_that_the_sdk_creates_is_told_at_once(serve: Serve) -> None:
    api = serve(clock="real")
    with stream(api) as frames:
        made = Vapi(token="any", base_url=api.server.url, httpx_client=api.client).sessions.create(name="Try-out")
        frame = next(frames)

    assert (frame["event"], frame["id"]) == ("session.created", "1")
    message = json.loads(frame["data"])["message"]
    assert message["session"]["id"] == made.id


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?since=0", [1, 2, 3, 4]),
        ("?since=2", [3, 4]),
        ("?since=0&type=session.created", [1, 3]),
        ("?since=0&session={first}", [1, 2]),
        ("?since=0&vendor=vapi", [1, 2, 3, 4]),
        ("?since=0&vendor=evovoice", []),
    ],
)
def test_streams_resume_and_select(serve: Serve, query: str, numbers: list[int]) -> None:
    api = serve()
    first = api.create()
    api.client.delete(f"/session/{first['id']}")
    second = api.create()
    api.client.delete(f"/session/{second['id']}")

    with stream(api, query.format(first=first["id"])) as frames:
        assert [int(next(frames)["id"]) for _ in numbers] == numbers


def test_the_last_event_id_wins(serve: Serve) -> None:
    api = serve()
    for _ in range(3):
        api.create()

    with stream(api, "?since=0", **{"Last-Event-ID": "2"}) as frames:
        assert next(frames)["id"] == "3"


def test_a_number_of_another_run_leads_to_the_first_event(serve: Serve) -> None:
    api = serve()
    api.create()

    with stream(api, **{"Last-Event-ID": "50"}) as frames:
        assert next(frames)["id"] == "1"


@pytest.mark.parametrize("world", ["", "one:a"])
@pytest.mark.parametrize("way", ["/_mock/reset", "/_mock/snapshots/start/restore"])
def test_a_stream_misses_nothing_when_the_world_is_put_back(serve: Serve, world: str, way: str) -> None:
    api = serve()
    api.client.headers.update({"X-Mock-World": world} if world else {})
    api.client.post("/_mock/snapshots", json={"label": "start"})
    before = api.create()
    with stream(api, "?since=0", **api.client.headers) as frames:
        told = [next(frames)]
        assert api.client.post(way, json={}).status_code == 200
        after = api.create()
        told.append(next(frames))

    subjects = [json.loads(frame["data"])["message"]["session"]["id"] for frame in told]
    assert subjects == [before["id"], after["id"]]
    assert [frame["id"] for frame in told] == ["1", "2"]


def test_waiting_goes_on_when_the_world_is_put_back(serve: Serve) -> None:
    api = serve()
    api.create()
    first = api.world.event_log.last
    made: list[Any] = []

    def later() -> None:
        with httpx.Client(base_url=api.server.url, headers=api.client.headers) as client:
            client.post("/_mock/reset", json={})
            made.append(client.post("/session", json={}).json())

    thread = threading.Timer(0.2, later)
    thread.start()
    answer = api.client.get(f"/_mock/events/wait?since={first}&timeout=60")
    thread.join()

    assert answer.json()["event"]["subject"] == made[0]["id"]


def test_every_message_is_what_the_contract_says(serve: Serve) -> None:
    api = serve(sessions=40)
    for row in api.client.get("/session?limit=40").json()["results"]:
        api.client.patch(f"/session/{row['id']}", json={"name": "Changed"})
        api.client.delete(f"/session/{row['id']}")
    api.create(customer={"number": "+14155550123"}, assistant={"name": "A", "serverMessages": ["session.created"]})

    events = api.world.event_log.after(0)

    assert {event.draft.type for event in events} == {"session.created", "session.updated", "session.deleted"}
    for event in events:
        for side in ("client", "server"):
            schema = DOCUMENT["webhooks"][f"{side}.{event.draft.type}"]["post"]["requestBody"]["content"]
            validator = jsonschema_rs.Draft202012Validator(
                {**schema["application/json"]["schema"], "components": DOCUMENT["components"]}
            )
            body = json.loads(b'{"message":%b}' % event.draft.message)
            assert [error.message for error in validator.iter_errors(body)] == []


def test_waiting_for_an_event(serve: Serve) -> None:
    api = serve()
    made: list[Any] = []
    later = threading.Timer(0.2, lambda: made.append(api.create()))
    later.start()

    answer = api.client.get("/_mock/events/wait?type=session.created&timeout=60")
    later.join()

    event = answer.json()["event"]
    assert (event["number"], event["type"], event["subject"]) == (1, "session.created", made[0]["id"])
    assert event["message"]["session"] == made[0]
    assert api.client.get(f"/_mock/events/wait?session={made[0]['id']}&timeout=0").json()["event"] == event


def test_waiting_in_vain_says_what_came(serve: Serve) -> None:
    api = serve()
    made = api.create()

    answer = api.client.get("/_mock/events/wait?type=session.deleted&timeout=0.05")

    assert answer.status_code == 408
    assert answer.json()["message"] == (
        "No event with type session.deleted after number 0 came within 0.05 s; "
        f"the last events were session.created of {made['id']}"
    )


def test_there_are_only_so_many_streams_and_the_api_goes_on(serve: Serve) -> None:
    api = serve(streams=4)
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(stream(api))

        refused = [api.client.get(path) for path in ("/_mock/events", "/_mock/events/wait?timeout=1")]
        answers = [api.client.get("/session?limit=1") for _ in range(20)]

    assert [(each.status_code, each.headers["retry-after"]) for each in refused] == [(503, "5")] * 2
    assert "--streams sets how many" in refused[0].json()["message"]
    assert {each.status_code for each in answers} == {200}


def test_a_stream_that_is_left_frees_its_place(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.web.streams.HEARTBEAT", 0.05)
    api = serve(streams=1)
    for _ in range(3):
        with stream(api):
            assert api.client.get("/_mock/events").status_code == 503
        until = time.monotonic() + PATIENCE
        while api.client.get("/_mock/events/wait?timeout=0.01").status_code == 503:
            assert time.monotonic() < until


def test_stopping_ends_the_streams(serve: Serve) -> None:
    api = serve()
    with stream(api) as frames:
        api.server.stop()

        assert list(frames) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/_mock/events?since=-1", "since: Input should be greater than or equal to 0"),
        ("/_mock/events?sinse=1", "sinse: unknown name (did you mean 'since'?). Valid in the query: session, since, "),
        ("/_mock/events/wait?timeout=soon", "timeout: Input should be a valid number"),
        ("/_mock/events/wait?timeout=1e9", "timeout: Input should be less than or equal to 300"),
        ("/_mock/deliveries?state=lost", "state: Input should be 'waiting', 'delivered', 'failed',"),
        ("/_mock/deliveries?limit=0", "limit: Input should be greater than or equal to 1"),
    ],
)
def test_bad_parameters_are_told(serve: Serve, path: str, message: str) -> None:
    answer = serve().client.get(path)

    assert (answer.status_code, answer.json()["message"][: len(message)]) == (400, message)


def test_evo_voice_tells_nobody(serve: Serve) -> None:
    api = serve(webhook="http://127.0.0.1:9/", webhook_all=True)
    admin = ("admin@example.com", "admin")
    made = api.client.post("/ai/sessions", json={"purpose": "Close at noon"}, auth=admin)
    api.client.patch(f"/ai/sessions/{made.json()['id']}", json={"purpose": "Close at one"}, auth=admin)
    gone = api.client.delete(f"/ai/sessions/{made.json()['id']}", auth=admin)

    assert (made.status_code, gone.status_code) == (200, 204)
    assert api.world.event_log.after(0) == []


def test_seeding_tells_nobody(serve: Serve) -> None:
    assert serve(sessions=20).world.event_log.last == 0


def test_ids_are_unique_and_numbers_without_a_gap(serve: Serve) -> None:
    api = serve()
    for _ in range(10):
        api.create()

    events = api.client.get("/_mock/events/list").json()["events"]

    assert [event["number"] for event in events] == list(range(1, 11))
    assert len({event["id"] for event in events}) == 10
    assert all(re.fullmatch(r"[0-9a-f-]{36}", event["id"]) for event in events)
