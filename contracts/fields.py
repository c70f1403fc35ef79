"""Members of answers that the document does not know: first seen where, and of which type."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

_DEEPEST = 30


class Fields:
    """The members of one document. A row that comes again with the same members is not looked at again."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._seen: set[Hashable] = set()
        self._kept: list[Any] = []
        self._parts: dict[int, list[Mapping[str, Any]]] = {}
        self._members_of: dict[tuple[int, ...], tuple[dict[str, Any], bool]] = {}
        self._items_of: dict[tuple[int, ...], Any] = {}

    def undocumented(self, value: Any, schema: Any, path: str = "$", depth: int = 0) -> Iterator[tuple[str, str]]:
        """Path and type of each member that no schema of its object declares; open objects may hold anything."""
        if depth > _DEEPEST:
            return
        parts = self._parts_of(schema)
        if isinstance(value, list):
            items = self._items(parts)
            for item in value if items is not None else ():
                if not self._known(path, item):
                    yield from self.undocumented(item, items, f"{path}[]", depth + 1)
        if isinstance(value, Mapping):
            yield from self._members(value, parts, path, depth)

    def _members(
        self, value: Mapping[str, Any], parts: list[Mapping[str, Any]], path: str, depth: int
    ) -> Iterator[tuple[str, str]]:
        declared, free = self._declared(parts)
        for name, item in value.items():
            if name in declared:
                if isinstance(item, Mapping | list):
                    yield from self.undocumented(item, declared[name], f"{path}.{name}", depth + 1)
            elif not free:
                yield f"{path}.{name}", _type(item)

    # Schemas are told apart by their identity: all of them live as long as the document and these tables.

    def _parts_of(self, schema: Any) -> list[Mapping[str, Any]]:
        parts = self._parts.get(id(schema))
        if parts is None:
            parts = self._parts[id(schema)] = list(_parts(schema, self._document))
            self._kept.append(schema)
        return parts

    def _declared(self, parts: list[Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
        """A schema for each declared member, and whether others may be there too."""
        key = tuple(map(id, parts))
        if key not in self._members_of:
            declared: dict[str, list[Any]] = {}
            for part in parts:
                for name, inner in part.get("properties", {}).items():
                    declared.setdefault(name, []).append(inner)
            free = not declared or any(isinstance(part.get("additionalProperties"), Mapping) for part in parts)
            self._members_of[key] = ({name: {"anyOf": inner} for name, inner in declared.items()}, free)
        return self._members_of[key]

    def _items(self, parts: list[Mapping[str, Any]]) -> Any:
        key = tuple(map(id, parts))
        if key not in self._items_of:
            items = [part["items"] for part in parts if isinstance(part.get("items"), Mapping)]
            self._items_of[key] = {"anyOf": items} if items else None
        return self._items_of[key]

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


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
