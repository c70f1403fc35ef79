"""What only Evo Voice's document has: the page of the seed, values as text, formats, roles, no null."""

from __future__ import annotations

import pytest

from tests.contracts.documents import (
    READINGS,
    Node,
    at,
    camel_case,
    escaped,
    nodes,
    types_of_tables,
    with_requests,
)

EVOVOICE = READINGS["evovoice"]
DOCUMENT, SCHEMAS, SEED = EVOVOICE.document, EVOVOICE.schemas, EVOVOICE.seeds["004"]
REQUESTS = with_requests(DOCUMENT)["requests"]
OPERATIONS: dict[str, Node] = {
    operation["operationId"]: operation
    for item in DOCUMENT["paths"].values()
    for method, operation in item.items()
    if method != "parameters"
}
SCHEMES = ("basic", "session", "permanentSession")
LISTS = ("ListAISessions", "ListAccounts")
OPEN = {"GetAuthStatus", "AuthenticateCredentials", "AuthenticateLogoutGet", "AuthenticateLogoutPost"}
ROLELESS = {"ListAccounts", "GetAccount"}
FORMATS = {
    "json": "application/json",
    "jsonl": "text/jsonl",
    "csv": "text/csv",
    "jsv": "application/jsv",
    "xml": "application/xml",
    "html": "text/html",
}


def needed(operation: Node) -> list[Node]:
    security: list[Node] = operation.get("security", DOCUMENT["security"])
    return security


# The page of the seed


def test_the_operation_has_the_route_and_the_role_of_the_seed() -> None:
    page = SEED["operation"]
    operation = at(DOCUMENT, f"/paths/{escaped(page['path'])}/{page['method'].lower()}")

    assert operation["operationId"] == page["name"]
    assert needed(operation) == [{scheme: [page["role"]]} for scheme in SCHEMES]


def test_its_answer_in_the_format_of_the_seed_has_the_members_of_the_sample_in_their_order() -> None:
    answer, sample = OPERATIONS["ListAISessions"]["responses"]["200"]["content"], SEED["sample"]["body"]
    row, base = SCHEMAS["AISessionInfo"], SCHEMAS["EntityInfo"]
    own = [name for name, schema in row["properties"].items() if "x-since-source" not in schema]

    assert SEED["sample"]["mediaType"] in answer
    assert answer["application/json"]["schema"] == {"$ref": "#/components/schemas/ListResponseOfAISessionInfo"}
    assert list(SCHEMAS["ListResponseOfAISessionInfo"]["properties"]) == list(sample)
    assert row["allOf"] == [{"$ref": "#/components/schemas/EntityInfo"}]
    assert [*own, *base["properties"]] == list(sample["items"][0])


@pytest.mark.parametrize("row", [row for rows in SEED["request"].values() for row in rows], ids=str)
def test_each_row_of_the_request_is_in_the_query(row: list[str]) -> None:
    correction = {c["pointer"]: c["change"] for c in EVOVOICE.corrections}["/components/parameters/*/in"]

    assert DOCUMENT["components"]["parameters"][row[0]]["in"] == "query"
    assert row[1] == "query" or correction == f"{row[1]} -> query"


def test_the_parameters_stand_in_the_order_of_the_tables() -> None:
    rows = [name for rows in SEED["request"].values() for name, *_ in rows]

    assert list(REQUESTS["ListAISessions"]["properties"]) == [*rows, "format"]


@pytest.mark.parametrize(("name", "rows"), list(types_of_tables(SEED)))
def test_the_members_stand_in_the_order_of_the_tables(name: str, rows: list[list[str]]) -> None:
    older = [member for member, schema in SCHEMAS[name]["properties"].items() if "x-since-source" not in schema]

    assert older == [camel_case(member) for member, *_ in rows]


# Parameters


def test_both_lists_take_the_same_but_for_one_filter() -> None:
    sessions, accounts = (REQUESTS[name]["properties"] for name in LISTS)

    assert sessions.keys() ^ accounts.keys() == {"AccountIds", "NameFilter"}
    assert {name: sessions[name] for name in sessions.keys() & accounts.keys()}.items() <= accounts.items()


@pytest.mark.parametrize("name", ["AccountIds", "SpecificIds"])
def test_a_list_is_one_value_joined_by_commas(name: str) -> None:
    parameter = DOCUMENT["components"]["parameters"][name]

    assert (parameter["style"], parameter["explode"]) == ("form", False)


def test_what_an_empty_value_would_break_may_be_empty() -> None:
    parameters = DOCUMENT["components"]["parameters"].values()
    query = [parameter for parameter in parameters if parameter["in"] == "query" and not parameter.get("required")]
    breaks = {p["name"] for p in query if not EVOVOICE.validator(p["schema"]).is_valid("")}

    assert {p["name"] for p in query if p.get("allowEmptyValue")} == breaks - {"AccountIds", "SpecificIds"}


def test_the_defaults_are_those_of_the_vendor_and_its_client() -> None:
    schemas = {name: parameter["schema"] for name, parameter in DOCUMENT["components"]["parameters"].items()}
    defaults = {name: schema["default"] for name, schema in schemas.items() if "default" in schema}

    assert defaults == {
        "Page": 0,
        "CountPerPage": 25,
        "All": False,
        "SimplifiedPaging": False,
        "SortOrder": "Ascend",
    }


BOUND = [
    *[(name, value) for name in ("Page", "CountPerPage") for value in (0, 25, -1, 2**31 - 1, -(2**31))],
    *[("All", value) for value in (True, False, 0, 1, *"01tTfFyYnN", "on", "off", "TRUE", "fAlse", "true,x", "n,")],
    *[("SimplifiedPaging", value) for value in (True, "false")],
    *[("SortOrder", value) for value in ("Ascend", "Descend", 0, 1, 7, -1)],
    *[("SortField", value) for value in ("dateCreated", "nothing", "")],
    *[("AccountIds", value) for value in ([], ["a"], ["a", "b"], ["a,b", ""])],
    *[("StartDate", value) for value in ("2025-01-01", "2024-02-29")],
]
UNBOUND = [
    *[(name, value) for name in ("Page", "CountPerPage") for value in (2**31, -(2**31) - 1, 1.5, "abc", True, None)],
    *[("All", value) for value in ("yes", "no", "ON", "Off", "2", 2, -1, "tr", "truee", " true", ",true", None)],
    *[("SortOrder", value) for value in ("Down", "Ascending", 1.5, 2**31, True, None)],
    *[("EndDate", value) for value in ("2025-1-1", "20250101", "2025-02-30", "01/31/2025", "2025-01-01T00:00:00Z", "")],
]


@pytest.mark.parametrize(("name", "value"), BOUND, ids=str)
def test_what_binds_fits_its_parameter(name: str, value: Node) -> None:
    EVOVOICE.validator(DOCUMENT["components"]["parameters"][name]["schema"]).validate(value)


@pytest.mark.parametrize(("name", "value"), UNBOUND, ids=str)
def test_what_does_not_bind_does_not_fit_its_parameter(name: str, value: Node) -> None:
    schema = DOCUMENT["components"]["parameters"][name]["schema"]

    assert not EVOVOICE.validator(schema).is_valid(value)


# Answers


@pytest.mark.parametrize("name", LISTS)
def test_a_list_comes_in_each_format_and_so_does_its_refusal(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    refusal = at(DOCUMENT, responses["400"]["$ref"].removeprefix("#"))
    examples = DOCUMENT["components"]["parameters"]["format"]["examples"]

    assert [*responses["200"]["content"]] == [*FORMATS.values()] == [*refusal["content"]]
    assert {key: example["value"] for key, example in examples.items()} == {key: key for key in FORMATS}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_declares_the_refusals_it_can_meet(name: str) -> None:
    operation = OPERATIONS[name]
    path = next(path for path, item in DOCUMENT["paths"].items() if operation in item.values())
    roles = {role for requirement in needed(operation) for names in requirement.values() for role in names}
    expected = {"400", "401", "4XX"}
    expected |= {"404"} if "{" in path or name == "NewAISession" else set()
    expected |= {"403"} if roles or name == "GetAccount" else set()
    expected |= {"302"} if name in LISTS else set()
    expected |= {"405"} if name == "AuthenticateCredentials" else set()

    assert {status for status in operation["responses"] if not status.startswith("2")} == expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_needs_a_role_a_user_or_nothing(name: str) -> None:
    roles = [] if name in ROLELESS else ["SystemAdministrator"]

    assert needed(OPERATIONS[name]) == ([] if name in OPEN else [{scheme: roles} for scheme in SCHEMES])


def test_a_refusal_that_may_be_empty_names_no_content() -> None:
    contents = {name: list(it.get("content", ())) for name, it in DOCUMENT["components"]["responses"].items()}

    assert contents["Unauthorized"] == contents["SignInPage"] == []
    assert contents["Forbidden"] == ["text/plain", "application/json"]


def test_no_member_of_an_answer_may_be_null() -> None:
    members = {
        pointer: node
        for pointer, node in nodes(SCHEMAS)
        if pointer.count("/") == 3 and pointer.split("/")[2] == "properties"
    }
    nullable = {pointer for pointer, node in members.items() if EVOVOICE.validator(node).is_valid(None)}

    assert nullable == {
        "/NewAISession/properties/accountId",
        "/NewAISession/properties/purpose",
        "/PatchAISession/properties/purpose",
    }
