"""When and for which account the seeded sessions begin: in the business hours of each account's own time zone."""

import random
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from mock_server.vendors.evovoice.seeding.businesses import BUSY, PLACES
from mock_server.vendors.evovoice.seeding.calendar import DAY, HOUR, ZONES, offset, utc_day

DAYS = 90
WINDOW = DAYS * DAY
_WEEK = 7 * 24
_MONDAY = 72  # hours from a Monday's midnight to the Thursday on which 1970 began
_HOURS = (
    0.02, 0.01, 0.01, 0.01, 0.02, 0.05, 0.3, 1.5, 7, 10, 9, 8, 4, 6, 8, 8, 7, 4, 1.2, 0.5, 0.3, 0.2, 0.1, 0.05,
)  # fmt: skip
_WEEKDAYS = (1.3, 1.1, 1.0, 1.05, 0.85, 0.06, 0.03)
_CLOSED = {(1, 1), (12, 25)}
BATCH = 12  # sessions at one instant: a change for every customer of the reseller
_ENOUGH = 20  # fewer sessions get no batch
_IN_BUSINESS = 4.0  # the weight of an hour in which most people work
_AGAIN = 0.12  # the share of sessions that follow another one of the same account within minutes

_ZONES = tuple(ZONES)
_OWN_ZONE = _ZONES.index(PLACES[0].zone)
_BY_ZONE = {zone: [number for number in BUSY if PLACES[number].zone == zone] for zone in _ZONES}
_SHARES = {zone: list(accumulate(PLACES[number].share for number in numbers)) for zone, numbers in _BY_ZONE.items()}


class Arrival(NamedTuple):
    """The beginning of a session: when, for which account, and its index in a batch at one instant."""

    instant: int
    account: int
    batched: int | None = None


class _Week(NamedTuple):
    """How busy each zone is in each hour of two weeks in UTC, from a Monday, and the running sums."""

    zones: list[tuple[float, ...]]
    sums: list[float]


@lru_cache(maxsize=32)
def _week(offsets: tuple[int, ...]) -> _Week:
    """Return the week for zones with these offsets."""
    local = [hour * day for day in _WEEKDAYS for hour in _HOURS]
    shares = [_SHARES[zone][-1] for zone in _ZONES]
    zones = [
        tuple(share * local[(hour + ahead) % _WEEK] for share, ahead in zip(shares, offsets, strict=True))
        for hour in range(_WEEK)
    ] * 2
    return _Week(zones, [0.0, *accumulate(map(sum, zones))])


class _Span(NamedTuple):
    """24 hours: the week, the index of the first hour in it, and a factor for this day."""

    week: _Week
    first: int
    factor: float

    @property
    def weight(self) -> float:
        """How busy the day is."""
        return (self.week.sums[self.first + 24] - self.week.sums[self.first]) * self.factor


def plan_arrivals(count: int, now: int, source: random.Random) -> Iterator[Arrival]:
    """Yield the beginnings of `count` sessions in the 90 days before `now`, oldest first."""
    chance = source.random
    batch_from = count // 3
    batch_at_last = min(count - BATCH, batch_from + _ENOUGH) if count >= _ENOUGH else -1
    batched = BATCH
    previous = Arrival(now - WINDOW, BUSY[0])
    for index, (instant, weights) in enumerate(_spread(count, now, source)):
        if batched < BATCH:
            previous = Arrival(previous.instant, BUSY[batched], batched)
            batched += 1
            yield previous
            continue
        if index >= batch_from and index <= batch_at_last:
            open_hours = weights[_OWN_ZONE] >= _IN_BUSINESS * _SHARES[PLACES[0].zone][-1]
            if open_hours or index == batch_at_last:
                previous, batched, batch_at_last = Arrival(instant, BUSY[0], 0), 1, -1
                yield previous
                continue
        again = previous.instant + 90_000 + int(chance() * 900_000)
        if index and again <= instant and chance() < _AGAIN:
            previous = Arrival(again, previous.account)
        else:
            previous = Arrival(max(instant, previous.instant), _account(weights, chance(), chance()))
        yield previous


def _account(weights: tuple[float, ...], first: float, second: float) -> int:
    """Return an account. One whose zone is busy at this time is more likely."""
    aim = first * sum(weights)
    number = 0
    while number < len(_ZONES) - 1 and aim >= weights[number]:
        aim -= weights[number]
        number += 1
    zone = _ZONES[number]
    shares = _SHARES[zone]
    return _BY_ZONE[zone][bisect(shares, second * shares[-1], hi=len(shares) - 1)]


def _spread(count: int, now: int, source: random.Random) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Yield random instants in rising order, and how busy each zone is then, without keeping them."""
    chance = source.random
    start = now - WINDOW
    spans = [_span(start + number * DAY, chance()) for number in range(DAYS)]
    weights = [span.weight for span in spans]
    total = sum(weights)
    left, number, below = 1.0, 0, 0.0
    for index in range(count):
        left *= chance() ** (1 / (count - index))  # the next of `count` sorted random numbers
        aim = (1 - left) * total
        while number < DAYS - 1 and below + weights[number] <= aim:
            below += weights[number]
            number += 1
        week, first, factor = spans[number]
        target = week.sums[first] + (aim - below) / factor
        hour = min(max(bisect(week.sums, target) - 1, first), first + 23)
        part = (target - week.sums[hour]) / (week.sums[hour + 1] - week.sums[hour])
        yield start + number * DAY + int((hour - first + min(max(part, 0.0), 1.0)) * HOUR), week.zones[hour]


def _span(start: int, chance: float) -> _Span:
    """Return the 24 hours from `start`. Some days are busier than others at random."""
    day = utc_day(start)
    factor = (0.3 + 1.4 * chance) * (0.02 if (day.month, day.day) in _CLOSED else 1.0)
    week = _week(tuple(offset(zone, day) for zone in _ZONES))
    return _Span(week, (start // HOUR + _MONDAY) % _WEEK, factor)
