"""What a vendor's document says of each place in an answer, and the members that it does not declare."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

_DEEPEST = 30


@dataclass(frozen=True, eq=False)
class Place:
    """One place in an answer: the schemas that may describe what stands there; none where nothing is documented."""

    document: Any
    schemas: tuple[Any, ...] = ()
    _members: dict[str, Place] = field(default_factory=dict)

    @cached_property
    def _parts(self) -> list[Mapping[str, Any]]:
        return [part for schema in self.schemas for part in _parts(schema, self.document)]

    @cached_property
    def declared(self) -> frozenset[str]:
        """The names of the declared members."""
        return frozenset(name for part in self._parts for name in part.get("properties", ()))

    @cached_property
    def typed(self) -> bool:
        """Whether the names of the members are the vendor's; elsewhere, as in a map, they may be anybody's."""
        maps = any(isinstance(part.get("additionalProperties"), Mapping) for part in self._parts)
        return bool(self.declared) and not maps

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of the members that some schema requires."""
        return frozenset(name for part in self._parts for name in part.get("required", ()))

    @cached_property
    def listed(self) -> frozenset[str]:
        """The texts that an enum or a const of some schema lists."""
        return frozenset(text for part in self._parts for text in _listed(part) or ())

    @cached_property
    def closed(self) -> bool:
        """Whether no text is documented here but the listed ones."""
        found = [_texts(schema, self.document) for schema in self.schemas]
        return any(found) and None not in found

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types that some schema names."""
        return frozenset(name for part in self._parts for name in _types(part))

    @cached_property
    def items(self) -> Place:
        """The place of each item of an array."""
        items = (part["items"] for part in self._parts if isinstance(part.get("items"), Mapping))
        return Place(self.document, tuple(items))

    def member(self, name: str) -> Place:
        """The place of a member: as declared, else as any other member of the object is."""
        found = self._members.get(name)
        if found is None:
            inner = [part["properties"][name] for part in self._parts if name in part.get("properties", ())]
            others = (part.get("additionalProperties") for part in self._parts)
            schemas = inner or [schema for schema in others if isinstance(schema, Mapping)]
            found = self._members[name] = Place(self.document, tuple(schemas))
        return found


class Fields:
    """The members of one document. A row that comes again with the same members is not looked at again."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._seen: set[Hashable] = set()
        self._places: dict[int, Place] = {}

    def undocumented(self, value: Any, schema: Any) -> Iterator[tuple[str, str]]:
        """Path and type of each member that no schema of its object declares; open objects may hold anything."""
        # Schemas are told apart by their identity: each lives as long as its place.
        place = self._places.setdefault(id(schema), Place(self._document, (schema,)))
        yield from self._below(value, place, "$", 0)

    def _below(self, value: Any, place: Place, path: str, depth: int) -> Iterator[tuple[str, str]]:
        if depth > _DEEPEST:
            return
        if isinstance(value, list):
            for item in value if place.items.schemas else ():
                if not self._known(path, item):
                    yield from self._below(item, place.items, f"{path}[]", depth + 1)
        if isinstance(value, Mapping):
            for name, item in value.items():
                if name in place.declared:
                    if isinstance(item, Mapping | list):
                        yield from self._below(item, place.member(name), f"{path}.{name}", depth + 1)
                elif place.typed:
                    yield f"{path}.{name}", _type(item)

    def _known(self, path: str, item: Any) -> bool:
        if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
            return False
        row = (path, item["id"], tuple(item))
        known = row in self._seen
        self._seen.add(row)
        return known


def resolved(node: Any, document: Any) -> Any:
    """What stands behind a reference."""
    while isinstance(node, Mapping) and "$ref" in node:
        place, node = str(node["$ref"]), document
        for step in place.removeprefix("#/").split("/"):
            node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def _parts(schema: Any, document: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The schema, and all that it is put together from."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return
    if "$ref" in schema:
        yield from _parts(resolved(schema, document), document, depth + 1)
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, ()):
            yield from _parts(part, document, depth + 1)


def _texts(schema: Any, document: Any, depth: int = 0) -> frozenset[str] | None:
    """The texts that a schema allows; None when it does not list them."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    limits = [_listed(schema)]
    if limits == [None] and "type" in schema and "string" not in _types(schema):
        limits = [frozenset()]
    if "$ref" in schema:
        limits.append(_texts(resolved(schema, document), document, depth + 1))
    limits += [_texts(part, document, depth + 1) for part in schema.get("allOf", ())]
    for keyword in ("anyOf", "oneOf"):
        branches = [_texts(part, document, depth + 1) for part in schema.get(keyword, ())]
        if branches and None not in branches:
            limits.append(frozenset[str]().union(*filter(None, branches)))
    found = [limit for limit in limits if limit is not None]
    return frozenset.intersection(*found) if found else None


def _listed(schema: Mapping[str, Any]) -> frozenset[str] | None:
    if "enum" not in schema and "const" not in schema:
        return None
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    return frozenset(value for value in values if isinstance(value, str))


def _types(schema: Mapping[str, Any]) -> list[str]:
    names = schema.get("type", ())
    return [names] if isinstance(names, str) else list(names)


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
