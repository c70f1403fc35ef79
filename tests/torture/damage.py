"""Flip bits of both files and cut them off: each is opened with what was stored, or refused unchanged."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

from mock_server.core.store import Database, DatabaseError
from mock_server.vendors import VENDORS
from tests.torture.server import EVO, Server, reopened

SPECS = [spec for vendor in VENDORS for spec in vendor.collections]


def flips(folder: Path, source: random.Random, rounds: int) -> Counter[str]:
    """Flip one bit of each file in turn, `rounds` times."""
    file = _killed(folder)
    tally, wanted = Counter[str](), _state(file)
    _restore(file, pristine := _contents(file))
    for number in range(rounds):
        path = sorted(pristine)[number % len(pristine)]
        damaged = bytearray(pristine[path])
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        tally[f"{path.name.removeprefix('x.')}: {_verdict(file, path, bytes(damaged), wanted)}"] += 1
        _restore(file, pristine)
    return tally


def cuts(folder: Path, source: random.Random, rounds: int) -> Counter[str]:
    """Cut each file off in turn, `rounds` times. A log that ends after a commit, or within one, loses only the last."""
    file = _killed(folder)
    tally, wanted = Counter[str](), _state(file)
    _restore(file, pristine := _contents(file))
    for number in range(rounds):
        path = sorted(pristine)[number % len(pristine)]
        kept = pristine[path][: source.randrange(len(pristine[path]))]
        verdict = _verdict(file, path, kept, wanted)
        if path.suffix == ".journal" and verdict == "CHANGED":
            verdict = "opened with the commits before the cut"
        tally[f"{path.name.removeprefix('x.')}: {verdict}"] += 1
        _restore(file, pristine)
    return tally


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


def _state(file: Path) -> dict[str, Any]:
    before = _contents(file)
    database = Database(SPECS, file)
    try:
        return {name: each.numbered() for name, each in database.collections.items()}
    finally:
        database.close()
        _restore(file, before)


def _verdict(file: Path, path: Path, damaged: bytes, wanted: dict[str, Any]) -> str:
    path.write_bytes(damaged)
    try:
        found = _state(file)
    except DatabaseError:
        return "refused" if path.read_bytes() == damaged else "CHANGED BY REFUSING"
    return "opened with all documents" if found == wanted else "CHANGED"
