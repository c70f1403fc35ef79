"""Databases in files: reopened, read by stock TinyDB, and never damaged."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import tinydb

from mock_server.core.query import AnyOf, Page, Query, Sort
from mock_server.core.store import Collection, CollectionSpec, Database, DatabaseError, Document

RED = Query((AnyOf("colour", frozenset({"red"})),), Sort("made"))
ALL = Query((), Sort("made"))
ROWS: list[Document] = [
    {"id": "a", "made": 1, "colour": "red", "name": "日本 👋"},
    {"id": "b", "made": 2, "colour": "blue", "owner": {"name": "Ann"}, "cost": 0.1},
    {"id": "c", "made": 2, "colour": "red", "secret": "s1", "tags": ["x", None]},
]


@pytest.fixture
def file(tmp_path: Path, spec: CollectionSpec) -> Path:
    """A closed database of three things."""
    with closing(Database([spec], tmp_path / "things.json")) as database:
        database.collection("things").insert_many(ROWS)
    return tmp_path / "things.json"


def reopened(file: Path, spec: CollectionSpec, read: Callable[[Collection], object]) -> object:
    with closing(Database([spec], file)) as database:
        return read(database.collection("things"))


def test_a_new_file_is_fresh_and_an_old_one_is_not(tmp_path: Path, spec: CollectionSpec) -> None:
    with closing(Database([spec], tmp_path / "new.json")) as first:
        first.collection("things").insert(ROWS[0])
    with closing(Database([spec], tmp_path / "new.json")) as second, closing(Database([spec])) as memory:
        assert (first.fresh, second.fresh, memory.fresh) == (True, False, True)


def test_a_reopened_file_returns_the_same_results(tmp_path: Path, spec: CollectionSpec) -> None:
    def read(things: Collection) -> tuple[Page, Page, Document | None, int]:
        return things.find(ALL), things.find(RED), things.get("c"), things.count()

    with closing(Database([spec], tmp_path / "things.json")) as database:
        database.collection("things").insert_many(ROWS)
        before = read(database.collection("things"))

    assert reopened(tmp_path / "things.json", spec, read) == before
    assert before[2] == ROWS[2]


def test_every_kind_of_change_survives_reopening(file: Path, spec: CollectionSpec) -> None:
    def change(things: Collection) -> None:
        things.insert({"id": "d", "made": 0, "colour": "red"})
        things.replace("b", lambda thing: {**thing, "made": 9})
        things.delete("a")

    reopened(file, spec, change)

    assert reopened(file, spec, lambda things: [orjson.loads(row)["id"] for row in things.find(ALL).rows]) == list(
        "dcb"
    )
    assert reopened(file, spec, lambda things: things.find(RED).total) == 2


def test_a_cleared_file_is_empty_after_reopening(file: Path, spec: CollectionSpec) -> None:
    reopened(file, spec, lambda things: things.clear())

    assert reopened(file, spec, lambda things: (things.count(), things.get("a"))) == (0, None)


def test_stock_tinydb_reads_a_closed_file(file: Path) -> None:
    with tinydb.TinyDB(file) as stock:
        assert [dict(document) for document in stock.table("things").all()] == ROWS
        assert stock.table("things").get(tinydb.where("colour") == "blue") == ROWS[1]


def test_opens_a_file_that_stock_tinydb_wrote(tmp_path: Path, spec: CollectionSpec) -> None:
    with tinydb.TinyDB(tmp_path / "stock.json") as stock:
        stock.table("things").insert_multiple(ROWS)

    assert reopened(tmp_path / "stock.json", spec, lambda things: things.find(RED).total) == 2


def test_collections_are_independent(tmp_path: Path, spec: CollectionSpec) -> None:
    others = CollectionSpec(name="others", equality={}, ordered={"made": lambda other: other["made"]})
    with closing(Database([spec, others], tmp_path / "two.json")) as database:
        database.collection("things").insert_many(ROWS)
        database.collection("others").insert({"id": "a", "made": 5})
        database.collection("things").delete("a")

    with closing(Database([spec, others], tmp_path / "two.json")) as database:
        assert database.collection("others").get("a") == {"id": "a", "made": 5}
        assert (database.collection("others").count(), database.collection("things").count()) == (1, 2)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"things": {"1": {"id": "a", "ma', id="torn"),
        pytest.param(b"PK\x03\x04\xff\xfe", id="binary"),
        pytest.param(b'["a", "list"]', id="a-list"),
        pytest.param(b'{"things": 3}', id="no-tables"),
        pytest.param(b'{"things": {"1": {"made": 1}}}', id="no-id"),
        pytest.param(b'{"things": {"1": "text"}}', id="no-documents"),
        pytest.param(b'{"things": {"one": {"id": "a", "made": 1}}}', id="no-numbers"),
        pytest.param(b'{"things": {"1": {"id": "a"}}}', id="no-sort-key"),
    ],
)
def test_a_file_that_is_not_a_database_is_named_and_left_unchanged(
    tmp_path: Path, spec: CollectionSpec, content: bytes
) -> None:
    file = tmp_path / "notes.json"
    file.write_bytes(content)

    with pytest.raises(DatabaseError, match=r"notes\.json"):
        Database([spec], file)

    assert file.read_bytes() == content


def test_a_file_that_cannot_be_opened_is_released(tmp_path: Path, spec: CollectionSpec) -> None:
    file = tmp_path / "things.json"
    file.write_text('{"things": {"1": {"made": 1}}}')
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(DatabaseError):
        Database([spec], file)
    assert (os.listdir(tmp_path), len(os.listdir("/dev/fd"))) == (["things.json"], before)

    file.write_text('{"things": {"1": {"id": "a", "made": 1}}}')

    assert reopened(file, spec, lambda things: things.count()) == 1


def test_a_discarded_database_leaves_no_file(tmp_path: Path, spec: CollectionSpec) -> None:
    database = Database([spec], tmp_path / "things.json")
    database.collection("things").insert(ROWS[0])
    database.compact()

    database.discard()
    database.close()

    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("place", ["folder", "missing/things.json"])
def test_an_unusable_path_is_named(tmp_path: Path, spec: CollectionSpec, place: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(DatabaseError, match=place.partition("/")[0]):
        Database([spec], tmp_path / place)


def test_closing_leaves_one_file_and_no_open_descriptor(tmp_path: Path, spec: CollectionSpec) -> None:
    before = len(os.listdir("/dev/fd"))

    for number in range(5):
        reopened(tmp_path / "things.json", spec, lambda things, n=number: things.insert({"id": str(n), "made": n}))  # type: ignore[misc]

    assert len(os.listdir("/dev/fd")) == before
    assert reopened(tmp_path / "things.json", spec, lambda things: things.count()) == 5


# Threads


def test_concurrent_threads_lose_no_write(things: Collection) -> None:
    def work(worker: int) -> set[str]:
        mine = [f"{worker}.{number}" for number in range(12)]
        for key in mine:
            things.insert({"id": key, "made": worker, "colour": "red"})
        for key in mine[:8]:
            things.replace(key, lambda thing: {**thing, "colour": "blue"})
        for key in mine[:3]:
            things.delete(key)
        return {*mine[3:]}

    with ThreadPoolExecutor(16) as pool:
        expected = set().union(*pool.map(work, range(16)))

    assert {orjson.loads(row)["id"] for row in things.find(ALL).rows} == expected
    assert (things.count(), things.find(RED).total) == (16 * 9, 16 * 4)


def test_concurrent_changes_of_one_document_are_serialized(things: Collection) -> None:
    things.insert({"id": "x", "made": 0})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: things.replace("x", lambda thing: {**thing, "made": thing["made"] + 1}), range(320)))

    assert things.get("x") == {"id": "x", "made": 320}


def test_only_one_of_many_threads_inserts_an_id(things: Collection) -> None:
    def insert(worker: int) -> int | None:
        try:
            things.insert({"id": "x", "made": worker})
        except KeyError:
            return None
        return worker

    with ThreadPoolExecutor(16) as pool:
        (winner,) = [worker for worker in pool.map(insert, range(16)) if worker is not None]

    assert (things.get("x"), things.count()) == ({"id": "x", "made": winner}, 1)


def test_readers_never_see_a_partial_change(things: Collection) -> None:
    things.insert_many({"id": str(number), "made": number, "colour": "red"} for number in range(20))

    def flip(number: int) -> None:
        things.replace(str(number % 20), lambda thing: {**thing, "made": -thing["made"]})

    def total(_: int) -> tuple[int, int]:
        page = things.find(RED)
        return page.total, len({*page.rows})

    with ThreadPoolExecutor(8) as pool:
        flips, totals = pool.map(flip, range(60)), pool.map(total, range(200))
        assert (len([*flips]), {*totals}) == (60, {(20, 20)})
