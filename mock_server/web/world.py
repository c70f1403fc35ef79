"""One world: a set of documents, with its clock, event log, faults and request journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_server.core.clock import Clock, Setting
from mock_server.core.faults import Faults
from mock_server.core.problems import Kind, Problem
from mock_server.core.store import Database
from mock_server.core.store.event_log import EventLog
from mock_server.core.vendor import Context, Emulation
from mock_server.web.journal import RequestJournal
from mock_server.web.webhooks import WebhookDispatcher

_EMPTY_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that the callers of one world share.

    `contexts` and `emulations` are keyed by the name of their vendor. A reset takes the documents of `initial_state`
    and the clock setting `initial_setting`. `snapshots` are copies of this world at earlier times, by label.
    """

    name: str
    id: str
    clock: Clock
    database: Database
    contexts: Mapping[str, Context]
    emulations: Mapping[str, Emulation]
    dispatcher: WebhookDispatcher
    faults: Faults
    journal: RequestJournal
    initial_setting: Setting
    initial_state: "World | None" = None
    snapshots: "dict[str, World]" = field(default_factory=dict)

    @property
    def event_log(self) -> EventLog:
        """The world's events."""
        return self.database.event_log

    @property
    def size(self) -> int:
        """About how many bytes of memory the world takes, without what it shares with its original."""
        own = self.event_log.size + self.dispatcher.size + self.journal.size + self.faults.size + self.database.size
        return _EMPTY_BYTES + own + sum(kept.database.size for kept in self.snapshots.values())

    def advance(self) -> None:
        """Apply the changes that the clock has made due."""
        for emulation in self.emulations.values():
            emulation.advance()

    def close(self) -> None:
        """Close event streams, delivery workers and files."""
        self.event_log.close()
        self.journal.close()
        self.dispatcher.close()
        self.database.close()


def snapshot_of(world: World, label: str) -> World:
    """Return the snapshot with this label. Raise Problem if there is none."""
    snapshot = world.snapshots.get(label)
    if snapshot is None:
        choices = f"choose from {', '.join(world.snapshots)}" if world.snapshots else "take one first"
        raise Problem(Kind.NOT_FOUND, f"There is no snapshot {label!r} of this world; {choices}")
    return snapshot
