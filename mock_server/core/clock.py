"""Clocks. Time is whole milliseconds since 1970-01-01T00:00:00Z; texts are ISO 8601."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from mock_server.core.system_time import now_ns

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400_000
REAL = "real"
EARLIEST, LATEST = 0, 253_402_300_799_999
"""The instants that a clock can be set to: from 1970-01-01 to 9999-12-31T23:59:59.999Z."""
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


class Setting(NamedTuple):
    """How a clock is set: frozen at an instant, or the number of milliseconds that it is ahead of system time."""

    frozen_at: int | None = None
    ahead: int = 0

    def shows(self, nanoseconds: int) -> int:
        """Return the instant that the clock shows at this system time, given in nanoseconds since 1970."""
        return nanoseconds // 1_000_000 + self.ahead if self.frozen_at is None else self.frozen_at

    def reaches(self, instant: int) -> float:
        """Return the system time, in nanoseconds since 1970, at which the clock shows this; infinite when frozen."""
        return (instant - self.ahead) * 1_000_000 if self.frozen_at is None else math.inf


def within_range(instant: int) -> int:
    """Return the instant, or the nearest one that a clock can be set to."""
    return max(EARLIEST, min(instant, LATEST))


def parse_setting(text: str) -> Setting:
    """Return the setting for a text: `real`, or an ISO 8601 instant to freeze time at. Raise ValueError."""
    if text == REAL:
        return Setting()
    instant = parse_instant(text)
    if not EARLIEST <= instant <= LATEST:
        raise ValueError(
            f"{text!r} is out of range; choose an instant from {format_instant(EARLIEST)} to {format_instant(LATEST)}"
        )
    return Setting(instant)


class Clock:
    """System time plus an offset, or frozen at an instant.

    Listeners run whenever it is set, since what they wait for may then be due.
    """

    def __init__(self, frozen_at: int | None = None, ahead: int = 0) -> None:
        self.setting = Setting(frozen_at, ahead)
        """Immutable, and replaced whenever the clock is set, so that callers may keep it."""
        self._listeners: list[Callable[[], None]] = []

    @property
    def frozen(self) -> bool:
        """Whether time is frozen."""
        return self.setting.frozen_at is not None

    def now(self) -> int:
        """Return the current instant in epoch milliseconds."""
        return self.setting.shows(now_ns())

    def freeze(self, at: int) -> None:
        """Freeze time at this instant."""
        self._set(Setting(at, self.setting.ahead))

    def jump(self, to: int) -> None:
        """Continue from this instant; if time is frozen, freeze it at this instant."""
        frozen_at, ahead = self.setting
        since = Setting().shows(now_ns())
        self._set(Setting(None, to - since) if frozen_at is None else Setting(to, ahead))

    def run(self) -> None:
        """Return to system time."""
        self._set(Setting())

    def add_listener(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever the clock is set."""
        self._listeners.append(callback)

    def remove_listener(self, callback: Callable[[], None]) -> None:
        """Stop calling `callback`."""
        self._listeners.remove(callback)

    def _set(self, setting: Setting) -> None:
        self.setting = setting
        for callback in tuple(self._listeners):
            callback()


class FrozenClock(Clock):
    """A clock that is frozen from the start."""

    def __init__(self, instant: int) -> None:
        super().__init__(instant)

    @property
    def instant(self) -> int:
        """The instant that it is frozen at."""
        return self.now()

    @instant.setter
    def instant(self, at: int) -> None:
        self.freeze(at)


def parse_instant(text: str) -> int:
    """Return the epoch milliseconds of an ISO 8601 date or date-time; finer digits are cut off.

    A date alone means its midnight, a missing offset UTC. Raise ValueError for anything else, such as 30 February.
    """
    if _is_canonical(text):
        try:
            since = datetime.fromisoformat(text) - _EPOCH
            return since.days * _DAY + since.seconds * 1000 + since.microseconds // 1000
        except ValueError:
            pass
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an ISO 8601 instant such as 2026-01-31T09:30:00.000Z")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 60:  # 60 is a leap second (RFC 3339, 5.6)
        raise ValueError(f"{text!r} has a time of day that does not exist")
    milliseconds = int((fraction or "0")[:3].ljust(3, "0"))
    local = days * _DAY + ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
    return local - _offset_minutes(offset) * 60_000


def _is_canonical(text: str) -> bool:
    """Return whether the text has the form of `format_instant`, which `fromisoformat` reads much faster."""
    return len(text) == 24 and text[23] == "Z" and text[4:20:3] == "--T::."


def _offset_minutes(offset: str | None) -> int:
    if offset is None or offset in "Zz":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{offset!r} is not an offset from UTC")
    return (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)


def format_instant(instant: int) -> str:
    """Return the instant as ISO 8601 in UTC with milliseconds and `Z`, such as 2026-01-31T09:30:00.000Z."""
    try:
        moment = _EPOCH + timedelta(milliseconds=instant)
    except OverflowError:  # an offset can push the first or last representable day over the edge
        moment = datetime.min if instant < 0 else datetime.max
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"
