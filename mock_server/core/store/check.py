"""Check that the files and the indexes of a database agree."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mock_server.core.store import snapshot
from mock_server.core.store.collection import Collection
from mock_server.core.store.commits import Commits
from mock_server.core.store.files import (
    OPEN,
    lock_path,
    readable,
    real_path,
    require_pair,
    start_of_replay,
    write_ahead_log_path,
)
from mock_server.core.store.lockfile import LockFile
from mock_server.core.store.log_format import count_commits, replay
from mock_server.core.store.spec import CollectionSpec, Document


@dataclass(frozen=True, slots=True)
class Report:
    """The state of a database's files.

    `counts` are the documents by collection, `waiting` the commits in the write-ahead log, and `inconsistencies` the
    indexes that disagree with the documents.
    """

    counts: dict[str, int]
    waiting: int
    snapshot_bytes: int
    write_ahead_log_bytes: int
    inconsistencies: tuple[str, ...]


def check(path: Path, specs: Iterable[CollectionSpec]) -> Report:
    """Read the files, apply the commits one by one, and compare the resulting indexes with newly built ones.

    Raise DatabaseError when the files cannot be read or are in use by a process. They are not changed.
    """
    path = real_path(path)
    lock = LockFile(lock_path(path))
    try:
        found = snapshot.read(path)
        require_pair(path, found, had_log=lock.left == OPEN)
        return _report(path, specs, found or snapshot.Snapshot())
    finally:
        lock.release()


def _report(path: Path, specs: Iterable[CollectionSpec], found: snapshot.Snapshot) -> Report:
    tables, log = found.tables, write_ahead_log_path(path)
    commits = list(replay(log, start_of_replay(found, log), repair=False)) if log.exists() else []
    with readable(path):
        collections = {spec.name: _replayed(spec, tables.get(spec.name, {}), commits) for spec in specs}
    counts = {name: len(rows) for name, rows in tables.items() if name not in collections}
    return Report(
        counts={name: collection.count() for name, collection in collections.items()} | counts,
        waiting=count_commits(log) if log.exists() else 0,
        snapshot_bytes=path.stat().st_size if path.exists() else 0,
        write_ahead_log_bytes=log.stat().st_size if log.exists() else 0,
        inconsistencies=tuple(
            f"{name}: {index}" for name, collection in collections.items() for index in collection.inconsistencies()
        ),
    )


def _replayed(spec: CollectionSpec, rows: Mapping[int, bytes], commits: Iterable[list[Any]]) -> Collection:
    """Return a collection that was loaded and then changed commit by commit."""
    collection = Collection(spec, Commits.unrecorded())
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
