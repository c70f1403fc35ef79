"""Whether a database's files and indexes agree."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mock_server.core.store import snapshot
from mock_server.core.store.collection import Collection
from mock_server.core.store.journal import NoJournal, replay
from mock_server.core.store.lockfile import LockFile
from mock_server.core.store.spec import CollectionSpec, Document
from mock_server.core.store.storage import journal_of, lock_of, readable


@dataclass(frozen=True, slots=True)
class Report:
    """Documents by collection, commits that wait in the journal, bytes of each file, and what is wrong."""

    counts: dict[str, int]
    waiting: int
    snapshot_bytes: int
    journal_bytes: int
    faults: tuple[str, ...]


def check(path: Path, specs: Iterable[CollectionSpec]) -> Report:
    """Read snapshot and journal, and hold indexes kept up commit by commit against indexes made at once.

    Raises DatabaseError when the files cannot be read or a process has them open. They are not changed.
    """
    lock = LockFile(lock_of(path))
    try:
        return _report(path, specs)
    finally:
        lock.release()


def _report(path: Path, specs: Iterable[CollectionSpec]) -> Report:
    tables, journal = snapshot.read(path), journal_of(path)
    commits = list(replay(journal, mend=False)) if journal.exists() else []
    with readable(path):
        collections = {spec.name: _followed(spec, tables.get(spec.name, {}), commits) for spec in specs}
    counts = {name: len(rows) for name, rows in tables.items() if name not in collections}
    return Report(
        counts={name: collection.count() for name, collection in collections.items()} | counts,
        waiting=len(commits),
        snapshot_bytes=path.stat().st_size if path.exists() else 0,
        journal_bytes=journal.stat().st_size if journal.exists() else 0,
        faults=tuple(f"{name}: {fault}" for name, held in collections.items() for fault in held.faults()),
    )


def _followed(spec: CollectionSpec, rows: Mapping[int, bytes], commits: Iterable[list[Any]]) -> Collection:
    """A collection that was loaded and then changed commit by commit."""
    collection = Collection(spec, NoJournal(), threading.RLock(), lambda: None)
    collection.load(rows)
    ids = {number: orjson.loads(stored)["id"] for number, stored in rows.items()}
    for _, number, document in (change for commit in commits for change in commit if change[0] == spec.name):
        if document is None:
            collection.delete(ids.pop(number, ""))
        elif number in ids:
            collection.replace(ids[number], _always(document))
            ids[number] = document["id"]
        else:
            collection.insert(document)
            ids[number] = document["id"]
    return collection


def _always(document: Document) -> Callable[[Document], Document]:
    return lambda _: document
