"""The values of the query engine."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any

Position = tuple[Any, str]
"""The position of a row in an order: its sort key and, as the tie-break, its id."""


class Comparison(Enum):
    """How a row's key compares with a bound."""

    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The row has one of `values` in the equality field `field`. A plain equality has one value."""

    field: str
    values: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Containing:
    """The row has a value in the equality field `field`, a string, that contains `text`, ignoring case."""

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
    """An ordered field and a direction. Ties are ordered by id in the same direction."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the ordered rows: at most `limit`, from `offset` on or, if it is given, after the position `after`."""

    limit: int | None = None
    offset: int = 0
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """The rows that satisfy all `criteria` (AND), ordered by `sort`, cut to `window`."""

    criteria: tuple[Criterion, ...]
    sort: Sort
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class Page:
    """The result of a query.

    `rows` are the encoded documents, `total` is the number of matches, `more` is whether rows follow the last one, and
    `last` is its position.
    """

    rows: tuple[bytes, ...]
    total: int
    more: bool
    last: Position | None


@dataclass(frozen=True, slots=True)
class Step:
    """How one criterion was evaluated: with which index, and how many rows were left after it."""

    criterion: Criterion
    index: str
    rows: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a query was answered: the steps in order, the index that sorted the rows, and the number of matches."""

    steps: tuple[Step, ...]
    order: str
    total: int
