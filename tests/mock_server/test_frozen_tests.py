"""Tests that freeze or move Python's clock leave a server in the same process alone."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import freezegun
import httpx
import pytest
import time_machine

from mock_server import MockServer

TOKEN = {"Authorization": "Bearer any"}
Stopped = Callable[[], AbstractContextManager[Any]]
stopped_clocks = pytest.mark.parametrize(
    "stopped",
    [
        lambda: freezegun.freeze_time("2020-02-29", ignore=["vapi"]),  # it would search the SDK for a minute
        lambda: time_machine.travel("2020-02-29", tick=False),
    ],
    ids=["freezegun", "time-machine"],
)


@stopped_clocks
@pytest.mark.parametrize(
    "path", ["events/wait?timeout=0.1&type=never", "requests/wait?timeout=0.1&count=9&path=/never"]
)
def test_a_wait_ends_in_time(stopped: Stopped, path: str) -> None:
    with MockServer(sessions=0) as server, httpx.Client(base_url=server.url, timeout=20) as client, stopped():
        assert client.get(f"/_mock/{path}").status_code == 408


@stopped_clocks
def test_an_event_ends_a_wait(stopped: Stopped) -> None:
    with MockServer(sessions=0) as server, httpx.Client(base_url=server.url, timeout=20) as client, stopped():
        later = threading.Thread(
            target=httpx.post, args=(f"{server.url}/session",), kwargs={"json": {}, "headers": TOKEN}
        )
        later.start()
        answer = client.get("/_mock/events/wait?type=session.created&timeout=15")
        later.join()

    assert answer.json()["event"]["type"] == "session.created"


@stopped_clocks
def test_the_server_s_own_clock_goes_on(stopped: Stopped) -> None:
    before = datetime.now(UTC)
    with MockServer(sessions=0) as server, httpx.Client(base_url=server.url, headers=TOKEN) as client, stopped():
        made = client.post("/session", json={}).json()["createdAt"]
        now = client.get("/_mock/clock").json()["now"]
        milliseconds = client.get("/_mock/requests").json()["requests"][0]["milliseconds"]

    assert before.isoformat()[:19] <= made[:19] <= now[:19]
    assert milliseconds > 0


@stopped_clocks
def test_a_server_that_starts_while_time_stands_still(stopped: Stopped) -> None:
    before = datetime.now(UTC)
    with stopped(), MockServer(sessions=3) as server, httpx.Client(base_url=server.url) as client:
        assert client.get("/session", headers=TOKEN).json()["metadata"]["totalItems"] == 3
        assert client.get("/_mock/clock").json()["now"][:19] >= before.isoformat()[:19]
