"""Random documents, changes and queries, compared with a trivial collection: a dict and a sort."""

import random
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.core.query import AnyOf, Bound, Comparison, Criterion, Position, Query, Sort, Window
from mock_server.core.store import Collection, CollectionSpec, Database, Document

SPEC = CollectionSpec(
    name="things",
    equality={
        "id": lambda t: [t["id"]],
        "colour": lambda t: [t["colour"]] if "colour" in t else [],
        "tags": lambda t: t.get("tags", []),
    },
    ordered={"made": lambda t: t["made"], "price": lambda t: t.get("price") or 0},
)
KEYS = ["a", "b", "B", "ab", "aa", "c", "ç", "日"]

documents = st.fixed_dictionaries(
    {"id": st.sampled_from(KEYS), "made": st.integers(-3, 3)},
    optional={
        "colour": st.sampled_from(["red", "Red", ""]),
        "tags": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
        "price": st.none() | st.integers(-2, 2) | st.sampled_from([-0.5, 0.0, 0.5, 1e300]),
    },
)
changes = st.lists(st.tuples(st.sampled_from(["insert", "replace", "delete"]), documents), max_size=12)
criteria = st.lists(
    st.builds(AnyOf, st.just("colour"), st.frozensets(st.sampled_from(["red", "Red", "", "blue"]), max_size=3))
    | st.builds(AnyOf, st.just("id"), st.frozensets(st.sampled_from([*KEYS, "no"]), max_size=3))
    | st.builds(AnyOf, st.just("tags"), st.frozensets(st.sampled_from(["x", "y", "w"]), max_size=3))
    | st.builds(Bound, st.sampled_from(["made", "price"]), st.sampled_from(Comparison), st.integers(-4, 4)),
    max_size=3,
)
sorts = st.builds(Sort, st.sampled_from(["made", "price"]), st.booleans())
windows = st.builds(Window, st.none() | st.integers(0, 9), st.integers(0, 9)) | st.builds(
    Window, st.none() | st.integers(0, 9), st.just(0), st.tuples(st.integers(-4, 4), st.sampled_from(["", *KEYS, "~"]))
)
queries = st.builds(Query, st.builds(tuple, criteria), sorts, windows)


def holds(document: Document, criterion: Criterion) -> bool:
    if isinstance(criterion, AnyOf):
        return any(value in criterion.values for value in SPEC.equality[criterion.field](document))
    key, value = SPEC.ordered[criterion.field](document), criterion.value
    return {"gt": key > value, "lt": key < value, "ge": key >= value, "le": key <= value}[criterion.comparison.value]


def expected(model: Iterable[Document], query: Query) -> tuple[list[Document], int, bool, Position | None]:
    """Return what the collection must find: rows, total, whether there are more, and the last position."""

    def place(document: Document) -> Position:
        return SPEC.ordered[query.sort.field](document), document["id"]

    matches = [document for document in model if all(holds(document, each) for each in query.criteria)]
    matches.sort(key=place, reverse=query.sort.descending)
    limit, offset, after = query.window.limit, query.window.offset, query.window.after
    if after is None:
        rest = matches[offset:]
    else:
        rest = [d for d in matches if (place(d) < after if query.sort.descending else place(d) > after)]
    rows = rest if limit is None else rest[:limit]
    return rows, len(matches), 0 < len(rows) < len(rest), place(rows[-1]) if rows else None


def apply(things: Collection, model: dict[str, Document], change: tuple[str, Document]) -> None:
    """Apply the same change to both, and assert that the collection returns the expected result."""
    kind, document = change
    known = document["id"] in model
    match kind:
        case "insert" if known:
            return
        case "insert":
            assert orjson.loads(things.insert(document)) == document
            model[document["id"]] = document
        case "replace":
            assert (things.replace(document["id"], lambda _: document) is None) is not known
            model |= {document["id"]: document} if known else {}
        case "delete":
            assert (things.delete(document["id"]) is None) is not known
            model.pop(document["id"], None)


def compare(things: Collection, model: dict[str, Document], query: Query) -> None:
    page = things.find(query)
    streamed = [orjson.loads(row) for row in things.stream(query, batch=max(2, len(model) // 3))]

    found: list[Any] = [orjson.loads(row) for row in page.rows]
    assert (found, page.total, page.more, page.last) == expected(model.values(), query)
    assert streamed == found


@given(st.lists(st.tuples(changes, queries), min_size=1, max_size=4))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_finds_what_a_plain_loop_finds(rounds: list[tuple[list[tuple[str, Document]], Query]]) -> None:
    model: dict[str, Document] = {}
    queried: list[Query] = []
    with closing(Database([SPEC])) as database:
        things = database.collection("things")
        for batch, query in rounds:
            for change in batch:
                apply(things, model, change)
            queried.append(query)
            for each in queried:  # earlier queries too, since results may be cached
                compare(things, model, each)
        assert (things.count(), {key: things.get(key) for key in model}) == (len(model), model)


@given(st.lists(st.tuples(changes, queries), min_size=1, max_size=3))
@settings(max_examples=20, derandomize=True, deadline=None)
def test_a_reopened_file_finds_the_same(rounds: list[tuple[list[tuple[str, Document]], Query]]) -> None:
    model: dict[str, Document] = {}
    with tempfile.TemporaryDirectory() as folder:
        for batch, query in rounds:
            with closing(Database([SPEC], Path(folder) / "things.json")) as database:
                for change in batch:
                    apply(database.collection("things"), model, change)
                compare(database.collection("things"), model, query)
        with closing(Database([SPEC], Path(folder) / "things.json")) as database:
            compare(database.collection("things"), model, rounds[-1][1])


def thing(source: random.Random, key: int) -> Document:
    optional = {"colour": source.choice(["red", "blue"]), "price": source.randrange(50), "tags": ["x"]}
    chosen = {name: value for name, value in optional.items() if source.random() < 0.8}
    return {"id": f"{key:x}", "made": source.randrange(2_000), **chosen}


def random_query(source: random.Random) -> Query:
    choices: list[Criterion] = [
        AnyOf("colour", frozenset({source.choice(["red", "blue"])})),
        AnyOf("tags", frozenset({"x", "y"})),
        Bound("made", source.choice([*Comparison]), source.randrange(2_000)),
        Bound("price", source.choice([*Comparison]), source.randrange(50)),
    ]
    after = (source.randrange(50), f"{source.randrange(5_000):x}")
    window = source.choice(
        [Window(30, source.randrange(5_000)), Window(30, after=after), Window(None, 2_500), Window()]
    )
    sort = Sort(source.choice(["made", "price"]), source.random() < 0.5)
    return Query(tuple(source.sample(choices, source.randrange(3))), sort, window)


def test_finds_the_same_among_many_documents() -> None:
    source = random.Random(20)
    model = {document["id"]: document for document in (thing(source, key) for key in range(5_000))}
    with closing(Database([SPEC])) as database:
        things = database.collection("things")
        things.insert_many(model.values())
        for _ in range(8):
            for _ in range(40):
                kind, key = source.choice(["insert", "replace", "delete"]), source.randrange(6_000)
                apply(things, model, (kind, thing(source, key)))
            for _ in range(5):
                compare(things, model, random_query(source))
