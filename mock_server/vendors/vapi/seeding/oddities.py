"""Sessions made to be mistaken: for each other by a sloppy filter, or for something else by a reader."""

from typing import Literal, NamedTuple


class Oddity(NamedTuple):
    """What one session has instead of what chance would give it; None leaves it to chance."""

    name: str | None = None
    dollars: float | None = None
    customer: str | None = None  # a key of people.LOOKALIKES
    party: str | None = None  # a key of parties.PARTIES
    lifetime: int | None = None
    billed: bool = True
    bare: bool = False
    messages: bool | None = None  # False for an empty list
    number: Literal["line", "inline"] | None = None


ODDITIES = (
    Oddity("Booking", 9.5, "c1", "assistant", number="line"),
    Oddity("booking", 10, "C1", "squad"),
    Oddity("Booking 2", 10.25, "c10", "inline"),
    Oddity("Booking 20", 100.5, "short", "other squad"),
    Oddity("BOOKING", 2, "composed", "substituted", number="inline"),
    Oddity('Table for two, "by the window"', 0.25, "decomposed", "workflow"),
    Oddity("=SUM(A1:A9)", 0.25, "formula", "inline substituted"),
    Oddity("Refund; 100% + 1 & done?", 0.25, "semicolon", "inline squad"),
    Oddity("Größe prüfen – サイズ交換 – تبديل", 10, "quotes", "nobody"),
    Oddity("0", 0, "external id only", messages=False),
    Oddity("null", 9.5, "number only", "other workflow"),
    Oddity("Forty characters, which is as far as go!", 100, "longest", lifetime=2_592_000),
    Oddity(customer="desk", billed=False, lifetime=60),
    Oddity(customer="Desk", dollars=99.75),
    Oddity(customer="desk:5060", dollars=2.5),
    Oddity(customer="unchecked", dollars=20),
    Oddity(customer="name only", messages=False, billed=False),
    Oddity(customer="email only", lifetime=61),
    Oddity(bare=True),
)


def place_oddities(count: int) -> dict[int, Oddity]:
    """Which of `count` sessions are odd: each kind once, evenly spread, and none when there are too few."""
    kinds = len(ODDITIES)
    if count < kinds:
        return {}
    return {(2 * number + 1) * count // (2 * kinds): oddity for number, oddity in enumerate(ODDITIES)}
