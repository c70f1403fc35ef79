"""What the slots of a conversation are filled with."""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from string import Formatter
from typing import NamedTuple, TypeVar

DAY = 86_400_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_AHEAD = 14  # how many days ahead people make appointments
_SOON = 4  # how many days ahead a parcel or a guest arrives
_SATURDAY = 5
_HOLIDAYS = frozenset({(1, 1), (12, 25), (12, 26)})

Slots = dict[str, str]
T = TypeVar("T")


def _item(name: str, price: str, *, pair: bool = False, article: str = "a") -> Slots:
    verb = "are" if pair else "is"
    return {"item": name, "an_item": f"a pair of {name}" if pair else f"{article} {name}", "is": verb, "price": price}


def _garment(name: str, size: str, *, pair: bool = False) -> Slots:
    agreement = {"they_are": "they're", "do": "do"} if pair else {"they_are": "it's", "do": "does"}
    return {"garment": name, "size": size, **agreement}


def _rooms(slot: str, *kinds: tuple[str, int]) -> tuple[Slots, ...]:
    return tuple({slot: kind, "euros": str(price)} for kind, price in kinds)


# Slots that only make sense together: where the first is wanted, one entry is chosen, and fills all of them.
GROUPS: tuple[tuple[Slots, ...], ...] = (
    (
        _item("Ridge 45 backpack", "189.00"),
        _item("Tarn rain jacket", "149.00"),
        _item("Fellside boots", "179.00", pair=True),
        _item("Larch down quilt", "229.00"),
        _item("Beacon headlamp", "59.00"),
        _item("Otter gloves", "39.00", pair=True),
    ),
    (
        *(_garment("Tarn rain jacket", size) for size in ("M", "L", "XL")),
        *(_garment("Fellside boots", size, pair=True) for size in ("9", "10", "11")),
        *(_garment("Otter gloves", size, pair=True) for size in ("M", "L")),
    ),
    _rooms("room", ("single room", 118), ("double room", 148), ("family room", 189), ("junior suite", 220)),
    _rooms("zimmer", ("Einzelzimmer", 118), ("Doppelzimmer", 148), ("Familienzimmer", 189)),
    _rooms("chambre", ("chambre simple", 118), ("chambre double", 148), ("chambre familiale", 189)),
)

# Slots chosen from a list; the ones with a time are written as people of the place do.
CHOICES = {
    "time": ("8:40", "9:20", "10:00", "11:15", "14:30", "15:45", "16:10"),
    "carrier": ("the parcel service", "the courier"),
    "morning": ("8:30 AM", "9 AM", "10 AM"),
}

# Slots made of a number: format, lowest, highest.
NUMBERS = {
    "nights": ("{:.0f}", 2, 6),
    "total": ("{:.0f}", 236, 880),
}

# Numbers that a business counts up: format, first and last within the time that the sessions cover, and how far a
# customer's number may be behind the current one.
SERIALS = {
    "order": ("NP-{:.0f}", 41_000, 89_000, 6_000),
    "booking": ("LH-{:.0f}", 3_000, 9_000, 900),
    "ticket": ("T-{:.0f}", 20_000, 90_000, 40),
}

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
}  # fmt: skip
_SPOKEN = {
    "en-GB": "{weekday} {day} {month}",
    "en-US": "{weekday}, {month} {day}",
    "de-DE": "{day}. {month}",
    "fr-FR": "{weekday} {day} {month}",
}


class Day(NamedTuple):
    """A day, as the date of an appointment and as the date of a conversation."""

    opened: str
    opened_iso: str
    workday: str
    workday_iso: str
    today: str
    last_month: str
    month: int  # of `last_month`, from 0


class Drawing(NamedTuple):
    """The slots of one script that are filled at random."""

    choices: tuple[tuple[str, tuple[str, ...]], ...]
    numbers: tuple[tuple[str, Callable[[float], str], float, float], ...]
    serials: tuple[tuple[str, Callable[[float], str], float, float, float], ...]
    groups: tuple[tuple[Slots, ...], ...]

    def fill(self, slots: Slots, progress: float, source: random.Random) -> None:
        """Add a value for each of them. `progress` goes from 0 to 1 within the time that the sessions cover."""
        chance = source.random
        for slot, values in self.choices:
            slots[slot] = values[int(chance() * len(values))]
        for slot, render, low, span in self.numbers:
            slots[slot] = render(low + chance() * span)
        for slot, render, low, span, back in self.serials:
            slots[slot] = render(low + progress * span - chance() * back)
        for group in self.groups:
            slots.update(group[int(chance() * len(group))])


def plan_drawing(templates: list[str]) -> Drawing:
    """Return what has to be drawn for these templates, in the order of their slots."""
    wanted = dict.fromkeys(field for text in templates for _, field, _, _ in Formatter().parse(text) if field)
    return Drawing(
        choices=tuple((slot, CHOICES[slot]) for slot in wanted if slot in CHOICES),
        numbers=tuple((slot, form.format, low, high - low) for slot, (form, low, high) in _asked(NUMBERS, wanted)),
        serials=tuple(
            (slot, form.format, first, last - first, back)
            for slot, (form, first, last, back) in _asked(SERIALS, wanted)
        ),
        groups=tuple(group for group in GROUPS if next(iter(group[0])) in wanted),
    )


def _asked(table: Mapping[str, T], wanted: Iterable[str]) -> list[tuple[str, T]]:
    return [(slot, table[slot]) for slot in wanted if slot in table]


class Calendar:
    """Days in words, around the time that the sessions cover."""

    def __init__(self, locale: str, start: int, days: int) -> None:
        self._first = start // DAY
        self._days = [_describe(locale, self._first + number) for number in range(days + _AHEAD + 2)]

    def fill(self, slots: Slots, instant: int, source: random.Random) -> int:
        """Add the day of `instant`, and days on which something is due. Return the month before, from 0."""
        number = instant // DAY - self._first
        today = self._days[number]
        chance = source.random()
        later = self._days[number + 1 + int(chance * _AHEAD)]
        near = self._days[number + 1 + int(chance * _SOON)]
        slots["today"], slots["month"] = today.today, today.last_month
        slots["day"], slots["isoday"] = later.opened, later.opened_iso
        slots["workday"], slots["isoworkday"] = later.workday, later.workday_iso
        slots["near"], slots["isonear"] = near.opened, near.opened_iso
        return today.month


def _describe(locale: str, number: int) -> Day:
    today = _date(number)
    opened = _next(number, 6)
    workday = opened if opened.weekday() < _SATURDAY else _next(number, _SATURDAY)
    last = (today.month - 2) % 12
    return Day(
        opened=_spell(locale, opened),
        opened_iso=opened.isoformat(),
        workday=_spell(locale, workday),
        workday_iso=workday.isoformat(),
        today=today.isoformat(),
        last_month=_MONTHS[locale[:2]][last],
        month=last,
    )


def _spell(locale: str, day: date) -> str:
    language = locale[:2]
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    weekday, month = _WEEKDAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
    return _SPOKEN[locale].format(weekday=weekday, day=number, month=month)


def _next(number: int, days: int) -> date:
    """Return the first day from `number` on that is one of the first `days` of the week, and not a holiday."""
    for later in range(7):
        day = _date(number + later)
        if day.weekday() < days and (day.month, day.day) not in _HOLIDAYS:
            break
    return day


@lru_cache(maxsize=128)
def _date(number: int) -> date:
    """Return the date of a day number, or the nearest one that a calendar has."""
    return date.fromordinal(min(max(number + _EPOCH_DAY, 1), date.max.toordinal()))
