"""Named snapshots: earlier states of a database, stored in the same file under labels.

The table `snapshots` has a row for each label. Its number N is part of the names of the tables with the documents,
`snapshot.N.COLLECTION`. A label is saved, replaced or deleted in one commit, so a crash leaves none half done.
"""

import threading
from collections.abc import Iterable, Mapping

import orjson

from mock_server.core.store.collection import Collection
from mock_server.core.store.snapshot import Tables
from mock_server.core.store.write_ahead_log import Change, WriteAheadLog

_LABELS = "snapshots"


class NamedSnapshots:
    """The named snapshots of one database. `tables` are the tables of its file that are not collections.

    They are changed here. A table is replaced, never modified, so that a compaction can read it at the same time.
    """

    def __init__(self, write_ahead_log: WriteAheadLog, lock: threading.RLock, tables: Tables) -> None:
        self._write_ahead_log = write_ahead_log
        self._lock = lock
        self._tables = tables

    def all(self) -> dict[str, Tables]:
        """Return the encoded documents of each label, by collection and number."""
        with self._lock:
            return {label: self._tables_of(number) for label, number in self._numbers().items()}

    def save(self, label: str, collections: Mapping[str, Collection]) -> None:
        """Save what the collections hold under a label, replacing what it held. Raise Problem if that fails."""
        with self._lock:
            numbers = self._numbers()
            number = numbers.get(label) or max(numbers.values(), default=0) + 1
            new: Tables = {
                f"snapshot.{number}.{name}": {row.doc_id: row.stored for row in collection.rows()}
                for name, collection in collections.items()
            }
            new[_LABELS] = {**self._tables.get(_LABELS, {}), number: orjson.dumps({"label": label})}
            offset = self._commit(new)
        self._write_ahead_log.sync(offset)

    def delete(self, labels: Iterable[str]) -> None:
        """Delete these labels; unknown ones are ignored. Raise Problem if that fails."""
        with self._lock:
            deleted = {number for label, number in self._numbers().items() if label in labels}
            if not deleted:
                return
            new: Tables = {f"snapshot.{number}.{name}": {} for number in deleted for name in self._tables_of(number)}
            rows = self._tables.get(_LABELS, {})
            new[_LABELS] = {number: row for number, row in rows.items() if number not in deleted}
            offset = self._commit(new)
        self._write_ahead_log.sync(offset)

    def _numbers(self) -> dict[str, int]:
        return {orjson.loads(row)["label"]: number for number, row in self._tables.get(_LABELS, {}).items()}

    def _tables_of(self, number: int) -> Tables:
        prefix = f"snapshot.{number}."
        return {name.removeprefix(prefix): rows for name, rows in self._tables.items() if name.startswith(prefix)}

    def _commit(self, new: Tables) -> int:
        offset = self._write_ahead_log.append(
            change for name, rows in new.items() for change in _changes(name, self._tables.get(name, {}), rows)
        )
        self._tables.update(new)
        for name in [name for name, rows in new.items() if not rows]:
            del self._tables[name]
        return offset


def _changes(table: str, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> Iterable[Change]:
    yield from (Change(table, number, row) for number, row in after.items() if before.get(number) != row)
    yield from (Change(table, number, None) for number in before if number not in after)
