"""Tells which objections have one cause, so that a report names each cause once; knows no rule by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace

from contracts.result import Finding

_MANY = 3  # filters or orders for which a rule does not hold: it is no longer about one of them
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule was tried on: `subject` are filters, an order or a bound, `about` the member that is wrong.

    `held` is whether the rule held there although it could have been broken. `run` is how a message says which run
    it was.
    """

    subject: frozenset[str] = frozenset()
    about: str = ""
    held: bool = False
    run: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """What one check found wrong with one thing, in how many cases; `requests` are those of a rule."""

    operation: str
    finding: Finding
    scope: Scope | None
    requests: Collection[Hashable]
    times: int

    def joined(self, other: Objection) -> Objection:
        """Return both as one, told by the shorter request."""
        # Nothing is shrunk, since shrinking re-sends at length; the shortest request seen is a good stand-in.
        shown = other.finding if len(other.finding.curl) < len(self.finding.curl) else self.finding
        return replace(self, finding=shown, requests={*self.requests, *other.requests}, times=self.times + other.times)

    @property
    def told(self) -> Finding:
        """The finding, with the number of requests that showed it."""
        return replace(self.finding, times=len(self.requests) or self.times)


def by_cause(objections: Iterable[Objection], held: Collection[tuple[str, str]]) -> Iterator[tuple[int, Finding]]:
    """Return a finding for each cause with its rank; `held` are the operations and rules that held somewhere.

    A rule that holds nowhere, or not for several filters, is one cause. So is a member that such a rule finds wrong,
    whichever rules look at it, and a filter that breaks rules alone. Single answers rank first, since what rules
    find often follows from them, and rules that met nothing last.
    """
    rules: defaultdict[tuple[str, str], list[Objection]] = defaultdict(list)
    for each in objections:
        if each.scope is None:
            yield 0, each.told
        else:
            rules[each.operation, each.finding.check].append(each)
    members = {
        (operation, each.scope.about)
        for (operation, rule), found in rules.items()
        if (operation, rule) not in held
        for each in found
        if each.scope is not None and each.scope.about
    }
    causes: defaultdict[Hashable, list[Objection]] = defaultdict(list)
    for place, found in rules.items():
        least = _least(found)
        general = place not in held or len(set(least.values())) >= _MANY
        for each in found:
            scope = each.scope or Scope()
            member = (each.operation, scope.about)
            own = (*place, scope.about) if len(least[scope.subject]) != 1 else (each.operation, *least[scope.subject])
            causes[member if member in members else place if general else own].append(each)
    for found in causes.values():
        finding = _as_one(found)
        yield (2 if finding.status is None else 1), finding


def _least(found: list[Objection]) -> dict[frozenset[str], frozenset[str]]:
    """Return for each subject the smallest one in it, since a broken filter is no news beside another one."""
    subjects = {each.scope.subject for each in found if each.scope is not None}
    return {subject: min((other for other in subjects if other <= subject), key=_size) for subject in subjects}


def _size(subject: frozenset[str]) -> tuple[int, list[str]]:
    return len(subject), sorted(subject)


def _as_one(found: list[Objection]) -> Finding:
    """Return the objections of one cause as one finding, told by the first rule that met it."""
    rules = list(dict.fromkeys(each.finding.check for each in found))
    own = [each for each in found if each.finding.check == rules[0]]
    joined = own[0]
    for each in own[1:]:
        joined = joined.joined(each)
    requests = {request for each in found for request in each.requests}
    finding = replace(joined, requests=requests).told
    also = tuple(rules[1:])
    message = f"{finding.message} In {finding.times} requests." if len(requests) > 1 else finding.message
    subjects = sorted({", ".join(sorted(each.scope.subject)) for each in found if each.scope and each.scope.subject})
    if len(subjects) > 1:
        more = f" and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else ""
        message += f" Seen for: {'; '.join(subjects[:_SHOWN])}{more}."
    if also:
        message += f" Broken by the same: {', '.join(also)}."
    run = joined.scope.run if joined.scope else ""
    return replace(finding, also=also, message=f"{message} {run}".strip())
