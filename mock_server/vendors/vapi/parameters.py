"""Query parameters: a table says for each name how its text is read and which criterion its value becomes.

A reader takes all values sent under one name. It returns None when the parameter counts as left out, and raises
BrokenRule, which `binding` words.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mock_server.core.clock import parse_instant
from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.query import AnyOf, Bound, Comparison, Criterion
from mock_server.core.redaction import Names
from mock_server.core.vendor import Context
from mock_server.vendors.vapi.binding import UNKNOWN, violation
from mock_server.vendors.vapi.options import VapiOptions

Reader = Callable[[Sequence[str]], Any]
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_ITEM = re.compile(r"(\w+)\[(\d*)\]", re.ASCII)
_MEMBER = re.compile(r"\[([^\[\]]*)\]")
_BOUNDS = {"Gt": Comparison.GT, "Lt": Comparison.LT, "Ge": Comparison.GE, "Le": Comparison.LE}


class BrokenRule(Exception):
    """A value that breaks a rule of `binding.RULES`; `of_each` says whether the rule is about each item of a list."""

    def __init__(self, rule: str, *, of_each: bool = False, **values: Any) -> None:
        super().__init__(rule)
        self.rule = rule
        self.of_each = of_each
        self.values = values


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a parameter is read, and the criterion that its value becomes; None if it filters nothing."""

    read: Reader
    criterion: Callable[[Any], Criterion] | None = None


@dataclass(frozen=True, kw_only=True)
class ParameterTable:
    """The parameters that an operation knows; a dotted name is a member of an object.

    `aliases` are other names for some of them. What begins with one of `unread` is accepted and not read.
    """

    parameters: Mapping[str, Parameter]
    aliases: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """All names, each part of a dotted one for itself."""
        return frozenset(part for name in (*self.parameters, *self.aliases) for part in name.split("."))

    @cached_property
    def shown(self) -> Names:
        """The names as the request journal uses them."""
        return Names(self.names)

    @cached_property
    def objects(self) -> frozenset[str]:
        """The parameters that are objects."""
        return frozenset(name.partition(".")[0] for name in self.parameters if "." in name)


class Arguments(NamedTuple):
    """The parameters of one request: values by wire name, and the criteria that they become."""

    values: dict[str, Any]
    criteria: tuple[Criterion, ...]


def refuses_unknown(context: Context) -> bool:
    """Return whether unknown parameters are refused."""
    options: VapiOptions = context.options
    return context.strict_query or not options.lenient_query


def split_query(query: str, objects: frozenset[str]) -> dict[str, list[str]]:
    """Return all values by name: `a[b]` is `a.b`, `a[]` is `a`, and so is `a[0]` unless `a` is an object."""
    pairs: dict[str, list[str]] = {}
    for raw, value in parse_qsl(query, keep_blank_values=True):
        if not raw:
            continue
        pairs.setdefault(_name_of(raw, objects), []).append(value)
    return pairs


def _name_of(raw: str, objects: frozenset[str]) -> str:
    item = _ITEM.fullmatch(raw)
    if item is not None and not (item[1] in objects and item[2]):
        return item[1]
    return _MEMBER.sub(r".\1", raw)


def read_parameters(pairs: Mapping[str, Sequence[str]], table: ParameterTable, *, strict: bool) -> Arguments:
    """Return what was asked for. Raises Problem with all violations at once; `strict` refuses unknown names."""
    values: dict[str, Any] = {}
    criteria: list[Criterion] = []
    refused: list[Violation] = []
    for spelled, texts in pairs.items():
        name = spelled if spelled in table.parameters else table.aliases.get(spelled, spelled)
        parameter = table.parameters.get(name)
        if parameter is None:
            if strict and not name.startswith(table.unread):
                refused.append(_unknown(spelled, table))
            continue
        try:
            value = parameter.read(texts)
        except BrokenRule as broken:
            path = [spelled, "0"] if broken.of_each else [spelled]
            refused.append(violation(path, broken.rule, broken.values))
            continue
        if value is None:
            continue
        values[name] = value
        if parameter.criterion is not None:
            criteria.append(parameter.criterion(value))
    if refused:
        raise Problem(Kind.INVALID, fields=tuple(dict.fromkeys(refused)))
    return Arguments(values, tuple(criteria))


def _unknown(spelled: str, table: ParameterTable) -> Violation:
    """Return the violation about the outermost name that is not known."""
    first, _, rest = spelled.partition(".")
    if first in table.objects:
        return violation([first, rest.partition(".")[0]], UNKNOWN)
    return violation([spelled if first in table.parameters or first in table.aliases else first], UNKNOWN)


# Criteria


def equals(field: str) -> Callable[[str], Criterion]:
    """Return what makes the criterion that a field has exactly this value."""
    return lambda value: AnyOf(field, frozenset((value,)))


def any_of(field: str) -> Callable[[Sequence[str]], Criterion]:
    """Return what makes the criterion that a field has one of these values."""
    return lambda values: AnyOf(field, frozenset(values))


def bounds(field: str) -> dict[str, Parameter]:
    """Return the four parameters that bound an instant."""
    return {field + suffix: Parameter(instant, _bound(field, comparison)) for suffix, comparison in _BOUNDS.items()}


def _bound(field: str, comparison: Comparison) -> Callable[[int], Criterion]:
    return lambda value: Bound(field, comparison, value)


# Readers


def text(shortest: int = 0, longest: int | None = None) -> Reader:
    """Return a reader of a string, with the limits of its length in characters."""

    def read(values: Sequence[str]) -> str | None:
        value = _only(values, "string_type")
        if value is not None and len(value) < shortest:
            raise BrokenRule("string_too_short", min_length=shortest)
        if value is not None and longest is not None and len(value) > longest:
            raise BrokenRule("string_too_long", max_length=longest)
        return value

    return read


def phone(shortest: int, longest: int) -> Reader:
    """Return a reader of a phone number; a `+` that was not encoded arrives as a space and is put back."""
    read_text = text(shortest, longest)
    return lambda values: read_text([_with_plus(value) for value in values])


def comma_list(values: Sequence[str]) -> tuple[str, ...] | None:
    """Return items joined by commas; blank items do not count."""
    return _items(_only(values, "string_type") or "")


def phone_list(values: Sequence[str]) -> tuple[str, ...] | None:
    """Return phone numbers joined by commas."""
    joined = _only(values, "string_type") or ""
    return _items(",".join(_with_plus(item) for item in joined.split(",")))


def string_array(values: Sequence[str]) -> tuple[str, ...] | None:
    """Return items sent under repeated names, joined by commas, or both."""
    return _items(",".join(values))


def boolean(values: Sequence[str]) -> bool | None:
    """Return what `true` or `false` says."""
    value = _only(values, "bool_type")
    if value not in (None, "true", "false"):
        raise BrokenRule("bool_type")
    return None if value is None else value == "true"


def choice(*allowed: str) -> Reader:
    """Return a reader of one of the allowed words; case matters."""
    expected = ", ".join(allowed)

    def read(values: Sequence[str]) -> str | None:
        value = _only(values, "literal_error", expected=expected)
        if value is not None and value not in allowed:
            raise BrokenRule("literal_error", expected=expected)
        return value

    return read


def choices(*allowed: str) -> Reader:
    """Return a reader of several of the allowed words, repeated or joined by commas, in the order asked for."""

    def read(values: Sequence[str]) -> tuple[str, ...] | None:
        items = string_array(values)
        if items and not set(items) <= set(allowed):
            raise BrokenRule("literal_error", of_each=True, expected=", ".join(allowed))
        return items and tuple(dict.fromkeys(items))

    return read


def whole(minimum: int, maximum: int | None = None) -> Reader:
    """Return a reader of an integer, spelled as any JSON number: 2, 2.0 and 2e0 are the same."""

    def read(values: Sequence[str]) -> int | None:
        value = _only(values, "float_type")
        if value is None:
            return None
        if not _NUMBER.fullmatch(value) or not math.isfinite(number := float(value)):
            raise BrokenRule("float_type")
        if number < minimum:
            raise BrokenRule("greater_than_equal", ge=minimum)
        if maximum is not None and number > maximum:
            raise BrokenRule("less_than_equal", le=maximum)
        if not number.is_integer():
            raise BrokenRule("int_type")
        return int(number)

    return read


def instant(values: Sequence[str]) -> int | None:
    """Return an ISO 8601 date or date-time in epoch milliseconds."""
    value = _only(values, "iso_8601")
    try:
        return None if value is None else parse_instant(value)
    except ValueError as error:
        raise BrokenRule("iso_8601") from error


def anything(_values: Sequence[str]) -> None:
    """Accept any text, which filters nothing."""


def not_an_object(values: Sequence[str]) -> None:
    """Refuse an object that is sent as plain text."""
    if _only(values, "dict_type") is not None:
        raise BrokenRule("dict_type")


def _only(values: Sequence[str], rule: str, **blanks: Any) -> str | None:
    """Return the only value, or None when it is empty. Raises BrokenRule for a repeated name."""
    if len(values) > 1:
        raise BrokenRule(rule, **blanks)
    return values[0] or None


def _with_plus(value: str) -> str:
    number = value.strip()
    return f"+{number}" if value.startswith(" ") and number[:1].isalnum() else value


def _items(joined: str) -> tuple[str, ...] | None:
    return tuple(item.strip() for item in joined.split(",") if item.strip()) or None
