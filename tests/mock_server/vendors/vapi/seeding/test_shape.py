"""The seeded sessions fit the contract, and rules that the contract cannot express."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

import contracts
from contracts.parsing import parse_yaml
from mock_server.vendors.vapi.seeding import catalogue, sessions
from tests.mock_server.vendors.vapi.seeding.world import NOW, ORG, SEED, Document, generate, of

FIELDS = (
    "id", "orgId", "createdAt", "updatedAt", "cost", "costs", "name", "status", "expirationSeconds",
    "assistantId", "assistant", "assistantOverrides", "squadId", "squad", "messages", "customer",
    "customerId", "phoneNumberId", "phoneNumber", "artifact", "metadata", "workflowId",
)  # fmt: skip
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def documented() -> Document:
    path = Path(contracts.__file__).parent / "documents" / "vapi" / "openapi.yaml"
    document: Document = parse_yaml(path.read_text(encoding="utf-8"))
    return document


def validator(documented: Document, name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": documented["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@pytest.mark.parametrize("count", [250, 1000])
def test_rows_are_valid_by_the_contract(documented: Document, count: int) -> None:
    check, rows = validator(documented, "Session"), generate(count)

    assert [error.message for row in rows for error in check.iter_errors(row)] == []


@pytest.mark.parametrize(
    ("collection", "schema"),
    [
        ("assistants", "CreateAssistantDTO"),
        ("squads", "CreateSquadDTO"),
        ("phone_numbers", "CreateTwilioPhoneNumberDTO"),
    ],
)
def test_catalogue_is_valid_by_the_contract(documented: Document, collection: str, schema: str) -> None:
    entries = getattr(catalogue(SEED), collection)
    check = validator(documented, schema)
    other = validator(documented, "CreateVonagePhoneNumberDTO")

    assert all(UUID4.fullmatch(key) for key in entries)
    assert all((other if entry.get("provider") == "vonage" else check).is_valid(entry) for entry in entries.values())


def test_catalogue_has_what_the_sessions_refer_to(rows: list[Document]) -> None:
    known = catalogue(SEED)

    assert set(of(rows, "assistantId")) == set(known.assistants)
    assert set(of(rows, "squadId")) == set(known.squads)
    assert set(of(rows, "phoneNumberId")) <= set(known.phone_numbers)
    assert set(of(rows, "workflowId")) == set(known.workflows)
    assert {key for each in of(rows, "artifact.structuredOutputs") for key in each} <= set(known.structured_outputs)
    assert (len(known.assistants), len(known.squads), len(known.phone_numbers)) == (9, 2, 5)


def test_keys_come_in_declared_order(rows: list[Document]) -> None:
    assert all(list(row) == [key for key in FIELDS if key in row] for row in rows)


def test_nothing_is_null(rows: list[Document]) -> None:
    assert b"null" not in orjson.dumps(rows).replace(b'"null"', b"")


def test_ids_are_unique_lower_case_uuids(rows: list[Document]) -> None:
    ids = of(rows, "id")

    assert len(set(ids)) == len(ids)
    assert all(UUID4.fullmatch(key) for key in ids)


def test_ids_stay_unique_in_a_large_set() -> None:
    ids = [row["id"] for row in sessions(20_000, seed=SEED, org_id=ORG, now=NOW)]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("field", "limit"), [("name", 40), ("customer.name", 40), ("customer.email", 40), ("customer.externalId", 40)]
)
def test_texts_keep_their_limit(rows: list[Document], field: str, limit: int) -> None:
    assert max(map(len, of(rows, field))) <= limit
