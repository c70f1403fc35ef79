"""Files that were damaged, lost, edited or swapped: what cannot be trusted is refused, with a way out."""

import errno
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tinydb

from mock_server.core.events import Draft
from mock_server.core.problems import Kind, Problem
from mock_server.core.store import Collection, CollectionSpec, Database, DatabaseError, Durability, check, snapshot
from mock_server.core.store.log_format import _line
from tests.patience import PATIENCE

ROWS = [{"id": key, "made": number, "colour": "red"} for number, key in enumerate("abc")]
Break = Callable[[Path], object]


def log_of(file: Path) -> Path:
    return file.with_name(file.name + ".journal")


@pytest.fixture
def killed(tmp_path: Path, spec: CollectionSpec) -> Path:
    """The files of a killed server: a snapshot of three things, and a log with a fourth."""
    source = tmp_path / "running"
    source.mkdir()
    database = Database([spec], source / "things.json")
    database.collection("things").insert_many(ROWS)
    database.compact()
    database.collection("things").insert({"id": "d", "made": 9})
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    database.close()
    return tmp_path / "things.json"


def opened(file: Path, spec: CollectionSpec, **options: bool) -> list[str]:
    """Open and close the file; return the ids in it."""
    database = Database([spec], file, **options)
    try:
        return [document["id"] for _, document in database.collection("things").numbered()]
    finally:
        database.close()


def contents(file: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in file.parent.iterdir() if path.is_file() and ".lock" not in path.name
    }


def empty(file: Path) -> None:
    file.write_bytes(b"")


def edit(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"red"', b'"bad"', 1))


def rewrite_with_tinydb(file: Path) -> None:
    with tinydb.TinyDB(file) as tiny:
        tiny.table("things").insert({"id": "mine", "made": 5})


def lose_the_log(file: Path) -> None:
    log_of(file).unlink()


def lose_the_snapshot(file: Path) -> None:
    file.unlink()


def take_an_older_snapshot(file: Path) -> None:
    database = Database([], file.with_name("older.json"))
    database.close()
    os.replace(database.path or "", file)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (empty, r"things\.json is empty; remove it, or restore a copy"),
        (edit, r"things\.json does not match its checksum: .* mock-server db accept \S+things\.json"),
        (rewrite_with_tinydb, r"things\.json\.journal does not continue things\.json as it is; .* db accept"),
        (lose_the_log, r"things\.json\.journal is missing, although the last process .* was killed; .* db accept"),
        (lose_the_snapshot, r"things\.json is missing, and things\.json\.journal continues it; restore a copy of both"),
        (take_an_older_snapshot, r"things\.json\.journal does not continue things\.json as it is; .* db accept"),
    ],
)
def test_a_half_that_cannot_be_trusted_is_refused_again_and_again(
    killed: Path, spec: CollectionSpec, spoil: Break, message: str
) -> None:
    spoil(killed)
    before = contents(killed)

    for _ in range(2):
        with pytest.raises(DatabaseError, match=message):
            Database([spec], killed)
        with pytest.raises(DatabaseError, match=message):
            check(killed, [spec])

    assert contents(killed) == before


@pytest.mark.parametrize(
    ("spoil", "kept", "old"),
    [
        (edit, ["a", "b", "c", "d"], False),
        (rewrite_with_tinydb, ["a", "b", "c", "mine"], True),
        (lose_the_log, ["a", "b", "c"], False),
        (take_an_older_snapshot, [], True),
    ],
)
def test_what_cannot_be_trusted_can_be_accepted(
    killed: Path, spec: CollectionSpec, spoil: Break, kept: list[str], old: bool
) -> None:
    spoil(killed)

    assert opened(killed, spec, accept=True) == kept
    assert opened(killed, spec) == kept
    assert ((killed.parent / "things.json.journal.old").exists(), log_of(killed).exists()) == (old, False)


def test_after_a_clean_stop_tinydb_may_change_the_file(tmp_path: Path, spec: CollectionSpec) -> None:
    database = Database([spec], tmp_path / "things.json")
    database.collection("things").insert_many(ROWS)
    database.close()

    rewrite_with_tinydb(tmp_path / "things.json")

    assert opened(tmp_path / "things.json", spec) == ["a", "b", "c", "mine"]


@pytest.mark.parametrize("half", ["things.json", "things.json.journal"])
def test_no_flipped_bit_changes_a_document(killed: Path, spec: CollectionSpec, half: str) -> None:
    source, path = random.Random(half), killed.with_name(half)
    whole = contents(killed)

    for _ in range(60):
        damaged = bytearray(whole[half])
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        path.write_bytes(damaged)
        try:
            assert opened(killed, spec) == ["a", "b", "c", "d"], "a bit of no consequence, such as the case of a digit"
        except DatabaseError:
            assert path.read_bytes() == damaged
        for name, content in whole.items():
            killed.with_name(name).write_bytes(content)


@pytest.mark.parametrize(
    "line",
    [b"5", b"[5]", b'{"a":1}', b'[["things",1]]', b'[["things",true,{}]]', b'[["things",1,"text"]]', b"{", b"+5"],
)
def test_an_odd_line_with_the_right_checksum_is_damage(killed: Path, spec: CollectionSpec, line: bytes) -> None:
    with log_of(killed).open("ab") as log:
        log.write(_line(line) + _line(b"[]"))

    with pytest.raises(DatabaseError, match=r"things\.json\.journal is damaged in line 3; move it away"):
        Database([spec], killed)


@pytest.mark.parametrize("header", [b"[1]", b"5", b'{"journal":"another","format":2}', b'{"journal":3}', b"null"])
def test_an_odd_header_with_the_right_checksum_is_damage(killed: Path, spec: CollectionSpec, header: bytes) -> None:
    log_of(killed).write_bytes(_line(header) + _line(b"[]"))

    with pytest.raises(DatabaseError, match=r"things\.json\.journal (is damaged in line 1|has format None)"):
        Database([spec], killed)


@pytest.mark.parametrize("meta", ['{"1":5}', '{"1":{}}', "{}", '{"1":{"format":2,"id":1}}', '{"1":[]}', "5"])
@pytest.mark.parametrize("layout", ['{"_format": %s}', '{"_format": {"1": %s}\n}\n'])
def test_an_odd_format_is_an_error_and_no_traceback(
    tmp_path: Path, spec: CollectionSpec, meta: str, layout: str
) -> None:
    (tmp_path / "things.json").write_text(layout % meta)

    with pytest.raises(DatabaseError, match=r"things\.json cannot be read as a database"):
        Database([spec], tmp_path / "things.json")


@pytest.mark.parametrize("kind", ["fifo", "folder", "empty"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, spec: CollectionSpec, kind: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()

    with pytest.raises(DatabaseError, match=r"choose another path for --db|is empty"):
        Database([spec], Path("") if kind == "empty" else tmp_path / kind)


# Who may open and read the files


def test_a_link_and_its_target_are_one_file(tmp_path: Path, spec: CollectionSpec) -> None:
    target, link = tmp_path / "things.json", tmp_path / "link.json"
    Database([spec], target).close()
    link.symlink_to(target)

    database = Database([spec], link)
    with pytest.raises(DatabaseError, match="in use"):
        Database([spec], target)
    database.collection("things").insert_many(ROWS)
    database.close()

    assert (link.is_symlink(), opened(target, spec)) == (True, ["a", "b", "c"])


@pytest.mark.parametrize(("mode", "kept"), [(None, 0o600), (0o640, 0o640), (0o600, 0o600), (0o644, 0o644)])
def test_permissions_are_kept_and_a_new_file_is_for_its_owner(
    tmp_path: Path, spec: CollectionSpec, mode: int | None, kept: int
) -> None:
    file = tmp_path / "things.json"
    if mode is not None:
        Database([spec], file).close()
        file.chmod(mode)

    database = Database([spec], file)
    database.collection("things").insert_many(ROWS)
    assert {path.stat().st_mode & 0o777 for path in (log_of(file), tmp_path / "things.json.lock")} == {0o600}
    database.close()

    assert file.stat().st_mode & 0o777 == kept


CONTENDER = """
import sys, time
from pathlib import Path
from typing import Any
from mock_server.core.store.errors import DatabaseError
from mock_server.core.store.lockfile import LockFile
lock, owner, got = Path(sys.argv[1]), Path(sys.argv[2]), 0
while got < 150:
    try:
        held = LockFile(lock)
    except DatabaseError:
        continue
    owner.mkdir()  # fails if there is another owner
    owner.rmdir()
    held.release()
    got += 1
"""


def test_a_lock_never_has_two_owners(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CONTENDER, tmp_path / "x.lock", tmp_path / "owner"]
    contenders = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]

    assert [contender.communicate(timeout=PATIENCE)[1] for contender in contenders] == [b""] * 3


# Commits that are whole, durable, or not there


def test_a_large_commit_is_written_in_parts_and_read_whole_or_not_at_all(tmp_path: Path, spec: CollectionSpec) -> None:
    file, large = tmp_path / "things.json", [{"id": f"{n:02}", "made": n, "text": "x" * 300_000} for n in range(12)]
    database = Database([spec], file)
    database.collection("things").insert({"id": "a", "made": 1})
    database.collection("things").insert_many(large)
    lines = log_of(file).read_bytes().splitlines(keepends=True)
    database.close()
    assert [line[9:10] for line in lines] == [b"{", b"[", b"+", b"+", b"["]

    for kept, found in ((5, 13), (4, 1), (3, 1), (2, 1)):
        copy = tmp_path / f"{kept}.json"
        log_of(copy).write_bytes(b"".join(lines[:kept]))
        assert len(opened(copy, spec)) == found


def test_a_compaction_whose_log_stays_twice_is_still_one_pair(
    tmp_path: Path, spec: CollectionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk may allow the snapshot but not the new log, more than once."""
    file = tmp_path / "things.json"
    database = Database([spec], file)
    with monkeypatch.context() as disk:
        disk.setattr(database.write_ahead_log, "truncate", fail)
        for row in ROWS:
            database.collection("things").insert(row)
            with pytest.raises(OSError, match="No space"):
                database.compact()
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in (file, log_of(file)):
        (copy / path.name).write_bytes(path.read_bytes())
    database.close()

    assert opened(copy / "things.json", spec) == ["a", "b", "c"]


def fail(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def failing_fsync(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A switch: whether fsync fails."""
    switch, real = [False], os.fsync

    def fsync(file: int) -> None:
        if switch[0]:
            raise OSError(errno.EIO, "Input/output error")
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    return switch


def told(document: dict[str, object], _: bytes) -> Draft:
    return Draft(vendor="v", type="t", time=1, subject=str(document["id"]), message=b"{}", has_target=False)


WRITES: dict[str, Callable[[Collection], object]] = {
    "insert": lambda things: things.insert({"id": "x", "made": 7}, told),
    "insert_many": lambda things: things.insert_many([{"id": "x", "made": 7}, {"id": "y", "made": 8}]),
    "replace": lambda things: things.replace("a", lambda old: {**old, "colour": "blue"}, told),
    "replace_many": lambda things: things.replace_many(["a", "b"], lambda old: {**old, "colour": "blue"}, told),
    "delete": lambda things: things.delete("b", told),
    "clear": lambda things: things.clear(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_that_cannot_be_made_durable_is_undone(
    tmp_path: Path, spec: CollectionSpec, failing_fsync: list[bool], write: Callable[[Collection], object]
) -> None:
    database = Database([spec], tmp_path / "things.json", Durability.DISK)
    things = database.collection("things")
    things.insert_many(ROWS)
    before = things.numbered()

    failing_fsync[0] = True
    with pytest.raises(
        Problem, match=r"The change was not stored: things\.json\.journal: Input/output error"
    ) as raised:
        write(things)
    failing_fsync[0] = False

    assert raised.value.kind is Kind.UNSTORED
    assert (things.numbered(), things.inconsistencies(), database.event_log.after(0)) == (before, [], [])
    write(things)
    after = things.numbered()
    assert after != before
    database.close()
    assert opened(tmp_path / "things.json", spec) == [document["id"] for _, document in after]


def test_writers_that_wait_for_the_same_fsync_all_learn_that_it_failed(
    tmp_path: Path, spec: CollectionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database([spec], tmp_path / "things.json", Durability.DISK)
    things, outcomes, written = database.collection("things"), list[str](), threading.Semaphore(0)
    append = database.write_ahead_log.append

    def counted(changes: object) -> int:
        offset = append(changes)  # type: ignore[arg-type]
        written.release()
        return offset

    monkeypatch.setattr(database.write_ahead_log, "append", counted)

    def insert(number: int) -> None:
        try:
            things.insert({"id": f"{number}", "made": number})
            outcomes.append("stored")
        except Problem:
            outcomes.append("refused")

    def fail_once_all_are_written(_: int) -> None:
        for _ in range(8):
            assert written.acquire(timeout=PATIENCE)
        raise OSError(errno.EIO, "Input/output error")

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(8)]
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", fail_once_all_are_written)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)

    assert (outcomes, things.count()) == (["refused"] * 8, 0)
    database.close()
    assert opened(tmp_path / "things.json", spec) == []


def test_names_are_durable_too(tmp_path: Path, spec: CollectionSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a file is made or renamed, its folder is synced before the next write is acknowledged."""
    steps, real = list[str](), os.fsync

    def fsync(file: int) -> None:
        steps.append("folder" if os.path.isdir(f"/dev/fd/{file}") else "file")
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    database = Database([spec], tmp_path / "things.json", Durability.DISK)
    database.collection("things").insert(ROWS[0])
    assert steps == ["folder", "file"], "the log is made, a commit is written"
    steps.clear()
    database.compact()
    assert steps == ["file", "folder", "file", "file", "folder"], "the snapshot, then the new log and its last commits"
    database.close()


def test_a_log_that_was_removed_refuses_writes_and_a_clean_stop_saves_all(tmp_path: Path, spec: CollectionSpec) -> None:
    file = tmp_path / "things.json"
    database = Database([spec], file)
    database.collection("things").insert_many(ROWS)
    log_of(file).unlink()

    with pytest.raises(Problem, match="the file was removed; stop the server to save all sessions"):
        database.collection("things").insert({"id": "d", "made": 9})
    database.close()

    assert opened(file, spec) == ["a", "b", "c"]


def test_numbers_and_so_ids_are_not_reused_after_a_restart(tmp_path: Path, spec: CollectionSpec) -> None:
    file = tmp_path / "things.json"
    for round_ in range(3):
        database = Database([spec], file)
        things = database.collection("things")
        things.insert({"id": f"{round_}", "made": 1})
        things.delete(f"{round_}")
        assert things.next_doc_id == round_ + 2
        if round_ == 1:
            database.compact()
        database.close()


def test_the_first_format_is_still_read(tmp_path: Path, spec: CollectionSpec) -> None:
    file = tmp_path / "things.json"
    file.write_text('{"_format": {"1": {"format": 1}}\n,"things": {\n"1": {"id":"a","made":1}\n}\n}\n')
    log_of(file).write_bytes(
        _line(b'{"journal":"voice-session-emulator","format":1}') + _line(b'[["things",2,{"id":"b","made":2}]]')
    )

    assert opened(file, spec) == ["a", "b"]
    assert json.loads(file.read_text())["_format"]["1"]["format"] == 2


def test_commits_that_the_snapshot_holds_are_not_applied_again(tmp_path: Path, spec: CollectionSpec) -> None:
    """As after a backup that reads the log before the snapshot, or a crash between the two renames."""
    file, copy = tmp_path / "things.json", tmp_path / "copy.json"
    database = Database([spec], file)
    database.collection("things").insert_many(ROWS)
    older = log_of(file).read_bytes()
    database.collection("things").delete("b")
    database.compact()
    copy.write_bytes(file.read_bytes())
    log_of(copy).write_bytes(older)
    database.close()

    assert check(copy, [spec]).counts == {"things": 2}
    assert opened(copy, spec) == ["a", "c"]


def test_the_log_of_another_new_file_is_refused(tmp_path: Path, spec: CollectionSpec) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        database = Database([spec], file)
        database.collection("things").insert({"id": file.stem, "made": 1})
        kept = log_of(file).read_bytes()
        database.close()

    log_of(files[0]).write_bytes(kept)

    with pytest.raises(DatabaseError, match=r"one\.json\.journal does not continue one\.json as it is"):
        Database([spec], files[0])


def test_a_write_after_the_close_is_refused(tmp_path: Path, spec: CollectionSpec) -> None:
    database = Database([spec], tmp_path / "things.json")
    database.close()

    with pytest.raises(Problem, match="the database is closed"):
        database.collection("things").insert(ROWS[0])


@pytest.mark.parametrize("name", ["C:\\x", "", 'a "b"', "ü"])
def test_a_table_of_any_name_is_read_back(tmp_path: Path, spec: CollectionSpec, name: str) -> None:
    file = tmp_path / "things.json"
    file.write_text(json.dumps({name: {"1": {"kept": True}}}))
    database = Database([spec], file)
    database.collection("things").insert(ROWS[0])
    database.close()

    assert opened(file, spec) == ["a"]
    assert json.loads(file.read_text())[name] == {"1": {"kept": True}}


def test_a_commit_whose_last_newline_is_damaged_is_not_taken_for_a_torn_one(killed: Path, spec: CollectionSpec) -> None:
    log_of(killed).write_bytes(log_of(killed).read_bytes()[:-1] + b"\x0b")

    with pytest.raises(DatabaseError, match=r"things\.json\.journal is damaged in line 2"):
        Database([spec], killed)


def test_a_failed_fsync_beside_a_compaction_keeps_what_was_acknowledged(
    tmp_path: Path, spec: CollectionSpec, failing_fsync: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, file = Database([spec], tmp_path / "things.json", Durability.DISK), tmp_path / "things.json"
    things, write = database.collection("things"), snapshot.write
    things.insert_many(ROWS)

    def written_while_a_write_fails(*values: Any, **others: Any) -> tuple[str, int]:
        made = write(*values, **others)
        things.insert({"id": "d", "made": 8})
        failing_fsync[0] = True
        with pytest.raises(Problem, match="was not stored"):
            things.insert({"id": "lost", "made": 9})
        failing_fsync[0] = False
        return made

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "write", written_while_a_write_fails)
        with pytest.raises(OSError, match="a write to disk failed meanwhile"):
            database.compact()
    things.insert({"id": "e", "made": 10})
    (tmp_path / "killed").mkdir()
    for path in (file, log_of(file)):
        (tmp_path / "killed" / path.name).write_bytes(path.read_bytes())
    database.close()

    assert opened(tmp_path / "killed" / "things.json", spec) == opened(file, spec) == ["a", "b", "c", "d", "e"]
