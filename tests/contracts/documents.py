"""The contract documents, their corrections, and the walk that finds what the seeds say in them."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

import contracts
from contracts.parsing import parse_yaml

Node = Any
KEYWORDS = ("type", "format", "minimum", "maximum", "minLength", "maxLength", "default")
GONE = object()  # as a new value: remove the old one
_FOLDER = Path(contracts.__file__).parent / "documents"
_SEEDS = Path(__file__).parents[2] / "fixtures" / "seeds"


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


def hops(document: Node, pointer: str) -> list[str]:
    """The pointer and those it refers to, one after the other; the last is no reference."""
    found = [pointer]
    while "$ref" in (node := at(document, found[-1])):
        found.append(node["$ref"].removeprefix("#"))
    return found


def resolved(document: Node, pointer: str) -> str:
    """The pointer behind all references."""
    return hops(document, pointer)[-1]


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


def references(document: Node) -> set[str]:
    return {node["$ref"] for _, node in nodes(document) if isinstance(node, dict) and "$ref" in node}


@functools.cache
def pattern(pointer: str) -> re.Pattern[str]:
    """A pointer with * and ** as a regular expression."""
    parts = re.split(r"(\*\*|\*)", pointer)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))


def edited(document: Node, pointer: str, value: object) -> Node:
    """A copy of the document with one value replaced or removed."""
    document = copy.deepcopy(document)
    parent, _, name = pointer.rpartition("/")
    node = at(document, parent)
    key = int(name) if isinstance(node, list) else name.replace("~1", "/").replace("~0", "~")
    if value is GONE:
        del node[key]
    else:
        node[key] = value
    return document


# What the seeds say


@dataclass(frozen=True)
class Entry:
    """What a seed says about one place; the path leads there from a pointer."""

    seed: str
    start: str
    path: tuple[str, ...]
    facts: Node

    def __str__(self) -> str:
        steps = [step for step in self.path if step != "properties"]
        return f"{self.seed} {'.'.join([self.start.rpartition('/')[2], *steps])}"


def entries(seed: str, start: str, facts: Node, path: tuple[str, ...] = ()) -> Iterator[Entry]:
    """The facts about an object and all that it holds."""
    yield Entry(seed, start, path, facts)
    for name, inner in facts.get("properties", {}).items():
        yield from entries(seed, start, inner, (*path, "properties", name))
    if "items" in facts:
        yield from entries(seed, start, facts["items"], (*path, "items"))


def said_of_schemas(seed: str, content: Node) -> Iterator[Entry]:
    """A seed that is a schema: its form is that of the facts."""
    facts = {"type": "object", "required": content["required"], "properties": content["properties"]}
    return entries(seed, f"/components/schemas/{content['schema']}", facts)


_PLAIN = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "format": "int32"},
    "double": {"type": "number", "format": "double"},
}
# The table of a generic type is about each type made from it.
_MADE_FROM = {"ListResponse": ("ListResponseOfAISessionInfo", "ListResponseOfAccountInfo")}


def said_of_tables(seed: str, content: Node) -> Iterator[Entry]:
    """A seed that is a page of tables: rows of name, place, C# type and whether it is required."""
    request = [row for rows in content["request"].values() for row in rows]
    yield from entries(seed, f"/requests/{content['operation']['name']}", _table(request, str))
    for name, values in content["enums"].items():
        yield from entries(seed, f"/components/schemas/{name}", {"type": "string", "enum": values})
    for name, rows in types_of_tables(content):
        yield from entries(seed, f"/components/schemas/{name}", _table(rows, camel_case))


def types_of_tables(content: Node) -> Iterator[tuple[str, list[list[str]]]]:
    """Our name and the rows of each type in such a seed."""
    for name, rows in content["types"].items():
        yield from ((ours, rows) for ours in _MADE_FROM.get(name, (name,)))


def _table(rows: list[list[str]], spelt: Callable[[str], str]) -> Node:
    return {
        "type": "object",
        "required": [spelt(name) for name, _, _, required in rows if required == "Yes"],
        "properties": {spelt(name): _facts(kind) for name, _, kind, _ in rows},
    }


def _facts(kind: str) -> Node:
    if kind.startswith("List<"):
        return {"type": "array", "items": _facts(kind.removeprefix("List<").removesuffix(">"))}
    return _PLAIN.get(kind) or {"$ref": f"#/components/schemas/{kind}"}


def camel_case(name: str) -> str:
    """ServiceStack's rule: the leading capitals go down, but for one before a small letter."""
    return re.sub(r"^[A-Z](?:[A-Z]*(?![a-z]))?", lambda head: head[0].lower(), name)


# The documents


@dataclass(frozen=True)
class Reading:
    """Our reading of a vendor's documents, its corrections, and what the seeds say about it."""

    vendor: str
    path: Path
    document: Node
    corrections: list[Node]
    seeds: Mapping[str, Node]
    entries: tuple[Entry, ...]

    @property
    def schemas(self) -> Node:
        return self.document["components"]["schemas"]

    def validator(self, schema: Node) -> jsonschema_rs.Draft202012Validator:
        """Judges values by a schema of the document."""
        whole = {**schema, "components": self.document["components"]}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def judged_by(self, name: str) -> jsonschema_rs.Draft202012Validator:
        return self.validator({"$ref": f"#/components/schemas/{name}"})


def _read(vendor: str) -> Reading:
    path = _FOLDER / vendor / "openapi.yaml"
    files = sorted((_SEEDS / vendor).glob("*.json"))
    seeds = {file.name[:3]: json.loads(file.read_text("utf-8")) for file in files}
    said = [
        entry
        for seed, content in seeds.items()
        for entry in (said_of_schemas if "schema" in content else said_of_tables)(seed, content)
    ]
    corrections = parse_yaml(path.with_name("corrections.yaml").read_text("utf-8"))
    return Reading(vendor, path, parse_yaml(path.read_text("utf-8")), corrections, seeds, tuple(said))


READINGS = {vendor: _read(vendor) for vendor in ("vapi", "evovoice")}


# The walk


@dataclass(frozen=True)
class Difference:
    """A keyword that the seed and the document do not agree on; the pointer leads into the document."""

    seed: str
    pointer: str
    keyword: str
    wanted: Node
    ours: Node


def with_requests(document: Node) -> Node:
    """The document, and under /requests the query parameters of each operation as one object."""
    requests: dict[str, Node] = {}
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "parameters" in operation:
                requests[operation["operationId"]] = _request(document, operation["parameters"])
    return {**document, "requests": requests}


def _request(document: Node, parameters: list[Node]) -> Node:
    required, properties = [], {}
    for pointer in (reference["$ref"] for reference in parameters):
        parameter = at(document, pointer.removeprefix("#"))
        marks = {key: value for key, value in parameter.items() if key.startswith("x-")}
        properties[parameter["name"]] = {"$ref": f"{pointer}/schema", **marks}
        required += [parameter["name"]] if parameter.get("required") else []
    return {"type": "object", "required": required, "properties": properties}


def differences(document: Node, entry: Entry) -> Iterator[Difference]:
    """What the document has otherwise than the seed; an entry without facts only asks for the place."""
    pointer, way = entry.start, [entry.start]
    try:
        for step in entry.path:
            pointer = f"{pointer}/{escaped(step)}"
            way = hops(document, pointer)
            pointer = way[-1]
        node = at(document, pointer)
    except LookupError:
        yield Difference(entry.seed, pointer, "missing", "/".join(entry.path), None)
        return
    # A reference differs where it stands; those of /requests stand nowhere in the document itself.
    referring = [pointer, *(hop for hop in way[:-1] if not hop.startswith("/requests/"))][-1]
    for keyword, wanted, ours in compared(entry.facts, pointer, node):
        if wanted != ours:
            yield Difference(entry.seed, referring if keyword == "$ref" else pointer, keyword, wanted, ours)
    for name in undated(entry.facts, node):
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


def excuses(reading: Reading, correction: Node, difference: Difference) -> bool:
    rule = correction.get("excuses", {}).get(difference.keyword)
    return (
        rule is not None
        and difference.seed in correction.get("seeds", reading.seeds)
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


def unexcused(reading: Reading, entry: Entry) -> list[Difference]:
    """The differences at one place that no correction covers."""
    return _unexcused(reading, with_requests(reading.document), reading.corrections, entry)


def everything_unexcused(
    reading: Reading, *, document: Node | None = None, corrections: list[Node] | None = None
) -> list[Difference]:
    """The uncovered differences at all places, with another document or other corrections if given."""
    tree = with_requests(reading.document if document is None else document)
    table = reading.corrections if corrections is None else corrections
    return [difference for entry in reading.entries for difference in _unexcused(reading, tree, table, entry)]


def _unexcused(reading: Reading, tree: Node, corrections: list[Node], entry: Entry) -> list[Difference]:
    return [
        difference
        for difference in differences(tree, entry)
        if not any(excuses(reading, correction, difference) for correction in corrections)
    ]
