"""The bounds of what clients can make a server keep, so that its memory stays below CEILING whatever they send.

Sizes are in bytes and count what takes most of the memory: texts, and a flat amount for each object around them.
"""

from typing import NamedTuple

from mock_server.core.nesting import DEEPEST

MIB = 1 << 20

CEILING = 1_000_000_000
"""The resident memory that a server with default settings stays below."""

DOCUMENTS = 96
"""MiB that clients may add to the documents of the default world, by default."""
EVENT_BYTES = 24 * MIB
MOST_ATTEMPTS = 100
HELD_BACK_BYTES = 8 * MIB
JOURNAL_BYTES = 16 * MIB
MOST_COPIES = 1_000
COPIES_BYTES = 64 * MIB
MOST_ORIGINALS = 16
ORIGINALS_BYTES = 96 * MIB
MOST_DEFINED = 100
LONGEST_SUMMARY = 1_000
DEFINED_BYTES = 48 * MIB
MOST_SNAPSHOTS = 100
SNAPSHOTS_BYTES = 32 * MIB
RESULTS_BYTES = 1 * MIB
LONGEST_KEY = 2_048
MOST_FAULT_COUNTS = 10_000
LONGEST_PATTERN = 1_000
MOST_CONNECTIONS = 4


class Bound(NamedTuple):
    """A bound as the documentation shows it: what is bounded, by how much, and what happens beyond."""

    what: str
    most: str
    beyond: str


def _mib(size: int) -> str:
    return f"{size // MIB} MiB"


SETTINGS = (
    ("connections", "open connections", "the one that waits longest is closed; 503 if none waits"),
    ("slow_requests", "slow requests that run at a time", "503 with `Retry-After`"),
    ("head_bytes", "bytes of a request line and headers; path and query half of it", "431 or 414"),
    ("head_seconds", "seconds in which they must arrive", "408"),
    ("body_seconds", "seconds in which a request body must arrive", "408"),
    ("streams", "event streams and long polls", "503 with `Retry-After`"),
    ("webhook_workers", "threads that deliver webhooks, for all worlds", "deliveries wait"),
    ("documents_mib", "MiB that clients may add to the documents of a world", "507; reads and deletions go on"),
    ("event_history", "events of a world, and its deliveries that wait", "the oldest are removed"),
    ("journal", "requests in the journal of a world", "the oldest are removed"),
)
"""The bounds that are settings: the name of the setting, what is bounded, and what happens beyond."""

FIXED = (
    Bound("a request body", "1 MiB; 24 MiB in `PUT /_mock/worlds/<name>`", "413"),
    Bound("levels of objects and arrays in each other", f"{DEEPEST}", "400"),
    Bound("events of a world, with their deliveries", _mib(EVENT_BYTES), "the oldest are removed"),
    Bound("deliveries that wait, in each world", f"as many as events, {_mib(EVENT_BYTES)}", "the oldest are dropped"),
    Bound("attempts of one delivery", f"{MOST_ATTEMPTS}", "the last ones are kept"),
    Bound("messages that the fault `reorder` holds back", _mib(HELD_BACK_BYTES), "they are sent"),
    Bound("connections that a webhook worker keeps alive", f"{MOST_CONNECTIONS}", "the least recently used is closed"),
    Bound("request journal of a world", _mib(JOURNAL_BYTES), "the oldest requests are removed"),
    Bound(
        "copies of named worlds",
        f"{MOST_COPIES:,}, and {_mib(COPIES_BYTES)} of what they do not share",
        "the least recently used are closed",
    ),
    Bound(
        "data sets of named worlds, each dated by a clock",
        f"{MOST_ORIGINALS}, and {_mib(ORIGINALS_BYTES)} with those that copies use",
        "the least recently used are removed, with the copies of them",
    ),
    Bound("worlds that clients define", f"{MOST_DEFINED}, and {_mib(DEFINED_BYTES)}", "400; delete one first"),
    Bound(
        "snapshots of a world",
        f"{MOST_SNAPSHOTS}, and {_mib(SNAPSHOTS_BYTES)} of what they do not share",
        "400; delete one first",
    ),
    Bound("cached results of a collection", f"{_mib(RESULTS_BYTES)} twice", "the least recently used are removed"),
    Bound("queries and names whose parsed form is cached", f"{LONGEST_KEY:,} characters", "they are parsed each time"),
    Bound(
        "callers and headers that the faults of a world count", f"{MOST_FAULT_COUNTS:,}", "all are counted from 0 again"
    ),
    Bound("a pattern with wildcards", f"{LONGEST_PATTERN:,} characters", "400"),
)
"""The bounds that are not settings."""
