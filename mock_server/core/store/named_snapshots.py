"""Named snapshots: earlier states of a database, stored in the same file under labels.

The table `snapshots` has a row for each label. Its number N is part of the names of the tables with the documents,
`snapshot.N.COLLECTION`. A label is saved, replaced or deleted in one commit, so a crash leaves none half done.
"""

import threading
from collections.abc import Collection, Iterable, Mapping
from itertools import chain

import orjson

from mock_server.core.store.encoding import Row
from mock_server.core.store.log_format import Change, changes_to
from mock_server.core.store.snapshot import Tables
from mock_server.core.store.write_ahead_log import WriteAheadLog

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

    def save(self, label: str, rows: Mapping[str, Iterable[Row]]) -> None:
        """Save the rows of each collection under a label, replacing what it held. Raise Problem if that fails."""
        with self._lock:
            numbers = self._numbers()
            number = numbers.get(label) or max(numbers.values(), default=0) + 1
            new: Tables = {
                f"snapshot.{number}.{name}": {row.doc_id: row.stored for row in each} for name, each in rows.items()
            }
            new[_LABELS] = {**self._tables.get(_LABELS, {}), number: orjson.dumps({"label": label})}
            offset = self._commit(new)
        self._write_ahead_log.sync(offset)

    def delete(self, labels: Iterable[str]) -> None:
        """Delete these labels; unknown ones are ignored. Raise Problem if that fails."""
        with self._lock:
            offset = self._commit(self._without(set(labels)))
        self._write_ahead_log.sync(offset)

    def removal(self) -> Iterable[Change]:
        """Return the changes that delete every label. Called with the lock held."""
        return self._changes(self._without(self._numbers()))

    def clear(self) -> None:
        """Forget every label, whose removal was written. Called with the lock held."""
        self._accept(self._without(self._numbers()))

    def _without(self, labels: Collection[str]) -> Tables:
        """Return the tables that change when these labels are deleted."""
        deleted = {number for label, number in self._numbers().items() if label in labels}
        new: Tables = {f"snapshot.{number}.{name}": {} for number in deleted for name in self._tables_of(number)}
        if deleted:
            rows = self._tables[_LABELS]
            new[_LABELS] = {number: row for number, row in rows.items() if number not in deleted}
        return new

    def _numbers(self) -> dict[str, int]:
        return {orjson.loads(row)["label"]: number for number, row in self._tables.get(_LABELS, {}).items()}

    def _tables_of(self, number: int) -> Tables:
        prefix = f"snapshot.{number}."
        return {name.removeprefix(prefix): rows for name, rows in self._tables.items() if name.startswith(prefix)}

    def _commit(self, new: Tables) -> int:
        offset = self._write_ahead_log.append(self._changes(new))
        self._accept(new)
        return offset

    def _changes(self, new: Tables) -> Iterable[Change]:
        return chain.from_iterable(changes_to(name, self._tables.get(name, {}), rows) for name, rows in new.items())

    def _accept(self, new: Tables) -> None:
        self._tables.update(new)
        for name in [name for name, rows in new.items() if not rows]:
            del self._tables[name]
