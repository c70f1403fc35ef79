"""Answers that are not what the documents promise: every member away or of another type, and bodies that are no JSON.

Rules and sweeps are run on the emulator's own answers, each request being sent once and spoilt many times.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from werkzeug.test import Client

from contracts.catalog import VENDORS
from contracts.credentials import of_environment
from contracts.judging import _VENDORS, BY_KIND, laws_of
from contracts.parsing import parse_yaml
from contracts.rules import Answer, Ask, Bite, Unjudged, Unreadable, Violation
from contracts.sweeps.drawn import draw
from contracts.sweeps.lists import sweeps_of, with_universe
from mock_server import Settings, create_app

_AWAY = object()
_VALUES = (_AWAY, None, True, -1.5, 10**400, "", "text", "2026-01-31", "\ud800", [], [None, 5], {}, {"id": {}})
_BODIES = (
    *("", "<html></html>", "null", "5", "[]", "{}", "\x00", "[" * 100_000),
    *('{"results": {}}', '{"results": [1, null]}', '{"items": {}}', '{"items": [1, null]}'),
)
_SAMPLE = 40  # of some thousands, since each takes a twentieth of a second

Place = tuple[str | int, ...]
Spoil = Callable[[str], str]


@dataclass
class Replay:
    """The emulator's answers, out of memory when the same was asked before; `spoil` changes those that succeed."""

    vendor: str
    spoil: Spoil = lambda text: text
    answers: dict[Ask, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = Settings(vendor=(self.vendor,), clock="2026-01-31T09:00:00Z", sessions=12)
        self._client = Client(create_app(settings))
        self._headers = {"Accept": "application/json", **of_environment(VENDORS[self.vendor].signs_in).headers}
        document = parse_yaml(VENDORS[self.vendor].document.read_text("utf-8"))
        self._routes = {
            operation["operationId"]: (method, path)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if isinstance(operation, dict) and "operationId" in operation
        }

    def ask(self, sent: Ask) -> Answer:
        if sent not in self.answers:
            self.answers[sent] = self._send(sent)
        answer = self.answers[sent]
        return replace(answer, text=self.spoil(answer.text)) if answer.status < 300 and answer.text else answer

    def _send(self, sent: Ask) -> Answer:
        method, path = self._routes[sent.operation]
        for name, value in sent.path:
            path = path.replace(f"{{{name}}}", value)
        body = {} if sent.body is None else {"json": json.loads(sent.body)}
        response = self._client.open(
            path, method=method.upper(), query_string=dict(sent.query), headers=self._headers, **body
        )
        return Answer(response.status_code, response.mimetype, response.get_data(as_text=True))


def verdicts(replay: Replay) -> Iterator[tuple[str, object]]:
    """Every verdict of every rule; a sweep may only end because something is unreadable."""
    for laws in laws_of(replay.vendor).values():
        try:
            known = with_universe(laws, replay.ask)
        except Unreadable:
            known = laws
        sweeps = _VENDORS[replay.vendor][1]
        drawn = lambda laws, ask: draw(laws, ask, random.Random(1), 5)  # noqa: E731
        for sweep in (*sweeps_of(known), *sweeps.DETAILS, drawn, sweeps.sweep_changes):
            try:
                for probe in sweep(known, replay.ask):
                    yield from ((rule.id, rule.judge(known, probe)) for rule in BY_KIND[probe.kind])
            except Unreadable as error:
                yield "sweep", Unjudged(str(error))


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Where the members of a JSON value are, items of arrays by the first of them."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*here, name)
            yield from places(item, (*here, name))
    elif isinstance(value, list) and value:
        yield (*here, 0)
        yield from places(value[0], (*here, 0))


def put(value: Any, place: Place, new: object) -> Any:
    """The value with something else at a place, in every item of an array on the way."""
    first, rest = place[0], place[1:]
    if isinstance(first, int):
        if not isinstance(value, list):
            return value
        items = [put(item, rest, new) if rest else new for item in value]
        return [item for item in items if item is not _AWAY]
    if not isinstance(value, dict) or first not in value:
        return value
    changed = {**value, first: put(value[first], rest, new) if rest else new}
    return {name: item for name, item in changed.items() if item is not _AWAY}


def spoiling(place: Place, new: object, last: bool) -> Spoil:
    """Change JSON at a place, in all rows or in the last one only."""

    def spoil(text: str) -> str:
        try:
            value = json.loads(text)
        except ValueError:
            return text
        rows = next((value[name] for name in ("results", "items") if isinstance(value, dict) and name in value), None)
        if last and rows and len(place) > 2:
            rows[-1] = put(rows[-1], place[2:], new)
            return json.dumps(value)
        return json.dumps(put(value, place, new))

    return spoil


def spoils(replay: Replay) -> list[tuple[str, Spoil]]:
    """Each way to spoil the answers of the vendor, by name."""
    found = {place for answer in replay.answers.values() if answer.status < 300 for place in places(answer.json)}
    members = [
        (
            f"{place} = {'nothing' if new is _AWAY else repr(new)[:20]}{' in one' if last else ''}",
            spoiling(place, new, last),
        )
        for place in sorted(found, key=str)
        for new in _VALUES
        for last in ((False, True) if place[:1] in (("results",), ("items",)) and len(place) > 2 else (False,))
    ]
    return [*members, *((f"body {body[:20]!r}", lambda _, body=body: body) for body in _BODIES)]


@pytest.fixture(scope="module", params=VENDORS)
def replay(request: pytest.FixtureRequest) -> Replay:
    made = Replay(request.param)
    assert {type(verdict) for _, verdict in verdicts(made)} == {Bite}
    return made


def crashes(replay: Replay, chosen: list[tuple[str, Spoil]]) -> list[tuple[str, str, str]]:
    """What was not foreseen: a verdict that is an exception in words."""
    found = []
    for name, spoil in chosen:
        spoilt = copy(replay)
        spoilt.spoil, spoilt.answers = spoil, dict(replay.answers)
        for rule, verdict in verdicts(spoilt):
            assert isinstance(verdict, Violation | Bite | Unjudged)
            if isinstance(verdict, Unjudged) and "Error: " in verdict.reason:
                found.append((name, rule, verdict.reason))
    return found


def test_no_rule_crashes_on_a_member_that_is_away_or_of_another_type(replay: Replay) -> None:
    chosen = spoils(replay)

    assert crashes(replay, random.Random(16).sample(chosen, _SAMPLE)) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_rule_crashes_on_any_member_of_any_type(replay: Replay) -> None:
    assert crashes(replay, spoils(replay)) == []
