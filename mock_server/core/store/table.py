"""TinyDB's public table API over a collection."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from mock_server.core.store.storage import JournaledStorage


class CollectionTable(Table):
    """A table whose documents live in a declared collection, under the ids they carry.

    Raises KeyError for a name that no collection was declared under, and for a document without an "id".
    """

    def __init__(self, storage: JournaledStorage, name: str, **_: Any) -> None:
        super().__init__(storage, name, cache_size=0)  # a cached answer would alias documents
        self._collection = storage.collections[name]

    def insert(self, document: Mapping[str, Any]) -> int:
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        taken = [dict(document) for document in documents]
        self._collection.insert_many(taken)
        return [number for document in taken if (number := self._collection.doc_id(document["id"])) is not None]

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
        with self._collection.held():
            table: dict[int, Mapping[str, Any]] = {
                number: TinyDocument(document, doc_id=number) for number, document in self._collection.numbered()
            }
            updater(table)
            self._collection.assign({number: dict(document) for number, document in table.items()})
