"""When the seeded sessions begin: as busy as the businesses are at that hour, and some at the very same instant."""

import random
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

HOUR = 3_600_000
DAYS = 30
WINDOW = DAYS * 24 * HOUR
HOURS_OF_WEEK = 7 * 24
_WEEKEND = 5 * 24
_EPOCH = 3 * 24  # 1970-01-01 was a Thursday

_LARGE = 95  # from this number of sessions on, there is a campaign, and edge cases stay in the middle
BATCH = 12  # sessions of one campaign, more than a page of ten

_RHYTHM = 41  # a prime, so that ties fall on every position of a page
_TIED = (7, 8)
_NEXT = 15


class Relation(Enum):
    """How a session relates to the one before it."""

    LATER = "later"
    SAME = "created and updated at the same instants"
    NEXT = "created a millisecond later, with almost the same id"


class Arrival(NamedTuple):
    """The beginning of one session. `campaign` is whether others begin at the same instant."""

    instant: int
    relation: Relation
    campaign: bool


def hour_of_week(instant: int) -> int:
    """Return the hour from 0 on Monday (UTC)."""
    return (instant // HOUR + _EPOCH) % HOURS_OF_WEEK


def middle(count: int) -> range:
    """Return the positions, out of `count`, of sessions that stay off the first page of a list sorted by date."""
    return range(count) if count < _LARGE else range(2 * count // 5, 3 * count // 5)


def plan_arrivals(count: int, now: int, weights: Sequence[float], source: random.Random) -> Iterator[Arrival]:
    """Yield `count` beginnings within the 30 days before `now`, oldest first; the last session is still open.

    `weights` says how busy each hour of the week is.
    """
    previous = now - WINDOW
    pending, left = count >= _LARGE, 0  # of the campaign
    for index, drawn in enumerate(_spread(count, now, weights, source)):
        relation = _relate(index, count)
        campaign = Relation.SAME in (relation, _relate(index + 1, count))
        if left:
            relation, campaign, left = Relation.SAME, True, left - 1
        elif pending and index >= count // 4 and relation is Relation.LATER and hour_of_week(drawn) < _WEEKEND:
            pending, campaign, left = False, True, BATCH - 1
        if index == count - 1:
            drawn = now - 300_000 - int(source.random() * 1_200_000)  # the shortest usual lifetime is 30 minutes
        elif relation is not Relation.LATER:
            drawn = previous + (relation is Relation.NEXT)
        previous = min(max(drawn, previous), now)
        yield Arrival(previous, relation, campaign)


def _relate(index: int, count: int) -> Relation:
    if index >= count - 1:
        return Relation.LATER
    if index % _RHYTHM in _TIED:
        return Relation.SAME
    if index % _RHYTHM == _NEXT and (count < _LARGE or index in middle(count)):
        return Relation.NEXT
    return Relation.LATER


def _spread(count: int, now: int, weights: Sequence[float], source: random.Random) -> Iterator[int]:
    """Yield instants drawn independently of each other, in rising order, without storing them."""
    start = now - WINDOW
    busy = [_weigh(start, number, weights) for number in range(DAYS * 24)]
    total = sum(busy)
    chance = source.random
    hour, below, left = 0, 0.0, 1.0
    for remaining in range(count, 0, -1):
        left *= (1.0 - chance()) ** (1.0 / remaining)  # the least of `remaining` draws from what is left
        aim = (1.0 - left) * total
        while hour < len(busy) - 1 and below + busy[hour] <= aim:
            below += busy[hour]
            hour += 1
        yield start + int((hour + min((aim - below) / busy[hour], 1.0)) * HOUR)


def _weigh(start: int, number: int, weights: Sequence[float]) -> float:
    """Return how busy the hour is; more so towards the end, as a business grows."""
    return weights[hour_of_week(start + number * HOUR)] * (0.7 + 0.6 * number / (DAYS * 24))
