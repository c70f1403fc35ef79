"""The OpenAPI document of the control API, made from its table of routes."""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import orjson

from mock_server.core.problems import Kind
from mock_server.ops.control import STATUS, Anything, Call, Nothing, Route
from mock_server.web.worlds import NAME

_VARIABLE = re.compile(r"<(\w+)>")
_REFUSAL = {
    "type": "object",
    "required": ["error", "message", "problems"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_TEXT = {"type": "string", "minLength": 1}
_PATH_SCHEMAS: dict[str, dict[str, Any]] = {
    "name": {"type": "string", "pattern": NAME},
    "id": {"type": "string", "pattern": r"^[A-Za-z0-9_.-]{1,128}$"},
    "number": {"type": "integer", "minimum": 0, "maximum": 10**16 - 1},
}
_ALWAYS = (Kind.INVALID, Kind.REJECTED_CREDENTIALS, Kind.FORBIDDEN, Kind.TOO_LARGE)
_OF_BODIES = (Kind.UNSUPPORTED_MEDIA,)


def describer(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """Return the route that serves the OpenAPI document of these routes and itself."""
    table: list[Route] = list(routes)

    @lru_cache(maxsize=1)
    def document() -> bytes:
        return orjson.dumps(describe(table))

    def act(_: Call) -> bytes:
        return document()

    own = Route(method="GET", path="/_mock/openapi.json", summary="Describe the control API", act=act)
    table.append(own)
    return (own,)


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes."""
    schemas: dict[str, Any] = {"Refusal": _REFUSAL}
    paths: dict[str, Any] = {}
    for route in routes:
        operation = _operation(route, schemas)
        paths.setdefault(_VARIABLE.sub(r"{\1}", route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control API of the mock server", "version": version("voice-session-emulator")},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    name = f"{route.method} {route.path}"
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", name.replace("/_mock", "")).strip("_").lower(),
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas)],
        "responses": {
            str(route.status): {"description": "Done.", "content": {route.media_type: {"schema": _answer(route)}}}
        },
    }
    if route.body is not None:
        schema = _schema(route.body, schemas)
        needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": needed, "content": {"application/json": {"schema": schema}}}
    kinds = (*_ALWAYS, *route.problems, *(_OF_BODIES if route.body is not None else ()))
    for status in sorted({STATUS[kind] for kind in kinds}):
        operation["responses"][str(status)] = {
            "description": "Refused.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
        }
    return operation


def _answer(route: Route) -> dict[str, Any]:
    return {"type": "object"} if route.media_type == "application/json" else {"type": "string"}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _PATH_SCHEMAS.get(name, _TEXT),
        }
        for name in _VARIABLE.findall(route.path)
    ]


def _query_parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query in (Nothing, Anything):
        return []
    schema = route.query.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.get("$defs", {})
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(each)}
        for name, each in schema["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without null: a query leaves a parameter out instead."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "title") and value is not None}
    return {**kept, **branches[0]} if len(branches) == 1 else kept


def _schema(model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    schemas[model.__name__] = schema
    return {"$ref": f"#/components/schemas/{model.__name__}"}
