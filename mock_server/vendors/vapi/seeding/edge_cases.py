"""Sessions made to be mistaken: for each other by a sloppy filter, or for something else by a reader."""

from typing import Literal, NamedTuple


class EdgeCase(NamedTuple):
    """What one session has instead of what chance would give it; None leaves it to chance."""

    name: str | None = None
    dollars: float | None = None
    customer: str | None = None  # a key of people.LOOKALIKES
    participant: str | None = None  # a key of participants.PARTICIPANTS
    lifetime: int | None = None
    billed: bool = True
    bare: bool = False
    messages: bool | None = None  # False for an empty list
    number: Literal["line", "inline"] | None = None


EDGE_CASES = (
    EdgeCase("Booking", 9.5, "c1", "assistant", number="line"),
    EdgeCase("booking", 10, "C1", "squad"),
    EdgeCase("Booking 2", 10.25, "c10", "inline"),
    EdgeCase("Booking 20", 100.5, "short", "other squad"),
    EdgeCase("BOOKING", 2, "composed", "substituted", number="inline"),
    EdgeCase('Table for two, "by the window"', 0.25, "decomposed", "workflow"),
    EdgeCase("=SUM(A1:A9)", 0.25, "formula", "inline substituted"),
    EdgeCase("Refund; 100% + 1 & done?", 0.25, "semicolon", "inline squad"),
    EdgeCase("Größe prüfen – サイズ交換 – تبديل", 10, "quotes", "nobody"),
    EdgeCase("0", 0, "external id only", messages=False),
    EdgeCase("null", 9.5, "number only", "other workflow"),
    EdgeCase("Forty characters, which is as far as go!", 100, "longest", lifetime=2_592_000),
    EdgeCase(customer="desk", billed=False, lifetime=60),
    EdgeCase(customer="Desk", dollars=99.75),
    EdgeCase(customer="desk:5060", dollars=2.5),
    EdgeCase(customer="unchecked", dollars=20),
    EdgeCase(customer="name only", messages=False, billed=False),
    EdgeCase(customer="email only", lifetime=61),
    EdgeCase(bare=True),
)


def place_edge_cases(count: int) -> dict[int, EdgeCase]:
    """Which of `count` sessions are odd: each kind once, evenly spread, and none when there are too few."""
    kinds = len(EDGE_CASES)
    if count < kinds:
        return {}
    return {(2 * number + 1) * count // (2 * kinds): edge for number, edge in enumerate(EDGE_CASES)}
