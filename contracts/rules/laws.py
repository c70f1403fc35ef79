"""How a vendor's list behaves, as data: the table that the rules of lists are judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.rules.model import Answer, Row

Holds = Callable[[Row, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One query parameter that keeps rows: `holds` says which, `values` what is worth asking for.

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
    """One order: the query that asks for it, ascending and descending, and the key of a row."""

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
        """The rows of an answer; none when it is no list."""
        found = at(answer.json, self.rows_at)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

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


def member(row: Row, dotted: str) -> Any:
    """A member of a row, or of an object in it."""
    return at(row, dotted.replace(".", "/"))


def cut(row: Row, *members: str) -> dict[str, Any]:
    """The row with its id and these members only."""
    return {name: member(row, name) for name in dict.fromkeys(("id", *members)) if member(row, name) is not None}


def telling(values: Iterable[Any], most: int = 3) -> list[str]:
    """The values that a wrong comparison is most likely to confuse: in another case, or the beginning of another."""
    texts = sorted({value for value in values if isinstance(value, str) and value})
    folded: dict[str, int] = {}
    for text in texts:
        folded[text.casefold()] = folded.get(text.casefold(), 0) + 1
    near = [text for text in texts if folded[text.casefold()] > 1]
    joined = "\n".join(texts)
    near += [text for text in texts if text not in near and joined.count(text) > 1]
    rest = [text for text in texts if text not in near]
    return [*near[:most], *rest[: max(1, most - len(near))]][:most]
