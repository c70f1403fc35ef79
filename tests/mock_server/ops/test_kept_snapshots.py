"""Snapshots of a server with --db are in its file: kept over restarts and kills, forgotten when they are deleted."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import tinydb

from mock_server import MockServer
from mock_server.core.problems import Problem
from mock_server.core.store import Database
from mock_server.vendors.evovoice import EVOVOICE
from mock_server.vendors.vapi import VAPI
from tests.mock_server.conftest import Served
from tests.sampling import first_quick

Launch = Callable[..., Served]
Run = Callable[..., Any]
TOKEN = {"Authorization": "Bearer any"}
ODD = 'a "label" with \\ ü and ☎, as long as one may be'.ljust(128, ".")
SPECS = [*VAPI.collections, *EVOVOICE.collections]


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=TOKEN, timeout=60)


def labels(api: httpx.Client) -> list[Any]:
    found: list[Any] = api.get("/_mock/snapshots").json()["snapshots"]
    return found


def state(api: httpx.Client) -> Any:
    return api.get("/_mock/state").json()["collections"]


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGKILL, id="killed"), pytest.param(signal.SIGINT, id="stopped", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("label", first_quick([ODD, "before"]))
def test_a_label_is_there_after_a_restart(launch: Launch, tmp_path: Path, label: str, number: signal.Signals) -> None:
    flags = ("--port", 0, "--db", tmp_path / "sessions.json", "--sessions", 3)
    first = launch(*flags)
    with client(first.url) as api:
        before = state(api)
        assert api.post("/_mock/snapshots", json={"label": label}).status_code == 201
        api.post("/session", json={"name": "later"})
        told = labels(api)
    first.process.send_signal(number)
    first.process.wait(timeout=60)

    with client(launch(*flags).url) as api:
        assert (labels(api), told) == ([{"label": label, "sessions": {"vapi": 3, "evovoice": 3}}],) * 2
        path = f"/_mock/snapshots/{quote(label, safe='')}"
        (added,) = api.get(f"{path}/diff").json()["collections"]["vapi.sessions"]["added"]
        assert added["name"] == "later"
        assert api.post(f"{path}/restore", json={}).status_code == 200
        assert state(api) == before


def test_labels_come_and_go_with_their_file(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    with MockServer(db=file, sessions=2) as server, client(server.url) as api:
        for label in ("a", "b", "c"):
            api.post("/_mock/snapshots", json={"label": label})
            api.post("/session", json={"name": label})
        api.request("DELETE", "/_mock/snapshots/a", json={})
        api.post("/_mock/snapshots", json={"label": "b"})  # once more, of what there is now
        counts = {each["label"]: each["sessions"]["vapi"] for each in labels(api)}
        assert counts == {"b": 5, "c": 4}

    with MockServer(db=file) as server, client(server.url) as api:
        assert {each["label"]: each["sessions"]["vapi"] for each in labels(api)} == counts
        api.post("/_mock/reset", json={})
        assert labels(api) == []

    with MockServer(db=file) as server, client(server.url) as api:
        assert labels(api) == []
    with tinydb.TinyDB(file) as stock:
        assert [name for name in stock.tables() if name.startswith("snapshot")] == []


def test_an_empty_world_has_labels_too(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    with MockServer(db=file, world="empty", vendor=("vapi",)) as server, client(server.url) as api:
        api.post("/_mock/snapshots", json={"label": "empty"})

    with MockServer(db=file, vendor=("vapi",)) as server, client(server.url) as api:
        api.post("/session", json={})
        assert api.post("/_mock/snapshots/empty/restore", json={}).status_code == 200
        assert state(api) == {"vapi.sessions": []}


def test_check_and_compact_keep_labels(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    with MockServer(db=file, sessions=2) as server, client(server.url) as api:
        api.post("/_mock/snapshots", json={"label": ODD})

    checked, compacted = run("db", "check", file), run("db", "compact", file)

    assert (checked.returncode, compacted.returncode) == (0, 0)
    assert "snapshot.1.vapi.sessions: 2 documents" in checked.stdout
    assert [*opened(file)] == [ODD]


def opened(file: Path) -> dict[str, int]:
    database = Database(SPECS, file)
    try:
        return {label: kept.collection("vapi.sessions").count() for label, kept in database.snapshots().items()}
    finally:
        database.close()


def test_a_compaction_while_labels_are_kept_loses_none(tmp_path: Path) -> None:
    database = Database(SPECS, tmp_path / "sessions.json", compact_beyond=1)  # each commit starts one
    try:
        for number in range(20):
            database.collection("evovoice.accounts").insert({"id": f"{number}", "name": "n"})
            database.save_snapshot(f"{number}", database.fork())
            if number % 3 == 0:
                database.delete_snapshots([f"{number}"])
    finally:
        database.close()

    kept = [f"{number}" for number in range(20) if number % 3]
    assert sorted(opened(tmp_path / "sessions.json")) == sorted(kept)


def test_a_label_that_cannot_be_stored_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    database = Database(SPECS, tmp_path / "sessions.json")
    try:
        with monkeypatch.context() as disk:
            disk.setattr("os.write", full)
            with pytest.raises(Problem, match="No space left"):
                database.save_snapshot("a", database.fork())
        assert database.snapshots() == {}
        database.save_snapshot("b", database.fork())
    finally:
        database.close()
    assert [*opened(tmp_path / "sessions.json")] == ["b"]


@pytest.mark.parametrize("world", ["ties:mine", "default"])
def test_copies_and_servers_without_a_file_keep_labels_in_memory(tmp_path: Path, world: str) -> None:
    file = None if world == "default" else tmp_path / "sessions.json"
    settings: dict[str, Any] = {"sessions": 1} if file is None else {"sessions": 1, "db": file}
    named = {} if file is None else {"X-Mock-World": world}
    with MockServer(**settings) as server, client(server.url) as api:
        api.post("/_mock/snapshots", json={"label": "a"}, headers=named)
        assert [each["label"] for each in api.get("/_mock/snapshots", headers=named).json()["snapshots"]] == ["a"]

    with MockServer(**settings) as server, client(server.url) as api:
        assert api.get("/_mock/snapshots", headers=named).json()["snapshots"] == []
