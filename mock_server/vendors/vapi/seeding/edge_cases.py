"""Edge cases: sessions that a wrong filter, sort order or reader takes for others."""

from typing import Literal, NamedTuple

from mock_server.vendors.vapi.seeding.arrivals import middle


class EdgeCase(NamedTuple):
    """What is fixed in one session; None leaves it to chance."""

    name: str | None = None
    dollars: float | None = None
    customer: str | None = None  # a key of lookalikes.LOOKALIKES
    participant: str | None = None  # a key of participants.PARTICIPANTS
    lifetime: int | None = None
    billed: bool = True
    bare: bool = False
    messages: bool | None = None  # False for an empty list
    number: Literal["line", "inline"] | None = None


EDGE_CASES = (
    EdgeCase("Booking", 9.5, "c1", "assistant", number="line"),
    EdgeCase("booking", 10, "C1", "assistant"),
    EdgeCase("Booking 2", 10.25, "c10", "squad"),
    EdgeCase("Booking 20", 100.5, "short", "assistant"),
    EdgeCase("BOOKING", 2, "composed", "assistant"),
    EdgeCase('Table for two, "by the window"', 0.25, "decomposed", "nobody"),
    EdgeCase("=SUM(A1:A9)", 0.25, "formula", "squad"),
    EdgeCase("Refund; 100% + 1 & done?", 0.25, "semicolon", "assistant"),
    EdgeCase("Größe prüfen – サイズ交換 – تبديل", 10, "quotes", "other workflow", number="inline"),
    EdgeCase("0", 0, "external id only", "workflow", messages=False),
    EdgeCase("null", 9.5, "number only", "nobody"),
    EdgeCase("Forty characters, which is as far as go!", 100, "longest", lifetime=2_592_000),
    EdgeCase(customer="desk", billed=False, lifetime=60),
    EdgeCase(customer="Desk", dollars=99.75),
    EdgeCase(customer="desk:5060", dollars=2.5),
    EdgeCase(customer="unchecked", dollars=20),
    EdgeCase(customer="name only", participant="squad", messages=False, billed=False),
    EdgeCase(customer="email only", lifetime=61),
    EdgeCase(bare=True),
)


def place_edge_cases(count: int) -> dict[int, EdgeCase]:
    """Return which of `count` sessions are edge cases: each kind once, in the middle; none unless all of them fit."""
    kinds, places = len(EDGE_CASES), middle(count)
    if len(places) < kinds:
        return {}
    return {places[(2 * number + 1) * len(places) // (2 * kinds)]: edge for number, edge in enumerate(EDGE_CASES)}
