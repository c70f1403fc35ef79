"""The same seed and a frozen clock give the same bytes, whichever process serves them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_server import MockServer

TOKEN = {"Authorization": "Bearer any-token"}
FROZEN = ("--port", 0, "--sessions", 120, "--clock", "2026-01-31T09:00:00Z")
IN_PROCESS: dict[str, Any] = {"sessions": 120, "clock": "2026-01-31T09:00:00Z"}
PATHS = ("/session?limit=1000", "/session/export", "/session/export?format=json", "/session?limit=7&sortBy=cost")


def reads(url: str, *paths: str) -> list[bytes]:
    with httpx.Client(base_url=url, headers=TOKEN) as client:
        return [client.get(path).raise_for_status().content for path in paths]


def writes(url: str) -> list[bytes]:
    with httpx.Client(base_url=url, headers=TOKEN) as client:
        created = [client.post("/session", json={"name": f"{number}"}) for number in range(3)]
        changed = client.patch(f"/session/{created[0].json()['id']}", json={"status": "completed"})
        deleted = client.delete(f"/session/{created[1].json()['id']}")
        return [answer.content for answer in (*created, changed, deleted)]


@pytest.mark.parametrize(
    "hashing",
    [
        pytest.param(("0", "1"), id="two-hash-seeds"),
        pytest.param(("random", "random"), id="random-hashes", marks=pytest.mark.slow),
    ],
)
def test_two_processes_answer_byte_for_byte_alike(launch: Callable[..., Any], hashing: tuple[str, str]) -> None:
    one, other = (launch(*FROZEN, "--seed", 3, PYTHONHASHSEED=seed) for seed in hashing)

    assert reads(one.url, *PATHS) == reads(other.url, *PATHS)
    assert writes(one.url) == writes(other.url)
    assert reads(one.url, *PATHS) == reads(other.url, *PATHS)


@pytest.mark.parametrize(
    "changed",
    [{"seed": 4}, {"seed": 3, "clock": "2026-01-31T09:00:01Z"}],
    ids=["seed", "clock"],
)
def test_another_seed_or_time_answers_otherwise(changed: dict[str, Any]) -> None:
    with MockServer(**IN_PROCESS, seed=3) as one, MockServer(**{**IN_PROCESS, **changed}) as other:
        pairs = list(zip(reads(one.url, *PATHS), reads(other.url, *PATHS), strict=True))

    assert [mine == theirs for mine, theirs in pairs] == [False] * 4


def test_another_seed_shares_no_id() -> None:
    with MockServer(**IN_PROCESS, seed=1) as first, MockServer(**IN_PROCESS, seed=2) as second:
        listings = [
            httpx.get(f"{server.url}/session?limit=1000", headers=TOKEN).json()["results"] for server in (first, second)
        ]

    one, other = ({row["id"] for row in listing} for listing in listings)

    assert (len(one), len(other), one & other) == (120, 120, set())
