"""Earlier states of a database, kept in the same file under labels.

The table `snapshots` has a row for each label; its number N is in the names of the tables with the documents,
`snapshot.N.COLLECTION`. A label is kept, replaced or forgotten by one commit, so a crash leaves no half of it.
"""

import threading
from collections.abc import Iterable, Mapping

import orjson

from mock_server.core.store.collection import Collection
from mock_server.core.store.journal import Change, Journal
from mock_server.core.store.snapshot import Tables

_LABELS = "snapshots"


class Labels:
    """The labels of one database. `tables` are the file's tables that no collection holds; they are changed here.

    A table in it is replaced, never changed, so that a compaction can read one while a label is kept.
    """

    def __init__(self, journal: Journal, lock: threading.RLock, tables: Tables) -> None:
        self._journal = journal
        self._lock = lock
        self._tables = tables

    def all(self) -> dict[str, Tables]:
        """Return the encoded documents of each label, by collection and number."""
        with self._lock:
            return {label: self._of(number) for label, number in self._numbers().items()}

    def keep(self, label: str, collections: Mapping[str, Collection]) -> None:
        """Keep what the collections hold under a label, in place of what it had. Raises Problem when it cannot be."""
        with self._lock:
            numbers = self._numbers()
            number = numbers.get(label) or max(numbers.values(), default=0) + 1
            new: Tables = {
                f"snapshot.{number}.{name}": {row.doc_id: row.stored for row in collection.rows()}
                for name, collection in collections.items()
            }
            new[_LABELS] = {**self._tables.get(_LABELS, {}), number: orjson.dumps({"label": label})}
            place = self._commit(new)
        self._journal.sync(place)

    def forget(self, labels: Iterable[str]) -> None:
        """Forget these labels; those that are not kept are ignored. Raises Problem when it cannot be stored."""
        with self._lock:
            gone = {number for label, number in self._numbers().items() if label in labels}
            if not gone:
                return
            new: Tables = {f"snapshot.{number}.{name}": {} for number in gone for name in self._of(number)}
            kept = self._tables.get(_LABELS, {})
            new[_LABELS] = {number: row for number, row in kept.items() if number not in gone}
            place = self._commit(new)
        self._journal.sync(place)

    def _numbers(self) -> dict[str, int]:
        return {orjson.loads(row)["label"]: number for number, row in self._tables.get(_LABELS, {}).items()}

    def _of(self, number: int) -> Tables:
        begin = f"snapshot.{number}."
        return {name.removeprefix(begin): rows for name, rows in self._tables.items() if name.startswith(begin)}

    def _commit(self, new: Tables) -> int:
        place = self._journal.append(
            change for name, rows in new.items() for change in _changes(name, self._tables.get(name, {}), rows)
        )
        self._tables.update(new)
        for name in [name for name, rows in new.items() if not rows]:
            del self._tables[name]
        return place


def _changes(table: str, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> Iterable[Change]:
    yield from (Change(table, number, row) for number, row in after.items() if before.get(number) != row)
    yield from (Change(table, number, None) for number in before if number not in after)
