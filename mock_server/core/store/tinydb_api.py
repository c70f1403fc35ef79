"""TinyDB's API on top of a database: a Storage and a Table that read and write its collections.

The store itself does not use TinyDB. Its file has TinyDB's format, so that stock TinyDB opens it once the database is
closed; this module gives the same API while the database is open.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson
import tinydb
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from mock_server.core.store.database import Database


def as_tinydb(database: Database) -> tinydb.TinyDB:
    """Return the database with TinyDB's API. Tables are its collections; closing it leaves the database open."""
    return _TinyDatabase(database, storage=_DatabaseStorage)


class _DatabaseStorage(Storage):
    """A TinyDB storage that reads and writes the collections of a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def read(self) -> dict[str, dict[str, Any]]:
        """Return all documents by collection and number, which TinyDB writes as a string."""
        with self.database.lock:
            return {
                name: {str(row.doc_id): orjson.loads(row.stored) for row in collection.rows()}
                for name, collection in self.database.collections.items()
            }

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the collections hold exactly `data`."""
        for name, collection in self.database.collections.items():
            collection.assign({int(number): dict(document) for number, document in data.get(name, {}).items()})


class _CollectionTable(Table):
    """A table whose documents are those of a collection, under the ids that they carry.

    Raises KeyError if there is no collection of this name, and for a document without an "id".
    """

    def __init__(self, storage: _DatabaseStorage, name: str, **_: Any) -> None:
        super().__init__(storage, name, cache_size=0)  # a cached result would hand out documents without a copy
        self._collection = storage.database.collections[name]

    def insert(self, document: Mapping[str, Any]) -> int:
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        inserted = [dict(document) for document in documents]
        self._collection.insert_many(inserted)
        return [number for document in inserted if (number := self._collection.doc_id(document["id"])) is not None]

    def truncate(self) -> None:
        self._collection.clear()

    def __len__(self) -> int:
        return self._collection.count()

    def __iter__(self) -> Iterator[TinyDocument]:
        for number, document in self._collection.numbered():
            yield TinyDocument(document, doc_id=number)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return {str(number): document for number, document in self._collection.numbered()}

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._collection.lock:
            table: dict[int, Mapping[str, Any]] = {
                number: TinyDocument(document, doc_id=number) for number, document in self._collection.numbered()
            }
            updater(table)
            self._collection.assign({number: dict(document) for number, document in table.items()})


class _TinyDatabase(tinydb.TinyDB):
    table_class = _CollectionTable  # type: ignore[assignment]  # TinyDB leaves its type to be inferred
