"""Every filter of GET /session, in every spelling (FACTS.md F2 and F9)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from mock_server.core.clock import FrozenClock, parse_instant

Refused = Callable[..., None]

A1 = "a1111111-1111-4111-8111-111111111111"
A2 = "a2222222-2222-4222-8222-222222222222"
P1 = "b1111111-1111-4111-8111-111111111111"
P2 = "b2222222-2222-4222-8222-222222222222"
P3 = "b3333333-3333-4333-8333-333333333333"
WANTED = {
    "number": "+14155550101",
    "sipUri": "sip:ann@example.org",
    "name": "Lee",
    "email": "ann@example.org",
    "externalId": "e/1",
    "extension": "12",
}
NEAR_MISS = {
    "number": "+141555501012",
    "sipUri": "sip:Ann@example.org",
    "name": "LEE",
    "email": "ann@example.or",
    "externalId": "E/1",
    "extension": "012",
}
# Created at 09:00:00.000, .001, .001, .002 and .003; the first was changed at 10:00:00.000.
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    (".000", {"name": "Ann", "assistantId": A1, "phoneNumberId": P1, "customer": WANTED}),
    (".001", {"name": "ann", "assistantId": A2, "phoneNumberId": P2, "customer": NEAR_MISS}),
    (".001", {"name": "Anna", "squadId": "squad-1", "phoneNumberId": P3, "customer": {"name": "Ann"}}),
    (".002", {"name": "Zoë", "squadId": "squad-10"}),
    (".003", {"name": "R&D +"}),
)
ALL = {"Ann", "ann", "Anna", "Zoë", "R&D +"}
NONE: set[str] = set()

PARAMETERS = (
    "id", "idAny", "name", "assistantId", "assistantIdAny", "squadId", "workflowId", "customerNumberAny",
    "phoneNumberId", "phoneNumberIdAny", "numberE164CheckEnabled", "extension", "assistantOverrides",
    "squadOverrides", "number", "sipUri", "email", "externalId", "customer", "customer[name]", "customer[number]",
    "page", "limit", "sortOrder", "sortBy", "cursor", "createdAtGt", "createdAtLt", "createdAtGe", "createdAtLe",
    "updatedAtGt", "updatedAtLt", "updatedAtGe", "updatedAtLe",
)  # fmt: skip


@pytest.fixture(scope="module")
def office(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """The five rows above."""
    clock = FrozenClock(0)
    client = open_client(clock=clock)
    ids = []
    for fraction, body in ROWS:
        clock.instant = parse_instant(f"2026-01-31T09:00:00{fraction}Z")
        ids.append(client.post("/session", json=body).json["id"])
    clock.instant = parse_instant("2026-01-31T10:00:00Z")
    assert client.patch(f"/session/{ids[0]}", json={"status": "completed"}).status_code == 200
    return client


@pytest.fixture(scope="module")
def find(office: FlaskClient) -> Callable[[str], set[str]]:
    """Return the names of the rows that a query string finds; `{Ann}` in it stands for that row's id."""
    ids = {row["name"]: row["id"] for row in office.get("/session").json["results"]}

    def names(query: str) -> set[str]:
        response = office.get(f"/session?{query.format_map(ids)}")
        assert response.status_code == 200, response.text
        found = [row["name"] for row in response.json["results"]]
        assert response.json["metadata"]["totalItems"] == len(found)
        return set(found)

    return names


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("id={Ann}", {"Ann"}),
        ("id=00000000-0000-4000-8000-000000000000", NONE),
        ("idAny={Ann},{Zoë}", {"Ann", "Zoë"}),
        ("idAny={Ann},nobody", {"Ann"}),
        ("name=Ann", {"Ann"}),
        ("name=ann", {"ann"}),
        ("name=An", NONE),
        ("name=Lee", NONE),
        ("name=Zo%C3%AB", {"Zoë"}),
        ("name=R%26D+%2B", {"R&D +"}),
        ("name=R%26D%20%2B", {"R&D +"}),
        (f"assistantId={A1}", {"Ann"}),
        (f"assistantIdAny={A1},{A2}", {"Ann", "ann"}),
        (f"assistantIdAny={A2}", {"ann"}),
        ("squadId=squad-1", {"Anna"}),
        ("workflowId=c1111111-1111-4111-8111-111111111111", NONE),
        (f"phoneNumberId={P1}", {"Ann"}),
        (f"phoneNumberIdAny={P1}", {"Ann"}),
        ("customerNumberAny=%2B14155550101,%2B141555501012", {"Ann", "ann"}),
        ("customerNumberAny=%2B1415555010", NONE),
        ("number=%2B14155550101", {"Ann"}),
        ("number=14155550101", NONE),
    ],
)
def test_filter_alone(find: Callable[[str], set[str]], query: str, expected: set[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize("field", ["number", "sipUri", "email", "externalId", "extension"])
@pytest.mark.parametrize("form", ["{}", "customer[{}]", "customer.{}"], ids=["flattened", "bracketed", "dotted"])
def test_customer_filter_in_each_form(find: Callable[[str], set[str]], form: str, field: str) -> None:
    wanted = find(urlencode({form.format(field): WANTED[field]}))
    near_miss = find(urlencode({form.format(field): NEAR_MISS[field]}))

    assert (wanted, near_miss) == ({"Ann"}, {"ann"})


@pytest.mark.parametrize("spelling", ["customer[name]", "customer%5Bname%5D", "customer.name"])
def test_customer_name_is_only_taken_nested(find: Callable[[str], set[str]], spelling: str) -> None:
    assert find(f"{spelling}=Lee") == {"Ann"}
    assert find(f"{spelling}=LEE") == {"ann"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=Anna&name=Ann", {"Anna"}),
        ("name=Ann&name=Lee", {"Ann"}),
        ("name=Lee&name=Ann", NONE),
        ("name=&name=Lee", {"Ann"}),
        ("name=Ann&name=", {"Ann"}),
        ("name=Ann&customer[name]=Lee", {"Ann"}),
        ("name=Ann&customer[name]=LEE", NONE),
    ],
)
def test_second_name_is_the_customers(find: Callable[[str], set[str]], query: str, expected: set[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        f"phoneNumberIdAny={P1}&phoneNumberIdAny={P2}",
        f"phoneNumberIdAny[]={P1}&phoneNumberIdAny[]={P2}",
        f"phoneNumberIdAny%5B%5D={P1}&phoneNumberIdAny%5B%5D={P2}",
        f"phoneNumberIdAny[0]={P1}&phoneNumberIdAny[1]={P2}",
        f"phoneNumberIdAny={P1},{P2}",
        f"phoneNumberIdAny={P1}%2C{P2}",
        f"phoneNumberIdAny={P1},&phoneNumberIdAny=,%20{P2}%20,nobody",
        f"phoneNumberIdAny={P1}&phoneNumberIdAny[]={P2}&phoneNumberIdAny=",
    ],
)
def test_phone_number_array_spellings(find: Callable[[str], set[str]], query: str) -> None:
    assert find(query) == {"Ann", "ann"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"assistantIdAny=,{A1},,", {"Ann"}),
        (f"assistantIdAny=%20{A1}%20,%20{A2}", {"Ann", "ann"}),
        ("idAny=,{Ann},%20,", {"Ann"}),
        ("idAny=,%20,", ALL),
        ("customerNumberAny=%2B14155550101,%20%2B141555501012", {"Ann", "ann"}),
        ("customerNumberAny=,%20,%2B14155550101", {"Ann"}),
        ("phoneNumberIdAny=,", ALL),
    ],
)
def test_blank_items_do_not_count(find: Callable[[str], set[str]], query: str, expected: set[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("number=+14155550101", {"Ann"}),
        ("customer[number]=+14155550101", {"Ann"}),
        ("customer.number=%2014155550101", {"Ann"}),
        ("customerNumberAny=+14155550101,+141555501012", {"Ann", "ann"}),
        ("customerNumberAny=%2B14155550101,+141555501012", {"Ann", "ann"}),
    ],
)
def test_unencoded_plus_of_a_number(find: Callable[[str], set[str]], query: str, expected: set[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"name=Ann&assistantId={A1}", {"Ann"}),
        (f"name=ann&assistantId={A1}", NONE),
        (f"assistantId={A1}&assistantIdAny={A1},{A2}", {"Ann"}),
        (f"assistantId={A1}&assistantIdAny={A2}", NONE),
        ("id={Ann}&idAny={ann},{Anna}", NONE),
        ("id={Ann}&idAny={ann},{Ann}", {"Ann"}),
        (f"phoneNumberId={P1}&phoneNumberIdAny={P2}", NONE),
        ("number=%2B14155550101&customerNumberAny=%2B141555501012", NONE),
        ("number=%2B14155550101&customer[number]=%2B141555501012", NONE),
        (f"assistantIdAny={A1},{A2}&createdAtGt=2026-01-31T09:00:00.000Z", {"ann"}),
    ],
)
def test_filters_combine_with_and(find: Callable[[str], set[str]], query: str, expected: set[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "id=i&name=Ann+%26+Co&assistantId=a&assistantIdAny=a%2Cb&squadId=s&workflowId=w&numberE164CheckEnabled=false"
        "&extension=12&number=%2B14155551234&sipUri=sip%3Aa%40b.c&email=x%40y.z&externalId=e%2F1"
        "&customerNumberAny=%2B1415%2C%2B1416&idAny=1%2C2&phoneNumberId=p&phoneNumberIdAny=p1&phoneNumberIdAny=p2"
        "&page=2&sortOrder=ASC&sortBy=cost&limit=10&createdAtGt=2026-01-02T03%3A04%3A05.678000Z"
        "&createdAtLt=2026-01-02T03%3A04%3A05Z&createdAtGe=2026-01-02T03%3A04%3A05%2B05%3A30"
        "&createdAtLe=2026-01-02T00%3A00%3A00Z",
        "name=Ann%20%26%20Co&squadId=&customer%5Bnumber%5D=%2B14155551234&phoneNumberIdAny=p1&phoneNumberIdAny=p2",
    ],
    ids=["python", "typescript"],
)
def test_queries_as_the_sdks_write_them(office: FlaskClient, query: str) -> None:
    response = office.get(f"/session?{query}")

    assert (response.status_code, response.json["results"]) == (200, [])


@pytest.mark.parametrize("name", PARAMETERS)
def test_empty_value_counts_as_absent(find: Callable[[str], set[str]], name: str) -> None:
    assert find(f"{name}=") == ALL
    assert find(name) == ALL


@pytest.mark.parametrize(
    "query",
    [
        "numberE164CheckEnabled=true",
        "numberE164CheckEnabled=false",
        "customer[numberE164CheckEnabled]=true",
        "assistantOverrides=x",
        "assistantOverrides=%7B%22name%22%3A%22x%22%7D",
        "assistantOverrides[name]=x",
        "customer[assistantOverrides][name]=x",
        "squadOverrides=x",
        "customer[squadOverrides]=x",
    ],
)
def test_accepted_and_filters_nothing(find: Callable[[str], set[str]], query: str) -> None:
    assert find(query) == ALL


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("createdAtGt", {"Zoë", "R&D +"}),
        ("createdAtLt", {"Ann"}),
        ("createdAtGe", {"ann", "Anna", "Zoë", "R&D +"}),
        ("createdAtLe", {"Ann", "ann", "Anna"}),
        ("updatedAtGt", {"Zoë", "R&D +", "Ann"}),
        ("updatedAtLt", NONE),
        ("updatedAtGe", ALL),
        ("updatedAtLe", {"ann", "Anna"}),
    ],
)
def test_bound_at_a_stored_instant(find: Callable[[str], set[str]], bound: str, expected: set[str]) -> None:
    assert find(f"{bound}=2026-01-31T09:00:00.001Z") == expected


@pytest.mark.parametrize(
    "instant",
    [
        "2026-01-31T09:00:00.001Z",
        "2026-01-31T09:00:00.001000Z",
        "2026-01-31T09:00:00.001999Z",
        "2026-01-31T09:00:00.001%2B00:00",
        "2026-01-31T14:30:00.001%2B05:30",
        "2026-01-31T14:30:00.001999%2B05:30",
        "2026-01-31T14:30:00.001%2B0530",
        "2026-01-31T04:00:00.001-05:00",
        "2026-01-30T23:00:00.001-10:00",
        "2026-01-31T09:00:00.001",
        "2026-01-31t09:00:00.001z",
        "2026-01-31T09%3A00%3A00.001Z",
    ],
)
def test_spellings_of_one_instant(find: Callable[[str], set[str]], instant: str) -> None:
    assert find(f"createdAtGe={instant}&createdAtLe={instant}") == {"ann", "Anna"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("createdAtGe=2026-01-31T09:00:00Z", ALL),
        ("createdAtGt=2026-01-31T09:00:00Z", {"ann", "Anna", "Zoë", "R&D +"}),
        ("createdAtLe=2026-01-31T09:00Z", {"Ann"}),
        ("createdAtLe=2026-01-31T09:00:00.0029Z", {"Ann", "ann", "Anna", "Zoë"}),
        ("createdAtLt=2026-01-31T09:00:00.0029Z", {"Ann", "ann", "Anna"}),
        ("createdAtLt=2026-01-31T09:00:00.1Z", ALL),
        ("createdAtLt=2026-01-31T09:00:00.00Z", NONE),
        ("createdAtGe=2026-01-31", ALL),
        ("createdAtLt=2026-01-31", NONE),
        ("createdAtLt=2026-02-01", ALL),
        ("createdAtGe=2026-02-01", NONE),
        ("createdAtGt=2026-01-31T09:00:00.000Z&createdAtGe=2026-01-31T09:00:00.002Z", {"Zoë", "R&D +"}),
        ("createdAtGt=2026-01-31T09:00:00.002Z&createdAtGe=2026-01-31T09:00:00.000Z", {"R&D +"}),
        ("createdAtGt=2026-01-31T09:00:00.000Z&createdAtLt=2026-01-31T09:00:00.002Z", {"ann", "Anna"}),
        ("createdAtGt=2026-01-31T09:00:00.001Z&createdAtLt=2026-01-31T09:00:00.001Z", NONE),
        ("createdAtLe=2026-01-31T09:00:00.000Z&updatedAtGe=2026-01-31T10:00:00.000Z", {"Ann"}),
        ("createdAtGe=0001-01-01T00:00:00%2B23:59", ALL),
        ("createdAtGe=9999-12-31T23:59:59.999-23:59", NONE),
    ],
)
def test_bounds(find: Callable[[str], set[str]], query: str, expected: set[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("foo=1", ["property foo should not exist"]),
        ("offset=0", ["property offset should not exist"]),
        ("status=active", ["property status should not exist"]),
        ("search=Ann", ["property search should not exist"]),
        ("customerName=x", ["property customerName should not exist"]),
        ("ID=x", ["property ID should not exist"]),
        ("foo=", ["property foo should not exist"]),
        ("foo", ["property foo should not exist"]),
        ("foo=1&foo=2", ["property foo should not exist"]),
        ("foo[]=1&foo[]=2", ["property foo should not exist"]),
        ("foo[a]=1&foo[b][c]=2", ["property foo should not exist"]),
        ("columns=id", ["property columns should not exist"]),
        ("customer[foo]=1", ["customer.property foo should not exist"]),
        ("customer.foo=1", ["customer.property foo should not exist"]),
        ("customer[foo][a]=1&customer[foo][b]=2", ["customer.property foo should not exist"]),
        ("page[x]=1", ["property page.x should not exist"]),
        (
            "offset=0&limit=1001&customer[foo]=1&bar=2",
            [
                "property offset should not exist",
                "limit must not be greater than 1000",
                "customer.property foo should not exist",
                "property bar should not exist",
            ],
        ),
    ],
)
def test_unknown_parameters_are_refused(
    office: FlaskClient, assert_refused: Refused, query: str, messages: list[str]
) -> None:
    assert_refused(office.get(f"/session?{query}"), 400, messages)


@pytest.mark.parametrize(
    "query", ["status=active", "foo=1", "offset=3", "search=Ann", "customer[foo]=1", "customerName=x", "ID=x", "=x"]
)
def test_lenient_query_ignores_unknown_parameters(open_client: Callable[..., FlaskClient], query: str) -> None:
    client = open_client(lenient_query=True, sessions=3)

    assert len(client.get(f"/session?{query}").json["results"]) == 3


def test_parameter_without_a_name_is_ignored(find: Callable[[str], set[str]]) -> None:
    assert find("=x") == ALL


def test_every_documented_parameter_is_taken(office: FlaskClient) -> None:
    response = office.get("/session?" + "&".join(f"{name}=" for name in PARAMETERS))

    assert response.status_code == 200


@pytest.mark.parametrize("query", ["assistantOverrides[model]=x", "customer[squadOverrides][a][b]=1"])
def test_members_of_overrides_are_taken(find: Callable[[str], set[str]], query: str) -> None:
    assert find(query) == ALL


def test_operations_without_query_parameters_refuse_none(client: FlaskClient) -> None:
    created = client.post("/session?foo=1", json={})
    path = f"/session/{created.json['id']}?foo=1&page=0"

    assert created.status_code == 201
    assert client.get(path).json == created.json
    assert client.patch(path, json={}).status_code == 200
    assert client.delete(path).status_code == 200


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("number=12", "number must be longer than or equal to 3 characters"),
        (f"number={'1' * 41}", "number must be shorter than or equal to 40 characters"),
        ("customer[number]=12", "customer.number must be longer than or equal to 3 characters"),
        ("extension=12345678901", "extension must be shorter than or equal to 10 characters"),
        (f"email={'x' * 41}", "email must be shorter than or equal to 40 characters"),
        (f"externalId={'x' * 41}", "externalId must be shorter than or equal to 40 characters"),
        (f"customer[name]={'x' * 41}", "customer.name must be shorter than or equal to 40 characters"),
        (f"name=Ann&name={'x' * 41}", "customer.name must be shorter than or equal to 40 characters"),
        ("numberE164CheckEnabled=yes", "numberE164CheckEnabled must be a boolean value"),
        ("customer=Ann", "customer must be an object"),
        ("customer[]=Ann", "customer must be an object"),
    ],
)
def test_value_out_of_its_limits(office: FlaskClient, assert_refused: Refused, query: str, message: str) -> None:
    assert_refused(office.get(f"/session?{query}"), 400, [message])


@pytest.mark.parametrize(
    "query",
    ["number=abc", "number=" + "1" * 40, "extension=1234567890", "email=no-email", "customer[externalId]=" + "x" * 40],
)
def test_loose_value_finds_nothing_without_an_error(find: Callable[[str], set[str]], query: str) -> None:
    assert find(query) == NONE


@pytest.mark.parametrize("day", ["createdAt", "updatedAt"])
@pytest.mark.parametrize("comparison", ["Gt", "Lt", "Ge", "Le"])
@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-02-30", "2026-13-01", "2026-01-31T24:00:00Z", "1767225600000", "2026-01-31T09:00:00+25:00"],
)
def test_refused_instant(office: FlaskClient, assert_refused: Refused, day: str, comparison: str, text: str) -> None:
    response = office.get("/session", query_string={f"{day}{comparison}": text})

    assert_refused(response, 400, [f"{day}{comparison} must be a valid ISO 8601 date string"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("id=a&id=b", "id must be a string"),
        ("id[]=a&id[]=b", "id must be a string"),
        ("idAny=a&idAny=b", "idAny must be a string"),
        ("name=a&name=b&name=c", "name must be a string"),
        ("assistantIdAny=a&assistantIdAny=b", "assistantIdAny must be a string"),
        ("customerNumberAny=%2B1&customerNumberAny=%2B2", "customerNumberAny must be a string"),
        ("number=123&number=123", "number must be a string"),
        ("customer[number]=123&customer.number=123", "customer.number must be a string"),
        ("createdAtGe=2026-01-31&createdAtGe=2026-01-31", "createdAtGe must be a valid ISO 8601 date string"),
        ("sortBy=cost&sortBy=cost", "sortBy must be one of the following values: createdAt, duration, cost"),
        ("page=1&page=1", "page must be a number conforming to the specified constraints"),
    ],
)
def test_repeated_scalar(office: FlaskClient, assert_refused: Refused, query: str, message: str) -> None:
    assert_refused(office.get(f"/session?{query}"), 400, [message])


SEEDED_FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "id": lambda row: row["id"],
    "idAny": lambda row: row["id"],
    "name": lambda row: row.get("name"),
    "assistantId": lambda row: row.get("assistantId"),
    "assistantIdAny": lambda row: row.get("assistantId"),
    "squadId": lambda row: row.get("squadId"),
    "phoneNumberId": lambda row: row.get("phoneNumberId"),
    "phoneNumberIdAny": lambda row: row.get("phoneNumberId"),
    "customerNumberAny": lambda row: row.get("customer", {}).get("number"),
    **{key: lambda row, key=key: row.get("customer", {}).get(key) for key in WANTED if key != "name"},
    **{f"customer[{key}]": lambda row, key=key: row.get("customer", {}).get(key) for key in WANTED},
}


@pytest.mark.parametrize("parameter", SEEDED_FIELDS)
def test_seeded_rows_are_exactly_those_of_the_predicate(
    seeded: FlaskClient, everything: list[dict[str, Any]], parameter: str
) -> None:
    value_of = SEEDED_FIELDS[parameter]
    values = sorted({value_of(row) for row in everything} - {None})[:20]
    assert values

    for value in values:
        found = seeded.get("/session", query_string={parameter: value, "limit": 1000}).json["results"]
        assert found == [row for row in everything if value_of(row) == value]
        assert 0 < len(found) < 250


@pytest.mark.parametrize("parameter", [name for name in SEEDED_FIELDS if name.endswith("Any")])
def test_seeded_rows_of_several_values(seeded: FlaskClient, everything: list[dict[str, Any]], parameter: str) -> None:
    value_of = SEEDED_FIELDS[parameter]
    values = sorted({value_of(row) for row in everything} - {None})[:3]

    found = seeded.get("/session", query_string={parameter: ",".join(values), "limit": 1000}).json["results"]

    assert len(values) == 3
    assert found == [row for row in everything if value_of(row) in values]


@pytest.mark.parametrize("field", ["createdAt", "updatedAt"])
@pytest.mark.parametrize("place", [0, 1, 100, 249])
def test_seeded_rows_within_bounds(
    seeded: FlaskClient, everything: list[dict[str, Any]], field: str, place: int
) -> None:
    def find(comparison: str) -> list[dict[str, Any]]:
        query = {f"{field}{comparison}": edge, "limit": 1000}
        return list(seeded.get("/session", query_string=query).json["results"])

    edge = everything[place][field]

    # Texts of one length and offset compare as their instants do.
    assert find("Gt") == [row for row in everything if row[field] > edge]
    assert find("Lt") == [row for row in everything if row[field] < edge]
    assert find("Ge") == [row for row in everything if row[field] >= edge]
    assert find("Le") == [row for row in everything if row[field] <= edge]


def test_seeded_workflow_is_found_and_never_shown(seeded: FlaskClient, everything: list[dict[str, Any]]) -> None:
    collection = seeded.application.extensions["mock_server"].default.database.collection("vapi.sessions")
    workflows = {row["id"]: collection.get(row["id"]).get("workflowId") for row in everything}
    wanted = next(workflow for workflow in workflows.values() if workflow)

    found = seeded.get(f"/session?workflowId={wanted}&limit=1000").json["results"]

    assert found == [row for row in everything if workflows[row["id"]] == wanted]
    assert all("workflowId" not in row for row in everything)
