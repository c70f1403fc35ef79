"""Finds a place in a document behind its references, and puts together what describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Node = Any


@dataclass(frozen=True, slots=True)
class Side:
    """A place in a document, behind all references."""

    document: Node = field(repr=False)
    pointer: str

    @property
    def node(self) -> Node:
        """What stands there."""
        return at(self.document, self.pointer)

    def to(self, *steps: str) -> Side:
        """A place below, behind all references. Raises LookupError for a reference that leads nowhere."""
        pointer = self.pointer + "".join(f"/{escaped(step)}" for step in steps)
        node, passed = at(self.document, pointer), {pointer}
        while isinstance(node, Mapping) and "$ref" in node:
            reference = node["$ref"]
            if not isinstance(reference, str) or not reference.startswith("#/"):
                raise LookupError(f"the reference {reference!r} leads out of the document")
            pointer = reference.removeprefix("#")
            if pointer in passed:
                raise LookupError(f"the reference {reference!r} leads in a circle")
            passed.add(pointer)
            try:
                node = at(self.document, pointer)
            except (LookupError, TypeError, ValueError):
                raise LookupError(f"the reference {reference!r} leads nowhere") from None
        return Side(self.document, pointer)


def branches(side: Side) -> dict[str, Side]:
    """The branches of a union by the name of their schema, else by their type."""
    node = side.node if isinstance(side.node, Mapping) else {}
    found: dict[str, Side] = {}
    for keyword in ("oneOf", "anyOf"):
        for number, branch in enumerate(node.get(keyword, ())):
            there = side.to(keyword, str(number))
            name = branch["$ref"].rpartition("/")[2] if "$ref" in branch else str(Merged.of(there).limits.get("type"))
            if name != "null":
                found[name] = there
    return found


@dataclass(frozen=True, slots=True)
class Merged:
    """A schema with all that its allOf adds; an enum of one is a const."""

    limits: dict[str, Any]
    required: frozenset[str]
    members: dict[str, Side] | None
    items: Side | None

    @classmethod
    def of(cls, side: Side) -> Merged:
        """What stands there; of two that set the same, the one that is met first."""
        limits: dict[str, Any] = {}
        required: set[str] = set()
        members: dict[str, Side] | None = None
        items: Side | None = None
        for part in _parts(side):
            node = part.node
            limits = {**({"enum": [node["const"]]} if "const" in node else {}), **node, **limits}
            required |= set(node.get("required", ()))
            if "properties" in node:
                members = {**{name: part.to("properties", name) for name in node["properties"]}, **(members or {})}
            if items is None and isinstance(node.get("items"), Mapping):
                items = part.to("items")
        return cls(limits, frozenset(required), members, items)


def _parts(side: Side) -> Iterator[Side]:
    """The schema and those of its allOf, each once."""
    pending, met = [side], set[int]()
    while pending:
        part = pending.pop()
        if isinstance(part.node, Mapping) and id(part.node) not in met:
            met.add(id(part.node))
            yield part
            pending += [part.to("allOf", str(number)) for number in range(len(part.node.get("allOf", ())))][::-1]


def at(document: Node, pointer: str) -> Node:
    """What stands at a pointer. Raises LookupError, TypeError and ValueError."""
    node = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def escaped(step: str) -> str:
    """A step as it stands in a pointer."""
    return step.replace("~", "~0").replace("/", "~1")
