"""What Vapi has in the named worlds."""

from typing import Any

import pytest

from mock_server import Settings, create_app
from mock_server.core.clock import parse_instant

NINE = "2026-01-31T09:00:00Z"
INLINE = {"assistant", "squad", "assistantOverrides"}


def rows_of(world: str) -> list[dict[str, Any]]:
    """Return the sessions of a world, newest first."""
    client = create_app(Settings.of({"clock": NINE})).test_client()
    answer = client.get("/session?limit=1000", headers={"Authorization": f"Bearer world:{world}:a"})
    rows: list[dict[str, Any]] = answer.json["results"]
    return rows


@pytest.mark.parametrize("world", ["one", "page", "page-plus-one", "ties", "unicode", "expired", "near-miss", "demo"])
def test_no_session_of_a_small_world_is_slow_for_the_sdk(world: str) -> None:
    rows = rows_of(world)

    assert rows
    assert [row["id"] for row in rows if INLINE & row.keys()] == []


def test_the_first_page_of_the_default_world_is_quick_to_read_and_ordinary() -> None:
    client = create_app(Settings.of({"clock": NINE})).test_client()
    rows = client.get("/session", headers={"Authorization": "Bearer any"}).json["results"]

    assert len(rows) == 100
    assert [row["id"] for row in rows if INLINE & row.keys()] == []
    assert max(row.get("cost", 0) for row in rows) < 0.2
    assert [row["id"] for row in rows if row.get("name", "X")[0] not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] == []


def test_a_large_world_has_inline_assistants_off_its_first_pages() -> None:
    client = create_app(Settings.of({"clock": NINE, "sessions": 1000})).test_client()
    rows = client.get("/session?limit=1000", headers={"Authorization": "Bearer any"}).json["results"]
    places = [number for number, row in enumerate(rows) if INLINE & row.keys()]

    assert 300 < min(places) < max(places) < 700


@pytest.mark.parametrize("world", ["ties", "expired"])
def test_what_was_said_begins_when_the_session_does(world: str) -> None:
    spoken = [
        (row["createdAt"], message)
        for row in rows_of(world)
        for message in row.get("messages", ())
        if "secondsFromStart" in message
    ]

    assert spoken
    for created, message in spoken:
        assert message["time"] - parse_instant(created) == round(message["secondsFromStart"] * 1000)
