"""Which documented operations, parameters and enum values a run has asked for, and which rules looked at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contracts.result import Covered

if TYPE_CHECKING:
    from contracts.loading import AnyOperation


class Coverage:
    """Counts requests by operation, parameter and value."""

    def __init__(self, operations: Mapping[str, AnyOperation]) -> None:
        self._operations = operations
        self._asked: Counter[tuple[str, str, str]] = Counter()
        self._rules: dict[tuple[str, str], set[str]] = {}

    def note(self, operation: str, query: Iterable[tuple[str, str]]) -> None:
        """A request was sent."""
        self._asked[operation, "", ""] += 1
        for name, value in query:
            self._asked[operation, name, ""] += 1
            self._asked[operation, name, value] += 1

    def note_rule(self, operation: str, names: Iterable[str], rule: str) -> None:
        """A rule has looked at an answer to these parameters."""
        for name in ("", *names):
            self._rules.setdefault((operation, name), set()).add(rule)

    def rows(self, chosen: Iterable[str]) -> tuple[Covered, ...]:
        """A row for each operation, parameter and enum value of the document."""
        return tuple(
            Covered(
                operation=self._operations[name].label,
                parameter=parameter,
                value=value,
                times=self._asked[name, parameter, value],
                rules=tuple(sorted(self._rules.get((name, parameter), ()))),
            )
            for name in chosen
            for parameter, value in (("", ""), *_parameters(self._operations[name]))
        )


def _parameters(operation: AnyOperation) -> Iterable[tuple[str, str]]:
    for parameter in operation.query:
        yield parameter.name, ""
        schema: Any = parameter.definition.get("schema", {})
        for value in schema.get("enum", ()) if isinstance(schema, Mapping) else ():
            if isinstance(value, str):
                yield parameter.name, value
