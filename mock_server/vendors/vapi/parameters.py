"""How the text of a query parameter becomes a value, with class-validator's wording where it does not.

A reader takes all values sent under one name and gives None when the parameter counts as absent.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from mock_server.core.clock import parse_instant

Reader = Callable[[Sequence[str]], Any]
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


class Refused(Exception):
    """A value that breaks the rule stated in the message; `{}` stands for the parameter's name."""

    def about(self, name: str) -> str:
        """The message for a parameter called `name`."""
        return str(self.args[0]).replace("{}", name)


def _one(values: Sequence[str], rule: str) -> str | None:
    """The only value, or None when it is empty. Raises Refused for a repeated name."""
    if len(values) > 1:
        raise Refused(rule)
    return values[0] or None


def text(shortest: int = 0, longest: int | None = None) -> Reader:
    """A string within lengths counted in characters."""

    def read(values: Sequence[str]) -> str | None:
        value = _one(values, "{} must be a string")
        if value is not None and len(value) < shortest:
            raise Refused(f"{{}} must be longer than or equal to {shortest} characters")
        if value is not None and longest is not None and len(value) > longest:
            raise Refused(f"{{}} must be shorter than or equal to {longest} characters")
        return value

    return read


def phone(shortest: int, longest: int) -> Reader:
    """A phone number; a `+` that nobody encoded arrives as a space and is put back."""
    read_text = text(shortest, longest)
    return lambda values: read_text([_plus(value) for value in values])


def comma_list(values: Sequence[str]) -> tuple[str, ...] | None:
    """Items joined by commas; blank items do not count."""
    joined = _one(values, "{} must be a string") or ""
    return _items(joined)


def phone_list(values: Sequence[str]) -> tuple[str, ...] | None:
    """Phone numbers joined by commas."""
    joined = _one(values, "{} must be a string") or ""
    return _items(",".join(_plus(item) for item in joined.split(",")))


def string_array(values: Sequence[str]) -> tuple[str, ...] | None:
    """Items by repeated names, joined by commas, or both."""
    return _items(",".join(values))


def boolean(values: Sequence[str]) -> bool | None:
    """`true` or `false`."""
    value = _one(values, "{} must be a boolean value")
    if value not in (None, "true", "false"):
        raise Refused("{} must be a boolean value")
    return None if value is None else value == "true"


def choice(*allowed: str) -> Reader:
    """One of the allowed words, in their own case."""
    rule = f"{{}} must be one of the following values: {', '.join(allowed)}"

    def read(values: Sequence[str]) -> str | None:
        value = _one(values, rule)
        if value is not None and value not in allowed:
            raise Refused(rule)
        return value

    return read


def choices(*allowed: str) -> Reader:
    """Several of the allowed words, repeated or joined by commas, in the order asked for."""

    def read(values: Sequence[str]) -> tuple[str, ...] | None:
        items = string_array(values)
        if items and not set(items) <= set(allowed):
            raise Refused(f"each value in {{}} must be one of the following values: {', '.join(allowed)}")
        return items and tuple(dict.fromkeys(items))

    return read


def whole(minimum: int, maximum: int | None = None) -> Reader:
    """An integer in any spelling of a JSON number: 2, 2.0 and 2e0 are the same."""

    def read(values: Sequence[str]) -> int | None:
        rule = "{} must be a number conforming to the specified constraints"
        value = _one(values, rule)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value) or not math.isfinite(number := float(value)):
            raise Refused(rule)
        if number < minimum:
            raise Refused(f"{{}} must not be less than {minimum}")
        if maximum is not None and number > maximum:
            raise Refused(f"{{}} must not be greater than {maximum}")
        if not number.is_integer():
            raise Refused("{} must be an integer number")
        return int(number)

    return read


def instant(values: Sequence[str]) -> int | None:
    """An ISO 8601 date or date-time, in epoch milliseconds."""
    rule = "{} must be a valid ISO 8601 date string"
    value = _one(values, rule)
    try:
        return None if value is None else parse_instant(value)
    except ValueError as error:
        raise Refused(rule) from error


def anything(_values: Sequence[str]) -> None:
    """Accepted, and filters nothing."""


def not_an_object(values: Sequence[str]) -> None:
    """An object sent as plain text."""
    if _one(values, "{} must be an object") is not None:
        raise Refused("{} must be an object")


def _plus(value: str) -> str:
    number = value.strip()
    return f"+{number}" if value.startswith(" ") and number[:1].isalnum() else value


def _items(joined: str) -> tuple[str, ...] | None:
    return tuple(item.strip() for item in joined.split(",") if item.strip()) or None
