"""Kill a server at a moment of interest, open its file again, and compare it with what was acknowledged.

A scenario gets an empty folder, a source of random numbers, and a tally. It raises AssertionError for a write that was
lost, for one that is half there, and for an act that is half done.
"""

import functools
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson

from mock_server import Settings, create_app
from mock_server.web.documents import documents_of
from tests.patience import PATIENCE, wait_until
from tests.torture.receiver import Receiver
from tests.torture.server import EVO, ROOT, TOKEN, Server, reopened, state_of

Tally = Counter[str]
Scenario = Callable[[Path, random.Random, Tally], None]

_SEEDED = 1500
_WRITERS = 4
_BIG = "x" * 15_000  # a log of such sessions outgrows its snapshot soon, which starts a compaction
_DUE = 3000


def seeding(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill the first start while it makes sessions: the next start has all of them."""
    file = folder / "x.json"
    server = Server(file, "--sessions", _SEEDED)
    time.sleep(_start() * source.uniform(0.2, 1.1))
    tally["ready before the kill"] += "http://" in server.kill()
    with reopened(file, sessions=_SEEDED) as worlds:
        _require_seeded(worlds.default.emulations)


def seed_command(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill `mock-server seed`: the next start of a server has all sessions."""
    file = folder / "x.json"
    command = [sys.executable, "-m", "mock_server", "seed", "--db", str(file), "--sessions", str(_SEEDED)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(_start() * source.uniform(0.2, 1.1))
        tally["ready before the kill"] += process.poll() is not None
        process.kill()
    with reopened(file, sessions=_SEEDED) as worlds:
        _require_seeded(worlds.default.emulations)


@functools.lru_cache(maxsize=1)
def _start() -> float:
    """Return the seconds that a start takes here."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        server = Server(Path(folder) / "x.json", "--sessions", _SEEDED)
        server.url()
        server.kill()
        return time.monotonic() - started


def _require_seeded(emulations: Any) -> None:
    assert {name: each.count() for name, each in emulations.items()} == {"vapi": _SEEDED, "evovoice": _SEEDED}


def loading(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill the first start while it loads documents: the next start has all of them."""
    file, load = folder / "x.json", folder / "load.json"
    load.write_bytes(_documents())
    server = Server(file, "--load", load)
    time.sleep(_start() * source.uniform(0.2, 1.1))
    tally["ready before the kill"] += "http://" in server.kill()
    with reopened(file, load=load) as worlds:
        _require_seeded(worlds.default.emulations)


@functools.lru_cache(maxsize=1)
def _documents() -> bytes:
    worlds = create_app(Settings(sessions=_SEEDED)).extensions["mock_server"]
    text = orjson.dumps({"collections": documents_of(worlds.default.database)})
    worlds.close()
    return text


def reset(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill a server that resets its world: the world is as it was before, or as it is after, and never between."""
    _replacing(folder, source, tally, "/_mock/reset")


def restore(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill a server that restores a snapshot."""
    _replacing(folder, source, tally, "/_mock/snapshots/kept/restore")


def _replacing(folder: Path, source: random.Random, tally: Tally, path: str) -> None:
    file, rows = folder / "x.json", source.randrange(5, 150)
    server = Server(file, "--sessions", 150, "--clock", "2026-01-31T09:00:00Z")
    with server.client() as api:
        for number in range(rows):
            _create(api, number)
        api.post("/_mock/snapshots", json={"label": "kept"})
        for session in api.get("/session?limit=100").json()["results"]:
            api.delete(f"/session/{session['id']}")
        for number in range(20):
            _create(api, number)
        before = _seen(api)
        acknowledged, thread = list[bool](), threading.Thread(target=lambda: acknowledged.append(_post(api, path)))
        thread.start()
        time.sleep(source.uniform(0, 0.012))
        server.kill()
        thread.join(PATIENCE)
    with reopened(file) as worlds:
        found = state_of(worlds)
        labels = [] if path.endswith("reset") else ["kept"]
        if _sessions(found) != _sessions(before):
            counts = (150, 150) if path.endswith("reset") else (150 + rows, 150 + rows)
            assert (len(found["vapi.sessions"]), len(found["evovoice.sessions"])) == counts
            assert (found["events"], found["snapshots"]) == ([], labels)
            tally["done"] += 1
        else:
            assert not any(acknowledged), "an acknowledged act was not done"
            assert (found["events"], found["snapshots"]) == (before["events"], ["kept"])
            tally["not done"] += 1


def _create(api: httpx.Client, number: int) -> None:
    assert api.post("/session", json={"name": f"v{number}"}).status_code == 201
    assert api.post("/ai/sessions", json={"purpose": f"e{number}"}, auth=EVO).is_success


def _seen(api: httpx.Client) -> dict[str, Any]:
    collections = api.get("/_mock/state").json()["collections"]
    events = api.get("/_mock/events/list?limit=1000").json()["events"]
    return {
        **{name: {row["id"]: row for row in rows} for name, rows in collections.items()},
        "events": [event["subject"] for event in events],
    }


def _sessions(state: dict[str, Any]) -> list[Any]:
    return [state["vapi.sessions"], state["evovoice.sessions"]]


def _post(api: httpx.Client, path: str) -> bool:
    try:
        return bool(api.post(path).is_success)
    except httpx.TransportError:
        return False


def writing(
    folder: Path, source: random.Random, tally: Tally, *arguments: object, body: str = "", most: int = 300
) -> None:
    """Kill a server with several writers: what was acknowledged is there, and nothing is there by half."""
    file = folder / "x.json"
    server = Server(file, "--sessions", 3, "--event-history", 100_000, *arguments)
    writers = [_Writer(server.url(), source.randrange(1 << 30), body) for _ in range(_WRITERS)]
    _run(writers, source.randrange(1, most), server)
    with reopened(file, event_history=100_000) as worlds:
        _compare(writers, state_of(worlds), tally)


def writing_to_disk(folder: Path, source: random.Random, tally: Tally) -> None:
    """The same with --durability disk."""
    writing(folder, source, tally, "--durability", "disk")


def compacting(folder: Path, source: random.Random, tally: Tally) -> None:
    """The same with large sessions, so that the log is compacted meanwhile."""
    writing(folder, source, tally, body=_BIG, most=500)


def _run(writers: "list[_Writer]", writes: int, server: Server) -> None:
    """Let the writers write, and kill the server once so many writes were acknowledged."""
    for writer in writers:
        writer.start()
    wait_until(lambda: sum(writer.acknowledged for writer in writers) >= writes)
    server.kill()
    for writer in writers:
        writer.join(PATIENCE)


class _Writer(threading.Thread):
    """Creates, changes and deletes sessions of its own until the server is gone.

    `known` are the names of its sessions as they were acknowledged; `pending` is the change under way, by id.
    """

    def __init__(self, url: str, seed: int, body: str) -> None:
        super().__init__()
        self._url, self._source, self._body = url, random.Random(seed), body
        self.known: dict[str, str | None] = {}
        self.pending: tuple[str, str | None] | None = None
        self.acknowledged = 0

    def run(self) -> None:
        try:
            with httpx.Client(base_url=self._url, headers=TOKEN, timeout=PATIENCE, trust_env=False) as api:
                while True:
                    self._write(api)
                    self.acknowledged += 1
        except httpx.TransportError:
            pass

    def _write(self, api: httpx.Client) -> None:
        roll, alive = self._source.random(), [key for key, name in self.known.items() if name is not None]
        name = f"{self._source.randrange(1 << 60):x}"
        if roll < 0.6 or not alive:
            body = {"name": name, **({"assistant": {"firstMessage": self._body}} if self._body else {})}
            self.pending = ("", name)
            self.known[api.post("/session", json=body).raise_for_status().json()["id"]] = name
        elif roll < 0.85:
            key = self._source.choice(alive)
            self.pending = (key, name)
            api.patch(f"/session/{key}", json={"name": name}).raise_for_status()
            self.known[key] = name
        else:
            key = self._source.choice(alive)
            self.pending = (key, None)
            api.delete(f"/session/{key}").raise_for_status()
            self.known[key] = None
        self.pending = None


def _compare(writers: list[_Writer], found: dict[str, Any], tally: Tally) -> None:
    names = {key: row.get("name") for key, row in found["vapi.sessions"].items()}
    told = Counter(found["events"])
    for writer in writers:
        tally["acknowledged"] += writer.acknowledged
        for key, name in writer.known.items():
            wanted = {name, writer.pending[1]} if writer.pending and writer.pending[0] == key else {name}
            assert names.get(key) in wanted, f"{key}: {names.get(key)} instead of {wanted}"
            assert told[key], f"{key}: no event"
    known = {key for writer in writers for key in writer.known}
    created = {writer.pending[1] for writer in writers if writer.pending and writer.pending[0] == ""}
    strange = {key: name for key, name in names.items() if key not in known and name in created}
    assert set(told) <= known | set(strange), "an event without its session"
    assert all(told[key] == 1 for key in strange), "a session without its event"
    assert len(names) - len(known & set(names)) - len(strange) == 3, "sessions that nobody made"


def expiring(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill a server that completes many sessions: none is lost, and the next start completes the rest."""
    file, clock = folder / "x.json", "2026-01-31T09:00:00Z"
    load = folder / "load.json"
    rows = [
        {
            "id": f"00000000-0000-4000-8000-{number:012}", "orgId": "x", "status": "active", "expirationSeconds": 60,
            "createdAt": "2026-01-31T08:59:30.000Z", "updatedAt": "2026-01-31T08:59:30.000Z",
        }
        for number in range(_DUE)
    ]  # fmt: skip
    load.write_bytes(orjson.dumps({"collections": {"vapi.sessions": rows}}))
    server = Server(file, "--load", load, "--clock", clock, "--durability", source.choice(["process", "disk"]))
    with server.client() as api:
        api.put("/_mock/clock", json={"advance": 61})
        thread = threading.Thread(target=_get, args=(api, "/session?limit=1"))
        thread.start()
        time.sleep(source.uniform(0, 0.04))
        server.kill()
        thread.join(PATIENCE)
    with reopened(file, clock="2026-01-31T09:05:00Z") as worlds:
        found = state_of(worlds)
        done = {key for key, row in found["vapi.sessions"].items() if row["status"] == "completed"}
        assert len(found["vapi.sessions"]) == _DUE
        assert sorted(found["events"]) == sorted(done), "an event without its change, or a change without its event"
        worlds.default.advance()
        assert {row["status"] for row in state_of(worlds)["vapi.sessions"].values()} == {"completed"}
        tally["completed before the kill"] += len(done)


def _get(api: httpx.Client, path: str) -> None:
    with suppress(httpx.HTTPError):
        api.get(path)


def sending(folder: Path, source: random.Random, tally: Tally) -> None:
    """Kill a server that sends webhooks: after the next start, each change has been told at least once."""
    file = folder / "x.json"
    with Receiver() as receiver:
        server = Server(file, "--sessions", 0, "--webhook", receiver.url, "--webhook-all")
        writers = [_Writer(server.url(), source.randrange(1 << 30), "") for _ in range(2)]
        _run(writers, source.randrange(1, 100), server)
        before = len(receiver.told)
        with reopened(file, webhook=receiver.url, webhook_all=True) as worlds:
            assert worlds.default.dispatcher.settle(PATIENCE)
            events = [event.id for event in worlds.default.event_log.after(0)]
            states = {each.state.value for each in worlds.default.event_log.deliveries()}
        tally["acknowledged"] += sum(writer.acknowledged for writer in writers)
        tally["told before the kill"] += before
        assert len(receiver.told) >= len(events), "a change that nobody was told of"
        assert states <= {"delivered"}


SCENARIOS: dict[str, Scenario] = {
    "seeding": seeding,
    "seed command": seed_command,
    "loading": loading,
    "reset": reset,
    "restore": restore,
    "writing": writing,
    "writing to disk": writing_to_disk,
    "compacting": compacting,
    "expiring": expiring,
    "sending": sending,
}
