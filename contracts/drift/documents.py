"""Holds a vendor's OpenAPI document against ours: what was added, removed or changed, and no correction explains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.result import Difference

Node = Any
_LIMITS = ("type", "format", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern", "default")
_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 12
_NARROW = 3  # steps of a pointer that is about one parameter, schema or operation
_KEYWORDS = {"property": "member"}  # as corrections call it


@dataclass(frozen=True, slots=True)
class Departure:
    """One place where the documents differ: the pointer into ours, what it is about, and both forms."""

    pointer: str
    keyword: str
    vendor: str
    ours: str


@dataclass(frozen=True, slots=True)
class _Side:
    """A place in a document, behind all references."""

    document: Node
    pointer: str

    @property
    def node(self) -> Node:
        """What stands there."""
        return _at(self.document, self.pointer)

    def to(self, *steps: str) -> _Side:
        """A place below, behind all references."""
        pointer = self.pointer + "".join(f"/{_escaped(step)}" for step in steps)
        node = _at(self.document, pointer)
        while isinstance(node, Mapping) and "$ref" in node:
            pointer = node["$ref"].removeprefix("#")
            node = _at(self.document, pointer)
        return _Side(self.document, pointer)


def departures(vendor: Node, ours: Node, corrections: Sequence[Mapping[str, Any]]) -> list[Departure]:
    """The differences that no correction explains, by the pointer into ours."""
    found = _compare(_Side(vendor, ""), _Side(ours, ""))
    kept = {each: None for each in found if not any(_explains(entry, each) for entry in corrections)}
    return sorted(kept, key=lambda each: (each.pointer, each.keyword, each.vendor))


def _compare(vendor: _Side, ours: _Side) -> Iterator[Departure]:
    for path in ours.node["paths"]:
        if path not in vendor.node["paths"]:
            yield Departure(f"/paths/{_escaped(path)}", "path", "absent", "present")
            continue
        theirs, known = vendor.to("paths", path), ours.to("paths", path)
        for method in _METHODS:
            if (method in theirs.node) != (method in known.node):
                yield _presence(f"{known.pointer}/{method}", "operation", method in theirs.node)
            elif method in known.node:
                yield from _operation(theirs.to(method), known.to(method))


def _operation(vendor: _Side, ours: _Side) -> Iterator[Departure]:
    yield from _parameters(vendor, ours)
    if "requestBody" in vendor.node and "requestBody" in ours.node:
        yield from _content(vendor.to("requestBody"), ours.to("requestBody"))
    elif ("requestBody" in vendor.node) != ("requestBody" in ours.node):
        yield _presence(f"{ours.pointer}/requestBody", "body", "requestBody" in vendor.node)
    for status in vendor.node["responses"]:
        if status not in ours.node["responses"]:
            yield _presence(f"{ours.pointer}/responses/{status}", "response", in_vendor=True)
        else:
            yield from _content(vendor.to("responses", status), ours.to("responses", status))


def _parameters(vendor: _Side, ours: _Side) -> Iterator[Departure]:
    theirs, known = _by_name(vendor), _by_name(ours)
    for name in {**theirs, **known}:
        if name not in known or name not in theirs:
            place = known[name].pointer if name in known else f"{ours.pointer}/parameters/{name[1]}"
            yield _presence(place, "parameter", name in theirs)
            continue
        there, here = theirs[name], known[name]
        if bool(there.node.get("required")) != bool(here.node.get("required")):
            yield _changed(here.pointer, "required", there.node.get("required"), here.node.get("required"))
        if "schema" in there.node and "schema" in here.node:
            yield from _schema(there.to("schema"), here.to("schema"), 0)


def _by_name(side: _Side) -> dict[tuple[str, str], _Side]:
    found = (side.to("parameters", str(number)) for number in range(len(side.node.get("parameters", ()))))
    return {(each.node["in"], each.node["name"]): each for each in found}


def _content(vendor: _Side, ours: _Side) -> Iterator[Departure]:
    theirs, known = vendor.node.get("content", {}), ours.node.get("content", {})
    for media_type in theirs:
        if media_type not in known:
            yield _presence(f"{ours.pointer}/content/{_escaped(media_type)}", "media type", in_vendor=True)
        elif "schema" in theirs[media_type] and "schema" in known[media_type]:
            yield from _schema(vendor.to("content", media_type, "schema"), ours.to("content", media_type, "schema"), 0)


def _schema(vendor: _Side, ours: _Side, depth: int) -> Iterator[Departure]:
    """Objects member by member; where ours stays open, the vendor may say what it likes."""
    if depth > _DEEPEST:
        return
    theirs, known = _merged(vendor), _merged(ours)
    for keyword in _LIMITS:
        there, here = _plain(theirs.get(keyword)), _plain(known.get(keyword))
        if there != here and not (keyword == "type" and there is None):
            yield _changed(ours.pointer, keyword, there, here)
    yield from _unions(vendor, ours, depth)
    if "properties" not in known or "properties" not in theirs:
        if "items" in known and "items" in theirs and not isinstance(known["items"], bool):
            yield from _schema(vendor.to("items"), ours.to("items"), depth + 1)
        return
    for name in {**theirs["properties"], **known["properties"]}:
        if name not in known["properties"] or name not in theirs["properties"]:
            yield _presence(f"{ours.pointer}/properties/{_escaped(name)}", "member", name in theirs["properties"])
            continue
        if (name in theirs.get("required", ())) != (name in known.get("required", ())):
            there, here = (name in side.get("required", ()) for side in (theirs, known))
            yield _changed(f"{ours.pointer}/properties/{_escaped(name)}", "required", there, here)
        if all(name in side.node.get("properties", ()) for side in (vendor, ours)):  # and not behind an allOf
            yield from _schema(vendor.to("properties", name), ours.to("properties", name), depth + 1)


def _unions(vendor: _Side, ours: _Side, depth: int) -> Iterator[Departure]:
    """Unions branch by branch, those of one name against each other."""
    theirs, known = _branches(vendor), _branches(ours)
    if not theirs or not known:
        return
    if theirs.keys() != known.keys():
        yield _changed(ours.pointer, "union", list(theirs), list(known))
    for name in theirs.keys() & known.keys():
        yield from _schema(theirs[name], known[name], depth + 1)


def _branches(side: _Side) -> dict[str, _Side]:
    """The branches of a union by the name of their schema, else by their type."""
    node = side.node if isinstance(side.node, Mapping) else {}
    found: dict[str, _Side] = {}
    for keyword in ("oneOf", "anyOf"):
        for number, branch in enumerate(node.get(keyword, ())):
            there = side.to(keyword, str(number))
            name = branch["$ref"].rpartition("/")[2] if "$ref" in branch else str(_merged(there).get("type"))
            if name != "null":
                found[name] = there
    return found


def _merged(side: _Side) -> dict[str, Any]:
    """The schema with the members of its allOf; an enum of one is a const, and null is no type of its own."""
    node: dict[str, Any] = dict(side.node) if isinstance(side.node, Mapping) else {}
    for number in range(len(node.get("allOf", ()))):
        part = _merged(side.to("allOf", str(number)))
        node = {
            **part,
            **node,
            **({"properties": {**part["properties"], **node.get("properties", {})}} if "properties" in part else {}),
        }
    if "const" in node:
        node["enum"] = [node["const"]]
    return node


def _plain(value: Any) -> Any:
    """A form that does not depend on the version of the language: null is left out of types and enums."""
    if isinstance(value, list):
        kept = sorted((item for item in value if item not in (None, "null")), key=str)
        return kept[0] if len(kept) == 1 and isinstance(kept[0], str) and value != kept else kept
    return value


def _presence(pointer: str, keyword: str, in_vendor: bool) -> Departure:
    return Departure(pointer, keyword, *(("present", "absent") if in_vendor else ("absent", "present")))


def _changed(pointer: str, keyword: str, vendor: Any, ours: Any) -> Departure:
    return Departure(pointer, keyword, repr(vendor), repr(ours))


def _explains(entry: Mapping[str, Any], departure: Departure) -> bool:
    """Whether a correction is about this place or keyword, or about the parameter or operation it is part of."""
    pointer: str = entry["pointer"]
    if pointer.startswith(f"{departure.pointer}/") and departure.keyword in ("path", "operation"):
        return True
    place = f"{departure.pointer}/{departure.keyword}"
    excuses = entry.get("excuses")
    if excuses and departure.keyword not in {_KEYWORDS.get(name, name) for name in excuses}:
        return False
    parts = re.split(r"(\*\*|\*)", pointer)
    pattern = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    narrow = not excuses and "**" not in pointer and pointer.count("/") >= _NARROW
    return (
        re.fullmatch(pattern + ("(?:/.*)?" if narrow else f"(?:/{re.escape(departure.keyword)})?"), place) is not None
    )


def _at(document: Node, pointer: str) -> Node:
    node = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def told(found: Iterable[Departure]) -> list[Difference]:
    """The departures as reports show them."""
    return [
        Difference(layer=each.keyword, place=each.pointer, recorded=each.vendor, target=each.ours) for each in found
    ]
