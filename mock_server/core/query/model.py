"""The values of the query engine."""

import operator
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any

Position = tuple[Any, str]
"""Where a row stands in an order: its sort key and, as the tie-break, its id."""


class Comparison(Enum):
    """The four bounds; the value is what its wire names end in."""

    GT = "Gt"
    LT = "Lt"
    GE = "Ge"
    LE = "Le"

    @property
    def holds(self) -> Callable[[Any, Any], bool]:
        """The predicate `holds(key, bound)`."""
        return _PREDICATES[self]


_PREDICATES: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.GT: operator.gt,
    Comparison.LT: operator.lt,
    Comparison.GE: operator.ge,
    Comparison.LE: operator.le,
}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The row has one of `values` in the equality field `field`; equality is a set of one."""

    field: str
    values: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Containing:
    """The row has a value with `text` in it, in any case, in the equality field `field`, whose values are texts."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The row's key in the ordered field `field` compares with `value`."""

    field: str
    comparison: Comparison
    value: Any


Criterion = AnyOf | Containing | Bound


@dataclass(frozen=True, slots=True)
class Sort:
    """An ordered field and a direction; ties go by id in the same direction."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the ordered rows: `offset` from the start, or what follows the position `after`."""

    limit: int | None = None
    offset: int = 0
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """All `criteria` hold (AND), in the order of `sort`, cut to `window`."""

    criteria: tuple[Criterion, ...]
    sort: Sort
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class Page:
    """The answer: encoded documents, how many rows match in all, and what lies behind the last row."""

    rows: tuple[bytes, ...]
    total: int
    more: bool
    last: Position | None


@dataclass(frozen=True, slots=True)
class Step:
    """How one criterion was met: by which index, and how many rows were left after it."""

    criterion: Criterion
    index: str
    rows: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a query was answered: its steps in the order taken, the order's index, and the matches."""

    steps: tuple[Step, ...]
    order: str
    total: int
