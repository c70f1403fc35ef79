"""The files after kills, on full disks and with damage."""

import json
import logging
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mock_server.core.problems import Kind, Problem
from mock_server.core.query import AnyOf, Bound, Comparison, Query, Sort, Step, Window
from mock_server.core.store import Collection, CollectionSpec, Database, DatabaseError, Durability, check
from mock_server.core.store.log_format import _line


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "things.json"


@pytest.fixture
def open_database(file: Path, spec: CollectionSpec) -> Iterator[Database]:
    """An open database with one thing."""
    database = Database([spec], file)
    database.collection("things").insert({"id": "a", "made": 1})
    yield database
    database.close()


def log_path(file: Path) -> Path:
    return file.with_name(file.name + ".journal")


def killed_copy(database: Database, folder: Path) -> Path:
    """Return a copy of the files, as a kill would leave them now."""
    source = database.path
    assert source is not None
    folder.mkdir()
    for path in (source, log_path(source)):
        if path.exists():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder / source.name


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Limit files to `size` bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def made(collection: Collection) -> list[int]:
    return [json.loads(row)["made"] for row in collection.find(Query((), Sort("made"))).rows]


@pytest.mark.parametrize("durability", Durability)
def test_a_write_is_in_the_file_before_it_returns(
    file: Path, tmp_path: Path, spec: CollectionSpec, durability: Durability
) -> None:
    database = Database([spec], file, durability)
    things = database.collection("things")
    things.insert_many({"id": str(number), "made": number} for number in range(5))
    things.replace("1", lambda thing: {**thing, "made": 100})
    things.delete("2")

    copy = Database([spec], killed_copy(database, tmp_path / "killed"))

    assert made(copy.collection("things")) == [0, 3, 4, 100]
    copy.close()
    database.close()


@pytest.mark.parametrize("cut", [1, 2, 10, 30])
def test_a_torn_last_line_is_dropped_with_a_warning(
    open_database: Database, tmp_path: Path, spec: CollectionSpec, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    open_database.collection("things").insert({"id": "b", "made": 2})
    copy = killed_copy(open_database, tmp_path / "killed")
    whole = log_path(copy).read_bytes()
    log_path(copy).write_bytes(whole[:-cut])

    with caplog.at_level(logging.WARNING):
        database = Database([spec], copy)

    assert made(database.collection("things")) == [1]
    assert "torn last line" in caplog.text
    assert log_path(copy).read_bytes() == whole[: whole.rindex(b"\n", 0, -1) + 1]
    database.close()


@pytest.mark.parametrize("position", [0, 12, 60, -5], ids=["crc", "header", "first", "last"])
def test_damage_elsewhere_is_an_error_and_changes_no_file(
    open_database: Database, tmp_path: Path, spec: CollectionSpec, position: int
) -> None:
    open_database.collection("things").insert({"id": "b", "made": 2})
    copy = killed_copy(open_database, tmp_path / "killed")
    damaged = bytearray(log_path(copy).read_bytes())
    damaged[position] ^= 1
    log_path(copy).write_bytes(damaged)

    with pytest.raises(DatabaseError, match=r"things\.json\.journal is damaged in line \d; move it away"):
        Database([spec], copy)

    assert log_path(copy).read_bytes() == damaged


def test_a_write_ahead_log_of_another_format_is_an_error(file: Path, spec: CollectionSpec) -> None:
    log_path(file).write_bytes(_line(b'{"journal":"voice-session-emulator","format":9}'))

    with pytest.raises(DatabaseError, match="has format 9, this release reads 2"):
        Database([spec], file)


def test_a_snapshot_of_another_format_is_an_error(file: Path, spec: CollectionSpec) -> None:
    file.write_text('{"_format": {"1": {"format": 9}}}')

    with pytest.raises(DatabaseError, match="has format 9, this release reads 2"):
        Database([spec], file)

    assert file.read_text() == '{"_format": {"1": {"format": 9}}}'


def test_a_full_disk_fails_writes_but_not_reads(open_database: Database, file: Path) -> None:
    things = open_database.collection("things")
    size = log_path(file).stat().st_size

    with disk_of(size + 20):
        for act in (
            lambda: things.insert({"id": "b", "made": 2}),
            lambda: things.replace("a", lambda thing: {**thing, "made": 9, "tags": ["long"] * 9}),
        ):
            with pytest.raises(Problem) as raised:
                act()
            assert raised.value.kind is Kind.UNSTORED
        assert made(things) == [1]

    assert log_path(file).stat().st_size == size
    things.insert({"id": "b", "made": 2})
    assert made(things) == [1, 2]


def test_compaction_on_a_full_disk_keeps_everything(open_database: Database, file: Path, spec: CollectionSpec) -> None:
    with disk_of(50), pytest.raises(OSError, match="File too large"):
        open_database.compact()

    assert [path.name for path in sorted(file.parent.iterdir())] == ["things.json.journal", "things.json.lock"]
    open_database.compact()
    assert check_after_closing(open_database, file, spec) == {"things": 1}


def check_after_closing(database: Database, file: Path, spec: CollectionSpec) -> dict[str, int]:
    database.close()
    report = check(file, [spec])
    assert report.inconsistencies == ()
    return report.counts


@pytest.mark.parametrize("durability", Durability)
def test_compaction_during_writes_loses_nothing(file: Path, spec: CollectionSpec, durability: Durability) -> None:
    database = Database([spec], file, durability)
    things = database.collection("things")

    def write(start: int) -> None:
        for number in range(start, start + 150):
            things.insert({"id": str(number), "made": number})

    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 1000, 2000, 3000)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        database.compact()
    for writer in writers:
        writer.join()

    assert check_after_closing(database, file, spec) == {"things": 600}


def test_compaction_waits_until_the_write_ahead_log_has_outgrown_the_snapshot(file: Path, spec: CollectionSpec) -> None:
    database = Database([spec], file, compact_beyond=2_000)
    things = database.collection("things")
    for number in range(200):
        things.insert({"id": str(number), "made": number})
    database.compact()
    snapshot = file.stat().st_ino

    things.insert({"id": "one more", "made": 1})
    database.close()

    assert file.stat().st_ino != snapshot, "closing compacts"
    database = Database([spec], file, compact_beyond=2_000)
    before = file.stat().st_ino
    database.collection("things").insert({"id": "another", "made": 1})
    assert [path.name for path in file.parent.iterdir() if path.name.endswith(".new")] == []
    assert file.stat().st_ino == before
    database.close()


def test_a_kill_between_writing_snapshot_and_log_repeats_no_change(
    open_database: Database, file: Path, tmp_path: Path, spec: CollectionSpec
) -> None:
    things = open_database.collection("things")
    things.insert({"id": "b", "made": 2})
    things.delete("a")
    before = log_path(file).read_bytes()
    open_database.compact()
    copy = killed_copy(open_database, tmp_path / "killed")
    log_path(copy).write_bytes(before)

    database = Database([spec], copy)

    assert made(database.collection("things")) == [2]
    database.close()


def test_a_second_process_gets_the_process_id_of_the_first(
    open_database: Database, file: Path, spec: CollectionSpec
) -> None:
    with pytest.raises(DatabaseError, match=rf"things\.json is in use by process {os.getpid()}; stop that process"):
        Database([spec], file)

    assert open_database.collection("things").count() == 1


def test_a_lock_file_of_a_dead_process_is_taken_over(file: Path, spec: CollectionSpec) -> None:
    lock = file.with_name(file.name + ".lock")
    lock.write_text("999999999\n")

    database = Database([spec], file)

    assert int(lock.read_text().split()[0]) == os.getpid()
    database.close()


def test_undeclared_tables_are_kept(file: Path, spec: CollectionSpec) -> None:
    file.write_text('{"others": {"7": {"kept": true}}}')
    database = Database([spec], file)
    database.collection("things").insert({"id": "a", "made": 1})
    database.close()

    written = json.loads(file.read_text())

    assert written["others"] == {"7": {"kept": True}}
    assert written["things"] == {"1": {"id": "a", "made": 1}}


def test_check_counts_documents_and_changes_nothing(
    open_database: Database, tmp_path: Path, spec: CollectionSpec
) -> None:
    things = open_database.collection("things")
    things.insert({"id": "b", "made": 2, "colour": "red"})
    open_database.compact()
    things.replace("b", lambda thing: {**thing, "colour": "blue", "made": 0})
    things.delete("a")
    copy = killed_copy(open_database, tmp_path / "killed")
    before = {path.name: path.read_bytes() for path in copy.parent.iterdir()}

    report = check(copy, [spec])

    assert (report.counts, report.waiting, report.inconsistencies) == ({"things": 1}, 2, ())
    assert {path.name: path.read_bytes() for path in copy.parent.iterdir()} == before


def test_an_inconsistent_index_is_found(open_database: Database) -> None:
    things = open_database.collection("things")
    things.insert({"id": "b", "made": 2, "colour": "red"})
    assert things.inconsistencies() == []

    things._rows._indexes._values["colour"]["red"].discard(1)

    assert things.inconsistencies() == ["bitmap of colour"]


def test_explain_names_each_index_and_its_remaining_rows(open_database: Database) -> None:
    things = open_database.collection("things")
    things.insert_many({"id": f"x{number}", "made": number, "colour": "red"} for number in range(2, 12))
    red, late = AnyOf("colour", frozenset(["red"])), Bound("made", Comparison.GE, 7)

    explanation = things.explain(Query((late, red), Sort("price"), Window(limit=1)))

    assert explanation.steps == (Step(red, "bitmap of colour", 10), Step(late, "row numbers", 5))
    assert (explanation.order, explanation.total) == ("order of price", 5)
