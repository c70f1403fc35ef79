"""Every vendor's document: sound in itself, complete against the seeds, and open about each departure."""

from __future__ import annotations

import openapi_spec_validator
import pytest

from contracts.catalog import VENDORS
from tests.contracts.documents import (
    GONE,
    READINGS,
    Entry,
    Node,
    Reading,
    camel_case,
    edited,
    everything_unexcused,
    nodes,
    pattern,
    references,
    unexcused,
)

EACH = pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS.keys())


def test_each_document_of_the_catalogue_is_tested_here() -> None:
    assert {vendor.document for vendor in VENDORS.values()} <= {reading.path for reading in READINGS.values()}


# The walk


@pytest.mark.parametrize(
    ("reading", "entry"),
    [
        pytest.param(reading, entry, id=f"{vendor} {entry}")
        for vendor, reading in READINGS.items()
        for entry in reading.entries
    ],
)
def test_each_entry_of_a_seed_stands_in_the_document(reading: Reading, entry: Entry) -> None:
    assert unexcused(reading, entry) == []


# What damage shows as; pointers without a leading / start at the schemas.
DAMAGE: dict[str, list[tuple[str, str, object, str]]] = {
    "vapi": [
        ("property lost", "Session/properties/cost", GONE, "missing"),
        ("property invented", "Session/properties/invented", {"type": "string"}, "property"),
        ("limit changed", "Session/properties/name/maxLength", 41, "maxLength"),
        ("limit lost", "Session/properties/name/maxLength", GONE, "maxLength"),
        ("limit invented", "Session/properties/cost/minimum", 0, "minimum"),
        ("bound lowered", "Session/properties/expirationSeconds/minimum", 0, "minimum"),
        ("type changed", "Session/properties/cost/type", ["string", "null"], "type"),
        ("type in a list changed", "Session/properties/id/type", ["integer"], "type"),
        ("enum value lost", "Session/properties/status/enum/1", GONE, "enum"),
        ("enum value changed", "Session/properties/status/enum/1", "ended", "enum"),
        ("format changed", "Session/properties/createdAt/format", "date", "format"),
        ("required lost", "Session/required/3", GONE, "required"),
        ("required changed", "Session/required/3", "cost", "required"),
        ("reference changed", "Session/properties/squad", {"$ref": "#/components/schemas/Artifact"}, "$ref"),
        ("alternative lost", "Session/properties/costs/items/oneOf/2", GONE, "union"),
        ("corrected alternative lost", "SessionMessage/anyOf/6", GONE, "union"),
        ("default changed", "ExportSessionDTO/properties/format/default", "json", "default"),
        ("corrected type changed", "ExportSessionDTO/properties/page/type", "string", "type"),
        ("corrected default changed", "ExportSessionDTO/properties/limit/default", 10, "default"),
        ("column lost from the items", "ExportSessionDTO/properties/columns/items/enum/8", GONE, "enum"),
        ("deep value", "CreateAssistantDTO/properties/clientMessages/items/enum/9", GONE, "enum"),
        ("deep property lost", "AssistantOverrides/properties/tools:append", GONE, "missing"),
        ("deep required lost", "CreateSquadDTO/required", GONE, "required"),
        ("provider lost", "PhoneNumber/oneOf/0", GONE, "union"),
        ("event renamed", "ClientMessageSessionCreated/properties/type/enum/0", "session.made", "enum"),
    ],
    "evovoice": [
        ("parameter renamed", "/components/parameters/Page/name", "PageIndex", "missing"),
        ("and so invented", "/components/parameters/Page/name", "PageIndex", "property"),
        ("parameter lost", "/paths/~1ai~1sessions/get/parameters/0", GONE, "missing"),
        ("parameter without a source", "/components/parameters/format/x-since-source", GONE, "property"),
        ("parameter required", "/components/parameters/Page/required", True, "required"),
        ("parameter type", "/components/parameters/Page/schema/type", "number", "type"),
        ("parameter width", "/components/parameters/Page/schema/format", "int64", "format"),
        ("list of another type", "/components/parameters/AccountIds/schema/items/type", "integer", "type"),
        ("list of nothing", "/components/parameters/AccountIds/schema/items", GONE, "missing"),
        ("corrected type changed", "/components/parameters/All/schema", {"type": "string"}, "type"),
        (
            "corrected reference changed",
            "/components/parameters/SortOrder/schema",
            {"$ref": "#/components/schemas/Flag"},
            "$ref",
        ),
        ("enum name lost", "SortOrders/enum/1", GONE, "enum"),
        ("enum name changed", "SortOrders/enum/1", "Down", "enum"),
        ("enum lost", "SortOrders", GONE, "missing"),
        ("type lost", "BillingItem", GONE, "missing"),
        ("member lost", "AISessionInfo/properties/purpose", GONE, "missing"),
        ("member invented", "AISessionInfo/properties/invented", {"type": "string"}, "property"),
        ("member required", "AISessionInfo/required", ["purpose"], "required"),
        ("corrected required changed", "EntityInfo/required/0", "createdBy", "required"),
        ("member type changed", "EntityInfo/properties/id/type", "integer", "type"),
        ("format invented", "EntityInfo/properties/id/format", "uuid", "format"),
        ("limit invented", "EntityInfo/properties/createdBy/maxLength", 24, "maxLength"),
        ("precision", "BillingItem/properties/unitCost/format", "float", "format"),
        (
            "member reference changed",
            "BillingSettings/properties/aiMessages",
            {"$ref": "#/components/schemas/BillingSettings"},
            "$ref",
        ),
        (
            "corrected rows changed",
            "ListResponseOfAISessionInfo/properties/items/items",
            {"$ref": "#/components/schemas/EntityInfo"},
            "$ref",
        ),
        (
            "rows changed",
            "ListResponseOfAccountInfo/properties/items/items",
            {"$ref": "#/components/schemas/AISessionInfo"},
            "$ref",
        ),
    ],
}


@pytest.mark.parametrize(
    ("reading", "pointer", "value", "keyword"),
    [
        pytest.param(READINGS[vendor], pointer, value, keyword, id=f"{vendor} {what}")
        for vendor, rows in DAMAGE.items()
        for what, pointer, value, keyword in rows
    ],
)
def test_the_walk_sees_a_damaged_document(reading: Reading, pointer: str, value: object, keyword: str) -> None:
    whole = pointer if pointer.startswith("/") else f"/components/schemas/{pointer}"
    damaged = edited(reading.document, whole, value)

    assert keyword in {difference.keyword for difference in everything_unexcused(reading, document=damaged)}


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("Id", "id"),
        ("AccountId", "accountId"),
        ("IsBYOA", "isBYOA"),
        ("AIInsights", "aiInsights"),
        ("AIMessages", "aiMessages"),
        ("UI", "ui"),
    ],
)
def test_names_of_code_become_members_as_the_vendor_spells_them(name: str, member: str) -> None:
    assert camel_case(name) == member


# The corrections


def named(correction: Node) -> str:
    return f"{correction['pointer']}: {correction['change']}"


CORRECTIONS = [
    pytest.param(reading, correction, id=f"{vendor} {named(correction)}")
    for vendor, reading in READINGS.items()
    for correction in reading.corrections
]
EXCUSES = [
    pytest.param(reading, correction, keyword, id=f"{vendor} {named(correction)}, {keyword}")
    for vendor, reading in READINGS.items()
    for correction in reading.corrections
    for keyword in correction.get("excuses", ())
]


@EACH
def test_no_correction_stands_twice(reading: Reading) -> None:
    names = [(named(correction), correction.get("seeds")) for correction in reading.corrections]

    assert [name for name in names if names.count(name) > 1] == []


@pytest.mark.parametrize(("reading", "correction"), CORRECTIONS)
def test_each_correction_is_complete_and_points_into_the_document(reading: Reading, correction: Node) -> None:
    assert {"pointer", "change", "reason", "source", "basis"} <= correction.keys()
    assert correction.keys() <= {"pointer", "change", "reason", "source", "basis", "excuses", "seeds"}
    assert correction["basis"] in {"documented", "observed", "assumed"}
    assert any(pattern(correction["pointer"]).fullmatch(pointer) for pointer, _ in nodes(reading.document))


@pytest.mark.parametrize(
    ("vendor", "keyword"),
    [
        *[("vapi", word) for word in ("type", "enum", "default", "union", "property", "minimum", "maxLength")],
        *[("evovoice", word) for word in ("type", "format", "default", "required", "$ref", "minimum", "maximum")],
    ],
)
def test_without_corrections_the_seeds_do_differ(vendor: str, keyword: str) -> None:
    found = everything_unexcused(READINGS[vendor], corrections=[])

    assert keyword in {difference.keyword for difference in found}


@pytest.mark.parametrize(("reading", "correction", "keyword"), EXCUSES)
def test_each_excuse_is_needed(reading: Reading, correction: Node, keyword: str) -> None:
    narrowed = {**correction, "excuses": {k: v for k, v in correction["excuses"].items() if k != keyword}}
    others = [narrowed if other is correction else other for other in reading.corrections]

    assert everything_unexcused(reading, corrections=others)


# The document in itself

OPERATIONS = {
    "vapi": {
        "SessionController_create": "post /session",
        "SessionController_findAllPaginated": "get /session",
        "SessionController_findOne": "get /session/{id}",
        "SessionController_update": "patch /session/{id}",
        "SessionController_remove": "delete /session/{id}",
        "SessionController_sessionsExport": "get /session/export",
    },
    "evovoice": {
        "ListAISessions": "get /ai/sessions",
        "NewAISession": "post /ai/sessions",
        "GetAISession": "get /ai/sessions/{sessionId}",
        "PatchAISession": "patch /ai/sessions/{sessionId}",
        "DeleteAISession": "delete /ai/sessions/{sessionId}",
        "ApplyAISession": "post /ai/sessions/{sessionId}/apply",
        "ClearAISessionActions": "delete /ai/sessions/{sessionId}/actions",
        "DeleteAISessionAction": "delete /ai/sessions/{sessionId}/actions/{actionId}",
        "GetAIUsage": "get /ai/usage",
        "ListAccounts": "get /accounts",
        "GetAccount": "get /accounts/{accountId}",
        "GetAuthStatus": "get /auth/status",
        "AuthenticateCredentials": "post /auth/credentials",
        "AuthenticateLogoutGet": "get /auth/logout",
        "AuthenticateLogoutPost": "post /auth/logout",
    },
}
UNUSED = {"vapi": {"#/components/schemas/ExportSessionDTO"}, "evovoice": set()}  # kept for a seed


@EACH
def test_the_document_is_valid_openapi(reading: Reading) -> None:
    openapi_spec_validator.validate(reading.document)

    assert reading.document["openapi"] == "3.1.0"


@EACH
def test_the_document_has_just_these_operations(reading: Reading) -> None:
    found = {
        operation["operationId"]: f"{method} {path}"
        for path, item in reading.document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }

    assert found == OPERATIONS[reading.vendor]


@EACH
def test_every_reference_leads_somewhere(reading: Reading) -> None:
    known = {f"#{pointer}" for pointer, _ in nodes(reading.document)}

    assert references(reading.document) - known == set()


@EACH
def test_no_schema_says_nothing(reading: Reading) -> None:
    assert [pointer for pointer, node in nodes(reading.document) if node == {}] == []


@EACH
def test_every_component_is_used_or_a_seed(reading: Reading) -> None:
    named_once = {
        f"#/components/{kind}/{name}"
        for kind, components in reading.document["components"].items()
        if kind != "securitySchemes"
        for name in components
    }

    assert named_once - references(reading.document) == UNUSED[reading.vendor]


EXAMPLES = [
    pytest.param(reading, node["schema"], node["example"], id=f"{vendor} {pointer}")
    for vendor, reading in READINGS.items()
    for pointer, node in nodes(reading.document)
    if isinstance(node, dict) and {"schema", "example"} <= node.keys()
] + [
    pytest.param(reading, node, example, id=f"{vendor} {pointer}")
    for vendor, reading in READINGS.items()
    for pointer, node in nodes(reading.document)
    if isinstance(node, dict) and isinstance(node.get("examples"), list)
    for example in node["examples"]
]


@pytest.mark.parametrize(("reading", "schema", "example"), EXAMPLES)
def test_each_example_fits_its_schema(reading: Reading, schema: Node, example: Node) -> None:
    reading.validator(schema).validate(example)


@EACH
def test_there_is_an_example_for_each_body(reading: Reading) -> None:
    paths = reading.document["paths"]
    bodies = [node["requestBody"] for _, node in nodes(paths) if isinstance(node, dict) and "requestBody" in node]

    assert bodies
    assert all("example" in body["content"]["application/json"] for body in bodies)


@EACH
def test_each_default_fits_its_schema(reading: Reading) -> None:
    schemas = [node for _, node in nodes(reading.document) if isinstance(node, dict) and "default" in node]

    assert schemas
    assert [schema for schema in schemas if not reading.validator(schema).is_valid(schema["default"])] == []


# What fits

SESSION = {
    "id": "6b4c494f-c22c-4bce-84fa-a7a86942c7d3",
    "orgId": "o",
    "createdAt": "2026-03-04T02:58:14.123Z",
    "updatedAt": "2026-03-04T02:58:14.123Z",
}
TWILIO = {"twilioPhoneNumber": "+14155550123", "twilioAccountSid": "AC0"}
VOICE = {
    "role": "user",
    "message": "hi",
    "time": 1787340932548,
    "endTime": 1787340933548,
    "secondsFromStart": 1.5,
}
PAGE = {"items": [], "totalCount": 0, "totalPages": 0, "hasMorePages": False}
FITTING: dict[str, list[tuple[str, Node]]] = {
    "vapi": [
        ("CreateSessionDTO", {}),
        (
            "CreateSessionDTO",
            {"name": None, "status": None, "customer": None, "assistant": None, "messages": None},
        ),
        ("CreateSessionDTO", {"assistant": {"model": {"provider": "openai", "unknown": 1}}}),
        ("CreateSessionDTO", {"squad": {"members": [{"assistantId": "a"}]}}),
        ("CreateSessionDTO", {"customer": {"number": "+14155550123"}}),
        ("CreateSessionDTO", {"customer": {"number": "abc", "numberE164CheckEnabled": False}}),
        ("CreateSessionDTO", {"phoneNumber": TWILIO | {"server": {"url": "http://localhost:8080/hook"}}}),
        ("CreateSessionDTO", {"assistant": {"server": {"url": "wss://example.com", "unknown": 1}}}),
        ("CreateSessionDTO", {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant"}, VOICE]}),
        ("UpdateSessionDTO", {"messages": [{"role": "tool", "content": "42", "tool_call_id": "c1", "more": 1}]}),
        ("Session", SESSION | {"region": "eu", "customer": {"number": "+1415", "loyalty": 3}}),
        ("Session", SESSION | {"phoneNumber": TWILIO | {"server": {"url": "http://example.com"}}}),
        ("Session", SESSION | {"costs": [{"type": "session", "cost": 0.1}], "customer": {"number": "anonymous"}}),
        ("Error", {"message": ["name must be a string"], "error": "Bad Request", "statusCode": 400}),
        (
            "SessionPaginatedResponse",
            {"results": [], "metadata": {"itemsPerPage": 0, "totalItems": 9, "currentPage": 1}},
        ),
    ],
    "evovoice": [
        ("AISessionInfo", {"id": "5f8e"}),
        ("AISessionInfo", {"id": "5f8e", "purpose": "", "dateCreated": "2025-01-02T03:04:05.1234567Z", "newer": None}),
        (
            "AISessionInfo",
            {"id": "5f8e", "actions": [{"id": "a", "arguments": "{}", "canBeApplied": True}], "log": "ok"},
        ),
        ("ListResponseOfAISessionInfo", PAGE),
        ("ListResponseOfAISessionInfo", {**PAGE, "items": [{"id": "5f8e", "accountName": "Acme, Inc"}]}),
        ("ListResponseOfAccountInfo", {**PAGE, "items": [{"id": "5f8e", "maxPhoneNumbers": 0, "isBYOA": False}]}),
        ("BillingItem", {"baseCost": 1, "rawUnitMultiplier": 1.5, "unitCost": 0, "allowance": 100}),
        ("AIUsage", {}),
        ("AIUsage", {"accountUsage": [{"aiMinutes": 0}], "customerUsage": [{"customerId": "c", "aiMinutes": 3}]}),
        ("UserInfo", {"isAuthenticated": False}),
        ("UserInfo", {"isAuthenticated": True, "managerAccess": "ReadOnly", "dashboardPermissions": ["ViewFlows"]}),
        ("AuthenticateResponse", {}),
        ("AuthenticateResponse", {"userId": "1", "sessionId": "s", "roles": [], "meta": {"a": "b"}}),
        ("NewAISession", {}),
        ("NewAISession", {"accountId": 5, "purpose": None, "unknown": [1]}),
        ("PatchAISession", {"purpose": "x"}),
        ("Authenticate", {"userName": "ann", "password": "x", "unknown": 1}),
        ("ErrorResponse", {"responseStatus": {"errorCode": "NotFound", "message": "gone", "errors": []}}),
        (
            "ErrorResponse",
            {
                "responseStatus": {
                    "errorCode": "SerializationException",
                    "message": "Unable to bind to request 'ListAISessions'",
                    "errors": [
                        {
                            "errorCode": "SerializationException",
                            "fieldName": "page",
                            "message": "'abc' is an Invalid value for 'page'",
                        }
                    ],
                }
            },
        ),
    ],
}
UNFIT: dict[str, list[tuple[str, Node]]] = {
    "vapi": [
        ("CreateSessionDTO", {"foo": 1}),
        ("CreateSessionDTO", {"customer": {"foo": 1}}),
        ("CreateSessionDTO", {"customer": {"assistantOverrides": {"foo": 1}}}),
        ("CreateSessionDTO", {"assistant": {"foo": 1}}),
        ("CreateSessionDTO", {"assistantOverrides": {"foo": 1}}),
        ("CreateSessionDTO", {"squad": {"members": [], "foo": 1}}),
        ("CreateSessionDTO", {"squad": {"members": [{"foo": 1}]}}),
        ("CreateSessionDTO", {"phoneNumber": TWILIO | {"foo": 1}}),
        ("CreateSessionDTO", {"assistantId": "a"}),
        ("CreateSessionDTO", {"customer": {"number": "4155550123"}}),
        ("CreateSessionDTO", {"customer": {"number": "+0155550123"}}),
        ("CreateSessionDTO", {"customer": {"number": "+1234567890123456"}}),
        ("CreateSessionDTO", {"customer": {"number": "abc", "numberE164CheckEnabled": None}}),
        ("CreateSessionDTO", {"customer": {"number": "+1 415", "numberE164CheckEnabled": False}}),
        ("CreateSessionDTO", {"phoneNumber": TWILIO | {"server": {"url": "http://localhost.example.com"}}}),
        ("CreateSessionDTO", {"assistant": {"server": {"url": "ftp://example.com"}}}),
        ("CreateSessionDTO", {"assistant": {"clientMessages": ["sung"]}}),
        ("CreateSessionDTO", {"messages": [{"role": "user"}]}),
        ("UpdateSessionDTO", {"assistantId": "6b4c494f-c22c-4bce-84fa-a7a86942c7d3"}),
        ("UpdateSessionDTO", {"name": "x" * 41}),
        ("UpdateSessionDTO", {"messages": [{"role": "user", "content": "x" * 10_001}]}),
        ("Session", {**SESSION, "cost": "0.1"}),
        ("Session", {**SESSION, "id": None}),
        ("Error", {"message": "Session Not Found"}),
    ],
    "evovoice": [
        ("AISessionInfo", {"purpose": "no id"}),
        ("AISessionInfo", {"id": "5f8e", "purpose": None}),
        ("AISessionInfo", {"id": "5f8e", "dateCreated": "/Date(1735787045000)/"}),
        ("AISessionInfo", {"id": "5f8e", "dateCreated": "2025-01-02 03:04:05"}),
        ("AISessionInfo", {"id": "5f8e", "actions": None}),
        ("ListResponseOfAISessionInfo", {**PAGE, "items": None}),
        ("ListResponseOfAISessionInfo", {**PAGE, "items": [{}]}),
        ("ListResponseOfAISessionInfo", {"items": [], "hasMorePages": False}),
        ("ListResponseOfAISessionInfo", {**PAGE, "totalCount": "0"}),
        ("ListResponseOfAISessionInfo", {**PAGE, "totalPages": 0.5}),
        ("ListResponseOfAISessionInfo", []),
        ("ListResponseOfAccountInfo", {**PAGE, "items": [{"id": "5f8e"}]}),
        ("BillingItem", {"baseCost": 1, "rawUnitMultiplier": 1.5, "unitCost": 0}),
        ("BillingItem", {"baseCost": 1, "rawUnitMultiplier": 1.5, "unitCost": "0", "allowance": 100}),
        ("BillingItem", {"baseCost": 1, "rawUnitMultiplier": 1.5, "unitCost": 0, "allowance": 1.5}),
        ("AIUsage", {"accountUsage": [{"accountId": "a"}]}),
        ("UserInfo", {}),
        ("UserInfo", {"isAuthenticated": True, "managerAccess": "All"}),
        ("UserInfo", {"isAuthenticated": True, "dashboardPermissions": ["ViewAll"]}),
        ("NewAISession", []),
        ("PatchAISession", "purpose"),
        ("Authenticate", {"userName": "ann"}),
        ("Authenticate", {"userName": "ann", "password": " "}),
        ("ErrorResponse", {}),
        ("ErrorResponse", {"responseStatus": {"errorCode": "NotFound", "message": "gone"}}),
        ("ErrorResponse", {"responseStatus": {"errorCode": "NotFound", "message": "gone", "errors": None}}),
    ],
}


def cases(table: dict[str, list[tuple[str, Node]]]) -> list[object]:
    return [
        pytest.param(READINGS[vendor], name, body, id=f"{vendor} {name} {str(body)[:80]}")
        for vendor, rows in table.items()
        for name, body in rows
    ]


@pytest.mark.parametrize(("reading", "name", "body"), cases(FITTING))
def test_what_a_client_or_the_vendor_sends_fits(reading: Reading, name: str, body: Node) -> None:
    reading.judged_by(name).validate(body)


@pytest.mark.parametrize(("reading", "name", "body"), cases(UNFIT))
def test_what_the_vendor_refuses_or_never_sends_does_not_fit(reading: Reading, name: str, body: Node) -> None:
    assert not reading.judged_by(name).is_valid(body)
