"""One TinyDB behind one lock, in memory or in a file that is never half written."""

import threading
from collections.abc import Iterable
from pathlib import Path

import tinydb
from tinydb.storages import MemoryStorage

from mock_server.core.store.collection import Collection, CollectionSpec
from mock_server.core.store.storage import SnapshotStorage


class Database:
    """The collections of one server. `path` is None for memory; `fresh` when there was no file before.

    Raises DatabaseError when the file cannot be read or its folder cannot be written.
    """

    def __init__(self, specs: Iterable[CollectionSpec], path: Path | None = None) -> None:
        self.fresh = path is None or not path.exists()
        lock = threading.RLock()
        if path is None:
            self._tinydb = tinydb.TinyDB(storage=MemoryStorage)
        else:
            self._tinydb = tinydb.TinyDB(path, storage=SnapshotStorage)
        self._collections = {
            spec.name: Collection(spec, self._tinydb.table(spec.name, cache_size=0), lock) for spec in specs
        }

    def collection(self, name: str) -> Collection:
        """The collection that was declared under `name`."""
        return self._collections[name]

    def close(self) -> None:
        """Let go of the file."""
        self._tinydb.close()
