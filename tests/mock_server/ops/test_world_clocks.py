"""A world is dated by the clock it begins with: nothing in it lies in the future, and a reset goes back to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import Settings, create_app
from mock_server.core.clock import Clock, FrozenClock, format_instant, parse_instant
from mock_server.core.system_time import now_ns
from mock_server.settings import SettingsError
from mock_server.vendors import WORLDS
from tests.mock_server.ops.conftest import Door
from tests.sampling import first_quick, quick_if

INSTANTS = (
    "2001-09-09T01:46:40.000Z",
    "2026-01-31T09:00:00.000Z",
    "2040-12-31T23:59:59.999Z",
    "2000-02-29T12:00:00.000Z",
    "2024-03-01T00:00:00.000Z",
    "1970-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
)
PAST_MEMBERS = {"createdAt", "updatedAt", "dateCreated", "dateLastModified", "date", "structuredOutputsLastUpdatedAt"}
MILLISECONDS = {"time", "endTime"}
Rows = list[dict[str, Any]]


def begin(client: httpx.Client, name: str, clock: str | None, id_: str = "a") -> dict[str, str]:
    """The headers of a copy that begins by this clock."""
    answer = client.put(f"/_mock/worlds/{name}/{id_}", json={} if clock is None else {"clock": clock})
    assert answer.status_code == 200, answer.text
    return {"X-Mock-World": f"{name}:{id_}"}


def state(client: httpx.Client, headers: dict[str, str] | None = None) -> dict[str, Rows]:
    found: dict[str, Rows] = client.get("/_mock/state", headers=headers or {}).json()["collections"]
    return found


def now(client: httpx.Client, headers: dict[str, str] | None = None) -> str:
    found: str = client.get("/_mock/clock", headers=headers or {}).json()["now"]
    return found


def dates(value: Any) -> Iterator[str]:
    """Every instant at which something is said to have happened, and every day with usage."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name in PAST_MEMBERS:
                yield item
            elif name in MILLISECONDS:
                yield format_instant(round(item))
            elif name == "minutes" and isinstance(item, dict):
                yield from item
            elif name != "result":  # what was agreed on in a call, such as an appointment
                yield from dates(item)
    elif isinstance(value, list):
        for item in value:
            yield from dates(item)


@pytest.mark.parametrize("seed", quick_if(range(1, 11), [2]))  # the large world is of seed 1
def test_nothing_lies_in_the_future_of_a_copy(in_process: Door, seed: int) -> None:
    client = in_process(seed=seed, sessions=0, clock="real")

    for number, name in enumerate(world for world in WORLDS if world != "10k" or seed == 1):
        instant = INSTANTS[(seed + number) % len(INSTANTS)]
        headers = begin(client, name, instant)

        found = list(dates(state(client, headers)))

        assert now(client, headers) == instant
        assert max(found, default="") <= instant, name
        assert found


@pytest.mark.parametrize("instant", first_quick(INSTANTS, 2))
def test_nothing_lies_in_the_future_of_the_server_s_clock(in_process: Door, instant: str) -> None:
    client = in_process(clock=instant, sessions=250)

    for headers in ({}, *({"X-Mock-World": name} for name in WORLDS if name != "10k")):
        assert max(dates(state(client, headers))) <= instant, headers


@pytest.mark.parametrize("seed", first_quick(range(1, 11)))
@pytest.mark.parametrize("instant", [*INSTANTS[:5], "real"])
def test_half_of_the_expired_world_falls_due_within_a_day(in_process: Door, seed: int, instant: str) -> None:
    client = in_process(seed=seed, sessions=0, clock="real")
    headers = begin(client, "expired", instant)

    def statuses() -> list[str]:
        return sorted(row["status"] for row in client.get("/session", headers=headers).json()["results"])

    assert statuses() == ["active"] * 10 + ["completed"] * 10
    client.put("/_mock/clock", json={"advance": 86_400}, headers=headers)
    assert statuses() == ["completed"] * 20


@pytest.mark.parametrize("name", first_quick(["one", "demo", "ties", "expired", "near-miss"], 2))
@pytest.mark.parametrize("instant", INSTANTS[1:5:2])
def test_the_same_seed_and_instant_give_the_same_bytes(in_process: Door, name: str, instant: str) -> None:
    by_setting, by_call = in_process(clock=instant, seed=4), in_process(clock="real", seed=4)
    wanted = state(by_setting, {"X-Mock-World": f"{name}:a"})
    headers = begin(by_call, name, instant)

    def run(client: httpx.Client) -> list[str]:
        made = client.post("/session", json={"name": "New"}, headers=headers)
        return [made.text, client.get("/session?limit=1000", headers=headers).text]

    assert state(by_call, headers) == wanted
    assert run(by_call) == run(by_setting)


def test_originals_are_shared_and_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.core.bounds.MOST_ORIGINALS", 2)
    app = create_app(Settings(sessions=0, clock=INSTANTS[1]))
    worlds = app.extensions["mock_server"]

    first, second = worlds.named("page", "a"), worlds.named("page", "b")
    others = [worlds.create_copy("page", str(number), Clock(number).setting) for number in range(3)]
    again = worlds.named("page", "c")

    assert first.initial_state is second.initial_state
    assert len({id(each.initial_state) for each in (first, again, *others)}) == 5
    assert first.database.collection("vapi.sessions").rows() == again.database.collection("vapi.sessions").rows()
    assert len(worlds._dated) == 2
    worlds.close()


def test_a_running_clock_dates_each_copy_by_the_present(in_process: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    client, shift = in_process(clock="real", sessions=0), [0]
    for module in ("mock_server.core.clock", "mock_server.web.worlds"):
        monkeypatch.setattr(f"{module}.now_ns", lambda: now_ns() + shift[0])

    def newest(id_: str) -> str:
        return max(row["createdAt"] for row in state(client, {"X-Mock-World": f"ties:{id_}"})["vapi.sessions"])

    first = newest("a")
    shift[0] = 86_400_000_000_000

    assert newest("a") == first
    assert parse_instant(newest("b")) - parse_instant(first) >= 86_400_000
    assert newest("b") <= now(client)


@pytest.mark.parametrize("clock", [INSTANTS[0], "real"])
def test_a_reset_goes_back_to_the_clock_of_the_beginning(in_process: Door, clock: str) -> None:
    client = in_process(sessions=5)
    headers = begin(client, "page", clock)
    before = state(client, headers)
    client.post("/session", json={}, headers=headers)
    client.put("/_mock/clock", json={"freeze": "2050-01-01"}, headers=headers)

    assert client.post("/_mock/reset", json={}, headers=headers).status_code == 200

    assert state(client, headers) == before
    assert client.get("/_mock/clock", headers=headers).json()["frozen"] is (clock != "real")
    assert clock == "real" or now(client, headers) == clock


@pytest.mark.parametrize("world", first_quick(["", "expired:a", "demo:a"], 2))
def test_a_reset_may_name_another_clock(door: Door, world: str) -> None:
    client = door(clock=INSTANTS[1])
    headers = {"X-Mock-World": world} if world else {}
    at_first = state(client, headers)
    for instant in (INSTANTS[0], INSTANTS[3]):
        assert client.post("/_mock/reset", json={"clock": instant}, headers=headers).status_code == 200
        dated = state(client, headers)
        assert (now(client, headers), max(dates(dated)) <= instant) == (instant, True)
        client.post("/session", json={"name": "New"}, headers=headers)
        client.post("/_mock/reset", json={}, headers=headers)
        assert (state(client, headers), now(client, headers)) == (dated, instant)

    client.post("/_mock/reset", json={"clock": INSTANTS[1]}, headers=headers)

    assert state(client, headers) == at_first


def test_a_restored_snapshot_keeps_what_a_reset_goes_back_to(in_process: Door) -> None:
    client = in_process()
    headers = begin(client, "one", INSTANTS[0])
    before = state(client, headers)
    client.post("/_mock/snapshots", json={"label": "s"}, headers=headers)
    client.put("/_mock/clock", json={"jump": "2030-01-01"}, headers=headers)
    client.post("/_mock/snapshots/s/restore", json={}, headers=headers)
    client.post("/session", json={}, headers=headers)

    client.post("/_mock/reset", json={}, headers=headers)

    assert (state(client, headers), now(client, headers)) == (before, INSTANTS[0])


def test_a_file_is_seeded_by_another_clock_too(in_process: Door, tmp_path: Path) -> None:
    client = in_process(db=tmp_path / "kept.json", sessions=20)

    client.post("/_mock/reset", json={"clock": INSTANTS[0]})

    found = state(client)
    assert max(dates(found)) <= INSTANTS[0]
    assert len(found["vapi.sessions"]) == 20


def test_documents_that_were_given_keep_their_dates(in_process: Door) -> None:
    ties = Path(__file__).parents[3] / "fixtures" / "worlds" / "ties.json"
    client = in_process(load=ties)
    before = state(client)
    client.put("/_mock/worlds/mine", json={"collections": before})

    client.post("/_mock/reset", json={"clock": "2030-01-01"})
    headers = begin(client, "mine", "2031-01-01")

    assert state(client) == state(client, headers) == before
    assert (now(client), now(client, headers)) == ("2030-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z")


def test_a_given_clock_is_the_one_of_named_worlds_too() -> None:
    app = create_app(Settings(sessions=0), clock=FrozenClock(parse_instant(INSTANTS[0])))
    client = app.test_client()

    shown = client.get("/_mock/clock", headers={"X-Mock-World": "one"}).json

    assert shown["now"] == INSTANTS[0]


@pytest.mark.parametrize("path", ["worlds/one/a", "reset"])
@pytest.mark.parametrize(
    ("clock", "message"),
    [
        ("yesterday", "clock: 'yesterday' is not an ISO 8601 instant such as 2026-01-31T09:30:00.000Z"),
        ("2023-02-29", "clock: day is out of range for month"),
        (5, "clock: Input should be a valid string"),
    ],
)
def test_a_clock_that_cannot_be_set(in_process: Door, path: str, clock: Any, message: str) -> None:
    client = in_process()

    answer = client.request("POST" if path == "reset" else "PUT", f"/_mock/{path}", json={"clock": clock})

    assert (answer.status_code, answer.json()["message"]) == (400, f"{message}. Valid in the body: clock")


@pytest.mark.parametrize(
    ("clock", "shown"),
    [("0001-01-01", "1970-01-01T00:00:00.000Z"), ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999Z")],
)
def test_a_clock_beyond_its_range_is_at_the_end_of_it(in_process: Door, clock: str, shown: str) -> None:
    client = in_process()

    assert now(client, begin(client, "demo", clock)) == shown


def test_a_copy_of_an_unknown_world(in_process: Door) -> None:
    answer = in_process().put("/_mock/worlds/mars/a", json={})

    assert answer.status_code == 404
    assert answer.json()["message"].startswith("There is no world 'mars'; choose from empty, one, page")


def test_a_setting_that_is_out_of_range() -> None:
    with pytest.raises(SettingsError, match="--clock '0001-01-01': '0001-01-01' is out of range"):
        Settings.of({"clock": "0001-01-01"})
