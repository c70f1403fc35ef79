"""Clients that work at the same time lose nothing (issue 2, done when 6)."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer

TOKEN = {"Authorization": "Bearer any-token"}
CLIENTS = 16
ACTIONS = 125  # 2,000 for all clients together

Sessions = dict[str, dict[str, Any]]


def work(url: str, number: int) -> tuple[Sessions, list[str]]:
    """What one client believes to be there at the end, and what it deleted."""
    source, own, deleted = random.Random(number), Sessions(), list[str]()
    with httpx.Client(base_url=url, headers=TOKEN, timeout=30) as client:
        for step in range(ACTIONS):
            act = source.choice([create, create, update, delete]) if own else create
            act(client, source, own, deleted, f"{number}/{step}")
    return own, deleted


def create(client: httpx.Client, source: random.Random, own: Sessions, _deleted: list[str], name: str) -> None:
    answer = client.post(
        "/session", json={"name": name, "customer": {"number": f"+1415555{source.randrange(10**4):04}"}}
    )
    assert answer.status_code == 201
    own[answer.json()["id"]] = answer.json()


def update(client: httpx.Client, source: random.Random, own: Sessions, _deleted: list[str], name: str) -> None:
    key = source.choice([*own])
    answer = client.patch(f"/session/{key}", json={"name": name})
    assert (answer.status_code, answer.json()["name"]) == (200, name)
    own[key] = answer.json()


def delete(client: httpx.Client, source: random.Random, own: Sessions, deleted: list[str], _name: str) -> None:
    key = source.choice([*own])
    answer = client.delete(f"/session/{key}")
    assert (answer.status_code, answer.json()) == (200, own.pop(key))
    deleted.append(key)


def everything(url: str) -> Sessions:
    """All sessions, read page by page."""
    with httpx.Client(base_url=url, headers=TOKEN) as client:
        pages = [client.get("/session?limit=1000&page=1").json()]
        while pages[-1]["metadata"]["hasNextPage"]:
            pages.append(client.get(f"/session?limit=1000&page={len(pages) + 1}").json())
    rows = [row for page in pages for row in page["results"]]
    assert len(rows) == pages[0]["metadata"]["totalItems"] == len({row["id"] for row in rows})
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize(
    "kept", [pytest.param(False, id="memory", marks=pytest.mark.slow), pytest.param(True, id="file")]
)
def test_parallel_clients_lose_nothing(tmp_path: Path, kept: bool) -> None:
    file = {"db": tmp_path / "sessions.json"} if kept else {}
    with MockServer(sessions=50, **file) as server:
        seeded = everything(server.url)
        with ThreadPoolExecutor(CLIENTS) as pool:
            records = list(pool.map(lambda number: work(server.url, number), range(CLIENTS)))
        left = everything(server.url)
        gone = httpx.get(f"{server.url}/session/{records[0][1][0]}", headers=TOKEN).status_code

    expected = {key: row for own, _ in records for key, row in own.items()}
    assert left == {**seeded, **expected}
    assert (len(seeded), gone) == (50, 404)
