"""Evaluates the criteria of a query over the indexes, the narrowest first."""

from collections.abc import Iterable
from typing import Protocol

from pyroaring import BitMap

from mock_server.core.query.model import AnyOf, Bound, Containing, Criterion, Step


class Indexes(Protocol):
    """The indexes that the planner uses. It must not change the bitmaps that they return."""

    @property
    def live(self) -> BitMap:
        """All rows."""
        ...

    def having(self, criterion: AnyOf | Containing) -> tuple[BitMap, str]:
        """Return the rows with a value that satisfies the criterion, and the name of the index."""
        ...

    def within(self, field: str, bounds: Iterable[Bound], among: BitMap) -> tuple[BitMap, str]:
        """Return rows within the bounds, at least all that are in `among`, and the name of the index."""
        ...


def select(indexes: Indexes, criteria: Iterable[Criterion]) -> tuple[BitMap, tuple[Step, ...]]:
    """Return the rows that satisfy every criterion, and how they were found."""
    equalities, bounds = _split(criteria)
    found = sorted(((*indexes.having(criterion), criterion) for criterion in equalities), key=_size)
    chosen, steps = indexes.live, []
    for rows, index, criterion in found:
        if len(rows) < len(indexes.live):  # otherwise the criterion excludes nothing
            chosen = rows if chosen is indexes.live else chosen & rows
        steps.append(Step(criterion, index, len(chosen)))
    for field, limits in bounds.items():
        rows, index = indexes.within(field, limits, chosen)
        chosen = chosen & rows
        steps.extend(Step(bound, index, len(chosen)) for bound in limits)
    return chosen, tuple(steps)


def _split(criteria: Iterable[Criterion]) -> tuple[list[AnyOf | Containing], dict[str, list[Bound]]]:
    equalities: list[AnyOf | Containing] = []
    bounds: dict[str, list[Bound]] = {}
    for criterion in criteria:
        if isinstance(criterion, Bound):
            bounds.setdefault(criterion.field, []).append(criterion)
        else:
            equalities.append(criterion)
    return equalities, bounds


def _size(found: tuple[BitMap, str, AnyOf | Containing]) -> int:
    return len(found[0])
