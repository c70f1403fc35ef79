"""Makes worlds: empty databases, the documents of a named data set, and the world around them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from mock_server.core.clock import Clock
from mock_server.core.events import Event, Target
from mock_server.core.faults import Faults, Rule
from mock_server.core.redaction import Redactor
from mock_server.core.store import CollectionSpec, Database
from mock_server.core.vendor import Context, Emulation, Vendor
from mock_server.web.journal import RequestJournal
from mock_server.web.webhook_workers import WebhookWorkers
from mock_server.web.webhooks import WebhookDispatcher
from mock_server.web.world import World

DEFAULT = "default"
"""The name of the world of requests that name none."""

Emulations = Mapping[str, Emulation]
"""Emulations by the name of their vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFactory:
    """Makes the worlds of one server.

    `options` are the settings of each vendor by its name. The default world holds the data set `data_set`, with
    `sessions` sessions, or as many as the data set has if that is None. A world starts with the faults `rules`, keeps
    `journal` requests, and its documents may grow by `most_added` bytes. All worlds share the `webhook_workers`.
    """

    vendors: tuple[Vendor, ...]
    options: Mapping[str, BaseModel]
    seed: int
    data_set: str
    sessions: int | None
    rules: tuple[Rule, ...]
    journal: int
    event_history: int
    most_added: int
    check_references: bool
    webhook_allow: tuple[str, ...]
    redactor: Redactor
    webhook_workers: WebhookWorkers

    @property
    def collections(self) -> list[CollectionSpec]:
        """The collections of all vendors."""
        return [spec for vendor in self.vendors for spec in vendor.collections]

    def empty_database(self) -> Database:
        """Return a database in memory without documents."""
        return Database(self.collections, history=self.event_history, most_added=self.most_added)

    def make(self, name: str, id_: str, database: Database, clock: Clock, *, like: Emulations | None = None) -> World:
        """Return a world around a database. `like` are emulations whose database holds the same documents."""
        contexts = self._contexts(database, clock)
        return World(
            name=name,
            id=id_,
            clock=clock,
            database=database,
            contexts=contexts,
            emulations=self._emulations(contexts, like),
            dispatcher=WebhookDispatcher(
                database.event_log, clock, self._target, self.webhook_workers, self.webhook_allow
            ),
            faults=Faults(clock, self.seed, self.rules),
            journal=RequestJournal(self.journal, clock, self.redactor),
            initial_setting=clock.setting,
        )

    def make_seeded(self, name: str, instant: int) -> World:
        """Return a world with the documents of a named data set, dated by an instant."""
        database, clock = self.empty_database(), Clock(instant)
        emulations = self.seed_documents(name, database, clock)
        database.set_base()
        return self.make(name, "", database, clock, like=emulations)

    def seed_documents(
        self, name: str, database: Database, clock: Clock, progress: Callable[[int], None] = lambda _: None
    ) -> Emulations:
        """Put the documents of a named data set into an empty database, and return the emulations that made them.

        The world around the database is made afterwards: an emulation numbers new ids from the documents that it
        starts with, so a world that was just made gives the same ids as one that was reset.
        """
        data_set, sessions = (self.data_set, self.sessions) if name == DEFAULT else (name, None)
        emulations = self._emulations(self._contexts(database, clock))
        for vendor in self.vendors:
            preset = vendor.presets[data_set]
            count = preset.sessions if sessions is None else sessions
            emulations[vendor.name].seed(count, progress, preset.adjust)
        return emulations

    def _contexts(self, database: Database, clock: Clock) -> Mapping[str, Context]:
        return {
            vendor.name: Context(
                clock=clock,
                database=database,
                seed=self.seed,
                options=self.options[vendor.name],
                check_references=self.check_references,
                webhook_hosts=frozenset(self.webhook_allow),
            )
            for vendor in self.vendors
        }

    def _emulations(self, contexts: Mapping[str, Context], like: Emulations | None = None) -> Emulations:
        return {
            vendor.name: vendor.emulate(contexts[vendor.name], None if like is None else like[vendor.name])
            for vendor in self.vendors
        }

    def _target(self, event: Event) -> Target | None:
        """Return where an event is delivered, None if nowhere."""
        for vendor in self.vendors:
            if vendor.name == event.draft.vendor and vendor.target is not None:
                return vendor.target(event, self.options[vendor.name])
        return None
