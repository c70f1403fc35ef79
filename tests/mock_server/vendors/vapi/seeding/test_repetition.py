"""The same arguments give the same sessions, in any process."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mock_server
from mock_server.core.clock import parse_instant
from mock_server.vendors.vapi.seeding import sessions
from tests.mock_server.vendors.vapi.seeding.world import NOW, ORG, SEED, generate, of


@pytest.mark.parametrize("count", [0, 1, 2, 19, 50, 250])
def test_count_is_exact(count: int) -> None:
    assert len(generate(count)) == count


def test_bytes_are_the_same_in_any_process() -> None:
    program = (
        "import hashlib, orjson; from mock_server.vendors.vapi.seeding import catalogue, sessions;"
        f"rows = [*sessions(300, seed={SEED}, org_id={ORG!r}, now={NOW}), catalogue({SEED}).assistants];"
        "print(hashlib.sha256(orjson.dumps(rows)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(mock_server.__file__).parents[1]), "TZ": zone},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed, zone in (("1", "UTC"), ("4711", "Asia/Kolkata"))
    }

    assert len(digests) == 1


def test_a_seed_may_be_a_number_or_its_text() -> None:
    assert generate(30, seed=7) == generate(30, seed="7")


@pytest.mark.parametrize("change", [{"seed": 8}, {"org_id": "another"}, {"now": NOW + 86_400_000}])
def test_each_argument_matters(change: dict[str, Any]) -> None:
    assert generate(30, **change) != generate(30)


def test_organisations_share_the_catalogue_and_no_session() -> None:
    mine, theirs = generate(50), generate(50, org_id="another")

    assert set(of(mine, "id")).isdisjoint(of(theirs, "id"))
    assert set(of(mine, "phoneNumberId")) & set(of(theirs, "phoneNumberId"))


def test_rows_come_one_by_one() -> None:
    endless = sessions(10**9, seed=SEED, org_id=ORG, now=NOW)

    assert next(endless)["orgId"] == ORG


def test_rows_share_no_part_that_a_change_could_reach() -> None:
    first, second = generate(60), generate(60)
    for row in first:
        for key in ("customer", "assistant", "metadata", "costs", "messages", "squad", "assistantOverrides"):
            if key in row:
                row[key].clear()

    assert generate(60) == second
    assert all(first_row != row for first_row, row in zip(first, second, strict=True) if "costs" in row)


@pytest.mark.parametrize("instant", ["0001-01-02T00:00:00Z", "1970-01-01", "9999-12-31T23:59:59.999Z"])
def test_any_clock_works(instant: str) -> None:
    assert len(generate(60, now=parse_instant(instant))) == 60
