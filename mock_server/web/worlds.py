"""Worlds: data sets with everything that moves in them, and how a request finds its own.

A named world is made once; whoever asks for it gets a copy of its own, which shares every document with the original
until one of the two changes.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from mock_server.core.clock import Clock
from mock_server.core.faults import Faults
from mock_server.core.lanes import leave_fast_lane
from mock_server.core.problems import Kind, Problem
from mock_server.core.store import Database
from mock_server.core.store.ledger import Ledger
from mock_server.core.vendor import Emulation, Request, Surroundings
from mock_server.web.journal import RequestJournal
from mock_server.web.webhooks import Sender

HEADER = "x-mock-world"
_TOKEN = "Bearer world:"
NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""What a world may be called."""

_NAME = re.compile(NAME.strip("^$"), re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_.-]{0,128}", re.ASCII)
_MOST_COPIES = 1_000
_MOST_SNAPSHOTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that one set of callers shares. `snapshots` are copies of it at earlier times, by label."""

    name: str
    id: str
    surroundings: Surroundings
    emulations: Mapping[str, Emulation]
    sender: Sender
    faults: Faults
    journal: RequestJournal
    snapshots: "dict[str, World]" = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """What time it is here."""
        return self.surroundings.clock

    @property
    def database(self) -> Database:
        """What is kept here."""
        return self.surroundings.database

    @property
    def ledger(self) -> Ledger:
        """What happened here."""
        return self.database.ledger

    def advance(self) -> None:
        """Let happen what the clock has made due."""
        for emulation in self.emulations.values():
            emulation.advance()

    def close(self) -> None:
        """Send everybody home, and let go of files."""
        self.ledger.close()
        self.sender.close()
        self.database.close()


Make = Callable[[str, str, Database, World | None, Clock | None], World]
"""Makes a world of this name and id around a database, after the likeness of one that holds the same, by a clock of
its own if none is given."""


class Worlds:
    """The default world, the named ones, and the copies that callers have of them.

    `found` makes the original of a name that `names` lists; `make` puts a world around a database, such as
    one that is `empty`.
    """

    def __init__(
        self,
        default: World,
        make: Make,
        found: Callable[[str], World],
        empty: Callable[[], Database],
        names: Mapping[str, str],
    ) -> None:
        self.default = default
        self.names = dict(names)
        self._make = make
        self._found = found
        self._empty = empty
        self._pristine = self._copy(default, default.name, "")
        self._originals: dict[str, World] = {}
        self._copies: OrderedDict[tuple[str, str], World] = OrderedDict()
        self._lock = threading.RLock()

    def of(self, request: Request) -> World:
        """The world that the request names, else the default one. Raises Problem."""
        text = request.headers.get(HEADER)
        if text is None:
            token = request.headers.get("authorization")
            if token is None or not token.startswith(_TOKEN):
                return self.default
            text = token.removeprefix(_TOKEN)
        name, _, id_ = text.partition(":")
        return self.named(name, id_)

    def named(self, name: str, id_: str = "") -> World:
        """The copy of a named world that goes by this id, made if there is none. Raises Problem and Detour."""
        if (name, id_) not in self._copies or not self._lock.acquire(blocking=False):
            leave_fast_lane()  # to make a world takes a second, and whoever makes one holds the lock
            self._lock.acquire()
        try:
            world = self._copies.get((name, id_))
            if world is None:
                if _ID.fullmatch(id_) is None:
                    raise Problem(Kind.INVALID, f"World id {id_!r} has other characters than letters, digits and _.-")
                world = self._copies[name, id_] = self._copy(self._original(name), name, id_)
                if len(self._copies) > _MOST_COPIES:
                    self._copies.popitem(last=False)[1].close()
            self._copies.move_to_end((name, id_))
            return world
        finally:
            self._lock.release()

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
        original = self._make(name, "", database, None, None)
        with self._lock:
            self.drop(name)
            self._originals[name] = original
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

    def reset(self, world: World) -> None:
        """Make the world what it was at first: data, clock, events, faults and journal."""
        with self._lock:
            now = self._now(world)
            self._put(self._holding(self._pristine if now is self.default else self._original(now.name), now))

    def snapshot(self, world: World, label: str) -> None:
        """Keep the world's documents under a label. Raises Problem."""
        if len(world.snapshots) >= _MOST_SNAPSHOTS and label not in world.snapshots:
            raise Problem(Kind.INVALID, f"A world keeps {_MOST_SNAPSHOTS} snapshots at most; delete one first")
        world.snapshots[label] = self._copy(world, world.name, world.id)

    def restore(self, world: World, label: str) -> None:
        """Let the world hold what a snapshot holds; clock, faults and journal go on. Raises Problem."""
        with self._lock:
            now = self._now(world)
            made = self._holding(snapshot_of(now, label), now, now.clock)
            self._put(replace(made, faults=now.faults, journal=now.journal, snapshots=now.snapshots))

    def original(self, name: str) -> World:
        """The world that copies of this name are made of. Raises Problem."""
        if name not in self.names:
            raise Problem(Kind.NOT_FOUND, self._unknown(name))
        with self._lock:
            return self._original(name)

    def send_home(self) -> None:
        """End every stream and long poll."""
        with self._lock:
            for world in (*self._copies.values(), self.default):
                world.ledger.close()

    def close(self) -> None:
        """Close every world."""
        with self._lock:
            for world in (*self._copies.values(), self.default):
                world.close()

    def _original(self, name: str) -> World:
        original = self._originals.get(name)
        if original is None:
            if name not in self.names:
                raise Problem(Kind.INVALID, self._unknown(name))
            original = self._originals[name] = self._found(name)
        return original

    def _unknown(self, name: str) -> str:
        return f"There is no world {name!r}; known are {', '.join(self.names)}"

    def _copy(self, like: World, name: str, id_: str) -> World:
        return self._make(name, id_, like.database.fork(), like, None)

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

    def _holding(self, kept: World, now: World, clock: Clock | None = None) -> World:
        """The world of now with what was kept in it. Its database stays: it may be a file, and streams read it."""
        now.sender.close()
        now.database.restore(kept.database)
        now.ledger.clear()
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
    """Put documents into an empty database. Raises Problem for those that no collection can hold."""
    collections = database.files.collections
    for name, rows in documents.items():
        collection = collections.get(name)
        if collection is None:
            raise Problem(Kind.INVALID, f"There is no collection {name!r}; known are {', '.join(collections)}")
        for number, row in enumerate(rows):
            if not isinstance(row.get("id"), str) or not row["id"]:
                raise Problem(Kind.INVALID, f"{name}: document {number} has no id, which is a text")
            try:
                if collection.spec.shape is not None:
                    collection.spec.shape.model_validate(row)
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, first["loc"]))
                raise Problem(Kind.INVALID, f"{name}: document {number}, {place}: {first['msg']}") from error
        try:
            collection.insert_many(rows)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise Problem(Kind.INVALID, f"{name}: a document is not what the vendor has there: {error!r}") from error


def documents_of(world: World) -> Documents:
    """Every document by collection."""
    collections = world.database.files.collections
    return {name: [document for _, document in collection.numbered()] for name, collection in collections.items()}
