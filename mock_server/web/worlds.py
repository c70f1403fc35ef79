"""The worlds of a server: the default one, the copies of named ones, and which of them a request uses.

A copy of a named world shares every document with its original until one of the two changes. The documents of an
original are dated by the clock that the copy starts with, so copies that start at the same instant share one.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from mock_server.core import bounds
from mock_server.core.clock import Clock, Setting
from mock_server.core.problems import Kind, Problem
from mock_server.core.system_time import now_ns
from mock_server.core.vendor import Request
from mock_server.web.documents import Documents, fill
from mock_server.web.world import World, snapshot_of
from mock_server.web.world_factory import WorldFactory

WORLD = "x-mock-world"
TOKEN = "Bearer world:"
"""The header, and the start of a bearer token, that name a world."""
NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""The pattern of a world's name."""

_NAME = re.compile(NAME.strip("^$"), re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_.-]{0,128}", re.ASCII)
_ORIGINAL_LIFETIME = 30_000  # milliseconds; the first session of a world falls due after 60,000


class Worlds:
    """The default world, the named ones, and the copies of them that callers use.

    `names` are the named data sets with a summary of each. `seeded` is whether the default world holds one of them:
    it is then dated again when it is reset to another clock, while documents from a file keep their dates.
    """

    def __init__(self, default: World, factory: WorldFactory, names: Mapping[str, str], *, seeded: bool) -> None:
        self.names = dict(names)
        self._summaries = dict(names)
        self._factory = factory
        self._setting = default.initial_setting
        initial_state = self._copy(default, default.name, "", self._setting)
        self.default = replace(default, initial_state=initial_state)
        self.default.snapshots.update(
            (label, factory.make(default.name, "", kept, Clock(*self._setting)))
            for label, kept in default.database.snapshots().items()
        )
        # Originals that were made from documents, which keep their dates.
        self._undated: dict[str, World] = {} if seeded else {default.name: initial_state}
        self._dated: OrderedDict[tuple[str, Setting], World] = OrderedDict()
        self._copies: OrderedDict[tuple[str, str], World] = OrderedDict()
        self._sizes: dict[tuple[str, str], int] = {}  # of the copies when they were last used
        self._copies_size = 0
        self._lock = threading.RLock()
        self._stopping = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds, or until the server stops."""
        self._stopping.wait(seconds)

    def of(self, request: Request) -> World:
        """Return the world that the request names, else the default one. Raise Problem for an unknown one."""
        text = request.headers.get(WORLD)
        if text is None:
            token = request.headers.get("authorization")
            if token is None or not token.startswith(TOKEN):
                return self.default
            text = token.removeprefix(TOKEN)
        name, _, id_ = text.partition(":")
        return self.named(name, id_)

    def named(self, name: str, id_: str = "") -> World:
        """Return the copy of a named world with this id, made if there is none. Raise Problem.

        Making one takes up to a second, during which other calls wait.
        """
        with self._lock:
            world = self._copies.get((name, id_))
            if world is None:
                world = self._create_copy(name, id_, self._setting)
            self._copies.move_to_end((name, id_))
            self._measure((name, id_))
            self._make_room()
            return world

    def create_copy(self, name: str, id_: str, setting: Setting | None) -> World:
        """Make the copy of a named world with this id, or replace it, with its clock set like this.

        None stands for the server's own clock. Raise Problem.
        """
        if name not in self.names:
            raise Problem(Kind.NOT_FOUND, self._unknown(name))
        with self._lock:
            return self._create_copy(name, id_, setting or self._setting)

    def copies(self) -> list[World]:
        """Return the copies in use, the least recently used first."""
        with self._lock:
            return list(self._copies.values())

    def define(self, name: str, summary: str, documents: Documents) -> None:
        """Give a name to a world of these documents. Raise Problem."""
        if _NAME.fullmatch(name) is None:
            raise Problem(
                Kind.INVALID, f"{name!r} is not a valid world name; use lowercase letters, digits and hyphens"
            )
        if name == self.default.name:
            raise Problem(Kind.INVALID, f"{name!r} is the name of the server's own world; choose another")
        database = self._factory.empty_database()
        fill(database, documents)
        database.set_base()
        original = self._factory.make(name, "", database, Clock())
        with self._lock:
            others = [each.database.total for other, each in self._defined() if other != name]
            if len(others) >= bounds.MOST_DEFINED or sum(others) + database.total > bounds.DEFINED_BYTES:
                raise Problem(
                    Kind.INVALID,
                    f"At most {bounds.MOST_DEFINED} worlds that take {bounds.DEFINED_BYTES >> 20} MiB of memory can be "
                    "defined; delete one first",
                )
            self.drop(name)
            self._undated[name] = original
            self.names[name] = summary[: bounds.LONGEST_SUMMARY]

    def drop(self, name: str, id_: str | None = None) -> int:
        """Close the copies of a world, or the one with this id, and return how many there were. Raise Problem.

        A world that was defined is forgotten when all of its copies are closed.
        """
        if _NAME.fullmatch(name) is None:
            raise Problem(
                Kind.INVALID, f"{name!r} is not a valid world name; use lowercase letters, digits and hyphens"
            )
        _check_id(id_ or "")
        with self._lock:
            dropped = [key for key in self._copies if key[0] == name and id_ in (None, key[1])]
            for key in dropped:
                self._close(key)
            if id_ is None and name in dict(self._defined()):
                del self._undated[name]
                if name in self._summaries:
                    self.names[name] = self._summaries[name]
                else:
                    del self.names[name]
            return len(dropped)

    def _defined(self) -> list[tuple[str, World]]:
        """Return the worlds that clients defined."""
        return [(name, world) for name, world in self._undated.items() if name != self.default.name]

    def _close(self, key: tuple[str, str]) -> None:
        self._copies_size -= self._sizes.pop(key, 0)
        self._copies.pop(key).close()

    def _measure(self, key: tuple[str, str]) -> None:
        size = self._copies[key].size
        self._copies_size += size - self._sizes.get(key, 0)
        self._sizes[key] = size

    def _make_room(self) -> None:
        """Close the least recently used copies while all of them are too many or take too much; keep the last."""
        while len(self._copies) > bounds.MOST_COPIES or (
            self._copies_size > bounds.COPIES_BYTES and len(self._copies) > 1
        ):
            self._close(next(iter(self._copies)))

    def _make_room_for_originals(self) -> None:
        """Remove the least recently used originals while all of them take too much, with the copies of them."""
        while sum(each.database.total for each in self._originals_in_use()) > bounds.ORIGINALS_BYTES:
            if len(self._dated) > 1:
                self._dated.popitem(last=False)
            elif len(self._copies) > 1:
                self._close(next(iter(self._copies)))
            else:
                return

    def _originals_in_use(self) -> list[World]:
        """Return the originals that were dated by a clock, or are held by copies only."""
        held = {id(world): world for world in self._dated.values()}
        for copy in self._copies.values():
            if copy.initial_state is not None and copy.initial_state is not self._undated.get(copy.name):
                held[id(copy.initial_state)] = copy.initial_state
        return list(held.values())

    def reset(self, world: World, setting: Setting | None = None) -> None:
        """Return the world to its initial state: documents, clock, events, faults and journal.

        With a setting it starts with that clock, and so does a later reset.
        """
        with self._lock:
            current = self._current(world)
            state = current.initial_state if setting is None else self._original(current.name, setting)
            assert state is not None
            clock = Clock(*(setting or current.initial_setting))
            made = self._rebuild(current, state, clock, delete_snapshots=True)
            self._replace(replace(made, initial_state=state))
            current.journal.close()

    def snapshot(self, world: World, label: str) -> None:
        """Keep the world's documents under a label; those of the default world in its file too. Raise Problem."""
        with self._lock:
            current = self._current(world)
            others = [kept.database.size for other, kept in current.snapshots.items() if other != label]
            if len(others) >= bounds.MOST_SNAPSHOTS:
                most = f"{bounds.MOST_SNAPSHOTS} snapshots"
                raise Problem(Kind.INVALID, f"A world keeps at most {most}; delete one first")
            if sum(others) + current.database.added > bounds.SNAPSHOTS_BYTES:
                most = f"{bounds.SNAPSHOTS_BYTES >> 20} MiB of memory"
                raise Problem(Kind.INVALID, f"The snapshots of a world take at most {most}; delete one first")
            copy = self._copy(current, current.name, current.id, current.clock.setting)
            current.database.save_snapshot(label, copy.database)
            current.snapshots[label] = copy

    def delete_snapshot(self, world: World, label: str) -> None:
        """Delete the snapshot with this label. Raise Problem if there is none."""
        with self._lock:
            current = self._current(world)
            snapshot_of(current, label)
            current.database.delete_snapshots([label])
            del current.snapshots[label]

    def restore(self, world: World, label: str) -> None:
        """Return the documents to a snapshot; clock, faults and journal are kept. Raise Problem if there is none."""
        with self._lock:
            current = self._current(world)
            made = self._rebuild(current, snapshot_of(current, label), current.clock)
            self._replace(
                replace(
                    made,
                    faults=current.faults,
                    journal=current.journal,
                    snapshots=current.snapshots,
                    initial_setting=current.initial_setting,
                    initial_state=current.initial_state,
                )
            )

    def original(self, name: str) -> World:
        """Return the world that copies of this name are made from. Raise Problem if there is none."""
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
                world.journal.close()

    def close(self) -> None:
        """Close every world."""
        with self._lock:
            for world in (*self._copies.values(), self.default):
                world.close()
        self._factory.webhook_workers.close()

    def _create_copy(self, name: str, id_: str, setting: Setting) -> World:
        _check_id(id_)
        if name not in self.names:
            raise Problem(Kind.INVALID, self._unknown(name))
        original = self._original(name, setting)
        self.drop(name, id_)
        world = replace(self._copy(original, name, id_, setting), initial_state=original)
        self._copies[name, id_] = world
        self._measure((name, id_))
        self._make_room()
        return world

    def _original(self, name: str, setting: Setting) -> World:
        """Return the original for a clock with this setting. One for a running clock is soon made again."""
        if name in self._undated:
            return self._undated[name]
        original = self._dated.get((name, setting))
        now = setting.shows(now_ns())
        if original is None or not 0 <= now - original.clock.now() < _ORIGINAL_LIFETIME:
            original = self._dated[name, setting] = self._factory.make_seeded(name, now)
            if len(self._dated) > bounds.MOST_ORIGINALS:
                self._dated.popitem(last=False)
            self._make_room_for_originals()
        self._dated.move_to_end((name, setting))
        return original

    def _unknown(self, name: str) -> str:
        return f"There is no world {name!r}; choose from {', '.join(self.names)}"

    def _copy(self, world: World, name: str, id_: str, setting: Setting) -> World:
        return self._factory.make(name, id_, world.database.fork(), Clock(*setting), like=world.emulations)

    def _current(self, world: World) -> World:
        """Return the current instance of this world, which may have been reset or restored meanwhile."""
        if world.name == self.default.name:
            return self.default
        return self._copies.get((world.name, world.id), world)

    def _replace(self, world: World) -> None:
        """Make this the current instance of its world."""
        if world.name == self.default.name:
            self.default = world
        else:
            self._copies[world.name, world.id] = world

    def _rebuild(self, current: World, state: World, clock: Clock, *, delete_snapshots: bool = False) -> World:
        """Return a new instance of the current world with the documents of `state`. Raise Problem, with no change.

        It keeps the database: that may be a file, and event streams read from it.
        """
        with current.database.lock:  # no event may be offered to the dispatcher that is closed below
            current.database.restore(state.database, delete_snapshots=delete_snapshots)
            made = self._factory.make(current.name, current.id, current.database, clock, like=state.emulations)
        current.dispatcher.close()
        return made


def _check_id(id_: str) -> None:
    if _ID.fullmatch(id_) is None:
        raise Problem(
            Kind.INVALID,
            f"{id_!r} is not a valid world id; use at most 128 letters, digits, underscores, dots and hyphens",
        )
