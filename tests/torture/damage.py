"""Flip bits of both files and cut them off: each is opened with what was stored, or refused unchanged."""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mock_server.core.store import Database, DatabaseError, Document
from mock_server.vendors import VENDORS
from tests.torture.server import EVO, Server, reopened

State = dict[str, list[tuple[int, Document]]]
"""The documents of each collection with their numbers."""
SPECS = [spec for vendor in VENDORS for spec in vendor.collections]


def flips(folder: Path, source: random.Random, rounds: int) -> Counter[str]:
    """Flip one bit of each file in turn, `rounds` times: the file is refused, or opened with all documents."""

    def flip(content: bytes) -> bytes:
        damaged = bytearray(content)
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        return bytes(damaged)

    return _damage(folder, rounds, flip, lambda wanted, _base, _log: wanted)


def cuts(folder: Path, source: random.Random, rounds: int) -> Counter[str]:
    """Cut each file off in turn, `rounds` times: the file is refused, the log opened with the commits before it."""
    return _damage(folder, rounds, lambda content: content[: source.randrange(len(content))], _kept)


def _damage(
    folder: Path, rounds: int, spoil: Callable[[bytes], bytes], expected: Callable[[State, State, bytes], State]
) -> Counter[str]:
    file = _killed(folder)
    pristine = _contents(file)
    log = max(pristine)
    wanted = _state(file)
    log.write_bytes(pristine[log].partition(b"\n")[0] + b"\n")
    base = _state(file)  # without the commits in the log
    tally = Counter[str]()
    for number in range(rounds):
        _restore(file, pristine)
        path = sorted(pristine)[number % len(pristine)]
        damaged = spoil(pristine[path])
        may_be = expected(wanted, base, damaged if path == log else pristine[log])
        tally[f"{path.name.removeprefix('x.')}: {_verdict(file, path, damaged, may_be)}"] += 1
    return tally


def _kept(_wanted: State, base: State, log: bytes) -> State:
    """Return the base with the whole commits in a log that was cut off, each of which is one line here."""
    tables = {name: dict(rows) for name, rows in base.items()}
    for line in log.split(b"\n")[1:-1]:
        for table, number, document in json.loads(line[9:]):
            if table in tables:
                tables[table].pop(number, None)
                tables[table] |= {} if document is None else {number: document}
    return {name: sorted(rows.items()) for name, rows in tables.items()}


def _killed(folder: Path) -> Path:
    """Return the file of a server that was killed: a snapshot, and a log with more commits."""
    file = folder / "x.json"
    with reopened(file, sessions=20):
        pass
    server = Server(file)
    with server.client() as api:
        for number in range(15):
            api.post("/session", json={"name": f"n{number}"})
            api.post("/ai/sessions", json={"purpose": f"p{number}"}, auth=EVO)
    server.kill()
    file.with_name("server.log").unlink()
    return file


def _contents(file: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (file, file.with_name(file.name + ".journal"))}


def _restore(file: Path, contents: dict[Path, bytes]) -> None:
    for path in file.parent.iterdir():
        path.unlink()
    for path, content in contents.items():
        path.write_bytes(content)


def _state(file: Path) -> State:
    before = _contents(file)
    database = Database(SPECS, file)
    try:
        return {name: each.numbered() for name, each in database.collections.items()}
    finally:
        database.close()
        _restore(file, before)


def _verdict(file: Path, path: Path, damaged: bytes, wanted: State) -> str:
    path.write_bytes(damaged)
    try:
        found = _state(file)
    except DatabaseError:
        return "refused" if path.read_bytes() == damaged else "CHANGED BY REFUSING"
    return "opened with what it must hold" if found == wanted else "CHANGED"
