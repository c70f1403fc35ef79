"""How a vendor's list behaves, as data: the table that the rules of lists are judged by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.rules.model import Answer, Row, Unreadable, type_name

Holds = Callable[[Row, str], bool]
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which JSON may hold and a query may not
_PLAIN_ID = re.compile(r"(?!\.+$)[\w.~:@-]+", re.ASCII)  # what needs no quoting in a path and is no list


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One query parameter that keeps rows: `holds` says which, `values` what is worth asking for.

    `holds` raises Unreadable for a row whose member is of another type than documented.
    `source` is where the vendor documents it; `member` is what findings show of a row.
    """

    holds: Holds
    values: Callable[[Sequence[Row]], list[str]]
    member: str
    source: str
    union_of: str = ""
    """The parameter for one value, when this one takes several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """One order: the query that asks for it, ascending and descending, and the key of a row.

    `key` raises Unreadable for a row whose member is of another type than documented.
    """

    ascending: Mapping[str, str]
    descending: Mapping[str, str]
    key: Callable[[Row], Any]
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """What an answer should say about its page: asked are its index from 0 and size, told are the matches in all."""

    query: Callable[[int, int], Mapping[str, str]]
    default_size: int
    told: Callable[[int, int, int], Mapping[str, Any]]
    """Index, size and total -> JSON pointer and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Four parameters that cut the rows at a value of one member."""

    member: str
    greater: str
    greater_equal: str
    less: str
    less_equal: str
    spellings: Callable[[str], list[str]]
    """The same value written in other ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLaws:
    """The laws of one list."""

    operation: str
    whole: Mapping[str, str]
    """The query that gives every row, or as many as one answer holds."""
    rows_at: str
    total_at: str
    filters: Mapping[str, Filter]
    sortings: Mapping[str, Sorting]
    default_sorting: str
    paging: Paging
    ids: str
    """The parameter that takes several ids."""
    sources: Mapping[str, str]
    """Rule -> where the vendor documents it; a rule that is not here does not hold for this list."""
    bounds: tuple[Bounds, ...] = ()
    impossible: Mapping[str, str] = field(default_factory=dict)
    newest: Callable[[Sequence[Row]], Mapping[str, str]] | None = None
    """The query for the newest of these rows and nothing else, for a list that one answer does not hold."""
    window: Mapping[str, str] = field(default_factory=dict)
    """What every request for rows also asks for: the query for the newest rows, where there are too many."""
    universe: tuple[Row, ...] = ()
    """All rows, once they were read."""

    def rows(self, answer: Answer) -> list[Row]:
        """Return the rows of an answer, none of a refusal. Raises Unreadable when a success is not a list of rows."""
        if answer.status >= 300:
            return []
        return objects_at(answer, self.rows_at)

    def found(self, answer: Answer) -> list[Row]:
        """Return the rows of an answer, as far as it has any."""
        try:
            return self.rows(answer)
        except Unreadable:
            return []

    def keeps(self, name: str, text: str, row: Row) -> bool:
        """Return whether a filter keeps a row, False for a row that it cannot read."""
        try:
            return self.filters[name].holds(row, text)
        except Unreadable:
            return False

    def total(self, answer: Answer) -> Any:
        """How many rows the answer says there are."""
        return at(answer.json, self.total_at)

    def matching(self, query: Iterable[tuple[str, str]]) -> list[Row]:
        """The rows of the universe that every filter in the query keeps."""
        filters = [(self.filters[name], text) for name, text in query if name in self.filters]
        return [row for row in self.universe if all(each.holds(row, text) for each, text in filters)]


def at(value: Any, pointer: str) -> Any:
    """Follow a JSON pointer without escapes; None where it leads nowhere."""
    for part in filter(None, pointer.split("/")):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def objects_at(answer: Answer, pointer: str) -> list[Row]:
    """Return the array of objects at a place of an answer. Raises Unreadable when there is none."""
    found = at(answer.json, pointer)
    if not isinstance(found, list):
        raise Unreadable(f"the answer has no array at {pointer}")
    for row in found:
        if not isinstance(row, dict):
            raise Unreadable(f"{pointer} has {type_name(row)} where an object is documented")
    return found


def typed(row: Row, name: str, *types: type) -> Any:
    """Return a member of one of these types. Raises Unreadable for another one, or none."""
    value = member(row, name)
    if isinstance(value, bool) or not isinstance(value, types):
        raise Unreadable(f"{name} is {'missing or ' if value is None else ''}{type_name(value)}")
    return value


def ids_of(rows: Iterable[Row]) -> list[str]:
    """Return the id of each row. Raises Unreadable for a row without."""
    return [typed(row, "id", str) for row in rows]


def is_sendable(value: object) -> bool:
    """Return whether a value is a text that a query can carry."""
    return isinstance(value, str) and value != "" and _SURROGATE.search(value) is None


def is_plain(key: object) -> bool:
    """Return whether a value is an id that can be asked for, alone in a path and with others in a list."""
    return isinstance(key, str) and _PLAIN_ID.fullmatch(key) is not None


def askable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that can be asked for by their ids."""
    return [row for row in rows if is_plain(row.get("id"))]


def member(row: Row, dotted: str) -> Any:
    """A member of a row, or of an object in it."""
    return at(row, dotted.replace(".", "/"))


def cut(row: Row, *members: str) -> dict[str, Any]:
    """The row with its id and these members only."""
    return {name: member(row, name) for name in dict.fromkeys(("id", *members)) if member(row, name) is not None}


def telling(values: Iterable[Any], most: int = 3) -> list[str]:
    """The values that a wrong comparison is most likely to confuse: in another case, or the beginning of another."""
    texts = sorted({value for value in values if is_sendable(value)})
    folded: dict[str, int] = {}
    for text in texts:
        folded[text.casefold()] = folded.get(text.casefold(), 0) + 1
    near = [text for text in texts if folded[text.casefold()] > 1]
    joined = "\n".join(texts)
    near += [text for text in texts if text not in near and joined.count(text) > 1]
    rest = [text for text in texts if text not in near]
    return [*near[:most], *rest[: max(1, most - len(near))]][:most]
