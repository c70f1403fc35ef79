"""The Vapi document: sound in itself, complete against the seeds, and open about each departure."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest
import yaml

from contracts.catalog import VENDORS

Node = Any
_PATH = VENDORS["vapi"].document
_FIXTURES = Path(__file__).parents[2] / "fixtures" / "seeds" / "vapi"
DOCUMENT: Node = yaml.safe_load(_PATH.read_text("utf-8"))
CORRECTIONS: list[Node] = yaml.safe_load(_PATH.with_name("corrections.yaml").read_text("utf-8"))
SEEDS: dict[str, Node] = {
    path.name[:3]: json.loads(path.read_text("utf-8")) for path in sorted(_FIXTURES.glob("*.json"))
}
SCHEMAS: Node = DOCUMENT["components"]["schemas"]
KEYWORDS = ("type", "format", "minimum", "maximum", "minLength", "maxLength", "default")
GONE = object()  # as a new value: remove the old one


# Pointers


def escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def at(document: Node, pointer: str) -> Node:
    """The value at a JSON pointer; raises LookupError when there is none."""
    node = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def resolved(document: Node, pointer: str) -> str:
    """The pointer behind all references."""
    while "$ref" in (node := at(document, pointer)):
        pointer = node["$ref"].removeprefix("#")
    return pointer


def nodes(node: Node, pointer: str = "") -> Iterator[tuple[str, Node]]:
    """Each value of a document with its pointer."""
    yield pointer, node
    steps: Iterable[tuple[object, Node]] = ()
    if isinstance(node, dict):
        steps = node.items()
    elif isinstance(node, list):
        steps = enumerate(node)
    for step, value in steps:
        yield from nodes(value, f"{pointer}/{escaped(step)}")


@functools.cache
def pattern(pointer: str) -> re.Pattern[str]:
    """A pointer with * and ** as a regular expression."""
    parts = re.split(r"(\*\*|\*)", pointer)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))


# The walk


@dataclass(frozen=True)
class Entry:
    """What a seed says about one place."""

    seed: str
    schema: str
    path: tuple[str, ...]
    facts: Node

    def __str__(self) -> str:
        return f"{self.seed} {'.'.join(step for step in self.path if step != 'properties') or self.schema}"


@dataclass(frozen=True)
class Difference:
    """A keyword that the seed and the document do not agree on; the pointer leads into the document."""

    seed: str
    pointer: str
    keyword: str
    wanted: Node
    ours: Node


def entries(seed: str) -> Iterator[Entry]:
    root = {"type": "object", "required": SEEDS[seed]["required"], "properties": SEEDS[seed]["properties"]}

    def below(path: tuple[str, ...], facts: Node) -> Iterator[Entry]:
        yield Entry(seed, SEEDS[seed]["schema"], path, facts)
        for name, inner in facts.get("properties", {}).items():
            yield from below((*path, "properties", name), inner)
        if "items" in facts:
            yield from below((*path, "items"), facts["items"])

    return below((), root)


def differences(document: Node, entry: Entry) -> Iterator[Difference]:
    """What the document has otherwise than the seed; an entry without facts only asks for the place."""
    pointer = f"/components/schemas/{entry.schema}"
    try:
        for step in entry.path:
            pointer = resolved(document, f"{pointer}/{escaped(step)}")
    except LookupError:
        yield Difference(entry.seed, pointer, "missing", "/".join(entry.path), None)
        return
    for keyword, wanted, ours in compared(entry.facts, pointer, at(document, pointer)):
        if wanted != ours:
            yield Difference(entry.seed, pointer, keyword, wanted, ours)
    for name in undated(entry.facts, at(document, pointer)):
        yield Difference(entry.seed, f"{pointer}/properties/{escaped(name)}", "property", None, name)


def compared(facts: Node, pointer: str, node: Node) -> Iterator[tuple[str, Node, Node]]:
    """Keyword, what the seed says, what the document says."""
    if "$ref" in facts:
        yield "$ref", facts["$ref"], f"#{pointer}"
    elif "oneOf" in facts:
        yield "union", union(facts), union(node)
    elif facts:
        yield from ((keyword, facts.get(keyword), node.get(keyword)) for keyword in KEYWORDS)
        # Where the seed has the values on an array, it means its items.
        on_items = node.get("items", {}).get("enum") if "enum" in facts else None
        yield "enum", facts.get("enum"), node.get("enum", on_items)
    if "properties" in facts:
        yield "required", sorted(facts.get("required", [])), sorted(node.get("required", []))


def union(schema: Node) -> dict[str, list[Node]]:
    """The alternatives under their keyword, by name where they have one, null apart."""
    return {
        keyword: [
            part["$ref"].rpartition("/")[2] if "$ref" in part else part
            for part in schema[keyword]
            if part != {"type": "null"}
        ]
        for keyword in ("oneOf", "anyOf")
        if keyword in schema
    }


def undated(facts: Node, node: Node) -> list[str]:
    """Properties of ours that the seed lacks and that carry no date or place of their first appearance."""
    if "properties" not in facts:
        return []
    extra = {name: ours for name, ours in node["properties"].items() if name not in facts["properties"]}
    return [name for name, ours in extra.items() if not {"x-since", "x-since-source"} & ours.keys()]


def excuses(correction: Node, difference: Difference) -> bool:
    rule = correction.get("excuses", {}).get(difference.keyword)
    return (
        rule is not None
        and difference.seed in correction.get("seeds", SEEDS)
        and pattern(correction["pointer"]).fullmatch(difference.pointer) is not None
        and holds(rule, difference.wanted, difference.ours)
    )


def holds(rule: Node, wanted: Node, ours: Node) -> bool:
    match rule:
        case "nullable":
            return bool(ours == ([*wanted, None] if isinstance(wanted, list) else [wanted, "null"]))
        case "added":
            return wanted is None
        case "subset":
            return wanted is not None and set(wanted) < set(ours or ())
        case {"vendor": vendor, "ours": own}:
            return bool((wanted, ours) == (vendor, own))
    raise ValueError(f"corrections.yaml knows no rule {rule!r}")


def unexcused(document: Node, corrections: list[Node], entry: Entry) -> list[Difference]:
    return [
        difference
        for difference in differences(document, entry)
        if not any(excuses(correction, difference) for correction in corrections)
    ]


ENTRIES = [entry for seed in SEEDS for entry in entries(seed)]


def everything_unexcused(document: Node, corrections: list[Node]) -> list[Difference]:
    return [difference for entry in ENTRIES for difference in unexcused(document, corrections, entry)]


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_each_entry_of_a_seed_stands_in_the_document(entry: Entry) -> None:
    assert unexcused(DOCUMENT, CORRECTIONS, entry) == []


def edited(pointer: str, value: object) -> Node:
    """A copy of the document with one value replaced or removed."""
    document = copy.deepcopy(DOCUMENT)
    parent, _, name = pointer.rpartition("/")
    node = at(document, parent)
    key = int(name) if isinstance(node, list) else name
    if value is GONE:
        del node[key]
    else:
        node[key] = value
    return document


@pytest.mark.parametrize(
    ("pointer", "value", "keyword"),
    [
        pytest.param("Session/properties/cost", GONE, "missing", id="property lost"),
        pytest.param("Session/properties/invented", {"type": "string"}, "property", id="property invented"),
        pytest.param("Session/properties/name/maxLength", 41, "maxLength", id="limit changed"),
        pytest.param("Session/properties/name/maxLength", GONE, "maxLength", id="limit lost"),
        pytest.param("Session/properties/cost/minimum", 0, "minimum", id="limit invented"),
        pytest.param("Session/properties/expirationSeconds/minimum", 0, "minimum", id="bound lowered"),
        pytest.param("Session/properties/cost/type", ["string", "null"], "type", id="type changed"),
        pytest.param("Session/properties/id/type", ["integer"], "type", id="type in a list changed"),
        pytest.param("Session/properties/status/enum/1", GONE, "enum", id="enum value lost"),
        pytest.param("Session/properties/status/enum/1", "ended", "enum", id="enum value changed"),
        pytest.param("Session/properties/createdAt/format", "date", "format", id="format changed"),
        pytest.param("Session/required/3", GONE, "required", id="required lost"),
        pytest.param("Session/required/3", "cost", "required", id="required changed"),
        pytest.param(
            "Session/properties/squad",
            {"$ref": "#/components/schemas/Artifact"},
            "$ref",
            id="reference changed",
        ),
        pytest.param("Session/properties/costs/items/oneOf/2", GONE, "union", id="alternative lost"),
        pytest.param("SessionMessage/anyOf/6", GONE, "union", id="corrected alternative lost"),
        pytest.param("ExportSessionDTO/properties/format/default", "json", "default", id="default changed"),
        pytest.param("ExportSessionDTO/properties/page/type", "string", "type", id="corrected type changed"),
        pytest.param(
            "ExportSessionDTO/properties/limit/default", 10, "default", id="corrected default changed"
        ),
        pytest.param(
            "ExportSessionDTO/properties/columns/items/enum/8", GONE, "enum", id="column lost from the items"
        ),
        pytest.param(
            "CreateAssistantDTO/properties/clientMessages/items/enum/9", GONE, "enum", id="deep value"
        ),
        pytest.param("AssistantOverrides/properties/tools:append", GONE, "missing", id="deep property lost"),
        pytest.param("CreateSquadDTO/required", GONE, "required", id="deep required lost"),
        pytest.param("PhoneNumber/oneOf/0", GONE, "union", id="provider lost"),
        pytest.param(
            "ClientMessageSessionCreated/properties/type/enum/0", "session.made", "enum", id="event renamed"
        ),
    ],
)
def test_the_walk_sees_a_damaged_document(pointer: str, value: object, keyword: str) -> None:
    damaged = edited(f"/components/schemas/{pointer}", value)

    assert keyword in {difference.keyword for difference in everything_unexcused(damaged, CORRECTIONS)}


# The corrections


def named(correction: Node) -> str:
    return f"{correction['pointer']}: {correction['change']}"


def test_no_correction_stands_twice() -> None:
    names = [(named(correction), correction.get("seeds")) for correction in CORRECTIONS]

    assert [name for name in names if names.count(name) > 1] == []


@pytest.mark.parametrize("correction", CORRECTIONS, ids=named)
def test_each_correction_is_complete_and_points_into_the_document(correction: Node) -> None:
    assert {"pointer", "change", "reason", "source", "basis"} <= correction.keys()
    assert correction.keys() <= {"pointer", "change", "reason", "source", "basis", "excuses", "seeds"}
    assert correction["basis"] in {"documented", "observed", "assumed"}
    assert any(pattern(correction["pointer"]).fullmatch(pointer) for pointer, _ in nodes(DOCUMENT))


_EXCUSING = [correction for correction in CORRECTIONS if "excuses" in correction]


@pytest.mark.parametrize("keyword", ["type", "enum", "default", "union", "property", "minimum", "maxLength"])
def test_without_corrections_the_seeds_do_differ(keyword: str) -> None:
    assert keyword in {difference.keyword for difference in everything_unexcused(DOCUMENT, [])}


@pytest.mark.parametrize(
    ("correction", "keyword"),
    [
        pytest.param(correction, keyword, id=f"{named(correction)}, {keyword}")
        for correction in _EXCUSING
        for keyword in correction["excuses"]
    ],
)
def test_each_excuse_is_needed(correction: Node, keyword: str) -> None:
    narrowed = {**correction, "excuses": {k: v for k, v in correction["excuses"].items() if k != keyword}}
    others = [narrowed if other is correction else other for other in CORRECTIONS]

    assert everything_unexcused(DOCUMENT, others)


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


@pytest.mark.parametrize("name", SEEDS["000"]["properties"])
def test_each_property_of_the_export_seed_is_a_parameter_of_the_export(name: str) -> None:
    if name == "customer":
        filters = SCHEMAS["CreateCustomerDTO"]["properties"]
        wanted = {key: bare(filters[key]) for key in query("/session/export")[name]["properties"]}
        assert query("/session/export")[name] == {"type": "object", "properties": wanted}
    else:
        assert query("/session/export")[name] == bare(SCHEMAS["ExportSessionDTO"]["properties"][name])


def test_the_list_takes_what_the_export_takes() -> None:
    listed, exported = query("/session"), query("/session/export")

    assert listed.keys() - exported.keys() == {"cursor"}
    assert exported.keys() - listed.keys() == {"columns", "format"}
    assert [name for name in listed.keys() & exported.keys() if listed[name] != exported[name]] == ["email"]


@pytest.mark.parametrize(
    "name", ["extension", "number", "sipUri", "email", "externalId", "numberE164CheckEnabled"]
)
def test_a_customer_field_is_also_a_parameter_of_its_own(name: str) -> None:
    assert query("/session")[name] == bare(SCHEMAS["CreateCustomerDTO"]["properties"][name])


# The document in itself


def test_the_document_is_valid_openapi() -> None:
    openapi_spec_validator.validate(DOCUMENT)

    assert DOCUMENT["openapi"] == "3.1.0"


def test_the_document_has_the_six_operations_and_the_six_events() -> None:
    operations = {
        operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()
    }
    events = {
        f"{side}.session.{what}"
        for side in ("client", "server")
        for what in ("created", "updated", "deleted")
    }

    assert operations == {
        f"SessionController_{name}"
        for name in ("create", "findAllPaginated", "findOne", "update", "remove", "sessionsExport")
    }
    assert DOCUMENT["webhooks"].keys() == events


def test_every_reference_leads_somewhere() -> None:
    references = {node["$ref"] for _, node in nodes(DOCUMENT) if isinstance(node, dict) and "$ref" in node}
    known = {f"#{pointer}" for pointer, _ in nodes(DOCUMENT)}

    assert references - known == set()


def test_no_schema_says_nothing() -> None:
    assert [pointer for pointer, node in nodes(DOCUMENT) if node == {}] == []


def test_every_component_is_used_or_a_seed() -> None:
    references = {node["$ref"] for _, node in nodes(DOCUMENT) if isinstance(node, dict) and "$ref" in node}
    unused = {name for name in SCHEMAS if f"#/components/schemas/{name}" not in references}

    assert unused == {"ExportSessionDTO"}


def test_each_first_day_is_a_day() -> None:
    days = [node["x-since"] for _, node in nodes(DOCUMENT) if isinstance(node, dict) and "x-since" in node]

    assert days
    assert [day for day in days if not re.fullmatch(r"202[56]-\d\d-\d\d", day)] == []


def validator(schema: Node) -> jsonschema_rs.Draft202012Validator:
    """Judges values by a schema of the document."""
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]}, validate_formats=True
    )


def judged_by(name: str) -> jsonschema_rs.Draft202012Validator:
    return validator({"$ref": f"#/components/schemas/{name}"})


EXAMPLES = [
    pytest.param(node["schema"], node["example"], id=pointer)
    for pointer, node in nodes(DOCUMENT)
    if isinstance(node, dict) and {"schema", "example"} <= node.keys()
] + [
    pytest.param(node, example, id=pointer)
    for pointer, node in nodes(DOCUMENT)
    if isinstance(node, dict) and isinstance(node.get("examples"), list)
    for example in node["examples"]
]


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_each_example_fits_its_schema(schema: Node, example: Node) -> None:
    validator(schema).validate(example)


def test_there_are_examples_for_both_bodies() -> None:
    ids = {str(example.id).rpartition("/requestBody")[0] for example in EXAMPLES}

    assert {"/paths/~1session/post", "/paths/~1session~1{id}/patch"} <= ids


# Null, open and closed

COMPONENTS = [name for name in SCHEMAS if not name.endswith("Input") and name != "ExportSessionDTO"]


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_may_be_left_out_and_only_that_may_be_null(name: str) -> None:
    def nullable(key: str) -> bool:
        return validator({"$ref": f"#/components/schemas/{name}/properties/{escaped(key)}"}).is_valid(None)

    required = set(SCHEMAS[name].get("required", ())) - ({"content"} if name == "OpenAIMessage" else set())

    assert {key for key in SCHEMAS[name].get("properties", ()) if not nullable(key)} == required


INPUTS = [name for name in SCHEMAS if name.endswith("Input") and name != "ServerInput"]


@pytest.mark.parametrize("name", INPUTS)
def test_a_request_form_allows_just_the_names_of_what_it_is_made_from(name: str) -> None:
    form = SCHEMAS[name]
    origin = at(DOCUMENT, resolved(DOCUMENT, f"/components/schemas/{name}/allOf/0"))

    assert form["propertyNames"]["enum"] == list(origin["properties"])
    assert form.get("properties", {}).keys() <= origin["properties"].keys()


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
FITTING = [
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
]
UNFIT = [
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
]


@pytest.mark.parametrize(("name", "body"), FITTING, ids=str)
def test_what_a_client_or_the_vendor_sends_fits(name: str, body: Node) -> None:
    judged_by(name).validate(body)


@pytest.mark.parametrize(("name", "body"), UNFIT, ids=lambda value: str(value)[:80])
def test_what_the_vendor_refuses_or_never_sends_does_not_fit(name: str, body: Node) -> None:
    assert not judged_by(name).is_valid(body)


@pytest.mark.parametrize("event", DOCUMENT["webhooks"])
def test_each_event_is_one_message_of_its_own_type(event: str) -> None:
    envelope = DOCUMENT["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]["schema"]
    kind = event.partition(".")[2]

    assert validator(envelope).is_valid({"message": {"type": kind, "timestamp": 1, "session": SESSION}})
    assert not validator(envelope).is_valid({"message": {"type": "session.sung", "session": SESSION}})
    assert not validator(envelope).is_valid({"message": {"type": kind}})
    assert not validator(envelope).is_valid({"type": kind, "session": SESSION})
