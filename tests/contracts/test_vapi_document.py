"""What only Vapi's document has: filters shared by list and export, null, closed bodies, events."""

from __future__ import annotations

import re

import pytest

from tests.contracts.documents import READINGS, Node, at, escaped, nodes, resolved

VAPI = READINGS["vapi"]
DOCUMENT, SCHEMAS = VAPI.document, VAPI.schemas
SESSION = {
    "id": "6b4c494f-c22c-4bce-84fa-a7a86942c7d3",
    "orgId": "o",
    "createdAt": "2026-03-04T02:58:14.123Z",
    "updatedAt": "2026-03-04T02:58:14.123Z",
}

# The parameters

NOTES = {"description", "examples", "x-since"}


def query(path: str) -> dict[str, Node]:
    """Name and schema of each query parameter of a GET."""
    references = at(DOCUMENT, f"/paths/{escaped(path)}/get/parameters")
    parameters = [at(DOCUMENT, reference["$ref"].removeprefix("#")) for reference in references]
    assert all(parameter["in"] == "query" for parameter in parameters)
    return {parameter["name"]: parameter["schema"] for parameter in parameters}


def bare(schema: Node) -> Node:
    """A schema without notes and without null."""
    kept = {keyword: value for keyword, value in schema.items() if keyword not in NOTES}
    return kept | ({"type": kept["type"][0]} if isinstance(kept.get("type"), list) else {})


@pytest.mark.parametrize("name", VAPI.seeds["000"]["properties"])
def test_each_property_of_the_export_seed_is_a_parameter_of_the_export(name: str) -> None:
    if name == "customer":
        filters = SCHEMAS["CreateCustomerDTO"]["properties"]
        wanted = {key: bare(filters[key]) for key in query("/session/export")[name]["properties"]}
        closed = {"type": "object", "additionalProperties": False, "properties": wanted}
        assert query("/session/export")[name] == closed
    else:
        assert query("/session/export")[name] == bare(SCHEMAS["ExportSessionDTO"]["properties"][name])


def test_the_list_takes_what_the_export_takes() -> None:
    listed, exported = query("/session"), query("/session/export")

    assert listed.keys() - exported.keys() == {"cursor"}
    assert exported.keys() - listed.keys() == {"columns", "format"}
    assert [name for name in listed.keys() & exported.keys() if listed[name] != exported[name]] == ["email"]


@pytest.mark.parametrize("name", ["extension", "number", "sipUri", "email", "externalId", "numberE164CheckEnabled"])
def test_a_customer_field_is_also_a_parameter_of_its_own(name: str) -> None:
    assert query("/session")[name] == bare(SCHEMAS["CreateCustomerDTO"]["properties"][name])


# Events and dates


def test_the_document_has_the_six_events() -> None:
    events = {f"{side}.session.{what}" for side in ("client", "server") for what in ("created", "updated", "deleted")}

    assert DOCUMENT["webhooks"].keys() == events


@pytest.mark.parametrize("event", DOCUMENT["webhooks"])
def test_each_event_is_one_message_of_its_own_type(event: str) -> None:
    envelope = DOCUMENT["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]["schema"]
    kind = event.partition(".")[2]

    assert VAPI.validator(envelope).is_valid({"message": {"type": kind, "timestamp": 1, "session": SESSION}})
    assert not VAPI.validator(envelope).is_valid({"message": {"type": "session.sung", "session": SESSION}})
    assert not VAPI.validator(envelope).is_valid({"message": {"type": kind}})
    assert not VAPI.validator(envelope).is_valid({"type": kind, "session": SESSION})


def test_each_first_day_is_a_day() -> None:
    days = [node["x-since"] for _, node in nodes(DOCUMENT) if isinstance(node, dict) and "x-since" in node]

    assert days
    assert [day for day in days if not re.fullmatch(r"202[56]-\d\d-\d\d", day)] == []


# Null, open and closed

COMPONENTS = [name for name in SCHEMAS if not name.endswith("Input") and name != "ExportSessionDTO"]


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_may_be_left_out_and_only_that_may_be_null(name: str) -> None:
    def nullable(key: str) -> bool:
        return VAPI.validator({"$ref": f"#/components/schemas/{name}/properties/{escaped(key)}"}).is_valid(None)

    required = set(SCHEMAS[name].get("required", ())) - ({"content"} if name == "OpenAIMessage" else set())

    assert {key for key in SCHEMAS[name].get("properties", ()) if not nullable(key)} == required


INPUTS = [name for name in SCHEMAS if name.endswith("Input") and name != "ServerInput"]


@pytest.mark.parametrize("name", INPUTS)
def test_a_request_form_allows_just_the_names_of_what_it_is_made_from(name: str) -> None:
    form = SCHEMAS[name]
    origin = at(DOCUMENT, resolved(DOCUMENT, f"/components/schemas/{name}/allOf/0"))

    assert form["propertyNames"]["enum"] == list(origin["properties"])
    assert form.get("properties", {}).keys() <= origin["properties"].keys()
