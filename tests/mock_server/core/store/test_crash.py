"""A writing process is killed at random moments, again and again: no acknowledged write is lost."""

import functools
import itertools
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.core.store import Collection, CollectionSpec, Database, Document, Durability, check

SPEC = CollectionSpec(
    name="things",
    equality={"group": lambda thing: (thing["group"],)},
    ordered={"made": lambda thing: thing["made"]},
)
COMMAND = "from tests.mock_server.core.store.test_crash import write_for_ever; write_for_ever({!r}, {!r}, {!r})"


def write_for_ever(path: str, seed: int, durability: str) -> None:
    """Write commit after commit, and acknowledge each on standard output, in order."""
    source = random.Random(seed)
    database = Database([SPEC], Path(path), Durability(durability), compact_beyond=20_000)
    things = database.collection("things")
    keys = list(documents(things))
    print("ready", flush=True)
    for number in itertools.count():
        roll = source.random()
        if roll < 0.6 or len(keys) < 3:
            done = {f"{seed}-{number}.{part}": {"made": source.randrange(1000), "group": seed} for part in range(3)}
            things.insert_many({"id": key, **thing, "text": "x" * 200} for key, thing in done.items())
            keys += done
        elif roll < 0.85:
            done = {source.choice(keys): {"made": number, "group": "changed"}}
            for key, thing in done.items():
                things.replace(key, functools.partial(_changed, thing))
        else:
            done = {keys.pop(source.randrange(len(keys))): None}
            things.delete(*done)
        print(json.dumps({key: things.get(key) for key in done}), flush=True)


def _changed(thing: Document, old: Document) -> Document:
    return {"id": old["id"], **thing}


@pytest.mark.parametrize(
    ("rounds", "durability"),
    [
        pytest.param(6, "process", id="short-process"),
        pytest.param(3, "disk", id="short-disk"),
        pytest.param(50, "process", id="long-process", marks=pytest.mark.slow),
        pytest.param(25, "disk", id="long-disk", marks=pytest.mark.slow),
    ],
)
def test_every_acknowledged_write_survives_kill_9(tmp_path: Path, rounds: int, durability: str) -> None:
    file, source = tmp_path / "things.json", random.Random(rounds)
    known: dict[str, Document] = {}
    commits = 0

    for number in range(rounds):
        acknowledged = killed_writer(file, number, durability, source.uniform(0.01, 0.25))
        commits += len(acknowledged)
        for commit in acknowledged:
            known = {key: thing for key, thing in {**known, **commit}.items() if thing is not None}
        known = agree(file, known)

    assert commits > rounds
    assert check(file, [SPEC]).inconsistencies == ()


def killed_writer(file: Path, seed: int, durability: str, seconds: float) -> list[dict[str, Document | None]]:
    """Run a writer for `seconds` seconds, kill it, and return what it acknowledged; None is a deleted thing."""
    command = [sys.executable, "-c", COMMAND.format(str(file), seed, durability)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        try:
            writer.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            writer.kill()
        lines = writer.stdout.read().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def agree(file: Path, known: dict[str, Document]) -> dict[str, Document]:
    """Return the stored things, after asserting that they are the known ones and at most one unacknowledged commit."""
    database = Database([SPEC], file)
    stored = documents(database.collection("things"))
    database.close()
    differing = {key for key in {*stored, *known} if stored.get(key) != known.get(key)}
    new = {key for key in differing if key not in known}
    assert len(differing) <= 1 or (new == differing and len({key.rpartition(".")[0] for key in new}) == 1)
    assert len(new) in (0, 3), "a batch is stored wholly or not at all"
    return stored


def documents(things: Collection) -> dict[str, Document]:
    return {document["id"]: document for _, document in things.numbered()}
