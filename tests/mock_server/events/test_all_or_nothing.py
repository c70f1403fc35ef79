"""Seeding, loading, reset, restore and expiry are done wholly or not at all, and what is refused changes nothing."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings, create_app
from mock_server.core.problems import Problem
from tests.mock_server.events.conftest import Receiver
from tests.patience import PATIENCE

TOKEN = {"Authorization": "Bearer any"}
EVO = ("admin@example.com", "admin")


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def write(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "write", write)
        yield


def everything(api: httpx.Client) -> list[Any]:
    return [api.get(path).json() for path in ("/_mock/state", "/_mock/events/list", "/_mock/snapshots")]


@pytest.mark.parametrize("act", ["/_mock/reset", "/_mock/snapshots/before/restore"])
def test_a_refused_act_changes_nothing_and_webhooks_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, act: str
) -> None:
    with (
        MockServer(db=tmp_path / "x.json", sessions=3, webhook=receiver.url, webhook_all=True) as server,
        httpx.Client(base_url=server.url, headers=TOKEN, timeout=PATIENCE) as api,
    ):
        assert api.post("/_mock/snapshots", json={"label": "before"}).status_code == 201
        assert api.post("/session", json={"name": "mine"}).status_code == 201
        assert api.post("/ai/sessions", json={"purpose": "mine"}, auth=EVO).is_success
        before = everything(api)

        with full_disk(monkeypatch):
            answer = api.post(act)
        assert answer.status_code == 507, answer.text
        assert everything(api) == before

        assert api.post("/session", json={"name": "later"}).status_code == 201
        assert [met.session["name"] for met in receiver.wait_for(2)] == ["mine", "later"]
        assert api.post(act).is_success
        assert len(api.get("/_mock/state").json()["collections"]["vapi.sessions"]) == 3


def test_a_start_on_a_full_disk_leaves_nothing_that_the_next_start_takes_for_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.of({"db": tmp_path / "x.json", "sessions": 3})

    with full_disk(monkeypatch), pytest.raises(Problem, match="No space left"):
        create_app(settings)

    assert sessions_of(settings) == {"vapi": 3, "evovoice": 3}


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_an_interrupted_start_leaves_nothing(tmp_path: Path, steps: int) -> None:
    settings, met = Settings.of({"db": tmp_path / "x.json", "sessions": 2000}), list[int]()

    def interrupt(number: int) -> None:
        met.append(number)
        if len(met) > steps:
            raise Interrupted

    with pytest.raises(Interrupted):
        create_app(settings, interrupt)

    assert sorted(os.listdir(tmp_path)) == []


def sessions_of(settings: Settings) -> dict[str, int]:
    worlds = create_app(settings).extensions["mock_server"]
    counts = {name: emulation.count() for name, emulation in worlds.default.emulations.items()}
    worlds.close()
    return counts


MAKE: dict[str, Callable[[httpx.Client], tuple[str, str]]] = {
    "vapi": lambda api: ("/session/", api.post("/session", json={}).json()["id"]),
    "evovoice": lambda api: ("/ai/sessions/", api.post("/ai/sessions", json={"purpose": "x"}, auth=EVO).json()["id"]),
}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_an_id_is_never_given_to_a_second_session(tmp_path: Path, make: Callable[[httpx.Client], Any]) -> None:
    met = []
    for _ in range(3):
        with (
            MockServer(db=tmp_path / "x.json", sessions=2) as server,
            httpx.Client(base_url=server.url, headers=TOKEN) as api,
        ):
            path, id_ = make(api)
            met.append(id_)
            assert api.delete(f"{path}{id_}", auth=EVO if "ai" in path else None).is_success

    assert len(set(met)) == 3


@pytest.mark.parametrize("change", [{"status": "completed"}, {"expirationSeconds": 86_400}])
def test_a_change_that_was_refused_leaves_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    with (
        MockServer(db=tmp_path / "x.json", sessions=0, clock="2026-01-31T09:00:00Z") as server,
        httpx.Client(base_url=server.url, headers=TOKEN) as api,
    ):
        made = api.post("/session", json={"expirationSeconds": 60}).json()
        with full_disk(monkeypatch):
            assert api.patch(f"/session/{made['id']}", json=change).status_code == 507
        api.put("/_mock/clock", json={"advance": 61})

        assert api.get(f"/session/{made['id']}").json()["status"] == "completed"


def test_sessions_that_expire_together_are_completed_in_few_commits(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with (
        MockServer(db=file, sessions=0, clock="2026-01-31T09:00:00Z") as server,
        httpx.Client(base_url=server.url, headers=TOKEN) as api,
    ):
        for _ in range(450):
            api.post("/session", json={"expirationSeconds": 60})
        log = tmp_path / "x.json.journal"
        before = log.read_bytes().count(b"\n")
        api.put("/_mock/clock", json={"advance": 61})

        assert {row["status"] for row in api.get("/session?limit=1000").json()["results"]} == {"completed"}
        assert log.read_bytes().count(b"\n") - before == 3
        assert len(api.get("/_mock/events/list", params={"limit": 1000}).json()["events"]) == 900
