"""What a client can make a server keep is bounded in bytes: the oldest leaves, or more is refused."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import Settings, create_app
from mock_server.core import bounds
from mock_server.core.patterns import fits
from mock_server.core.store.cache import LRUCache
from tests.patience import PATIENCE

KIB = 1 << 10
TEXT = "x" * 10 * KIB
Make = Callable[..., "Client"]


class Client(httpx.Client):
    """A client of an application in this process."""

    def __init__(self, **settings: Any) -> None:
        self.app = create_app(Settings.of({"sessions": 2, "clock": "2026-01-31T09:00:00Z", **settings}))
        transport = httpx.WSGITransport(self.app)
        super().__init__(transport=transport, base_url="http://localhost", headers={"Authorization": "Bearer any"})

    @property
    def worlds(self) -> Any:
        return self.app.extensions["mock_server"]

    def create(self, text: str = TEXT, world: str = "", **body: Any) -> int:
        message = {"role": "user", "message": text, "time": 1, "endTime": 2, "secondsFromStart": 1}
        headers = {"X-Mock-World": world} if world else {}
        return self.post("/session", json={"messages": [message], **body}, headers=headers).status_code

    def numbers(self, path: str, name: str) -> list[int]:
        return [each["number"] for each in self.get(path).json()[name]]

    def define(self, name: str, text: str) -> int:
        (row,) = self.get("/_mock/worlds/one").json()["collections"]["vapi.sessions"]
        documents = {"vapi.sessions": [{**row, "name": text}]}
        return self.put(f"/_mock/worlds/{name}", json={"collections": documents}).status_code


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def start(**settings: Any) -> Client:
            client = stack.enter_context(Client(**settings))
            stack.callback(client.worlds.close)
            return client

        yield start


def test_the_oldest_events_leave_by_their_size(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "EVENT_BYTES", 30 * KIB)
    for settings in ({}, {"db": tmp_path / "a.json"}):
        client = make(**settings)

        for _ in range(5):
            client.create()

        assert client.numbers("/_mock/events/list", "events") == [4, 5]
        client.worlds.close()
    assert make(db=tmp_path / "a.json").numbers("/_mock/events/list", "events") == [4, 5]


def test_an_event_larger_than_the_bound_is_kept_alone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "EVENT_BYTES", KIB)
    client = make()

    for _ in range(3):
        client.create()

    assert client.numbers("/_mock/events/list", "events") == [3]


def test_attempts_count_as_their_event(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "EVENT_BYTES", 28 * KIB)
    client = make(webhook="http://127.0.0.1:9/", webhook_all=True)
    for _ in range(2):
        client.create()
    assert client.worlds.default.dispatcher.settle(PATIENCE)

    for _ in range(20):
        client.post("/_mock/deliveries/2/replay", json={})
        assert client.worlds.default.dispatcher.settle(PATIENCE)

    assert client.numbers("/_mock/events/list", "events") == [2]


def test_the_oldest_requests_leave_by_their_size(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "JOURNAL_BYTES", 30 * KIB)
    client = make()

    for path, headers in (("/session", {"User-Agent": TEXT}), (f"/session?name={TEXT}", {}), (f"/ai/{TEXT}", {})):
        client.request("DELETE", "/_mock/requests", json={})
        for _ in range(5):
            client.get(path, headers=headers)
        assert 1 <= len(client.numbers("/_mock/requests", "requests")) <= 2, path
    assert client.worlds.default.journal.size <= 30 * KIB


def test_a_world_takes_no_more_documents_than_its_bound(make: Make) -> None:
    client = make(documents_mib=1)
    statuses = [client.create("x" * 300 * KIB) for _ in range(5)]
    first = client.get("/session?limit=10&sortOrder=ASC").json()["results"]

    assert statuses == [201, 201, 201, 507, 507]
    assert client.patch(f"/session/{first[-1]['id']}", json={"status": "completed"}).status_code == 200
    assert client.delete(f"/session/{first[-1]['id']}").status_code == 200
    assert client.create("x" * 300 * KIB) == 201
    client.post("/_mock/reset", json={})
    assert client.create("x" * 900 * KIB) == 201


def test_what_the_operator_starts_with_does_not_count(make: Make, tmp_path: Path) -> None:
    client = make(documents_mib=1, sessions=1_500, db=tmp_path / "a.json")
    assert client.worlds.default.database.total > bounds.MIB
    assert client.create() == 201
    client.worlds.close()

    assert make(documents_mib=1, db=tmp_path / "a.json").create() == 201


def test_copies_leave_by_their_size(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make()
    empty = client.worlds.named("one", "empty").size
    monkeypatch.setattr(bounds, "COPIES_BYTES", 3 * empty + 600 * KIB)

    for number in range(4):
        assert client.create("x" * 300 * KIB, f"one:{number}") == 201
        client.get("/session", headers={"X-Mock-World": f"one:{number}"})

    assert client.worlds.copies()[-1].id == "3"
    assert len(client.worlds.copies()) < 4


def test_data_sets_leave_by_their_size_with_their_copies(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make()
    client.worlds.named("ties")
    monkeypatch.setattr(bounds, "ORIGINALS_BYTES", 2 * client.worlds.original("ties").database.total + KIB)

    for day in range(1, 6):
        client.put(f"/_mock/worlds/ties/d{day}", json={"clock": f"2026-01-0{day}T00:00:00Z"})

    assert [copy.id for copy in client.worlds.copies()] == ["d4", "d5"]


@pytest.mark.parametrize(("name", "most"), [("MOST_DEFINED", 2), ("DEFINED_BYTES", 30 * KIB)])
def test_few_worlds_can_be_defined_and_a_deleted_one_is_forgotten(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(bounds, name, most)
    client = make()
    assert [client.define(each, TEXT) for each in ("a", "b", "c", "b")] == [200, 200, 400, 200]

    client.request("DELETE", "/_mock/worlds/a", json={})

    assert client.get("/_mock/worlds/a").status_code == 404
    assert client.define("c", TEXT) == 200


def test_a_deleted_definition_of_a_built_in_world_brings_it_back(make: Make) -> None:
    client = make()
    before = client.get("/_mock/worlds/one").json()
    client.define("one", "other")

    client.request("DELETE", "/_mock/worlds/one", json={})

    assert client.get("/_mock/worlds/one").json() == before


def test_snapshots_are_bounded_by_their_size(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SNAPSHOTS_BYTES", 50 * KIB)
    client = make()

    statuses = []
    for label in "abcdef":
        client.create()
        statuses.append(client.post("/_mock/snapshots", json={"label": label}).status_code)

    assert statuses[0] == 201
    assert statuses[-1] == 400
    assert client.request("DELETE", "/_mock/snapshots/a", json={}).status_code == 200


def test_results_leave_a_cache_by_their_size() -> None:
    cache: LRUCache[str] = LRUCache(100, 10, lambda key, result: len(key) + len(result))

    for key in ("a", "b", "c", "d"):
        cache.get_or_compute(key, lambda: "four")

    assert cache.bytes == 10
    assert [cache.get_or_compute(key, lambda: "new") for key in ("c", "d")] == ["four", "four"]


def test_long_queries_take_no_place_in_caches(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "RESULTS_BYTES", 50 * KIB)
    client = make()

    for number in range(10):
        assert client.get(f"/session?name={number}{TEXT}").status_code == 200

    assert client.worlds.default.database.size < 150 * KIB


@pytest.mark.parametrize(
    "headers", [{"X-Mock-Fault": "error=429; times=9; id={}"}, {"Authorization": "Bearer {}"}], ids=["header", "caller"]
)
def test_faults_count_few_bytes_for_each_caller(
    make: Make, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(bounds, "MOST_FAULT_COUNTS", 5)
    client = make()
    limit = {"act": {"limit": {"requests": 1, "seconds": 60}}}
    rules = [{**limit, "match": {"method": "GET"}}, limit]
    client.put("/_mock/faults", json={"rules": rules})
    before = client.worlds.default.faults.size

    for number in range(12):
        named = {name: text.format(f"{number}{TEXT}") for name, text in headers.items()}
        client.request(("GET", "PUT")[number % 2], "/session", headers=named)

    assert 0 < client.worlds.default.faults.size - before <= 5 * 300


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/_mock/requests?path={}", None),
        ("GET", "/_mock/requests/count?path={}", None),
        ("GET", "/_mock/requests/wait?path={}", None),
        ("POST", "/_mock/requests/expect", {"request": {"path": "{}"}}),
        ("POST", "/_mock/requests/expect", {"request": {"header": {"X": "{}"}}}),
        ("PUT", "/_mock/faults", {"rules": [{"match": {"path": "{}"}, "act": {"drop": True}}]}),
        ("PUT", "/_mock/faults", {"rules": [{"match": {"header": {"X": "{}"}}, "act": {"drop": True}}]}),
    ],
)
def test_long_patterns_are_refused(make: Make, method: str, path: str, body: Any) -> None:
    client, pattern = make(), "*a" * 501
    content = None if body is None else httpx.Request(method, "http://x", json=body).content

    answer = client.request(
        method,
        path.format(pattern) if body is None else path,
        content=content and content.replace(b"{}", pattern.encode()),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert "at most 1000 characters" in answer.text


@pytest.mark.parametrize(
    ("text", "pattern", "fit"),
    [
        ("/session", "/session", True),
        ("/session", "/Session", False),
        ("/session/1", "/session/*", True),
        ("/session", "/sess?on", True),
        ("/a.b", "/a?b", True),
        ("/axb", "/a.b", False),
        ("x" * 10_000, "*a" * 500, False),
    ],
)
def test_patterns(text: str, pattern: str, fit: bool) -> None:
    assert fits(text, pattern) is fit
