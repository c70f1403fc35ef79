"""Worlds: data sets with everything that moves in them, and how a request finds its own.

A copy of a named world shares every document with its original until one of the two changes. The documents of an
original are dated by the clock that the copy begins with, so that copies that begin at the same instant share one.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from mock_server.core.clock import Clock, Setting
from mock_server.core.faults import Faults
from mock_server.core.nesting import DEEPEST, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.store import Database
from mock_server.core.store.event_log import EventLog
from mock_server.core.system_time import now_ns
from mock_server.core.vendor import Context, Emulation, Request
from mock_server.web.journal import RequestJournal
from mock_server.web.webhooks import WebhookDispatcher

WORLD = "x-mock-world"
TOKEN = "Bearer world:"
"""The header, and the start of a bearer token, that name a world."""
NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""What a world may be called."""

_NAME = re.compile(NAME.strip("^$"), re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_.-]{0,128}", re.ASCII)
_MOST_COPIES = 1_000
_MOST_SNAPSHOTS = 100
_MOST_ORIGINALS = 16
_FRESH = 30_000  # milliseconds; the first session of a world falls due after 60,000


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that one set of callers shares.

    `begun` is how its clock was set at first, and `origin` holds what it held then. `snapshots` are copies of it
    at earlier times, by label.
    """

    name: str
    id: str
    context: Context
    emulations: Mapping[str, Emulation]
    dispatcher: WebhookDispatcher
    faults: Faults
    journal: RequestJournal
    begun: Setting
    origin: "World | None" = None
    snapshots: "dict[str, World]" = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """What time it is here."""
        return self.context.clock

    @property
    def database(self) -> Database:
        """What is kept here."""
        return self.context.database

    @property
    def event_log(self) -> EventLog:
        """What happened here."""
        return self.database.event_log

    def advance(self) -> None:
        """Let happen what the clock has made due."""
        for emulation in self.emulations.values():
            emulation.advance()

    def close(self) -> None:
        """Send everybody home, and let go of files."""
        self.event_log.close()
        self.dispatcher.close()
        self.database.close()


Make = Callable[[str, str, Database, World | None, Clock], World]
"""Makes a world of this name and id around a database with this clock, from another world that holds the same."""


class Worlds:
    """The default world, the named ones, and the copies that callers have of them.

    `found` makes the original of a name that `names` lists, dated by an instant; `make` puts a world around a
    database, such as one that is `empty`. The default world is made again for another clock only if it was
    `seeded`: documents from a file keep their dates.
    """

    def __init__(
        self,
        default: World,
        make: Make,
        found: Callable[[str, int], World],
        empty: Callable[[], Database],
        names: Mapping[str, str],
        *,
        seeded: bool,
    ) -> None:
        self.names = dict(names)
        self._make = make
        self._found = found
        self._empty = empty
        self._setting = default.begun
        pristine = self._copy(default, default.name, "", self._setting)
        self.default = replace(default, origin=pristine)
        self.default.snapshots.update(
            (label, make(default.name, "", kept, None, Clock(*self._setting)))
            for label, kept in default.database.snapshots().items()
        )
        self._given: dict[str, World] = {} if seeded else {default.name: pristine}
        self._originals: OrderedDict[tuple[str, Setting], World] = OrderedDict()
        self._copies: OrderedDict[tuple[str, str], World] = OrderedDict()
        self._lock = threading.RLock()
        self._stopping = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds, or until the server stops."""
        self._stopping.wait(seconds)

    def of(self, request: Request) -> World:
        """The world that the request names, else the default one. Raises Problem."""
        text = request.headers.get(WORLD)
        if text is None:
            token = request.headers.get("authorization")
            if token is None or not token.startswith(TOKEN):
                return self.default
            text = token.removeprefix(TOKEN)
        name, _, id_ = text.partition(":")
        return self.named(name, id_)

    def named(self, name: str, id_: str = "") -> World:
        """Return the copy of a named world with this id, made if there is none. Raises Problem.

        Making one takes a second, and other calls wait for it.
        """
        with self._lock:
            world = self._copies.get((name, id_))
            if world is None:
                world = self._begin(name, id_, self._setting)
            self._copies.move_to_end((name, id_))
            return world

    def begin(self, name: str, id_: str, setting: Setting | None) -> World:
        """Make the copy of a named world that goes by this id, or make it again, with its clock set like this.

        None stands for the server's own clock. Raises Problem.
        """
        if name not in self.names:
            raise Problem(Kind.NOT_FOUND, self._unknown(name))
        with self._lock:
            return self._begin(name, id_, setting or self._setting)

    def copies(self) -> list[World]:
        """The copies in use, the one used last at the end."""
        with self._lock:
            return list(self._copies.values())

    def define(self, name: str, summary: str, documents: "Documents") -> None:
        """Give a name to a world of these documents. Raises Problem."""
        if _NAME.fullmatch(name) is None or name == self.default.name:
            raise Problem(Kind.INVALID, f"{name!r} is no name to give; take small letters, digits and -")
        database = self._empty()
        fill(database, documents)
        original = self._make(name, "", database, None, Clock())
        with self._lock:
            self.drop(name)
            self._given[name] = original
            self.names[name] = summary

    def drop(self, name: str, id_: str | None = None) -> int:
        """Forget the copies of a world, or the one with this id; how many there were. Raises Problem."""
        if _NAME.fullmatch(name) is None or _ID.fullmatch(id_ or "") is None:
            raise Problem(Kind.INVALID, f"{name!r} is no name of a world, or {id_!r} no id of a copy")
        with self._lock:
            gone = [key for key in self._copies if key[0] == name and id_ in (None, key[1])]
            for key in gone:
                self._copies.pop(key).close()
            return len(gone)

    def reset(self, world: World, setting: Setting | None = None) -> None:
        """Make the world what it was at first: data, clock, events, faults and journal.

        With a setting it begins with that clock, and so does a later reset.
        """
        with self._lock:
            now = self._now(world)
            origin = now.origin if setting is None else self._original(now.name, setting)
            assert origin is not None
            now.database.delete_snapshots(now.snapshots)
            made = self._holding(origin, now, Clock(*(setting or now.begun)))
            self._put(replace(made, origin=origin))

    def snapshot(self, world: World, label: str) -> None:
        """Keep the world's documents under a label; those of the default world in its file too. Raises Problem."""
        with self._lock:
            now = self._now(world)
            if len(now.snapshots) >= _MOST_SNAPSHOTS and label not in now.snapshots:
                raise Problem(Kind.INVALID, f"A world keeps {_MOST_SNAPSHOTS} snapshots at most; delete one first")
            copy = self._copy(now, now.name, now.id, now.clock.setting)
            now.database.save_snapshot(label, copy.database)
            now.snapshots[label] = copy

    def forget(self, world: World, label: str) -> None:
        """Forget what is kept under a label. Raises Problem."""
        with self._lock:
            now = self._now(world)
            snapshot_of(now, label)
            now.database.delete_snapshots([label])
            del now.snapshots[label]

    def restore(self, world: World, label: str) -> None:
        """Let the world hold what a snapshot holds; clock, faults and journal go on. Raises Problem."""
        with self._lock:
            now = self._now(world)
            made = self._holding(snapshot_of(now, label), now, now.clock)
            kept = {name: getattr(now, name) for name in ("faults", "journal", "snapshots", "begun", "origin")}
            self._put(replace(made, **kept))

    def original(self, name: str) -> World:
        """The world that copies of this name are made of. Raises Problem."""
        if name not in self.names:
            raise Problem(Kind.NOT_FOUND, self._unknown(name))
        with self._lock:
            return self._original(name, self._setting)

    def close_streams(self) -> None:
        """End every stream, long poll and delay."""
        self._stopping.set()
        with self._lock:
            for world in (*self._copies.values(), self.default):
                world.event_log.close()

    def close(self) -> None:
        """Close every world."""
        with self._lock:
            for world in (*self._copies.values(), self.default):
                world.close()

    def _begin(self, name: str, id_: str, setting: Setting) -> World:
        if _ID.fullmatch(id_) is None:
            raise Problem(Kind.INVALID, f"World id {id_!r} has other characters than letters, digits and _.-")
        if name not in self.names:
            raise Problem(Kind.INVALID, self._unknown(name))
        original = self._original(name, setting)
        self.drop(name, id_)
        world = self._copies[name, id_] = replace(self._copy(original, name, id_, setting), origin=original)
        if len(self._copies) > _MOST_COPIES:
            self._copies.popitem(last=False)[1].close()
        return world

    def _original(self, name: str, setting: Setting) -> World:
        """Return the original for a clock that begins like this. One of a running clock is kept for a moment only."""
        if name in self._given:
            return self._given[name]
        original = self._originals.get((name, setting))
        now = setting.shows(now_ns())
        if original is None or not 0 <= now - original.clock.now() < _FRESH:
            original = self._originals[name, setting] = self._found(name, now)
            if len(self._originals) > _MOST_ORIGINALS:
                self._originals.popitem(last=False)
        self._originals.move_to_end((name, setting))
        return original

    def _unknown(self, name: str) -> str:
        return f"There is no world {name!r}; known are {', '.join(self.names)}"

    def _copy(self, like: World, name: str, id_: str, setting: Setting) -> World:
        return self._make(name, id_, like.database.fork(), like, Clock(*setting))

    def _now(self, world: World) -> World:
        """What the world has become, if somebody else has put it back in the meantime."""
        if world.name == self.default.name:
            return self.default
        return self._copies.get((world.name, world.id), world)

    def _put(self, world: World) -> None:
        if world.name == self.default.name:
            self.default = world
        else:
            self._copies[world.name, world.id] = world

    def _holding(self, kept: World, now: World, clock: Clock) -> World:
        """The world of now with what was kept in it. Its database stays: it may be a file, and streams read it."""
        now.dispatcher.close()
        now.database.restore(kept.database)
        now.event_log.clear()
        return self._make(now.name, now.id, now.database, kept, clock)


def snapshot_of(world: World, label: str) -> World:
    """What was kept under the label. Raises Problem."""
    kept = world.snapshots.get(label)
    if kept is None:
        known = ", ".join(world.snapshots) or "none"
        raise Problem(Kind.NOT_FOUND, f"There is no snapshot {label!r} here; known are {known}")
    return kept


Documents = Mapping[str, list[dict[str, Any]]]
"""Documents by collection."""


def fill(database: Database, documents: Documents) -> None:
    """Put documents into an empty database, in their order. Raise Problem, and put nothing, if one does not fit."""
    trial = database.fork()
    collections = trial.collections
    for name, rows in documents.items():
        collection = collections.get(name)
        if collection is None:
            raise Problem(Kind.INVALID, f"There is no collection {name!r}; choose from {', '.join(collections)}")
        for number, row in enumerate(rows):
            _check(collection.spec.schema, row, f"{name}: document {number}")
        try:
            collection.assign(dict(enumerate(rows, 1)))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise Problem(Kind.INVALID, f"{name}: a document is not what the vendor has there: {error!r}") from error
    database.restore(trial)


def _check(schema: type[BaseModel] | None, row: Mapping[str, Any], place: str) -> None:
    """Raise Problem for a document without an id, or that nothing could read later."""
    if not isinstance(row.get("id"), str) or not row["id"]:
        raise Problem(Kind.INVALID, f"{place} has no id, which is a text")
    if is_nested_deeper(orjson.dumps(row)):
        raise Problem(Kind.INVALID, f"{place} is nested deeper than {DEEPEST} levels")
    if schema is not None:
        try:
            schema.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            raise Problem(Kind.INVALID, f"{place}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def documents_of(world: World) -> Documents:
    """Every document by collection."""
    collections = world.database.collections
    return {name: [document for _, document in collection.numbered()] for name, collection in collections.items()}
