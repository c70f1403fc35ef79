"""Two readings of one vendor: the emulator's models and tables against the contract document.

Neither is made from the other. Each difference that is meant stands in ACCEPTED with its reason.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.parsing import parse_yaml
from mock_server.vendors.vapi import VAPI, paging
from mock_server.vendors.vapi.parameters import ParameterTable
from mock_server.vendors.vapi.schemas import assistants, customers, messages, phone_numbers, servers, squads
from mock_server.vendors.vapi.sessions import filters, models

DOCUMENT = Path(__file__).parents[1] / "contracts" / "documents" / "vapi" / "openapi.yaml"
MODELS: dict[str, type[BaseModel]] = {
    "CreateSessionDTO": models.CreateSessionDTO,
    "UpdateSessionDTO": models.UpdateSessionDTO,
    "CreateCustomerDTO": customers.CreateCustomerDTO,
    "AssistantTranscriber": assistants.Transcriber,
    "AssistantModel": assistants.Model,
    "AssistantVoice": assistants.Voice,
    "CreateAssistantDTO": assistants.CreateAssistantDTO,
    "AssistantOverrides": assistants.AssistantOverrides,
    "CreateSquadDTO": squads.CreateSquadDTO,
    "SquadMemberDTO": squads.SquadMemberDTO,
    "ImportTwilioPhoneNumberDTO": phone_numbers.ImportTwilioPhoneNumberDTO,
    "Server": servers.Server,
    "BackoffPlan": servers.BackoffPlan,
    "SystemMessage": messages.VoiceMessage,
    "AssistantMessage": messages.AssistantMessage,
    "ToolMessage": messages.ToolMessage,
    "DeveloperMessage": messages.DeveloperMessage,
    "ChatUserMessage": messages.ChatUserMessage,
    "ChatSystemMessage": messages.ChatSystemMessage,
    "ToolCall": messages.ToolCall,
    "ToolCallFunction": messages.ToolCallFunction,
}
FACETS = ("enum", "minLength", "maxLength", "minimum", "maximum")
ACCEPTED = {
    "UserMessage": "open, and more than SystemMessage, so whatever fits it fits VoiceMessage",
    "SessionMessage": "the union of the message shapes, in the emulator a function",
    "CustomerInput": "CreateCustomerDTO closed; the emulator knows it in requests only",
    "AssistantInput": "CreateAssistantDTO closed; the emulator knows it in requests only",
    "AssistantOverridesInput": "AssistantOverrides closed; the emulator knows it in requests only",
    "SquadInput": "CreateSquadDTO closed; the emulator knows it in requests only",
    "SquadMemberInput": "SquadMemberDTO closed; the emulator knows it in requests only",
    "PhoneNumberInput": "ImportTwilioPhoneNumberDTO closed; the emulator knows it in requests only",
    "ServerInput": "Server with a pattern for its url; the emulator knows it in requests only",
}


def test_the_document_has_every_operation() -> None:
    ours = {
        (m.lower(), each.path.replace("<", "{").replace(">", "}")) for each in VAPI.operations for m in each.methods
    }

    assert ours == {(method, path) for path, item in document()["paths"].items() for method in item}


@cache
def document() -> dict[str, Any]:
    return parse_yaml(DOCUMENT.read_text("utf-8"))


@cache
def schema_of_model(name: str) -> dict[str, Any]:
    return MODELS[name].model_json_schema()


def resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        here: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            here = here[part]
        schema = here
    return schema


def facets(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """What a property's schema says, in one form for both spellings; null and open details left out."""
    found: dict[str, Any] = {"types": set(), "enum": set()}
    for branch in branches(resolved(schema, root), root):
        types = branch.get("type", [])
        found["types"] |= {types} if isinstance(types, str) else set(types)
        found["types"] |= {"string"} if isinstance(branch.get("const"), str) else set()
        found["enum"] |= {value for value in branch.get("enum", [branch.get("const")]) if value is not None}
        found |= {facet: branch[facet] for facet in FACETS[1:] if facet in branch}
        if "items" in branch:
            items = facets(branch["items"], root)
            found["items"] = items
    found["types"] -= {"null"}
    found["types"] = {"number" if kind == "integer" else kind for kind in found["types"]}
    return found


def branches(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    options = [option for key in ("anyOf", "oneOf", "allOf") for option in schema.get(key, ())]
    for option in options:
        yield from branches(resolved(option, root), root)
    if not options:
        yield schema


def referred(value: Any) -> Iterator[str]:
    """The names of all components that a schema leads to."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for item in value.values():
            yield from referred(item)
    elif isinstance(value, list):
        for item in value:
            yield from referred(item)


def closure(*names: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += referred(document()["components"]["schemas"][name])
    return seen


PAIRS = [(name, field) for name in MODELS for field in document()["components"]["schemas"][name]["properties"]]


@pytest.mark.parametrize("name", MODELS)
def test_models_and_components_have_the_same_fields(name: str) -> None:
    ours = schema_of_model(name)
    theirs = document()["components"]["schemas"][name]

    assert set(ours["properties"]) == set(theirs["properties"])
    assert set(ours.get("required", [])) == set(theirs.get("required", []))


@pytest.mark.parametrize(("name", "field"), PAIRS, ids=[f"{name}.{field}" for name, field in PAIRS])
def test_models_and_components_have_the_same_limits(name: str, field: str) -> None:
    ours = schema_of_model(name)

    emulator = facets(ours["properties"][field], ours)
    contract = facets(document()["components"]["schemas"][name]["properties"][field], document())

    assert emulator == contract


def test_every_component_of_a_request_has_a_model_or_a_reason() -> None:
    assert closure("CreateSessionDTO", "UpdateSessionDTO") == set(MODELS) | set(ACCEPTED)


@pytest.mark.parametrize(
    ("path", "table"),
    [("/session", filters.LIST), ("/session/export", filters.EXPORT)],
    ids=["list", "export"],
)
def test_both_know_the_same_query_parameters(path: str, table: ParameterTable) -> None:
    documented = {resolved(entry, document())["name"] for entry in document()["paths"][path]["get"]["parameters"]}

    known = {name for name in table.parameters if not name.startswith("customer.")} | set(table.aliases)

    assert known == documented


def test_both_know_the_same_customer_filters() -> None:
    parameter = resolved({"$ref": "#/components/parameters/customer"}, document())
    documented = set(resolved(parameter["schema"], document())["properties"])

    known = {
        name.removeprefix("customer.")
        for name, entry in filters.LIST.parameters.items()
        if name.startswith("customer.") and entry.criterion is not None
    }

    assert known == documented


def test_both_know_the_same_columns_and_orders() -> None:
    schemas = document()["components"]["schemas"]["ExportSessionDTO"]["properties"]

    assert list(filters.COLUMNS) == schemas["columns"]["default"]
    assert list(paging.SORT_FIELDS) == schemas["sortBy"]["enum"]
    assert list(paging.SORT_ORDERS) == schemas["sortOrder"]["enum"]
    assert (schemas["limit"]["default"], schemas["limit"]["maximum"]) == (paging.DEFAULT_LIMIT, paging.MAX_LIMIT)
