"""Local time and dates: time zones, working days, and how a date is written in each language."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

HOUR = 3_600_000
DAY = 24 * HOUR
_SATURDAY = 5
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
    "ja": tuple(f"{number}月" for number in range(1, 13)),
}  # fmt: skip
_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "ja": ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"),
}


class Zone(NamedTuple):
    """A time zone: hours ahead of UTC in winter, and whose rule of daylight saving time it follows."""

    hours: int
    summer: str = ""


ZONES = {
    "pacific": Zone(-8, "us"),
    "mountain": Zone(-7, "us"),
    "central": Zone(-6, "us"),
    "eastern": Zone(-5, "us"),
    "berlin": Zone(1, "eu"),
    "tokyo": Zone(9),
}
"""By short name. Listed here because a machine without a time zone database must make the same sessions."""


@lru_cache(maxsize=64)
def _summer(rule: str, year: int) -> tuple[date, date]:
    """Return the first day of daylight saving time, and the first day after it."""
    if rule == "us":
        first, last = date(year, 3, 8), date(year, 11, 1)
        return first + timedelta(6 - first.weekday()), last + timedelta(6 - last.weekday())
    first, last = date(year, 3, 31), date(year, 10, 31)
    return first - timedelta((first.weekday() + 1) % 7), last - timedelta((last.weekday() + 1) % 7)


def offset(zone: str, day: date) -> int:
    """Return how many hours the zone is ahead of UTC on this day."""
    hours, rule = ZONES[zone]
    if rule:
        first, last = _summer(rule, day.year)
        hours += first <= day < last
    return hours


def utc_day(instant: int) -> date:
    """Return the day in UTC."""
    return datetime.fromtimestamp(instant // 1000, UTC).date()


def local_day(zone: str, instant: int) -> date:
    """Return the day in the zone."""
    return utc_day(instant + offset(zone, utc_day(instant)) * HOUR)


def local_instant(zone: str, day: date, milliseconds: int) -> int:
    """Return the instant `milliseconds` after midnight of a day in the zone."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY + milliseconds - offset(zone, day) * HOUR


def days_later(day: date, days: int) -> date:
    """Return the day that is `days` later, or earlier if negative; at most the last day that Python has."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def working_day(day: date) -> date:
    """Return the day itself, or the Monday after a weekend; the Friday before the last weekend that Python has."""
    weekday = day.weekday()
    if weekday < _SATURDAY:
        return day
    monday = days_later(day, 7 - weekday)
    return monday if monday.weekday() == 0 else days_later(day, _SATURDAY - 1 - weekday)


def months_before(day: date, count: int) -> tuple[int, int]:
    """Return the year and month `count` months before a day, or after it if negative."""
    number = day.year * 12 + day.month - 1 - count
    return number // 12, number % 12 + 1


def month_name(language: str, month: int) -> str:
    """Return the name of the month."""
    return _MONTHS[language][month - 1]


def weekday_name(language: str, number: int) -> str:
    """Return the name of the weekday. 0 is Monday."""
    return _WEEKDAYS[language][number]


def short_date(language: str, day: date) -> str:
    """Return month and day, such as March 6."""
    name = month_name(language, day.month)
    return {"en": f"{name} {day.day}", "de": f"{day.day}. {name}", "ja": f"{name}{day.day}日"}[language]


def full_date(language: str, day: date) -> str:
    """Return weekday, month and day, such as Friday, March 6."""
    name, short = weekday_name(language, day.weekday()), short_date(language, day)
    return {"en": f"{name}, {short}", "de": f"{name}, dem {short}", "ja": f"{short}({name[0]})"}[language]


def date_range(language: str, first: date, last: date) -> str:
    """Return a range of days, such as March 3 to March 5."""
    start, end = short_date(language, first), short_date(language, last)
    return {"en": f"{start} to {end}", "de": f"{start} bis {end}", "ja": f"{start}から{end}まで"}[language]


def time_of_day(language: str, hour: int, half: bool) -> str:
    """Return a full or half hour, such as 5:30 pm."""
    if language == "en":
        return f"{(hour - 1) % 12 + 1}{':30' if half else ''} {'am' if hour < 12 else 'pm'}"
    if language == "de":
        return f"{hour}:{'30' if half else '00'} Uhr"
    return f"{hour}時{'半' if half else ''}"
