"""The behaviour of a collection, the same in memory and in a file."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import orjson
import pytest

from mock_server.core.query import AnyOf, Bound, Comparison, Criterion, Position, Query, Sort, Window
from mock_server.core.store import Collection, Document

GT, LT, GE, LE = Comparison.GT, Comparison.LT, Comparison.GE, Comparison.LE
BY_MADE, BY_PRICE = Sort("made"), Sort("price")


def any_of(field: str, *values: Any) -> AnyOf:
    return AnyOf(field, frozenset(values))


def ids(things: Collection, *criteria: Criterion, sort: Sort = BY_MADE, window: Window = Window()) -> str:  # noqa: B008
    page = things.find(Query(criteria, sort, window))
    return "".join(orjson.loads(row)["id"] for row in page.rows)


# Criteria


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        pytest.param(any_of("colour", "red"), "ad", id="one-value"),
        pytest.param(any_of("colour", "red", "blue"), "abde", id="two-values"),
        pytest.param(any_of("colour", "red", "pink"), "ad", id="one-of-them-unknown"),
        pytest.param(any_of("colour", "Red"), "", id="another-case"),
        pytest.param(any_of("colour", "redd"), "", id="a-prefix"),
        pytest.param(any_of("colour"), "", id="no-value"),
        pytest.param(any_of("colour", None), "", id="missing-is-not-none"),
        pytest.param(any_of("owner.name", "Ann"), "a", id="nested"),
        pytest.param(any_of("owner.name", "Bo", "ann"), "bde", id="nested-two-values"),
        pytest.param(any_of("tags", "big"), "abc", id="multi-valued"),
        pytest.param(any_of("tags", "old", "big"), "abc", id="multi-valued-found-once"),
        pytest.param(any_of("tags", "old", "new"), "ac", id="multi-valued-different-rows"),
        pytest.param(any_of("secret", "s1"), "e", id="hidden"),
        pytest.param(Bound("made", GT, 30), "ef", id="gt"),
        pytest.param(Bound("made", GE, 30), "cdef", id="ge"),
        pytest.param(Bound("made", LT, 30), "ab", id="lt"),
        pytest.param(Bound("made", LE, 30), "abcd", id="le"),
        pytest.param(Bound("made", GT, 31), "ef", id="gt-between-keys"),
        pytest.param(Bound("made", LE, 31), "abcd", id="le-between-keys"),
        pytest.param(Bound("made", GE, -1), "abcdef", id="ge-below-all"),
        pytest.param(Bound("made", GT, 50), "", id="gt-last"),
        pytest.param(Bound("made", LT, 10), "", id="lt-first"),
        pytest.param(Bound("price", LE, 9.75), "af", id="whole-against-fraction"),
        pytest.param(Bound("price", GE, float("inf")), "", id="ge-infinite"),
    ],
)
def test_finds_by_one_criterion(shelf: Collection, criterion: Criterion, expected: str) -> None:
    assert ids(shelf, criterion) == expected


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        pytest.param((), "abcdef", id="none"),
        pytest.param((any_of("colour", "red"), any_of("tags", "big")), "a", id="two-fields"),
        pytest.param((any_of("tags", "big"), any_of("tags", "new")), "c", id="one-field-twice"),
        pytest.param((any_of("colour", "red"), any_of("colour", "blue")), "", id="contradiction"),
        pytest.param((Bound("made", GE, 20), Bound("made", LT, 40)), "bcd", id="range"),
        pytest.param((Bound("made", GT, 20), Bound("made", GE, 40)), "ef", id="narrower-bound-wins"),
        pytest.param((Bound("made", GT, 40), Bound("made", LT, 20)), "", id="empty-range"),
        pytest.param((Bound("made", GE, 30), Bound("made", LE, 30)), "cd", id="one-instant"),
        pytest.param((Bound("made", LE, 40), Bound("price", GE, 10)), "bcde", id="two-orders"),
        pytest.param((any_of("colour", "blue"), Bound("made", GT, 20), any_of("owner.name", "Bo")), "e", id="three"),
    ],
)
def test_criteria_are_combined_with_and(shelf: Collection, criteria: tuple[Criterion, ...], expected: str) -> None:
    assert ids(shelf, *criteria) == expected
    assert ids(shelf, *reversed(criteria)) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        pytest.param(Sort("made"), "abcdef", id="ascending"),
        pytest.param(Sort("made", descending=True), "fedcba", id="descending"),
        pytest.param(Sort("price"), "fabdec", id="ascending-by-a-missing-key"),
        pytest.param(Sort("price", descending=True), "cedbaf", id="descending-by-a-missing-key"),
    ],
)
def test_sorts_with_ties_by_id(shelf: Collection, sort: Sort, expected: str) -> None:
    assert ids(shelf, sort=sort) == expected


def test_sorts_by_one_field_and_bounds_another(shelf: Collection) -> None:
    assert ids(shelf, Bound("made", GE, 20), any_of("colour", "blue", "red"), sort=BY_PRICE) == "bde"


# Windows


@pytest.mark.parametrize(
    ("window", "rows", "more", "last"),
    [
        pytest.param(Window(), "abcdef", False, (50, "f"), id="all"),
        pytest.param(Window(limit=2), "ab", True, (20, "b"), id="first"),
        pytest.param(Window(limit=2, offset=2), "cd", True, (30, "d"), id="middle"),
        pytest.param(Window(limit=2, offset=4), "ef", False, (50, "f"), id="last-full"),
        pytest.param(Window(limit=4, offset=4), "ef", False, (50, "f"), id="last-not-full"),
        pytest.param(Window(limit=6), "abcdef", False, (50, "f"), id="exactly-all"),
        pytest.param(Window(offset=5), "f", False, (50, "f"), id="no-limit"),
        pytest.param(Window(limit=0), "", False, None, id="limit-0-is-0"),
        pytest.param(Window(limit=2, offset=6), "", False, None, id="past-the-end"),
        pytest.param(Window(limit=10**30, offset=10**30), "", False, None, id="very-far"),
        pytest.param(Window(limit=2, after=(20, "b")), "cd", True, (30, "d"), id="after-a-row"),
        pytest.param(Window(limit=2, after=(30, "c")), "de", True, (40, "e"), id="after-between-ties"),
        pytest.param(Window(limit=9, after=(25, "zz")), "cdef", False, (50, "f"), id="after-no-row"),
        pytest.param(Window(limit=9, after=(30, "")), "cdef", False, (50, "f"), id="after-before-ties"),
        pytest.param(Window(limit=9, after=(50, "f")), "", False, None, id="after-the-last"),
        pytest.param(Window(after=(-1, "")), "abcdef", False, (50, "f"), id="after-before-all"),
    ],
)
def test_applies_the_window(shelf: Collection, window: Window, rows: str, more: bool, last: Position | None) -> None:
    page = shelf.find(Query((), BY_MADE, window))

    assert "".join(orjson.loads(row)["id"] for row in page.rows) == rows
    assert (page.total, page.more, page.last) == (6, more, last)


@pytest.mark.parametrize(
    ("after", "rows"),
    [((50, "g"), "fedcba"), ((40, "e"), "dcba"), ((30, "d"), "cba"), ((30, "c"), "ba"), ((9, ""), "")],
)
def test_after_works_in_descending_order(shelf: Collection, after: Position, rows: str) -> None:
    assert ids(shelf, sort=Sort("made", descending=True), window=Window(after=after)) == rows


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("field", ["made", "price"])
@pytest.mark.parametrize("descending", [False, True])
def test_paging_by_position_and_by_offset_agree(shelf: Collection, field: str, descending: bool, size: int) -> None:
    sort = Sort(field, descending)
    by_offset = [shelf.find(Query((), sort, Window(size, offset))) for offset in range(0, 6, size)]

    by_position = [shelf.find(Query((), sort, Window(size)))]
    while by_position[-1].more:
        by_position.append(shelf.find(Query((), sort, Window(size, after=by_position[-1].last))))

    assert by_position == by_offset


def test_the_total_counts_matches_not_returned_rows(shelf: Collection) -> None:
    page = shelf.find(Query((any_of("tags", "big"),), BY_PRICE, Window(limit=1, offset=1)))

    assert (len(page.rows), page.total, page.more, page.last) == (1, 3, True, (10, "b"))


def test_an_empty_collection_returns_an_empty_page(things: Collection) -> None:
    page = things.find(Query((any_of("colour", "red"), Bound("made", GT, 1)), BY_MADE))

    assert (page.rows, page.total, page.more, page.last, things.count()) == ((), 0, False, None, 0)


@pytest.mark.parametrize("batch", [1, 2, 5, 6, 100])
@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(), "fedcba"),
        (Window(limit=3), "fed"),
        (Window(offset=2), "dcba"),
        (Window(limit=3, offset=2), "dcb"),
        (Window(limit=0), ""),
        (Window(limit=9), "fedcba"),
        (Window(after=(30, "d")), "cba"),
        (Window(limit=1, after=(30, "d")), "c"),
    ],
)
def test_streams_the_matching_rows(shelf: Collection, window: Window, expected: str, batch: int) -> None:
    rows = shelf.stream(Query((), Sort("made", descending=True), window), batch=batch)

    assert "".join(orjson.loads(row)["id"] for row in rows) == expected


def test_a_stream_neither_skips_nor_repeats_rows_when_read_rows_are_deleted(shelf: Collection) -> None:
    read = []

    for row in shelf.stream(Query((any_of("colour", "red", "blue"),), BY_MADE), batch=2):
        read.append(orjson.loads(row)["id"])
        shelf.delete(read[-1])

    assert read == ["a", "b", "d", "e"]


# Documents in and out


def test_renders_a_document_with_its_members_in_order(things: Collection) -> None:
    encoded = things.insert({"made": 1, "zeta": [1.5, None, True], "id": "x", "alpha": {"ü": "日本 👋"}})

    assert encoded == '{"made":1,"zeta":[1.5,null,true],"id":"x","alpha":{"ü":"日本 👋"}}'.encode()
    assert things.find(Query((), BY_MADE)).rows == (encoded,)


def test_gets_a_document_by_id(shelf: Collection) -> None:
    assert shelf.get("b") == {
        "id": "b", "made": 20, "price": 10, "colour": "blue", "owner": {"name": "Bo"}, "tags": ["big"]
    }  # fmt: skip
    assert shelf.get("B") is None


def test_hidden_members_are_stored_and_never_rendered(things: Collection) -> None:
    inserted = things.insert({"id": "x", "made": 1, "secret": "s1"})
    replaced = things.replace("x", lambda thing: {**thing, "made": 2})
    kept = things.get("x")
    deleted = things.delete("x")

    assert kept == {"id": "x", "made": 2, "secret": "s1"}
    assert [inserted, replaced, deleted] == [b'{"id":"x","made":1}', *[b'{"id":"x","made":2}'] * 2]


def _change(document: Document) -> None:
    document["owner"]["name"] = "changed"
    document["tags"].append("changed")
    document["made"] = 99


def _insert(things: Collection, document: Document) -> None:
    things.insert(document)
    _change(document)


def _insert_many(things: Collection, document: Document) -> None:
    things.insert_many([document])
    _change(document)


def _get(things: Collection, document: Document) -> None:
    things.insert(document)
    got = things.get("x")
    assert got is not None
    _change(got)


def _replace_with(things: Collection, document: Document) -> None:
    things.insert({"id": "x", "made": 1})
    things.replace("x", lambda _: document)
    _change(document)


def _change_within_replace(things: Collection, document: Document) -> None:
    def change(given: Document) -> Document:
        _change(given)
        return {**document}

    things.insert(document)
    things.replace("x", change)


@pytest.mark.parametrize("act", [_insert, _insert_many, _get, _replace_with, _change_within_replace])
def test_documents_are_copied_in_and_out(things: Collection, act: Callable[[Collection, Document], None]) -> None:
    act(things, {"id": "x", "made": 1, "owner": {"name": "Ann"}, "tags": ["big"]})

    assert things.get("x") == {"id": "x", "made": 1, "owner": {"name": "Ann"}, "tags": ["big"]}
    assert ids(things, any_of("owner.name", "Ann"), any_of("tags", "big"), Bound("made", LE, 1)) == "x"
    assert ids(things, any_of("tags", "changed")) == ""


# Changes


@pytest.mark.parametrize(
    "added",
    [
        pytest.param([{"id": "a", "made": 1}], id="alone"),
        pytest.param([{"id": "x", "made": 1}, {"id": "a", "made": 1}], id="last-of-two"),
        pytest.param([{"id": "a", "made": 1}, {"id": "x", "made": 1}], id="first-of-two"),
        pytest.param([{"id": "x", "made": 1}, {"id": "x", "made": 2}], id="among-the-new-ones"),
    ],
)
def test_a_batch_with_a_taken_id_adds_nothing(shelf: Collection, added: list[Document]) -> None:
    with pytest.raises(KeyError):
        shelf.insert_many(added)

    assert (ids(shelf), shelf.count(), shelf.get("x")) == ("abcdef", 6, None)
    assert ids(shelf, any_of("colour", "red")) == "ad"


def test_a_document_with_a_taken_id_is_rejected(shelf: Collection) -> None:
    with pytest.raises(KeyError):
        shelf.insert({"id": "f", "made": 1})

    assert shelf.get("f") == {"id": "f", "made": 50}


def test_inserts_from_an_iterator_and_returns_the_number(things: Collection) -> None:
    added = things.insert_many({"id": f"{number:05}", "made": number} for number in range(4500))

    assert (added, things.count()) == (4500, 4500)
    assert things.find(Query((Bound("made", GE, 4499),), BY_MADE)).last == (4499, "04499")


def test_a_replaced_document_is_found_only_by_its_new_values(shelf: Collection) -> None:
    encoded = shelf.replace("a", lambda thing: {"id": thing["id"], "made": 45, "colour": "pink", "tags": ["new"]})

    assert encoded == b'{"id":"a","made":45,"colour":"pink","tags":["new"]}'
    assert ids(shelf) == "bcdeaf"
    assert ids(shelf, sort=BY_PRICE) == "afbdec"
    assert [ids(shelf, any_of("colour", "red")), ids(shelf, any_of("colour", "pink"))] == ["d", "a"]
    assert [ids(shelf, any_of("tags", "big")), ids(shelf, any_of("tags", "new"))] == ["bc", "ca"]
    assert [ids(shelf, any_of("owner.name", "Ann")), ids(shelf, Bound("made", LE, 10))] == ["", ""]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda things: things.replace("b", lambda thing: {**thing, "colour": "red"}), "ab"),
        (lambda things: things.replace("a", lambda thing: {**thing, "tags": []}), ""),
        (lambda things: things.insert({"id": "g", "made": 60, "colour": "red", "tags": ["big"]}), "ag"),
        (lambda things: things.delete("a"), ""),
        (lambda things: things.clear(), ""),
    ],
    ids=["one-more", "one-less", "insert", "delete", "clear"],
)
def test_a_write_invalidates_cached_results(
    shelf: Collection, act: Callable[[Collection], object], expected: str
) -> None:
    criteria = any_of("colour", "red"), any_of("tags", "big"), Bound("made", GE, 10)
    before = ids(shelf, *criteria)

    act(shelf)

    assert (before, ids(shelf, *criteria)) == ("a", expected)


def test_a_change_that_raises_changes_nothing(shelf: Collection) -> None:
    def fail(thing: Document) -> Document:
        thing["colour"] = "pink"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shelf.replace("a", fail)

    assert (ids(shelf, any_of("colour", "red")), ids(shelf, any_of("colour", "pink"))) == ("ad", "")


def test_a_deleted_document_is_removed_from_all_indexes(shelf: Collection) -> None:
    encoded = shelf.delete("d")

    assert encoded == b'{"id":"d","made":30,"price":10,"colour":"red","owner":{"name":"ann"},"tags":[]}'
    assert (shelf.get("d"), shelf.count(), shelf.delete("d")) == (None, 5, None)
    assert [ids(shelf), ids(shelf, sort=BY_PRICE), ids(shelf, any_of("colour", "red"))] == ["abcef", "fabec", "a"]
    assert ids(shelf, Bound("made", GE, 30), window=Window(after=(30, "c"))) == "ef"


def test_a_deleted_id_can_be_used_again(shelf: Collection) -> None:
    shelf.delete("a")

    shelf.insert({"id": "a", "made": 60, "colour": "blue"})

    assert [ids(shelf), ids(shelf, any_of("colour", "blue"))] == ["bcdefa", "bea"]


def test_replacing_a_missing_document_returns_none_without_calling_the_change(shelf: Collection) -> None:
    calls: list[Document] = []

    assert shelf.replace("nothing", lambda thing: calls.append(thing) or thing) is None  # type: ignore[func-returns-value]
    assert calls == []


def test_a_cleared_collection_is_empty_and_usable(shelf: Collection) -> None:
    shelf.clear()
    emptied = (shelf.count(), shelf.get("a"), ids(shelf), ids(shelf, any_of("colour", "red")))

    shelf.insert({"id": "a", "made": 1, "colour": "red"})

    assert emptied == (0, None, "", "")
    assert (shelf.count(), ids(shelf, any_of("colour", "red"))) == (1, "a")


def test_finds_by_every_pair_of_fields(shelf: Collection) -> None:
    criteria = [any_of("colour", "red"), any_of("owner.name", "Ann"), any_of("tags", "big"), Bound("made", LE, 20)]

    assert {ids(shelf, *pair) for pair in combinations(criteria, 2)} == {"a", "ab"}
