"""Worlds: list, read, define, reset and copy them; take, restore and compare snapshots."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from mock_server.core.clock import REAL, Setting, format_instant, parse_instant, within_range
from mock_server.core.problems import Kind
from mock_server.core.redaction import Names
from mock_server.core.store import Database
from mock_server.core.vendor import Response
from mock_server.ops.control import Call, Nothing, Route
from mock_server.web.documents import documents_of, written_documents
from mock_server.web.world import World, snapshot_of


class Loaded(BaseModel):
    """The documents of a named world by collection, in the format that GET of a world returns."""

    model_config = ConfigDict(extra="ignore")

    summary: str = "loaded"
    collections: dict[str, list[dict[str, Any]]]


def _clock_text(text: str) -> str:
    if text != REAL:
        parse_instant(text)
    return text


ClockText = Annotated[
    str,
    AfterValidator(_clock_text),
    WithJsonSchema({"anyOf": [{"const": REAL}, {"type": "string", "format": "date-time"}]}),
]


class Start(BaseModel):
    """How a world starts. `clock` is `real`, or an ISO 8601 instant at which it is frozen; the documents are dated by
    it.
    """

    model_config = ConfigDict(extra="forbid")

    clock: ClockText | None = None


class Label(BaseModel):
    """The name of a snapshot."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=128)]


def _list(call: Call) -> dict[str, Any]:
    copies = call.api.worlds.copies()
    return {
        "default": _counts(call.api.worlds.default),
        "worlds": [{"name": name, "summary": summary} for name, summary in call.api.worlds.names.items()],
        "copies": [{"name": world.name, "id": world.id, **_counts(world)} for world in copies],
    }


def _counts(world: World) -> dict[str, Any]:
    return {"sessions": {name: emulation.count() for name, emulation in world.emulations.items()}}


def _read(call: Call) -> Response:
    name = call.request.path_values["name"]
    original = call.api.worlds.original(name)
    return _with_documents(original.database, name=name, summary=call.api.worlds.names.get(name, ""))


def _with_documents(database: Database, **members: str) -> Response:
    head = orjson.dumps(members)[:-1] + b',"collections":'
    return Response(body=chain((head,), written_documents(database), (b"}",)))


def _define(call: Call) -> dict[str, Any]:
    name = call.request.path_values["name"]
    call.api.worlds.define(name, call.body.summary, call.body.collections)
    return {"name": name, "documents": {each: len(rows) for each, rows in call.body.collections.items()}}


def _drop(call: Call) -> dict[str, Any]:
    return {"dropped": call.api.worlds.drop(call.request.path_values["name"])}


def _drop_copy(call: Call) -> dict[str, Any]:
    return {"dropped": call.api.worlds.drop(call.request.path_values["name"], call.request.path_values["id"])}


def _create_copy(call: Call) -> dict[str, Any]:
    values = call.request.path_values
    world = call.api.worlds.create_copy(values["name"], values["id"], _setting(call.body))
    return {"name": world.name, "id": world.id, "now": format_instant(world.clock.now()), **_counts(world)}


def _reset(call: Call) -> dict[str, Any]:
    call.api.worlds.reset(call.world, _setting(call.body))
    return {"reset": call.world.name}


def _setting(start: Start) -> Setting | None:
    if start.clock is None:
        return None
    return Setting() if start.clock == REAL else Setting(within_range(parse_instant(start.clock)))


def _state(call: Call) -> Response:
    return _with_documents(call.world.database, name=call.world.name, id=call.world.id)


def _snapshots(call: Call) -> dict[str, Any]:
    return {"snapshots": [{"label": label, **_counts(kept)} for label, kept in call.world.snapshots.items()]}


def _snapshot(call: Call) -> dict[str, Any]:
    call.api.worlds.snapshot(call.world, call.body.label)
    return {"label": call.body.label, **_counts(call.world)}


def _delete_snapshot(call: Call) -> dict[str, Any]:
    label = call.request.path_values["label"]
    call.api.worlds.delete_snapshot(call.world, label)
    return {"forgotten": label}


def _restore(call: Call) -> dict[str, Any]:
    label = call.request.path_values["label"]
    call.api.worlds.restore(call.world, label)
    return {"restored": label}


def _diff(call: Call) -> dict[str, Any]:
    """Return how the world differs from the snapshot."""
    kept = documents_of(snapshot_of(call.world, call.request.path_values["label"]).database)
    now = documents_of(call.world.database)
    shows = call.api.redactor.document_names
    return {"collections": {name: _changes(kept.get(name, []), rows, shows(name)) for name, rows in now.items()}}


def _changes(before: list[dict[str, Any]], after: list[dict[str, Any]], names: Names) -> dict[str, Any]:
    """Return the differences, made of all members and shown without those that are hidden."""
    old, new = ({row["id"]: row for row in rows} for rows in (before, after))
    changed = {
        key: [
            {"field": ".".join(path), "before": names.at(path, was), "after": names.at(path, now)}
            for path, was, now in _fields((), old[key], new[key])
        ]
        for key in new
        if key in old and old[key] != new[key]
    }
    return {
        "added": [names.of_value(row) for key, row in new.items() if key not in old],
        "removed": [names.of_value(row) for key, row in old.items() if key not in new],
        "changed": [{"id": key, "fields": fields} for key, fields in changed.items()],
    }


def _fields(path: tuple[str, ...], before: Any, after: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield each member that differs, by the names that lead to it, with both values; a missing one is null."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {**before, **after}:
            yield from _fields((*path, name), before.get(name), after.get(name))
    elif before != after:
        yield path, before, after


WORLDS = (
    Route(method="GET", path="/_mock/worlds", summary="List the worlds, and the copies in use", act=_list),
    Route(method="GET", path="/_mock/worlds/<name>", summary="Read the documents of a named world", act=_read,
        problems=(Kind.NOT_FOUND,)),
    Route(method="PUT", path="/_mock/worlds/<name>", summary="Define a named world with these documents", act=_define,
        body=Loaded, verbatim=True, large=True),
    Route(
        method="DELETE", path="/_mock/worlds/<name>", summary="Drop the copies of a world, and what was defined as it",
        act=_drop, body=Nothing,
    ),
    Route(
        method="PUT", path="/_mock/worlds/<name>/<id>", summary="Make a copy of a world, dated by its clock",
        act=_create_copy, body=Start, problems=(Kind.NOT_FOUND,),
    ),
    Route(
        method="DELETE", path="/_mock/worlds/<name>/<id>", summary="Drop one copy of a world", act=_drop_copy,
        body=Nothing,
    ),
    Route(
        method="POST", path="/_mock/reset",
        summary="Return the world to its initial state, or start it with another clock", act=_reset, body=Start,
    ),
    Route(method="GET", path="/_mock/state", summary="Read all documents of the world", act=_state),
    Route(method="GET", path="/_mock/snapshots", summary="List the snapshots of the world", act=_snapshots),
    Route(method="POST", path="/_mock/snapshots", summary="Take a snapshot", act=_snapshot, body=Label, status=201,
        problems=(Kind.UNSTORED,)),
    Route(
        method="DELETE", path="/_mock/snapshots/<label>", summary="Delete a snapshot", act=_delete_snapshot,
        body=Nothing, problems=(Kind.NOT_FOUND,),
    ),
    Route(
        method="POST", path="/_mock/snapshots/<label>/restore", summary="Restore a snapshot", act=_restore,
        body=Nothing, problems=(Kind.NOT_FOUND,),
    ),
    Route(
        method="GET", path="/_mock/snapshots/<label>/diff", summary="Compare the world with a snapshot", act=_diff,
        large=True, problems=(Kind.NOT_FOUND,),
    ),
)  # fmt: skip
