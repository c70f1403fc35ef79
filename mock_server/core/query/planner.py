"""Which rows satisfy all criteria, the narrowest first."""

from collections.abc import Iterable
from typing import Protocol

from pyroaring import BitMap

from mock_server.core.query.model import AnyOf, Bound, Containing, Criterion, Step


class Indexes(Protocol):
    """What the planner asks of a collection. The bitmaps it is given are not to be changed."""

    @property
    def live(self) -> BitMap:
        """All rows."""
        ...

    def having(self, criterion: AnyOf | Containing) -> tuple[BitMap, str]:
        """The rows with a value that satisfies the criterion, and the index that said so."""
        ...

    def within(self, field: str, bounds: Iterable[Bound], among: BitMap) -> tuple[BitMap, str]:
        """At least those of `among` within the bounds and nothing outside the bounds, and the index."""
        ...


def select(indexes: Indexes, criteria: Iterable[Criterion]) -> tuple[BitMap, tuple[Step, ...]]:
    """The rows that satisfy every criterion, and how they were found."""
    equalities, bounds = _sorted_out(criteria)
    answers = sorted(((*indexes.having(criterion), criterion) for criterion in equalities), key=_size)
    chosen, steps = indexes.live, []
    for rows, index, criterion in answers:
        if len(rows) < len(indexes.live):  # else it leaves out nothing
            chosen = rows if chosen is indexes.live else chosen & rows
        steps.append(Step(criterion, index, len(chosen)))
    for field, limits in bounds.items():
        rows, index = indexes.within(field, limits, chosen)
        chosen = chosen & rows
        steps.extend(Step(bound, index, len(chosen)) for bound in limits)
    return chosen, tuple(steps)


def _sorted_out(criteria: Iterable[Criterion]) -> tuple[list[AnyOf | Containing], dict[str, list[Bound]]]:
    equalities: list[AnyOf | Containing] = []
    bounds: dict[str, list[Bound]] = {}
    for criterion in criteria:
        if isinstance(criterion, Bound):
            bounds.setdefault(criterion.field, []).append(criterion)
        else:
            equalities.append(criterion)
    return equalities, bounds


def _size(answer: tuple[BitMap, str, AnyOf | Containing]) -> int:
    return len(answer[0])
