"""Values for the names in braces in a purpose: people, teams, numbers and dates of one account."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zlib import crc32

from mock_server.vendors.evovoice.seeding.businesses import TRADES, Person, Place, Staff
from mock_server.vendors.evovoice.seeding.calendar import (
    date_range,
    days_later,
    full_date,
    month_name,
    months_before,
    short_date,
    time_of_day,
    weekday_name,
    working_day,
)


class Slots(dict[str, Any]):
    """Values by name, each drawn on first use, so that a purpose and its actions agree."""

    def __init__(self, place: Place, staff: Staff, day: date, chance: Callable[[], float]) -> None:
        super().__init__()
        self.place = place
        self.staff = staff
        self.day = day
        self.chance = chance

    def __missing__(self, name: str) -> Any:
        value = self[name] = _SLOTS[name](self)
        return value

    def choose(self, values: Any) -> Any:
        """Return one of the values."""
        return values[int(self.chance() * len(values))]

    def number(self, first: int, last: int) -> int:
        """Return a whole number between two, both included."""
        return first + int(self.chance() * (last - first + 1))

    def other(self, name: str, values: Any) -> Any:
        """Return a value that is not the one drawn under this name."""
        return self.choose([value for value in values if value != self[name]])

    def ahead(self, first: int, last: int) -> date:
        """Return a day between `first` and `last` days ahead."""
        return days_later(self.day, self.number(first, last))


def _person(slots: Slots) -> Person:
    person: Person = slots["person"]
    return person


def _phone(slots: Slots) -> str:
    """Return a phone number that is reserved for fiction in its country."""
    if slots.place.language == "de":
        return f"+494066969{slots.number(0, 999):03d}"
    return f"+1{slots.place.area}55501{slots.number(0, 99):02d}"


def _month(slots: Slots, before: int) -> str:
    return month_name(slots.place.language, months_before(slots.day, before)[1])


def _bill(slots: Slots, before: int) -> str:
    """Return the account's bill of `before` months ago, in dollars and cents. It is always the same for a month."""
    year, month = months_before(slots.day, before)
    usual = 90 + crc32(slots.place.name.encode()) % 400
    return f"{usual + crc32(f'{slots.place.name} {year}-{month}'.encode()) % 9_000 / 100:.2f}"


def _weekday(slots: Slots) -> str:
    return weekday_name(slots.place.language, slots.number(0, 4))


def _hours(first: int, last: int) -> Callable[[Slots], str]:
    return lambda slots: time_of_day(slots.place.language, slots.number(first, last), slots.chance() < 0.4)


def _range(slots: Slots) -> str:
    first = working_day(slots.ahead(7, 40))
    return date_range(slots.place.language, first, days_later(first, slots.number(1, 4)))


def _past_date(slots: Slots) -> str:
    day = days_later(slots.day, -slots.number(1, 6))
    while day.weekday() > 4:
        day = days_later(day, -1)
    return full_date(slots.place.language, day)


_SLOTS: dict[str, Callable[[Slots], Any]] = {
    "person": lambda slots: slots.choose(slots.staff.people),
    "name": lambda slots: _person(slots).name,
    "extension": lambda slots: _person(slots).extension,
    "email": lambda slots: _person(slots).email,
    "other": lambda slots: slots.other("person", slots.staff.people).name,
    "newcomer_person": lambda slots: slots.choose(slots.staff.newcomers),
    "newcomer": lambda slots: slots["newcomer_person"].name,
    "new_extension": lambda slots: slots["newcomer_person"].extension,
    "new_email": lambda slots: slots["newcomer_person"].email,
    "leaver_person": lambda slots: slots.choose(slots.staff.leavers),
    "leaver": lambda slots: slots["leaver_person"].name,
    "old_extension": lambda slots: slots["leaver_person"].extension,
    "team": lambda slots: slots.choose(TRADES[slots.place.trade].teams),
    "flow": lambda slots: slots.choose(TRADES[slots.place.trade].flows),
    "open_flow": lambda slots: slots.choose(TRADES[slots.place.trade].flows[:2]),
    "mobile": _phone,
    "line": _phone,
    "area": lambda slots: slots.place.area,
    "day": _weekday,
    "open": _hours(7, 9),
    "close": _hours(15, 18),
    "date": lambda slots: full_date(slots.place.language, working_day(slots.ahead(4, 30))),
    "until": lambda slots: short_date(slots.place.language, slots.ahead(7, 45)),
    "range": _range,
    "past_date": _past_date,
    "last_month": lambda slots: _month(slots, 1),
    "month_before": lambda slots: _month(slots, 2),
    "next_month": lambda slots: _month(slots, -1),
    "bill": lambda slots: _bill(slots, 1),
    "bill_before": lambda slots: _bill(slots, 2),
    "option": lambda slots: slots.number(2, 8),
    "ring": lambda slots: slots.choose((15, 20, 25, 30, 40)),
    "wait": lambda slots: slots.choose((45, 60, 90, 120)),
    "short": lambda slots: slots.choose((5, 10, 15)),
    "days": lambda slots: slots.choose((30, 60, 90)),
    "several": lambda slots: slots.number(2, 5),
    "few": lambda slots: slots.choose(("two", "three", "four")),
    "limit": lambda slots: slots.number(2, 9),
    "yes": lambda _: True,
    "no": lambda _: False,
}
