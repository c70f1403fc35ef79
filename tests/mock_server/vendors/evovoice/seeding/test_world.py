"""The seeded data: reproducible, complete, believable, and with values that are easily confused."""

import os
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import orjson
import pytest

from mock_server.core.clock import format_instant, parse_instant
from mock_server.vendors.evovoice import seeding
from mock_server.vendors.evovoice.accounts.models import ACCOUNT
from mock_server.vendors.evovoice.seeding.businesses import QUIET
from mock_server.vendors.evovoice.seeding.sessions import ODD_PURPOSES
from mock_server.vendors.evovoice.sessions.models import SESSION

NOW = parse_instant("2026-01-31T09:00:00Z")
DAY = 86_400_000
AUTHORS = ("u" * 24, "v" * 24)
Row = dict[str, Any]


def sessions(count: int = 250, seed: object = 1) -> list[Row]:
    return list(seeding.sessions(count, seed=seed, now=NOW, authors=AUTHORS))


def accounts(seed: object = 1) -> tuple[Row, ...]:
    return seeding.accounts(seed=seed, now=NOW)


def test_the_same_seed_gives_the_same_world() -> None:
    assert sessions() == sessions()
    assert accounts() == accounts()
    assert list(seeding.usage(seed=1, now=NOW)) == list(seeding.usage(seed=1, now=NOW))
    assert sessions(seed=2) != sessions()
    assert accounts(2) != accounts()


def test_another_process_makes_the_same() -> None:
    program = (
        "import orjson, sys; from mock_server.vendors.evovoice import seeding; "
        f"sys.stdout.buffer.write(orjson.dumps(list(seeding.sessions(60, seed=1, now={NOW}, authors={AUTHORS!r}))))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}

    made = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)

    assert made.stdout == orjson.dumps(sessions(60))


@pytest.mark.parametrize("count", [0, 1, 2, 19, 20, 250])
def test_any_number_of_sessions(count: int) -> None:
    rows = sessions(count)

    assert len({row["id"] for row in rows}) == len(rows) == count
    assert orjson.loads(orjson.dumps(rows)) == rows


@pytest.mark.parametrize(
    ("rows", "kind"), [(sessions(), SESSION), (list(accounts()), ACCOUNT)], ids=["sessions", "accounts"]
)
def test_members_are_in_the_declared_order(rows: list[Row], kind: Any) -> None:
    declared = [member.key for member in kind.members]

    for row in rows:
        assert list(row) == [key for key in declared if key in row]
        assert None not in row.values()


def test_ids_and_dates() -> None:
    rows = [*sessions(), *accounts()]
    dates = [row[key] for row in rows for key in ("dateCreated", "dateLastModified") if key in row]

    assert all(re.fullmatch("[0-9a-f]{24}", row["id"]) for row in rows)
    assert max(dates) <= format_instant(NOW)
    assert all(row["dateCreated"] <= row.get("dateLastModified", row["dateCreated"]) for row in rows)
    created = [row["dateCreated"] for row in sessions()]
    assert created == sorted(created)
    assert min(created) >= format_instant(NOW - 90 * DAY)
    assert {row["createdBy"] for row in sessions()} == set(AUTHORS)


def test_the_accounts_are_a_tree() -> None:
    by_id = {account["id"]: account for account in accounts()}

    for account in by_id.values():
        above = by_id.get(account.get("parentAccountId", ""))
        assert account["ancestorIds"] == ([*above["ancestorIds"], above["id"]] if above else [])
        assert len(account["billingSettings"]) == 12
        assert b".0," not in orjson.dumps(account["billingSettings"])
        assert account["isBYOA"] <= ("twilioAccountSid" in account)
    assert {len(account["ancestorIds"]) for account in by_id.values()} == {0, 1, 2}


def test_names_of_accounts_are_easily_confused() -> None:
    names = [account["name"] for account in accounts()]
    ids = [account["id"] for account in accounts()]

    assert len(set(names)) == len(names) > len({name.casefold() for name in names})
    assert any(name != other and other.startswith(name) for name in names for other in names)
    assert any(key != other and key[:-1] == other[:-1] for key in ids for other in ids)
    assert any(not name.isascii() for name in names)


def test_all_accounts_but_one_have_sessions_and_usage() -> None:
    quiet = accounts()[QUIET]["id"]
    busy = {account["id"] for account in accounts()} - {quiet}

    assert {row["accountId"] for row in sessions()} == busy
    assert {row["accountId"] for row in seeding.usage(seed=1, now=NOW)} == busy
    names = {account["id"]: account["name"] for account in accounts()}
    assert all(row["accountName"] == names[row["accountId"]] for row in sessions())


def test_odd_purposes_ties_and_neighbours() -> None:
    rows = sessions(20)
    ids = [row["id"] for row in rows]

    assert set(ODD_PURPOSES) <= {row.get("purpose") for row in sessions(100)}
    assert max(Counter(row["dateCreated"] for row in rows).values()) == 12
    assert any(key != other and key[:-1] == other[:-1] for key in ids for other in ids)
    assert any("purpose" not in row for row in sessions())


def test_actions_and_logs() -> None:
    rows = sessions(1000)
    queued = [row for row in rows if "actions" in row]
    actions = [action for row in queued for action in row["actions"]]

    assert 0.2 < len(queued) / len(rows) < 0.5
    assert not any("log" in row for row in queued)
    assert any("log" in row for row in rows)
    assert {len(row["actions"]) for row in queued} == {1, 2, 3, 4}
    assert {action["canBeApplied"] for action in actions} == {True, False}
    assert all(orjson.loads(action["arguments"]) for action in actions)
    members = ["date", "id", "functionName", "arguments", "description", "canBeApplied"]
    assert all(list(action) == members for action in actions)
    assert len({action["id"] for action in actions}) == len(actions)


def test_purposes_read_like_requests() -> None:
    purposes = [row["purpose"] for row in sessions(1000) if "purpose" in row]

    assert len(set(purposes)) > 700
    assert max(map(len, purposes)) <= 400
    assert not any("{" in text for text in purposes if text not in ODD_PURPOSES)


def test_each_customer_has_sixty_days_of_usage() -> None:
    rows = list(seeding.usage(seed=1, now=NOW))
    days = sorted({day for row in rows for day in row["minutes"]})

    assert 20 < len({row["customerId"] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
    assert (len(days), days[0], days[-1]) == (60, "2025-12-03", "2026-01-31")
    assert all(list(row["minutes"]) == sorted(row["minutes"]) for row in rows)
    assert min(minutes for row in rows for minutes in row["minutes"].values()) > 0
