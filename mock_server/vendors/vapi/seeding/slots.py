"""What the slots of a conversation are filled with."""

import random
from collections.abc import Callable
from datetime import date
from string import Formatter
from typing import NamedTuple

DAY = 86_400_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_AHEAD = 14  # how many days ahead people make appointments

# Slots chosen from a list.
CHOICES = {
    "time": ("8:40", "9:20", "10:00", "11:15", "14:30", "15:45", "16:10"),
    "dentist": ("Dr Okafor", "Dr Lindqvist", "Dr Mehta"),
    "item": ("Ridge 45 backpack", "Tarn rain jacket", "Fellside boots", "Larch down quilt", "Beacon headlamp"),
    "size": ("38", "40", "42", "44", "46"),
    "street": ("Alder Street", "Juniper Lane", "Mill Road", "Prospect Avenue", "Quarry Way"),
    "room": ("double room", "single room", "family room", "junior suite"),
    "zimmer": ("Doppelzimmer", "Einzelzimmer", "Familienzimmer"),
    "cause": ("a fallen branch on the line", "a fault in a transformer", "a damaged cable"),
    "carrier": ("the parcel service", "the courier", "the post"),
}

# Slots made of a number: format, lowest, highest.
NUMBERS = {
    "order": ("NP-{:.0f}", 40000, 99999),
    "booking": ("LH-{:.0f}", 2000, 9999),
    "ticket": ("T-{:.0f}", 10000, 99999),
    "nights": ("{:.0f}", 2, 6),
    "house": ("{:.0f}", 3, 240),
    "dollars": ("{:.2f}", 35, 260),
    "more": ("{:.2f}", 280, 420),
    "pounds": ("{:.0f}", 58, 190),
    "euros": ("{:.0f}", 118, 260),
    "reading": ("{:.0f}", 20000, 78000),
    "homes": ("{:.0f}", 40, 900),
    "hours": ("{:.0f}", 2, 5),
}

_WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_SPOKEN = {"en": "{weekday} {day} {month}", "de": "{weekday}, den {day}. {month}"}


class Day(NamedTuple):
    """A day as an appointment and as the day on which somebody talks."""

    opened: str
    opened_iso: str
    today: str
    last_month: str


class Drawing(NamedTuple):
    """The slots of one script that chance fills."""

    choices: tuple[tuple[str, tuple[str, ...]], ...]
    numbers: tuple[tuple[str, Callable[[float], str], float, float], ...]

    def fill(self, slots: dict[str, str], source: random.Random) -> None:
        """Add a value for each of them."""
        chance = source.random
        for slot, values in self.choices:
            slots[slot] = values[int(chance() * len(values))]
        for slot, render, low, span in self.numbers:
            slots[slot] = render(low + chance() * span)


def plan_drawing(templates: list[str]) -> Drawing:
    """What has to be drawn for these templates, in the order in which they ask for it."""
    parsed = (field for text in templates for _, field, _, _ in Formatter().parse(text) if field)
    wanted = tuple(dict.fromkeys(parsed))
    return Drawing(
        choices=tuple((slot, CHOICES[slot]) for slot in wanted if slot in CHOICES),
        numbers=tuple(
            (slot, form.format, low, high - low)
            for slot, (form, low, high) in ((slot, NUMBERS[slot]) for slot in wanted if slot in NUMBERS)
        ),
    )


class Calendar:
    """Days as people name them, around the time that the sessions cover."""

    def __init__(self, language: str, start: int, days: int) -> None:
        self._first = start // DAY
        self._days = [_describe(language, self._first + number) for number in range(days + _AHEAD + 2)]

    def fill(self, slots: dict[str, str], instant: int, source: random.Random) -> None:
        """Add the day of `instant` and an appointment within the next two weeks."""
        number = instant // DAY - self._first
        today = self._days[number]
        later = self._days[number + 1 + int(source.random() * _AHEAD)]
        slots["today"], slots["month"] = today.today, today.last_month
        slots["day"], slots["isoday"] = later.opened, later.opened_iso


def _describe(language: str, number: int) -> Day:
    today = _date(number)
    opened = _date(number + 1) if today.weekday() == 6 else today  # nobody works on a Sunday
    months = _MONTHS[language].split()
    spoken = _SPOKEN[language].format(
        weekday=_WEEKDAYS[language].split()[opened.weekday()], day=opened.day, month=months[opened.month - 1]
    )
    return Day(spoken, opened.isoformat(), today.isoformat(), months[today.month - 2])


def _date(number: int) -> date:
    """The date of a day number, or the nearest one that a calendar has."""
    return date.fromordinal(min(max(number + _EPOCH_DAY, 1), date.max.toordinal()))
