"""A TinyDB of declared collections."""

from collections.abc import Iterable
from pathlib import Path

import tinydb

from mock_server.core.store.collection import Collection
from mock_server.core.store.event_log import EventLog
from mock_server.core.store.journal import Durability
from mock_server.core.store.snapshot import Tables
from mock_server.core.store.spec import CollectionSpec
from mock_server.core.store.storage import JournaledStorage, readable
from mock_server.core.store.table import CollectionTable


class Database(tinydb.TinyDB):
    """The collections of one server, in memory or in the file at `path`.

    A journal of more than `compact_beyond` bytes that has outgrown the snapshot becomes a new snapshot. The last
    `history` events are kept. With an `origin` it holds what that one holds.

    Raises DatabaseError when the files cannot be read, written, or are another process's.
    """

    table_class = CollectionTable  # type: ignore[assignment]  # TinyDB leaves its type to be inferred

    def __init__(
        self,
        specs: Iterable[CollectionSpec],
        path: Path | None = None,
        durability: Durability = Durability.PROCESS,
        *,
        compact_beyond: int = 8 << 20,
        history: int = 10_000,
        origin: "Database | None" = None,
    ) -> None:
        files = None if origin is None else origin.files
        super().__init__(specs, path, durability, compact_beyond, history, files, storage=JournaledStorage)

    def fork(self, history: int = 10_000) -> "Database":
        """A database in memory that holds the same documents and no events. Nothing is copied before one changes."""
        specs = [collection.spec for collection in self.files.collections.values()]
        return Database(specs, history=history, origin=self)

    def restore(self, other: "Database") -> None:
        """Hold the documents of another one with the same collections."""
        self.files.take(other.files)

    def kept(self) -> "dict[str, Database]":
        """Return the snapshots in the file, as databases in memory, by label. Raises DatabaseError."""
        if self.files.labels is None or self.files.path is None:
            return {}
        with readable(self.files.path):
            return {label: self._holding(tables) for label, tables in self.files.labels.all().items()}

    def _holding(self, tables: Tables) -> "Database":
        database = Database([collection.spec for collection in self.files.collections.values()])
        for name, collection in database.files.collections.items():
            collection.load(tables.get(name, {}))
        return database

    def keep(self, label: str, copy: "Database") -> None:
        """Keep what a copy of this database holds under a label, in the file if there is one. Raises Problem."""
        if self.files.labels is not None:
            self.files.labels.keep(label, copy.files.collections)
            self.files.committed()

    def forget(self, labels: Iterable[str]) -> None:
        """Remove labels from the file. Raises Problem."""
        if self.files.labels is not None:
            self.files.labels.forget(labels)

    @property
    def files(self) -> JournaledStorage:
        """What the collections are kept in."""
        storage = self.storage
        assert isinstance(storage, JournaledStorage)
        return storage

    @property
    def fresh(self) -> bool:
        """Whether there was no file before."""
        return self.files.fresh

    @property
    def event_log(self) -> EventLog:
        """The events that tell of changes."""
        return self.files.event_log

    def collection(self, name: str) -> Collection:
        """The collection that was declared under `name`."""
        return self.files.collections[name]
