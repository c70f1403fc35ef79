"""A collection of things with every kind of field, in memory and in a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.core.store import Collection, CollectionSpec, Database, Document

THINGS = CollectionSpec(
    name="things",
    equality={
        "colour": lambda thing: (thing["colour"],) if "colour" in thing else (),
        "owner.name": lambda thing: (thing["owner"]["name"],) if thing.get("owner") else (),
        "tags": lambda thing: thing.get("tags", ()),
        "secret": lambda thing: (thing["secret"],) if "secret" in thing else (),
    },
    ordered={"made": lambda thing: thing["made"], "price": lambda thing: thing.get("price", 0)},
    hidden=frozenset({"secret"}),
)


@pytest.fixture
def spec() -> CollectionSpec:
    """The spec of things."""
    return THINGS


@pytest.fixture(params=["memory", "file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """The path of the database; None for memory."""
    return tmp_path / "things.json" if request.param == "file" else None


@pytest.fixture
def things(path: Path | None) -> Iterator[Collection]:
    """An empty collection."""
    database = Database([THINGS], path)
    yield database.collection("things")
    database.close()


@pytest.fixture
def shelf(things: Collection) -> Collection:
    """Six things: `c` and `d` tie in `made`, `b`, `d` and `e` in `price`; `f` has only the required members."""
    documents: list[Document] = [
        {"id": "a", "made": 10, "price": 9.5, "colour": "red", "owner": {"name": "Ann"}, "tags": ["old", "big"]},
        {"id": "b", "made": 20, "price": 10, "colour": "blue", "owner": {"name": "Bo"}, "tags": ["big"]},
        {"id": "d", "made": 30, "price": 10, "colour": "red", "owner": {"name": "ann"}, "tags": []},
        {"id": "c", "made": 30, "price": 12, "colour": "reddish", "owner": None, "tags": ["new", "big"]},
        {"id": "e", "made": 40, "price": 10, "colour": "blue", "owner": {"name": "Bo"}, "secret": "s1"},
        {"id": "f", "made": 50},
    ]
    things.insert_many(documents)
    return things
