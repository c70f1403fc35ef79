"""What the tests of the seeded sessions have in common."""

from functools import lru_cache
from typing import Any

from mock_server.core.clock import parse_instant
from mock_server.vendors.vapi.seeding import sessions

Document = dict[str, Any]

NOW = parse_instant("2026-03-18T14:25:36.789Z")
SEED = 7
ORG = "2f1c0e5a-6a55-4c3e-9a53-0a6c1b3f7d10"


def generate(count: int = 250, *, seed: object = SEED, org_id: str = ORG, now: int = NOW) -> list[Document]:
    """Return the sessions of one organisation."""
    return list(sessions(count, seed=seed, org_id=org_id, now=now))


@lru_cache(maxsize=24)
def shared(count: int = 250, *, seed: object = SEED, now: int = NOW) -> list[Document]:
    """Return what `generate` returns, made once. Read only: all tests share it."""
    return generate(count, seed=seed, now=now)


def of(rows: list[Document], key: str) -> list[Any]:
    """Return the values of a field, `a.b` for a nested one, from the rows that have it."""
    values: list[Any] = list(rows)
    for part in key.split("."):
        values = [value[part] for value in values if part in value]
    return values
