"""Where two sets of answers differ: statuses, shapes and behaviour, never values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from contracts.drift.places import Places
from contracts.fields import Place
from contracts.result import Compared, Difference
from contracts.rules import RULES, Ask, Probe, Violation
from contracts.rules.laws import ListLaws
from contracts.rules.model import Answer, Bite, Rule

_STRINGS = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("date-time in UTC", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"),
        ("date-time with an offset", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:?\d\d"),
        ("date-time without an offset", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?"),
        ("uuid", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
        ("number as text", r"-?\d+(?:\.\d+)?"),
    )
)
_ITEM, _ANY = "[]", "*"
"""Steps of a path: each item of an array, each member of a map."""
Path = tuple[str, ...]


@dataclass
class Portrait:
    """What is compared of one side."""

    statuses: dict[str, set[str]] = field(default_factory=dict)
    shapes: dict[str, dict[Path, set[str]]] = field(default_factory=dict)
    presence: Counter[tuple[str, Path]] = field(default_factory=Counter)
    """How many objects there are at a path, and how many of their members at theirs."""
    verdicts: dict[str, set[str]] = field(default_factory=dict)
    unlisted: dict[tuple[str, Path], set[str]] = field(default_factory=dict)
    """Values that the document does not list, of members whose values it lists."""
    states: dict[str, Counter[str]] = field(default_factory=dict)
    """How often each rule held, was violated or could not be broken."""
    curls: dict[str, str] = field(default_factory=dict)
    """How to ask about an operation, and about a place."""

    def see(self, laws: ListLaws, probe: Probe, rules: Iterable[Rule], places: Places) -> None:
        """Take in a probe, and how the rules judge it."""
        for ask, answer in probe.sent:
            self.statuses.setdefault(_signature(ask, probe), set()).add(_kind(answer))
            for place in (ask.operation, _signature(ask, probe)):
                self.curls.setdefault(place, answer.curl)
            if answer.status < 300 and answer.json is not None:
                self._shape(ask.operation, (), answer.json, places.of(ask.operation, answer.status))
        for rule in rules:
            verdict = rule.judge(laws, probe)
            state = "violated" if isinstance(verdict, Violation) else "holds" if verdict is Bite.YES else "vacuous"
            self.states.setdefault(rule.id, Counter())[state] += 1
            place = _behaviour(rule, laws, probe)
            self.verdicts.setdefault(place, set()).add(f"{rule.id} {state}")
            self.curls.setdefault(place, "\n".join(dict.fromkeys(answer.curl for answer in probe.answers)))

    def _shape(self, operation: str, path: Path, value: Any, place: Place) -> None:
        self.shapes.setdefault(operation, {}).setdefault(path, set()).add(_class(value))
        self.presence[operation, path] += not isinstance(value, list)
        if isinstance(value, dict):
            for name, item in value.items():
                # The members of a map are not the vendor's: how many there are and what they are called is data.
                step = name if place.typed or name in place.declared else _ANY
                self._shape(operation, (*path, step), item, place.member(name))
        elif isinstance(value, list):
            for item in value:
                self._shape(operation, (*path, _ITEM), item, place.items)
        elif isinstance(value, str) and place.closed and value not in place.listed:
            self.unlisted.setdefault((operation, path), set()).add(value)


def compare(recorded: Portrait, target: Portrait, places: Places) -> list[Difference]:
    """All differences, each with how to ask the target about it."""
    statuses = list(_of_statuses(recorded, target))
    told = {each.place for each in statuses}
    found = (
        *statuses,
        *_of_shapes(recorded, target, places),
        *_of_enums(recorded),
        *(each for each in _of_behaviour(recorded, target) if each.place not in told),
    )
    curls = target.curls
    return [
        replace(each, curl=curls.get(each.place) or curls.get(re.split("[ :]", each.place)[0], "")) for each in found
    ]


def compare_rules(recorded: Portrait, target: Portrait) -> list[Compared]:
    """Each rule that one of the sides was asked about."""
    return [
        Compared(rule=rule.id, words=rule.words, recorded=_state(recorded, rule.id), target=_state(target, rule.id))
        for rule in RULES
        if rule.id in recorded.states or rule.id in target.states
    ]


def _state(side: Portrait, rule: str) -> str:
    """The worst that can be said of the rule; one that held once is not vacuous."""
    states = side.states.get(rule, Counter())
    return next((state for state in ("violated", "holds", "vacuous") if states[state]), "not asked")


def _of_statuses(recorded: Portrait, target: Portrait) -> Iterable[Difference]:
    for place in sorted(recorded.statuses.keys() & target.statuses.keys()):
        ours, theirs = target.statuses[place], recorded.statuses[place]
        if ours != theirs:
            yield _difference("status", place, ", ".join(sorted(theirs)), ", ".join(sorted(ours)))


def _of_shapes(recorded: Portrait, target: Portrait, places: Places) -> Iterable[Difference]:
    seen: set[tuple[Path, str]] = set()
    for operation in sorted(recorded.shapes.keys() & target.shapes.keys()):
        ours, theirs = target.shapes[operation], recorded.shapes[operation]
        for path in sorted(theirs.keys() | ours.keys()):
            parent = path[:-1]
            always = target.presence[operation, path] == target.presence[operation, parent]
            classes = _shape_difference(path, ours, theirs, places.at(operation, parent), always=always)
            # A row has the same members in a list, alone and in an export.
            if classes is not None and (_below_items(path), classes[0]) not in seen:
                seen.add((_below_items(path), classes[0]))
                yield _difference("shape", _shown(operation, path), *classes)


def _shape_difference(
    path: Path,
    ours: Mapping[Path, set[str]],
    theirs: Mapping[Path, set[str]],
    parent: Place,
    *,
    always: bool,
) -> tuple[str, str] | None:
    """A member that nobody documents, one that is required and not there, or dates and numbers of another kind.

    `always` is whether every object of the target has the member: what is required there may be optional elsewhere.
    """
    name = path[-1] if path else _ITEM
    if path not in ours:
        extra = path[:-1] in ours and name not in (_ITEM, _ANY) and name not in parent.declared
        return (_joined(theirs[path]), "absent") if extra else None
    if path not in theirs:
        missing = path[:-1] in theirs and always and name in parent.required
        return ("absent", _joined(ours[path])) if missing else None
    strange = {
        name for name in theirs[path] - ours[path] if name.startswith("date-time") or name in ("number", "object")
    }
    if strange and not (theirs[path] & ours[path] and strange <= {"number"}):
        return _joined(theirs[path]), _joined(ours[path])
    return None


def _of_enums(recorded: Portrait) -> Iterable[Difference]:
    seen: set[tuple[Path, str]] = set()
    for (operation, path), values in sorted(recorded.unlisted.items()):
        for value in sorted(values):
            if (_below_items(path), value) not in seen:
                seen.add((_below_items(path), value))
                yield _difference("enum", _shown(operation, path), value, "not among the documented values")


def _below_items(path: Path) -> Path:
    """The path within the innermost array."""
    return path[len(path) - path[::-1].index(_ITEM) :] if _ITEM in path else path


def _shown(operation: str, path: Path) -> str:
    return f"{operation} $" + "".join(step if step == _ITEM else f".{step}" for step in path)


def _joined(classes: set[str]) -> str:
    return ", ".join(sorted(classes))


def _of_behaviour(recorded: Portrait, target: Portrait) -> Iterable[Difference]:
    alone: set[str] = set()
    for place in sorted(recorded.verdicts.keys() & target.verdicts.keys(), key=lambda place: (place.count(","), place)):
        operation, _, filters = place.partition(": ")
        if any(f"{operation}: {name}" in alone for name in filters.split(", ")):
            continue  # one of the filters has been told of by itself
        theirs = {verdict for verdict in recorded.verdicts[place] if verdict.endswith("violated")}
        ours = {verdict for verdict in target.verdicts[place] if verdict.endswith("violated")}
        if theirs != ours:
            alone.add(place)
            yield _difference(
                "behaviour", place, ", ".join(sorted(theirs)) or "holds", ", ".join(sorted(ours)) or "holds"
            )


def _kind(answer: Answer) -> str:
    """Return the status and media type, and whether a body that is said to be JSON cannot be read as such."""
    unreadable = "json" in answer.media_type and answer.json is None and answer.text.strip() not in ("", "null")
    return f"{answer.status} {answer.media_type}{' that is not JSON' if unreadable else ''}"


def _signature(ask: Ask, probe: Probe) -> str:
    """The request without its values; those that break a bound are named by what is wrong."""
    wrong = probe.about.get("wrong")
    return f"{ask.operation}: {wrong}" if wrong else f"{ask.operation}"


def _behaviour(rule: Rule, laws: ListLaws, probe: Probe) -> str:
    """What the rule is about: the filters, or else the rule itself; refusals are about what is wrong."""
    if "wrong" in probe.about:
        return f"{probe.operation}: {probe.about['wrong']}"
    filters = [name for name, _ in probe.sent[0][0].query if name in laws.filters]
    if probe.kind in ("filtered", "split", "united", "respelled", "narrowed") and filters:
        return f"{probe.operation}: {', '.join(filters)}"
    return f"{probe.operation}: {rule.words}"


def _class(value: Any) -> str:
    if isinstance(value, str):
        return _class_of_text(value)
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "null"


@lru_cache(maxsize=50_000)  # the same rows are in most answers
def _class_of_text(text: str) -> str:
    return next((name for name, pattern in _STRINGS if pattern.fullmatch(text)), "text")


def _difference(layer: str, place: str, recorded: str, target: str) -> Difference:
    return Difference(layer=layer, place=place, recorded=recorded, target=target)
