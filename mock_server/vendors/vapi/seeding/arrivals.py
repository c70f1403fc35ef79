"""When the seeded sessions begin: busy by day, quiet by night, and some at the very same instant."""

import random
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

HOUR = 3_600_000
DAYS = 30
WINDOW = DAYS * 24 * HOUR

# Weight of each hour (UTC), and of each day from 1970-01-01, which was a Thursday.
_HOURS = (1, 1, 1, 1, 1, 2, 5, 12, 22, 28, 30, 28, 24, 26, 30, 30, 27, 22, 16, 11, 8, 5, 3, 2)
_WEEK = (1.0, 0.95, 0.5, 0.35, 1.1, 1.05, 1.0)
_RECENT = 6  # hours before the end that are always busy: a demo wants open conversations
_BATCH = 12  # sessions of one campaign, more than a page of ten

_RHYTHM = 41  # a prime, so that ties fall on every place of a page
_TIED = (7, 8)
_NEXT = 15


class Relation(Enum):
    """How a session lies to the one before."""

    LATER = "later"
    SAME = "created and updated at the same instants"
    NEXT = "created a millisecond later, and named almost the same"


class Arrival(NamedTuple):
    """The beginning of one session."""

    instant: int
    relation: Relation


def plan_arrivals(count: int, now: int, source: random.Random) -> Iterator[Arrival]:
    """`count` beginnings within the 30 days before `now`, oldest first; the last one still open."""
    previous = now - WINDOW
    for index, drawn in enumerate(_spread(count, now, source)):
        relation = _relate(index, count)
        if index == count - 1:
            drawn = now - 300_000 - int(source.random() * 1_200_000)  # the shortest usual lifetime is 30 minutes
        elif relation is not Relation.LATER:
            drawn = previous + (relation is Relation.NEXT)
        previous = min(max(drawn, previous), now)
        yield Arrival(previous, relation)


def _relate(index: int, count: int) -> Relation:
    if index == count - 1:
        return Relation.LATER
    if index % _RHYTHM in _TIED or (count >= 100 and 0 < index - count // 3 < _BATCH):
        return Relation.SAME
    return Relation.NEXT if index % _RHYTHM == _NEXT else Relation.LATER


def _spread(count: int, now: int, source: random.Random) -> Iterator[int]:
    """Instants in rising order, dense where the hour is busy, without keeping any of them."""
    start = now - WINDOW
    weights = [_weigh(start, number) for number in range(DAYS * 24)]
    total = sum(weights)
    hour, below = 0, 0.0
    for index in range(count):
        aim = (index + source.random()) / count * total
        while hour < len(weights) - 1 and below + weights[hour] <= aim:
            below += weights[hour]
            hour += 1
        yield start + int((hour + min((aim - below) / weights[hour], 1.0)) * HOUR)


def _weigh(start: int, number: int) -> float:
    """How busy the hour is; more so towards the end, as a business grows."""
    hour = start // HOUR + number
    if number >= DAYS * 24 - _RECENT:
        return max(_HOURS) * 2.0
    return _HOURS[hour % 24] * _WEEK[hour // 24 % 7] * (0.7 + 0.6 * number / (DAYS * 24))
