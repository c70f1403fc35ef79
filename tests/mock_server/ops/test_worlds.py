"""Worlds: what is in them, that callers of different ones never meet, and going back."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings, create_app
from mock_server.core.problems import Problem
from mock_server.settings import SettingsError
from mock_server.vendors import VENDORS, WORLDS, WORLDS_VERSION
from tests.mock_server.ops.conftest import NINE, TOKEN, Door
from tests.sampling import first_quick

NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name == "10k")) for name in WORLDS]
ADMIN = ("admin@example.com", "admin")
WORLD_FILES = Path(__file__).parents[3] / "fixtures" / "worlds"


def total(client: httpx.Client, world: str | None = None, query: str = "") -> int:
    headers = {} if world is None else {"X-Mock-World": world}
    found: int = client.get(f"/session?limit=1{query}", headers=headers).json()["metadata"]["totalItems"]
    return found


def test_a_copy_of_a_world_keeps_as_many_events_as_the_server() -> None:
    client = create_app(Settings.of({"sessions": 0, "event_history": 3})).test_client()
    here = {"Authorization": "Bearer any", "X-Mock-World": "empty:a"}

    for _ in range(6):
        client.post("/session", json={}, headers=here)

    assert len(client.get("/_mock/events/list", headers=here).json["events"]) == 3


def test_every_vendor_has_every_world() -> None:
    for vendor in VENDORS:
        assert list(vendor.presets) == list(WORLDS)


@pytest.mark.parametrize(
    ("world", "vapi", "evovoice"),
    [
        ("empty", 0, 0),
        ("one", 1, 1),
        ("page", 100, 25),
        ("page-plus-one", 101, 26),
        ("ties", 30, 30),
        ("unicode", 16, 12),
        ("expired", 20, 20),
        ("near-miss", 19, 40),
        ("demo", 250, 250),
    ],
)
def test_what_is_in_a_world(in_process: Door, world: str, vapi: int, evovoice: int) -> None:
    client = in_process()

    listed = client.get("/ai/sessions?all=true&format=json", auth=ADMIN, headers={"X-Mock-World": world}).json()

    assert (total(client, world), len(listed["items"])) == (vapi, evovoice)
    assert total(client) == 5


def test_ties_are_ties_and_expired_sessions_expire(in_process: Door) -> None:
    client = in_process()

    def rows(world: str) -> Any:
        return client.get("/session?limit=100", headers={"X-Mock-World": world}).json()["results"]

    assert len({row["createdAt"] for row in rows("ties")}) == 1
    assert sorted(row["status"] for row in rows("expired")) == ["active"] * 10 + ["completed"] * 10
    client.put("/_mock/clock", json={"advance": 180}, headers={"X-Mock-World": "expired"})
    assert [row["status"] for row in rows("expired")].count("active") == 7
    assert any("サイズ交換" in row["name"] for row in rows("unicode"))


@pytest.mark.parametrize("by", ["header", "token"])
def test_a_request_picks_its_world(door: Door, by: str) -> None:
    client = door()

    def headers(id_: str) -> dict[str, str]:
        return {"X-Mock-World": f"one:{id_}"} if by == "header" else {"Authorization": f"Bearer world:one:{id_}"}

    made = client.post("/session", json={"name": "Mine"}, headers=headers("a")).json()

    assert client.get(f"/session/{made['id']}", headers=headers("a")).status_code == 200
    assert client.get(f"/session/{made['id']}", headers=headers("b")).status_code == 404
    assert client.get(f"/session/{made['id']}").status_code == 404
    assert [total(client), client.get("/session", headers=headers("a")).json()["metadata"]["totalItems"]] == [5, 2]


def test_the_same_requests_in_two_copies_get_the_same_answers(in_process: Door) -> None:
    client = in_process()

    def run(id_: str) -> list[str]:
        headers = {"X-Mock-World": f"page:{id_}"}
        made = client.post("/session", json={"name": "Mine"}, headers=headers)
        changed = client.patch(f"/session/{made.json()['id']}", json={"name": "B"}, headers=headers)
        return [made.text, changed.text, client.get("/session?limit=3", headers=headers).text]

    assert run("a") == run("b")


@pytest.mark.slow
def test_parallel_callers_never_meet(over_a_socket: Door) -> None:
    client = over_a_socket()

    def work(number: int) -> tuple[int, int]:
        headers = {"X-Mock-World": f"page:{number}"}
        for _ in range(number % 7):
            client.post("/session", json={}, headers=headers)
        listed = client.get("/session?limit=1", headers=headers).json()
        return number, listed["metadata"]["totalItems"]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(60)))

    assert found == [(number, 100 + number % 7) for number in range(60)]
    assert total(client) == 5


@pytest.mark.parametrize("world", ["nowhere", "one:with space", "ONE", ""])
def test_an_unknown_world_is_told_in_the_vendors_words(in_process: Door, world: str) -> None:
    answer = in_process().get("/session", headers={"X-Mock-World": world})

    assert answer.status_code == 400
    assert answer.json()["statusCode"] == 400
    assert "world" in answer.json()["message"].lower()


@pytest.mark.slow
def test_copies_of_a_large_world_share_its_documents() -> None:
    worlds = create_app(Settings(sessions=0)).extensions["mock_server"]

    first, second = (worlds.named("10k", id_).database.collections["vapi.sessions"] for id_ in ("a", "b"))

    assert first.count() == 10_000
    assert all(one is other for one, other in zip(first.rows(), second.rows(), strict=True))
    worlds.close()


def test_old_copies_make_room(in_process: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.core.bounds.MOST_COPIES", 3)
    client = in_process()
    for number in range(5):
        client.post("/session", json={}, headers={"X-Mock-World": f"one:{number}"})

    listed = client.get("/_mock/worlds").json()

    assert [copy["id"] for copy in listed["copies"]] == ["2", "3", "4"]
    assert total(client, "one:0") == 1
    assert total(client, "one:4") == 2


def test_reset_makes_it_what_it_was(door: Door) -> None:
    client = door()
    before = client.get("/session?limit=10").text
    client.post("/session", json={"name": "New"})
    client.put("/_mock/clock", json={"advance": 90_000})
    client.put("/_mock/faults", json={"rules": [{"act": {"error": "500"}}]})

    assert client.post("/_mock/reset", json={}).json() == {"reset": "default"}

    assert client.get("/session?limit=10").text == before
    assert client.get("/_mock/clock").json()["now"] == "2026-01-31T09:00:00.000Z"
    assert client.get("/_mock/events/list").json()["events"] == []
    assert client.get("/_mock/requests").json()["requests"][0]["path"] == "/session"


def test_reset_of_a_copy_leaves_the_others(in_process: Door) -> None:
    client = in_process()
    for world in ("one:a", "one:b"):
        client.post("/session", json={}, headers={"X-Mock-World": world})

    client.post("/_mock/reset", json={}, headers={"X-Mock-World": "one:a"})

    assert (total(client, "one:a"), total(client, "one:b")) == (1, 2)


def test_a_reset_server_gives_the_same_ids_again(in_process: Door) -> None:
    client = in_process()
    first = client.post("/session", json={}).text
    client.post("/_mock/reset", json={})

    assert client.post("/session", json={}).text == first


def test_reset_of_a_file(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"sessions": 5, "clock": NINE, "db": tmp_path / "x.json"}
    with MockServer(**settings) as server, httpx.Client(base_url=server.url, headers=TOKEN) as client:
        before = client.get("/session").text
        client.post("/session", json={})
        client.post("/_mock/reset", json={})
        assert client.get("/session").text == before
        kept = client.post("/session", json={"name": "Kept"}).json()

    with MockServer(**settings) as server, httpx.Client(base_url=server.url, headers=TOKEN) as client:
        assert client.get(f"/session/{kept['id']}").json()["name"] == "Kept"
        assert total(client) == 6


def test_snapshot_restore_and_diff(in_process: Door) -> None:
    client = in_process()
    rows = client.get("/session").json()["results"]
    assert client.post("/_mock/snapshots", json={"label": "start"}).status_code == 201
    made = client.post("/session", json={"name": "New"}).json()
    client.patch(f"/session/{rows[0]['id']}", json={"name": "Changed"})
    client.delete(f"/session/{rows[1]['id']}")

    found = client.get("/_mock/snapshots/start/diff").json()["collections"]["vapi.sessions"]

    assert [row["id"] for row in found["added"]] == [made["id"]]
    assert [row["id"] for row in found["removed"]] == [rows[1]["id"]]
    (changed,) = found["changed"]
    assert changed["id"] == rows[0]["id"]
    assert {"field": "name", "before": rows[0].get("name"), "after": "Changed"} in changed["fields"]
    assert {each["field"] for each in changed["fields"]} == {"name", "updatedAt"}

    assert client.post("/_mock/snapshots/start/restore", json={}).status_code == 200
    assert client.get("/session").json()["results"] == rows
    assert client.get("/_mock/snapshots/start/diff").json()["collections"]["vapi.sessions"]["changed"] == []
    gone = client.delete("/_mock/snapshots/start")
    assert gone.json() == {"forgotten": "start"}
    assert client.get("/_mock/snapshots/start/diff").status_code == 404


@pytest.mark.parametrize("world", ["", "one:a"])
def test_what_goes_on_when_a_snapshot_is_restored(in_process: Door, world: str) -> None:
    client = in_process()
    if world:
        client.headers["X-Mock-World"] = world
    client.post("/_mock/snapshots", json={"label": "start"})
    client.put("/_mock/clock", json={"freeze": "2030-01-01T00:00:00Z"})
    fault = {"match": {"operation": "list"}, "act": {"error": "500"}, "times": 2}
    client.put("/_mock/faults", json={"rules": [fault]})
    assert client.get("/session").status_code == 500

    assert client.post("/_mock/snapshots/start/restore", json={}).status_code == 200

    assert client.get("/_mock/clock").json()["now"] == "2030-01-01T00:00:00.000Z"
    assert [client.get("/session").status_code for _ in range(2)] == [500, 200]
    assert client.post("/session", json={}).json()["createdAt"] == "2030-01-01T00:00:00.000Z"
    assert client.get("/_mock/snapshots").json()["snapshots"][0]["label"] == "start"
    operations = [each["operation"] for each in client.get("/_mock/requests").json()["requests"]]
    assert operations == ["list", "list", "list", "create"]


def test_a_snapshot_is_of_its_world(in_process: Door) -> None:
    client = in_process()
    mine = {"X-Mock-World": "one:a"}
    client.post("/_mock/snapshots", json={"label": "s"}, headers=mine)
    client.post("/session", json={}, headers=mine)
    client.post("/_mock/snapshots/s/restore", json={}, headers=mine)

    assert total(client, "one:a") == 1
    assert client.get("/_mock/snapshots").json() == {"snapshots": []}


@pytest.mark.parametrize("world", [{}, {"X-Mock-World": "page:a"}])
def test_callers_who_reset_at_once(over_a_socket: Door, world: dict[str, str]) -> None:
    client = over_a_socket()
    client.headers.update(world)
    client.post("/_mock/snapshots", json={"label": "s"})
    before = client.get("/session").json()

    def use(way: str) -> list[int]:
        posts = (client.post(path, json={}) for _ in range(15) for path in ("/session", way))
        return [answer.status_code for answer in posts]

    with ThreadPoolExecutor() as pool:
        codes = {code for each in pool.map(use, ["/_mock/reset", "/_mock/snapshots/s/restore"] * 3) for code in each}

    # A snapshot is gone after a reset.
    assert codes == {201, 200, 404}
    client.post("/_mock/reset", json={})
    assert client.get("/session").json() == before
    assert client.get("/_mock/events/list").json() == {"events": []}


def test_the_default_world_s_name_is_taken(in_process: Door) -> None:
    answer = in_process().put("/_mock/worlds/default", json={"collections": {}})

    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "'default' is the name of the server's own world; choose another",
    )


def test_a_world_is_read_and_defined(in_process: Door) -> None:
    client = in_process()
    world = client.get("/_mock/worlds/ties").json()
    world["collections"]["vapi.sessions"] = world["collections"]["vapi.sessions"][:7]

    answer = client.put("/_mock/worlds/mine", json={"summary": "seven", "collections": world["collections"]})

    assert answer.json()["documents"]["vapi.sessions"] == 7
    assert total(client, "mine") == 7
    assert {"name": "mine", "summary": "seven"} in client.get("/_mock/worlds").json()["worlds"]
    client.post("/session", json={}, headers={"X-Mock-World": "mine"})
    assert total(client, "mine") == 8
    assert client.request("DELETE", "/_mock/worlds/mine", json={}).json() == {"dropped": 1}
    assert client.get("/session", headers={"X-Mock-World": "mine"}).status_code == 400
    assert "mine" not in str(client.get("/_mock/worlds").json())


@pytest.mark.parametrize(
    ("collections", "message"),
    [
        ({"vapi.chats": []}, "There is no collection 'vapi.chats'; choose from vapi.sessions, "),
        ({"vapi.sessions": [{}]}, "vapi.sessions: document 0 has no id; give it one that is a non-empty string"),
        ({"vapi.sessions": [{"id": "a"}]}, "vapi.sessions: document 0, status: Field required"),
        (
            {"vapi.sessions": [{"id": "a", "status": "s", "expirationSeconds": 60}]},
            "vapi.sessions: a document does not fit the vendor's data model",
        ),
        (
            {"evovoice.usage": [{"id": "a", "accountId": "b", "customerId": "c", "minutes": {"2026-01-31": "5"}}]},
            "evovoice.usage: document 0, minutes.2026-01-31: Input should be a valid integer",
        ),
    ],
)
def test_what_is_no_world(in_process: Door, collections: Any, message: str) -> None:
    client = in_process()

    answer = client.put("/_mock/worlds/mine", json={"collections": collections})

    assert (answer.status_code, answer.json()["message"][: len(message)]) == (400, message)
    assert client.get("/_mock/worlds/mine").status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_a_world_is_taken_back_as_it_was_handed_out(in_process: Door, name: str) -> None:
    client = in_process()
    handed_out = client.get(f"/_mock/worlds/{name}").content

    taken = client.put("/_mock/worlds/other", content=handed_out, headers={"Content-Type": "application/json"})

    assert taken.status_code == 200, taken.text
    again = client.get("/_mock/worlds/other").content
    assert again[again.index(b'"collections"') :] == handed_out[handed_out.index(b'"collections"') :]


@pytest.mark.parametrize(
    "kept", [pytest.param(False, id="memory", marks=pytest.mark.slow), pytest.param(True, id="file")]
)
@pytest.mark.parametrize("name", NAMES)
def test_a_state_is_loaded_as_it_was_handed_out(tmp_path: Path, in_process: Door, name: str, kept: bool) -> None:
    settings: dict[str, Any] = {"world": name, "sessions": 250}
    client = in_process(**settings)
    client.post("/session", json={"name": "Made", "expirationSeconds": 60.5})
    client.post("/ai/sessions", json={"purpose": "Made"}, auth=ADMIN)
    for row in client.get("/session?limit=1&page=3").json()["results"]:
        client.delete(f"/session/{row['id']}")
    (tmp_path / "state.json").write_bytes(state := client.get("/_mock/state").content)

    loaded = {"load": tmp_path / "state.json", **({"db": tmp_path / "db.json"} if kept else {})}
    app = create_app(Settings.of({"clock": NINE, **loaded}))
    after = [app.test_client().get("/_mock/state").data]
    app.extensions["mock_server"].close()
    if kept:
        app = create_app(Settings.of({"clock": NINE, "db": tmp_path / "db.json"}))
        after.append(app.test_client().get("/_mock/state").data)
        app.extensions["mock_server"].close()

    assert after == [state] * (1 + kept)


def test_organisations_and_their_order_are_kept(tmp_path: Path, in_process: Door) -> None:
    settings = {"api_key": ["a", "b", "c"]}
    state = in_process(**settings).get("/_mock/state").content
    (tmp_path / "state.json").write_bytes(state)

    assert in_process(load=tmp_path / "state.json", **settings).get("/_mock/state").content == state


@pytest.mark.slow
def test_a_world_may_be_larger_than_other_bodies_over_a_socket(over_a_socket: Door) -> None:
    client = over_a_socket()
    world = client.get("/_mock/worlds/10k").content
    headers = {"Content-Type": "application/json"}

    assert len(world) > 1 << 24
    assert client.put("/_mock/worlds/large", content=world, headers=headers, timeout=60).status_code == 200
    assert total(client, "large") == 10_000
    refused = client.post("/_mock/snapshots", content=world[: 2 << 20], headers=headers)
    assert (refused.status_code, refused.json()["message"]) == (413, "The body is over 1 MiB")


def test_documents_that_do_not_fit_leave_no_file_behind(tmp_path: Path) -> None:
    rows = [{"id": "a", "status": "active", "expirationSeconds": 60}, {"id": "b"}]
    (tmp_path / "x.json").write_text(json.dumps({"vapi.sessions": rows}))
    settings = Settings.of({"load": tmp_path / "x.json", "db": tmp_path / "db.json"})

    with pytest.raises(Problem, match="document 1, status: Field required"):
        create_app(settings)

    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


VAPI = ["/session", "/session?sortBy=cost", "/session/export", "/session/{id}"]
EVOVOICE = [
    *(f"/{each}.{form}" for each in ("ai/sessions", "ai/sessions/{id}", "accounts") for form in ("json", "xml", "csv")),
    "/accounts/{id}.xml",
    "/ai/usage.json?startDate=2020-01-01&endDate=2030-01-01",
]
ASKED: dict[str, tuple[Any, list[str], list[tuple[str, str, Any]]]] = {
    "vapi.sessions": (None, VAPI, [("PATCH", "/session/{id}", {"name": "n"}), ("DELETE", "/session/{id}", None)]),
    "evovoice.sessions": (
        ADMIN,
        EVOVOICE,
        [("PATCH", "/ai/sessions/{id}", {"Purpose": "p"}), ("POST", "/ai/sessions/{id}/apply", {})],
    ),
    "evovoice.accounts": (ADMIN, EVOVOICE, [("POST", "/ai/sessions", {"AccountId": "{id}"})]),
    "evovoice.usage": (ADMIN, EVOVOICE, []),
}


@pytest.mark.parametrize("collection", first_quick(ASKED))
def test_a_document_is_refused_or_can_be_asked_for(in_process: Door, collection: str) -> None:
    client = in_process()
    auth, paths, changes = ASKED[collection]
    rows = client.get("/_mock/worlds/demo").json()["collections"][collection]
    whole = max(rows, key=lambda row: len(json.dumps(row)))
    odd = [None, 5, "x", [5], {"server": 5}, [{"id": "a"}], 1e300]
    taken = refused = 0

    for member, value in ((member, value) for member in whole if member != "id" for value in odd):
        row = {**whole, member: value}
        answer = client.put("/_mock/worlds/odd", json={"collections": {collection: [row]}})
        assert answer.status_code in (200, 400), (member, value, answer.text)
        taken, refused = taken + (answer.status_code == 200), refused + (answer.status_code == 400)
        for method, path, body in [*(("GET", path, None) for path in paths), *changes] * (answer.status_code == 200):
            headers = {"X-Mock-World": f"odd:{taken}"}
            asked = client.request(method, path.format(id=row["id"]), json=body, headers=headers, auth=auth)
            assert asked.status_code < 500, (method, path, member, value)

    assert refused > 5
    assert taken > 0


@pytest.mark.parametrize("name", ["one", "ties"])
def test_the_files_for_readers_are_what_the_server_has(name: str) -> None:
    app = create_app(Settings.of({"world": name, "clock": NINE}))
    state = app.test_client().get(f"/_mock/worlds/{name}").json["collections"]
    kept = json.loads((WORLD_FILES / f"{name}.json").read_text("utf-8"))

    assert kept["version"] == WORLDS_VERSION
    assert kept["collections"] == {collection: rows for collection, rows in state.items() if "usage" not in collection}


def test_a_file_is_loaded(in_process: Door) -> None:
    client = in_process(load=WORLD_FILES / "ties.json")

    assert total(client) == 30
    assert total(in_process(world="page-plus-one")) == 101


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not valid JSON"),
        ("[]", "expected an object that maps collections to arrays of documents"),
        ('{"collections": {"vapi.sessions": [5]}}', "expected an object that maps collections to arrays of documents"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(SettingsError, match=message):
        create_app(Settings.of({"load": tmp_path / "x.json"}))


@pytest.mark.parametrize("name", ["in_process", "over_a_socket", "of_the_command"])
def test_worlds_know_the_three_doors_alike(request: pytest.FixtureRequest, name: str) -> None:
    client: httpx.Client = request.getfixturevalue(name)(world="ties")

    names = [world["name"] for world in client.get("/_mock/worlds").json()["worlds"]]

    assert names == list(WORLDS)
    assert total(client) == 30
