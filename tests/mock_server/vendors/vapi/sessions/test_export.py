"""GET /session/export: sessions as CSV and JSON, written while they are read (FACTS.md F3, F5 and F9)."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from flask.testing import FlaskClient

from mock_server import MockServer
from mock_server.core.clock import FrozenClock, parse_instant

Refused = Callable[..., None]
Row = dict[str, Any]

HEADER = (
    "id,name,status,assistantId,squadId,customerName,customerNumber,phoneNumberId,cost,messages,createdAt,updatedAt"
)
COLUMNS = HEADER.split(",")
ASSISTANT = "a1111111-1111-4111-8111-111111111111"
AWKWARD = {
    "comma": "one, two",
    "quotes": 'he said "no"',
    "newline": "one\ntwo",
    "carriage return": "one\r\ntwo",
    "unicode": "Zoë 北京 🙂",
    "blank ends": "  x ",
    "lone quote": '"',
    "semicolon": "a;b\tc",
    "line separator": "a\u2028b\u0085c",
    "formula": "=1+1",
}


def csv_of(client: FlaskClient, query: str = "") -> list[list[str]]:
    response = client.get(f"/session/export?{query}")
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text, newline="")))


def json_of(client: FlaskClient, query: str = "") -> list[Row]:
    response = client.get(f"/session/export?format=json&{query}")
    assert response.status_code == 200, response.text
    return list(json.loads(response.data))


@pytest.fixture(scope="module")
def three(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """Three sessions, created a minute apart."""
    clock = FrozenClock(0)
    client = open_client(clock=clock)
    full = {
        "name": "one, or 1",
        "assistantId": ASSISTANT,
        "phoneNumberId": "b1111111-1111-4111-8111-111111111111",
        "customer": {"name": "Zoë", "number": "+14155550101", "email": "zoe@example.org"},
        "messages": [{"content": 'say "hé"', "role": "user"}],
    }
    for minute, body in enumerate((full, {"name": "two", "squadId": "squad-1"}, {"status": "completed"})):
        clock.instant = parse_instant(f"2026-01-31T09:0{minute}:00Z")
        client.post("/session", json=body)
    return client


def test_csv_byte_for_byte(three: FlaskClient) -> None:
    newest, middle, oldest = (row["id"] for row in three.get("/session").json["results"])

    response = three.get("/session/export")

    assert response.text == (
        f"{HEADER}\r\n"
        f"{newest},,completed,,,,,,,,2026-01-31T09:02:00.000Z,2026-01-31T09:02:00.000Z\r\n"
        f"{middle},two,active,,squad-1,,,,,,2026-01-31T09:01:00.000Z,2026-01-31T09:01:00.000Z\r\n"
        f'{oldest},"one, or 1",active,{ASSISTANT},,Zoë,+14155550101,b1111111-1111-4111-8111-111111111111,,'
        '"[{""content"":""say \\""hé\\"""",""role"":""user""}]",2026-01-31T09:00:00.000Z,2026-01-31T09:00:00.000Z\r\n'
    )


@pytest.mark.parametrize(
    ("query", "media_type", "file_name"),
    [
        ("", "text/csv; charset=utf-8", "sessions.csv"),
        ("format=", "text/csv; charset=utf-8", "sessions.csv"),
        ("format=csv", "text/csv; charset=utf-8", "sessions.csv"),
        ("format=json", "application/json; charset=utf-8", "sessions.json"),
    ],
)
def test_headers(three: FlaskClient, query: str, media_type: str, file_name: str) -> None:
    response = three.get(f"/session/export?{query}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="{file_name}"'


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("", COLUMNS),
        ("columns=", COLUMNS),
        ("columns=,%20,", COLUMNS),
        ("columns=name", ["name"]),
        ("columns=updatedAt,id,name", ["updatedAt", "id", "name"]),
        ("columns=updatedAt%2Cid%2Cname", ["updatedAt", "id", "name"]),
        ("columns=updatedAt&columns=id&columns=name", ["updatedAt", "id", "name"]),
        ("columns[]=updatedAt&columns[]=id", ["updatedAt", "id"]),
        ("columns[0]=cost&columns[1]=id", ["cost", "id"]),
        ("columns=name,id&columns=cost", ["name", "id", "cost"]),
        ("columns=id&columns=", ["id"]),
        ("columns=name,id,name&columns=id", ["name", "id"]),
        ("columns=" + ",".join(reversed(COLUMNS)), COLUMNS[::-1]),
    ],
)
def test_columns_in_the_order_asked(three: FlaskClient, query: str, columns: list[str]) -> None:
    table = csv_of(three, query)
    objects = json_of(three, query)

    assert table[0] == columns
    assert [len(row) for row in table] == [len(columns)] * 4
    assert all(list(item) == [column for column in columns if column in item] for item in objects)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("columns=foo", "each value in columns must be one of the following values: " + HEADER.replace(",", ", ")),
        ("columns=id,ID", "each value in columns must be one of the following values: " + HEADER.replace(",", ", ")),
        ("format=xml", "format must be one of the following values: csv, json"),
        ("format=csv&format=json", "format must be one of the following values: csv, json"),
        ("limit=1001", "limit must not be greater than 1000"),
        ("page=0", "page must not be less than 1"),
        ("createdAtGe=x", "createdAtGe must be a valid ISO 8601 date string"),
        ("number=1", "number must be longer than or equal to 3 characters"),
    ],
)
def test_refused(three: FlaskClient, assert_refused: Refused, query: str, message: str) -> None:
    assert_refused(three.get(f"/session/export?{query}"), 400, [message])


def test_all_violations_at_once(three: FlaskClient, assert_refused: Refused) -> None:
    response = three.get("/session/export?format=xml&limit=1001&sortOrder=up")

    assert_refused(
        response,
        400,
        [
            "format must be one of the following values: csv, json",
            "limit must not be greater than 1000",
            "sortOrder must be one of the following values: ASC, DESC",
        ],
    )


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_awkward_text_survives(client: FlaskClient, create: Callable[..., Row], text: str) -> None:
    messages = [{"role": "user", "content": text}]
    create(name=text, customer={"name": text}, messages=messages)

    table = csv_of(client, "columns=name,customerName,messages,status")

    name, customer, content, status = table[1]
    assert (name, customer, json.loads(content), status) == (text, text, messages, "active")
    assert len(table) == 2


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["", "two", "one, or 1"]),
        ("sortOrder=ASC", ["one, or 1", "two", ""]),
        ("name=two", ["two"]),
        ("squadId=squad-1", ["two"]),
        ("assistantIdAny=a,a1111111-1111-4111-8111-111111111111", ["one, or 1"]),
        ("number=%2B14155550101", ["one, or 1"]),
        ("customer[number]=+14155550101", ["one, or 1"]),
        ("createdAtGe=2026-01-31T14:31:00%2B05:30", ["", "two"]),
        ("name=nobody", []),
        ("limit=1", [""]),
        ("limit=1&page=2", ["two"]),
        ("limit=2&page=2", ["one, or 1"]),
        ("limit=2&page=9", []),
        ("page=2", []),
        ("limit=0", []),
        ("page=1e300&limit=1000", []),
        ("email=zoe@example.org", ["", "two", "one, or 1"]),
        ("email=nobody@example.org", ["", "two", "one, or 1"]),
        ("customer[email]=zoe@example.org", ["one, or 1"]),
        ("customer.email=nobody@example.org", []),
        ("createdAtLe=2026-01-31", []),
    ],
)
def test_filters_order_and_pages(three: FlaskClient, query: str, names: list[str]) -> None:
    table = csv_of(three, f"columns=name&{query}")
    objects = json_of(three, f"columns=name,id&{query}")

    assert [row[0] if row else "" for row in table[1:]] == names
    assert [item.get("name", "") for item in objects] == names


@pytest.mark.parametrize("name", ["foo", "cursor", "offset"])
def test_unknown_parameter_is_refused(three: FlaskClient, assert_refused: Refused, name: str) -> None:
    assert_refused(three.get(f"/session/export?{name}=1"), 400, [f"property {name} should not exist"])


def test_lenient_query_ignores_unknown_parameters(open_client: Callable[..., FlaskClient]) -> None:
    assert open_client(lenient_query=True).get("/session/export?foo=1&cursor=x").status_code == 200


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [("", 0, 100), ("page=2", 100, 100), ("page=3", 200, 50), ("limit=1000", 0, 250), ("limit=", 0, 100)],
)
def test_limit_defaults_to_100(seeded: FlaskClient, everything: list[Row], query: str, first: int, count: int) -> None:
    expected = [row["id"] for row in everything[first : first + count]]

    assert [row[0] for row in csv_of(seeded, f"columns=id&{query}")[1:]] == expected
    assert [row["id"] for row in json_of(seeded, f"columns=id&{query}")] == expected


@pytest.mark.parametrize(("query", "count"), [("", 250), ("page=2", 100), ("limit=7", 7), ("limit=0", 0)])
def test_export_all_lifts_the_default_only(open_client: Callable[..., FlaskClient], query: str, count: int) -> None:
    client = open_client(sessions=250, export_all=True)

    assert len(json_of(client, f"columns=id&{query}")) == count
    assert len(csv_of(client, f"columns=id&{query}")) == count + 1


def test_json_byte_for_byte(three: FlaskClient) -> None:
    response = three.get("/session/export?format=json&columns=customerName,name,status,cost")

    assert response.text == (
        '[{"status":"completed"},{"name":"two","status":"active"},'
        '{"customerName":"Zoë","name":"one, or 1","status":"active"}]'
    )


def test_nothing_to_export(client: FlaskClient) -> None:
    assert client.get("/session/export").text == f"{HEADER}\r\n"
    assert client.get("/session/export?format=json").text == "[]"


def cell_of(row: Row, column: str) -> str:
    """Return the value of a list row in a column, as text."""
    if column.startswith("customer"):
        return str(row.get("customer", {}).get(column.removeprefix("customer").lower(), ""))
    if column == "messages":
        return json.dumps(row["messages"], ensure_ascii=False, separators=(",", ":")) if column in row else ""
    return str(row.get(column, ""))


@pytest.mark.parametrize("query", ["", "sortBy=cost&sortOrder=ASC", "sortBy=duration"])
def test_every_cell_equals_the_value_in_the_list(seeded: FlaskClient, query: str) -> None:
    listed = seeded.get(f"/session?limit=1000&{query}").json["results"]

    table = csv_of(seeded, f"limit=1000&{query}")

    assert table[0] == COLUMNS
    assert table[1:] == [[cell_of(row, column) for column in COLUMNS] for row in listed]
    assert len(listed) == 250


def test_json_values_equal_those_in_the_list(seeded: FlaskClient, everything: list[Row]) -> None:
    plain = ["id", "name", "status", "assistantId", "squadId", "phoneNumberId", "cost", "createdAt", "updatedAt"]

    objects = json_of(seeded, urlencode({"columns": ",".join(plain), "limit": 1000}))

    assert objects == [{key: row[key] for key in plain if key in row} for row in everything]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_streamed_over_http(server: MockServer, form: str) -> None:
    headers = {"Authorization": "Bearer any-token"}
    httpx.post(f"{server.url}/session", json={}, headers=headers)

    response = httpx.get(f"{server.url}/session/export?format={form}", headers=headers)

    assert response.status_code == 200
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers


@pytest.mark.parametrize("form", ["csv", "json"])
def test_export_needs_the_memory_of_one_part(open_client: Callable[..., FlaskClient], form: str) -> None:
    client = open_client(sessions=2000, export_all=True)
    response = client.get(f"/session/export?format={form}", buffered=False)

    tracemalloc.start()
    size = sum(len(part) for part in response.iter_encoded())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size > 1_500_000
    assert peak < size / 2


@pytest.mark.parametrize("form", ["csv", "json"])
def test_rows_are_read_when_they_are_written(open_client: Callable[..., FlaskClient], form: str) -> None:
    client = open_client(sessions=2000, export_all=True)
    last = client.get("/session?sortOrder=ASC&limit=1").json["results"][0]["id"]
    parts = client.get(f"/session/export?format={form}&columns=id", buffered=False).iter_encoded()
    written = next(parts)

    assert client.delete(f"/session/{last}").status_code == 200
    written += b"".join(parts)

    assert written.count(b"-4") >= 1999
    assert last.encode() not in written
