"""Pages, totals, order and cursors of GET /session (FACTS.md F2 and F9)."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server.core.clock import FrozenClock, parse_instant

Refused = Callable[..., None]
Row = dict[str, Any]


def page_of(client: FlaskClient, query: str) -> tuple[list[Row], dict[str, Any]]:
    response = client.get(f"/session?{query}")
    assert response.status_code == 200, response.text
    assert list(response.json) == ["results", "metadata"]
    return response.json["results"], response.json["metadata"]


def cursor_of(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.fixture(scope="module")
def five(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """Sessions named 1 to 5, one created each minute from 09:00."""
    clock = FrozenClock(0)
    client = open_client(clock=clock)
    for number in range(5):
        clock.instant = parse_instant(f"2026-01-31T09:0{number}:00Z")
        client.post("/session", json={"name": str(number + 1)})
    return client


@pytest.mark.parametrize(
    ("query", "names", "numbers"),
    [
        # numbers are itemsPerPage, totalItems, currentPage, totalPages and hasNextPage
        ("", "54321", (100, 5, 1, 1, False)),
        ("limit=1", "5", (1, 5, 1, 5, True)),
        ("limit=2", "54", (2, 5, 1, 3, True)),
        ("limit=2&page=2", "32", (2, 5, 2, 3, True)),
        ("limit=2&page=3", "1", (2, 5, 3, 3, False)),
        ("limit=2&page=4", "", (2, 5, 4, 3, False)),
        ("limit=5", "54321", (5, 5, 1, 1, False)),
        ("limit=4", "5432", (4, 5, 1, 2, True)),
        ("limit=1000", "54321", (1000, 5, 1, 1, False)),
        ("limit=0", "", (0, 5, 1, 0, False)),
        ("limit=0&page=3", "", (0, 5, 3, 0, False)),
        ("page=2", "", (100, 5, 2, 1, False)),
        ("limit=2&page=2&sortOrder=ASC", "34", (2, 5, 2, 3, True)),
        ("limit=2.0&page=2.0", "32", (2, 5, 2, 3, True)),
        ("limit=1e3&page=1e0", "54321", (1000, 5, 1, 1, False)),
        ("limit=&page=&sortOrder=&sortBy=", "54321", (100, 5, 1, 1, False)),
        ("limit=2&name=4", "4", (2, 1, 1, 1, False)),
        ("limit=1&createdAtLt=2026-01-31T09:02:00Z", "2", (1, 2, 1, 2, True)),
        ("name=nobody", "", (100, 0, 1, 0, False)),
        ("name=nobody&limit=0", "", (0, 0, 1, 0, False)),
        ("page=1000000", "", (100, 5, 1_000_000, 1, False)),
        ("page=1000000000000000&limit=1000", "", (1000, 5, 10**15, 1, False)),
        ("page=1e300&limit=1000", "", (1000, 5, 1e300, 1, False)),
    ],
)
def test_page(five: FlaskClient, query: str, names: str, numbers: tuple[float, ...]) -> None:
    rows, metadata = page_of(five, query)

    keys = ("itemsPerPage", "totalItems", "currentPage", "totalPages", "hasNextPage")
    assert [row["name"] for row in rows] == list(names)
    assert tuple(metadata[key] for key in keys) == numbers
    assert ("nextCursor" in metadata) is metadata["hasNextPage"]


def test_metadata_in_full(five: FlaskClient) -> None:
    rows, metadata = page_of(five, "limit=2")

    decoded = json.loads(base64.urlsafe_b64decode(metadata.pop("nextCursor")))
    assert decoded == {"createdAt": "2026-01-31T09:03:00.000Z", "id": rows[1]["id"]}
    assert metadata == {
        "itemsPerPage": 2,
        "totalItems": 5,
        "currentPage": 1,
        "totalPages": 3,
        "hasNextPage": True,
        "sortOrder": "DESC",
        "itemsBeyondRetention": False,
    }


def test_whole_numbers_are_written_without_a_fraction(five: FlaskClient) -> None:
    text = five.get("/session?limit=2.0&page=2.0").text

    assert '"itemsPerPage":2,' in text
    assert '"currentPage":2,' in text


@pytest.mark.parametrize(
    ("query", "order"), [("", "DESC"), ("sortOrder=", "DESC"), ("sortOrder=DESC", "DESC"), ("sortOrder=ASC", "ASC")]
)
def test_effective_order_is_echoed(five: FlaskClient, query: str, order: str) -> None:
    rows, metadata = page_of(five, query)

    assert metadata["sortOrder"] == order
    assert [row["name"] for row in rows] == list("12345" if order == "ASC" else "54321")


@pytest.mark.parametrize(
    ("query", "echo"),
    [
        ("", {}),
        ("createdAtGe=2026-01-31T09:00:00Z", {"createdAtGe": "2026-01-31T09:00:00.000Z"}),
        ("createdAtGe=1970-01-01", {"createdAtGe": "1970-01-01T00:00:00.000Z"}),
        ("createdAtLe=1970-01-01", {"createdAtLe": "1970-01-01T00:00:00.000Z"}),
        ("createdAtLe=2026-01-31T14:30:00.123456%2B05:30", {"createdAtLe": "2026-01-31T09:00:00.123Z"}),
        (
            "createdAtGe=2026-01-31&createdAtLe=2026-02-01",
            {"createdAtGe": "2026-01-31T00:00:00.000Z", "createdAtLe": "2026-02-01T00:00:00.000Z"},
        ),
        ("createdAtGt=2026-01-31&createdAtLt=2026-02-01&updatedAtGe=2026-01-31&updatedAtLe=2026-02-01", {}),
        ("createdAtGe=", {}),
    ],
)
def test_inclusive_bounds_are_echoed(five: FlaskClient, query: str, echo: dict[str, str]) -> None:
    metadata = page_of(five, query)[1]

    assert {key: metadata[key] for key in metadata if key.startswith("createdAt")} == echo


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=1001", "limit must not be greater than 1000"),
        ("limit=1e300", "limit must not be greater than 1000"),
        ("limit=-1", "limit must not be less than 0"),
        ("limit=1.5", "limit must be an integer number"),
        ("limit=ten", "limit must be a number conforming to the specified constraints"),
        ("limit=NaN", "limit must be a number conforming to the specified constraints"),
        ("limit=Infinity", "limit must be a number conforming to the specified constraints"),
        ("limit=%D9%A1", "limit must be a number conforming to the specified constraints"),
        ("page=0", "page must not be less than 1"),
        ("page=-1", "page must not be less than 1"),
        ("page=1.5", "page must be an integer number"),
        ("page=1e999", "page must be a number conforming to the specified constraints"),
        ("page=" + "9" * 400, "page must be a number conforming to the specified constraints"),
        ("page=x", "page must be a number conforming to the specified constraints"),
        ("sortOrder=asc", "sortOrder must be one of the following values: ASC, DESC"),
        ("sortOrder=up", "sortOrder must be one of the following values: ASC, DESC"),
        ("sortBy=updatedAt", "sortBy must be one of the following values: createdAt, duration, cost"),
        ("sortBy=CreatedAt", "sortBy must be one of the following values: createdAt, duration, cost"),
    ],
)
def test_refused_page(five: FlaskClient, assert_refused: Refused, query: str, message: str) -> None:
    assert_refused(five.get(f"/session?{query}"), 400, [message])


def duration_of(row: Row) -> float:
    created, updated = (datetime.fromisoformat(row[key]) for key in ("createdAt", "updatedAt"))
    return (updated - created).total_seconds()


KEYS: dict[str, Callable[[Row], Any]] = {
    "createdAt": lambda row: row["createdAt"],
    "duration": duration_of,
    "cost": lambda row: row.get("cost", 0),
}


@pytest.fixture
def in_order(everything: list[Row]) -> Callable[[str, str], list[Row]]:
    """Return the seeded sessions in the expected order: by key, then by id, both in the direction asked for."""

    def order(sort_by: str, sort_order: str) -> list[Row]:
        key = KEYS[sort_by]
        return sorted(everything, key=lambda row: (key(row), row["id"]), reverse=sort_order == "DESC")

    return order


@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
@pytest.mark.parametrize("sort_by", KEYS)
def test_order_of_the_seeded_sessions(
    seeded: FlaskClient, in_order: Callable[[str, str], list[Row]], sort_by: str, sort_order: str
) -> None:
    rows, _ = page_of(seeded, f"sortBy={sort_by}&sortOrder={sort_order}&limit=1000")

    assert rows == in_order(sort_by, sort_order)


@pytest.mark.parametrize("sort_by", KEYS)
def test_seeded_sessions_have_ties(everything: list[Row], sort_by: str) -> None:
    assert len({KEYS[sort_by](row) for row in everything}) < 250


@pytest.mark.parametrize("limit", [7, 100])
@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
@pytest.mark.parametrize("sort_by", KEYS)
def test_walk_by_page(
    seeded: FlaskClient, in_order: Callable[[str, str], list[Row]], sort_by: str, sort_order: str, limit: int
) -> None:
    walked, page, more = [], 0, True

    while more:
        page += 1
        rows, metadata = page_of(seeded, f"sortBy={sort_by}&sortOrder={sort_order}&limit={limit}&page={page}")
        walked += rows
        more = metadata["hasNextPage"]

    assert walked == in_order(sort_by, sort_order)
    assert page == metadata["totalPages"] == {7: 36, 100: 3}[limit]


@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
@pytest.mark.parametrize("sort_by", KEYS)
def test_walk_by_cursor(
    seeded: FlaskClient, in_order: Callable[[str, str], list[Row]], sort_by: str, sort_order: str
) -> None:
    query = f"sortBy={sort_by}&sortOrder={sort_order}&limit=7"
    walked, metadata = page_of(seeded, query)

    while cursor := metadata.get("nextCursor"):
        rows, metadata = page_of(seeded, f"{query}&cursor={cursor}")
        walked += rows
        assert metadata["totalItems"] == 250

    assert walked == in_order(sort_by, sort_order)


def test_default_is_the_hundred_newest(seeded: FlaskClient, everything: list[Row]) -> None:
    rows, metadata = page_of(seeded, "")

    assert rows == everything[:100]
    assert (metadata["itemsPerPage"], metadata["totalPages"], metadata["hasNextPage"]) == (100, 3, True)


def test_ties_go_by_id_in_the_direction_of_the_order(client: FlaskClient, create: Callable[..., Row]) -> None:
    ids = sorted(create()["id"] for _ in range(9))

    ascending, _ = page_of(client, "sortOrder=ASC")
    descending, _ = page_of(client, "sortOrder=DESC")

    assert [row["id"] for row in ascending] == ids
    assert [row["id"] for row in descending] == ids[::-1]


def test_cursor_wins_over_page(five: FlaskClient) -> None:
    cursor = page_of(five, "limit=2")[1]["nextCursor"]

    rows, _ = page_of(five, f"limit=2&page=3&cursor={cursor}")

    assert [row["name"] for row in rows] == ["3", "2"]


def test_cursor_keeps_the_filters(five: FlaskClient) -> None:
    query = "limit=1&createdAtLt=2026-01-31T09:03:00Z"
    cursor = page_of(five, query)[1]["nextCursor"]

    rows, metadata = page_of(five, f"{query}&cursor={cursor}")

    assert [row["name"] for row in rows] == ["2"]
    assert metadata["totalItems"] == 3


def test_empty_page_by_limit_has_no_cursor(five: FlaskClient) -> None:
    assert "nextCursor" not in page_of(five, "limit=0")[1]


def test_cursor_outlives_its_session_and_newer_ones(
    client: FlaskClient, clock: FrozenClock, create: Callable[..., Row]
) -> None:
    for name in "1234":
        clock.instant += 1000
        create(name=name)
    seen, metadata = page_of(client, "limit=2")

    client.delete(f"/session/{seen[1]['id']}")
    clock.instant += 1000
    create(name="5")
    rows, _ = page_of(client, f"limit=2&cursor={metadata['nextCursor']}")

    assert [row["name"] for row in seen] == ["4", "3"]
    assert [row["name"] for row in rows] == ["2", "1"]


@pytest.mark.parametrize(("sort_by", "other"), list(permutations(KEYS, 2)))
def test_cursor_of_another_order(seeded: FlaskClient, assert_refused: Refused, sort_by: str, other: str) -> None:
    cursor = page_of(seeded, f"sortBy={sort_by}&limit=1")[1]["nextCursor"]

    response = seeded.get(f"/session?sortBy={other}&limit=1&cursor={cursor}")

    assert_refused(response, 400, ["cursor must be the nextCursor of a page with the same sortBy"])


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "é",
        "%00",
        "A" * 1000,
        cursor_of({}),
        cursor_of([]),
        cursor_of(None),
        cursor_of(5),
        cursor_of("text"),
        cursor_of({"createdAt": "2026-01-31T09:00:00.000Z"}),
        cursor_of({"id": "x"}),
        cursor_of({"createdAt": 5, "id": "x"}),
        cursor_of({"createdAt": "yesterday", "id": "x"}),
        cursor_of({"createdAt": None, "id": None}),
        base64.urlsafe_b64encode(b"[" * 600).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe{}").decode(),
    ],
)
def test_bad_cursor(five: FlaskClient, assert_refused: Refused, cursor: str) -> None:
    response = five.get("/session", query_string={"cursor": cursor})

    assert_refused(response, 400, ["cursor must be the nextCursor of a page with the same sortBy"])


@pytest.mark.parametrize("key", ["high", None, True, [], {}, "1"])
@pytest.mark.parametrize("sort_by", ["cost", "duration"])
def test_cursor_with_a_key_that_is_not_a_number(
    five: FlaskClient, assert_refused: Refused, sort_by: str, key: Any
) -> None:
    response = five.get(f"/session?sortBy={sort_by}&cursor={cursor_of({sort_by: key, 'id': 'x'})}")

    assert_refused(response, 400, ["cursor must be the nextCursor of a page with the same sortBy"])
