"""Finds what a vendor's document says of an operation's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.fields import Place, resolved
from contracts.rules.laws import ListLaws

_JSON = "application/json"


class Places:
    """The places of one document, by the answers that they are part of."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._found: dict[tuple[str, int, str], Place] = {}
        self._answers = {
            operation["operationId"]: operation.get("responses", {})
            for path in document["paths"].values()
            for operation in path.values()
            if isinstance(operation, Mapping) and "operationId" in operation
        }
        self.declared = frozenset(_names(document))
        """The names of all members that the document declares anywhere."""
        self.listed = frozenset(_listed(document))
        """The texts that the document lists anywhere, in an enum or a const."""

    def of(self, operation: str, status: int, media_type: str = _JSON) -> Place:
        """The place of an answer's body; the rows of a CSV are those of the same answer in JSON."""
        key = operation, status, media_type
        if key not in self._found:
            if media_type == "text/csv":
                self._found[key] = self.of(operation, status).items
            else:
                self._found[key] = Place(self._document, self._schemas(operation, status, media_type))
        return self._found[key]

    def rows(self, laws: ListLaws) -> Place:
        """The place of a list's rows."""
        place = self.of(laws.operation, 200)
        for name in filter(None, laws.rows_at.split("/")):
            place = place.member(name)
        return place.items

    def at(self, operation: str, path: Iterable[str]) -> Place:
        """The place at a path of names and `[]` in an operation's successful answer."""
        place = self.of(operation, 200)
        for step in path:
            place = place.items if step == "[]" else place.member(step)
        return place

    def _schemas(self, operation: str, status: int, media_type: str) -> tuple[Any, ...]:
        answers = self._answers.get(operation, {})
        declared = resolved(answers.get(str(status), answers.get(f"{status // 100}XX", {})), self._document)
        content = declared.get("content", {}).get(media_type, {})
        return (content["schema"],) if "schema" in content else ()


def _names(node: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(node, Mapping):
        under = node.get("properties")
        found |= set(under) if isinstance(under, Mapping) else set()
    for inner in _inner(node):
        found |= _names(inner)
    return found


def _listed(node: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(node, Mapping):
        values = node["enum"] if isinstance(node.get("enum"), list) else []
        found = {value for value in (*values, node.get("const")) if isinstance(value, str)}
    for inner in _inner(node):
        found |= _listed(inner)
    return found


def _inner(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, Mapping) else node if isinstance(node, list) else []
