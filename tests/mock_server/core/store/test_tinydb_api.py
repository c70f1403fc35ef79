"""TinyDB's API on top of a database, in memory and in a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where
from tinydb.operations import delete, increment
from tinydb.table import Table

from mock_server.core.query import AnyOf, Query, Sort
from mock_server.core.store import CollectionSpec, Database
from mock_server.core.store.tinydb_api import as_tinydb


@pytest.fixture
def database(path: Path | None, spec: CollectionSpec) -> Iterator[Database]:
    database = Database([spec], path)
    yield database
    database.close()


@pytest.fixture
def tiny(database: Database) -> TinyDB:
    return as_tinydb(database)


@pytest.fixture
def table(tiny: TinyDB) -> Table:
    """Three things, numbered 1 to 3."""
    table = tiny.table("things")
    table.insert_multiple([thing("a", 1, "red"), thing("b", 2, "blue"), thing("c", 3, "red")])
    return table


def thing(key: str, made: int, colour: str) -> dict[str, Any]:
    return {"id": key, "made": made, "colour": colour}


def ids(documents: Any) -> str:
    return "".join(document["id"] for document in documents)


def test_insert_returns_the_next_number(table: Table) -> None:
    assert table.insert(thing("d", 4, "red")) == 4
    assert table.insert_multiple([thing("e", 5, "red"), thing("f", 6, "red")]) == [5, 6]


def test_all_search_and_iteration(table: Table) -> None:
    assert ids(table.all()) == ids(table) == "abc"
    assert ids(table.search(where("colour") == "red")) == "ac"
    assert ids(table.search((where("colour") == "red") & (where("made") > 1))) == "c"
    assert [document.doc_id for document in table] == [1, 2, 3]


def test_get(table: Table) -> None:
    assert table.get(where("made") == 2) == thing("b", 2, "blue")
    assert table.get(doc_id=3) == thing("c", 3, "red")
    assert table.get(doc_ids=[1, 3]) == [thing("a", 1, "red"), thing("c", 3, "red")]
    assert table.get(where("made") == 9) is None
    assert table.get(doc_id=9) is None


def test_contains_count_and_len(table: Table) -> None:
    assert table.contains(where("colour") == "blue")
    assert not table.contains(doc_id=9)
    assert table.count(where("colour") == "red") == 2
    assert len(table) == 3


def test_update_reaches_the_indexes(database: Database, table: Table) -> None:
    assert table.update({"colour": "green"}, where("made") >= 2) == [2, 3]
    assert table.update(increment("made"), doc_ids=[1]) == [1]
    assert table.update(delete("colour"), doc_ids=[3]) == [3]

    found = database.collection("things").find(Query((AnyOf("colour", frozenset(["green"])),), Sort("made")))

    assert found.rows == (b'{"id":"b","made":2,"colour":"green"}',)
    assert table.get(doc_id=1) == thing("a", 2, "red")


def test_upsert(table: Table) -> None:
    assert table.upsert(thing("b", 7, "blue"), where("id") == "b") == [2]
    assert table.upsert(thing("d", 4, "red"), where("id") == "d") == [4]
    assert ids(table.all()) == "abcd"


def test_remove_and_truncate(database: Database, table: Table) -> None:
    assert table.remove(where("colour") == "red") == [1, 3]
    assert ids(table.all()) == "b"

    table.truncate()

    assert table.all() == []
    assert database.collection("things").count() == 0


def test_numbers_are_not_reused(table: Table) -> None:
    table.remove(doc_ids=[2])

    assert table.insert(thing("d", 4, "red")) == 4


def test_returned_documents_are_copies(table: Table) -> None:
    table.all()[0]["colour"] = "black"
    table.search(where("made") == 1)[0]["colour"] = "black"

    assert table.get(doc_id=1) == thing("a", 1, "red")


def test_a_taken_id_is_rejected(table: Table) -> None:
    with pytest.raises(KeyError, match="taken"):
        table.insert(thing("a", 9, "red"))

    assert len(table) == 3


def test_tables_of_the_whole_database(database: Database, tiny: TinyDB, table: Table) -> None:
    assert tiny.tables() == {"things"}
    assert len(table) == 3

    tiny.drop_tables()

    assert database.collection("things").count() == 0


def test_an_undeclared_table_is_an_error(tiny: TinyDB) -> None:
    with pytest.raises(KeyError, match="others"):
        tiny.table("others")


def test_closing_the_adapter_leaves_the_database_open(database: Database, tiny: TinyDB, table: Table) -> None:
    tiny.close()

    database.collection("things").insert(thing("d", 4, "red"))

    assert database.collection("things").count() == len(table) == 4
