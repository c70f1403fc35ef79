"""What a rule is, and what it is shown: requests that were sent and what was answered; pure data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, wraps
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a sweep. `fresh` keeps it from being answered out of memory."""

    operation: str
    query: tuple[tuple[str, str], ...] = ()
    path: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    fresh: int = 0

    @classmethod
    def of(cls, operation: str, query: Mapping[str, str] | None = None, path: Mapping[str, str] | None = None) -> Ask:
        """The request with this query and these path parameters."""
        return cls(operation, tuple((query or {}).items()), tuple((path or {}).items()))

    def __str__(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.query) or "no query"


@dataclass(frozen=True)
class Answer:
    """What came back. `curl` sends the request again."""

    status: int
    media_type: str
    text: str
    curl: str = ""

    @cached_property
    def json(self) -> Any:
        """The body as JSON, None when it is none or nested too deeply to be read."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Probe:
    """Requests that belong together: `kind` says which rules look at them, `about` what they are to show."""

    kind: str
    operation: str
    sent: tuple[tuple[Ask, Answer], ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers in the order they were asked for."""
        return tuple(answer for _, answer in self.sent)


class Bite(Enum):
    """Whether the data could have shown that the rule is broken."""

    YES = "it could have been broken"
    NO = "nothing could have broken it"


@dataclass(frozen=True, slots=True)
class Violation:
    """How a rule was broken: in words, with the rows that show it, cut to the members that matter.

    `about` is the JSON pointer of the one member of the answer that is wrong, if it is one.
    """

    message: str
    rows: tuple[Mapping[str, Any], ...] = ()
    about: str = ""

    def __str__(self) -> str:
        shown = "; ".join(json.dumps(row, ensure_ascii=False) for row in self.rows[:2])
        return self.message + (f": {shown}" if shown else "")


class Unreadable(Exception):
    """An answer does not have what the document promises, so that a rule cannot be judged by it."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why a rule could not be judged by these answers."""

    reason: str


Verdict = Violation | Bite | Unjudged
Judge = Callable[[Any, Probe], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One law. `words` state it, `judge` is given the vendor's laws of the list and a probe.

    `live` is whether asking about it only reads.
    """

    id: str
    words: str
    kinds: tuple[str, ...]
    judge: Judge
    live: bool = True


def rule(id_: str, words: str, kinds: str, judge: Judge, *, live: bool = True) -> Rule:
    """Return the rule for probes of these kinds, which are separated by spaces; its judge never raises."""
    return Rule(id=id_, words=words, kinds=tuple(kinds.split()), judge=_guarded(judge), live=live)


def _guarded(judge: Judge) -> Judge:
    """Return a judge whose failure costs this one verdict and not the run."""

    @wraps(judge)
    def guarded(laws: Any, probe: Probe) -> Verdict:
        try:
            return judge(laws, probe)
        except Unreadable as error:
            return Unjudged(str(error))
        except Exception as error:  # the answer comes from a foreign server and may hold anything
            return Unjudged(in_words(error))

    return guarded


def in_words(error: Exception) -> str:
    """Return the type and text of an exception that nobody foresaw."""
    return f"{type(error).__name__}: {error}"


def type_name(value: object) -> str:
    """Return what JSON calls the type of a value."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")


def bite(could: object) -> Bite:
    """YES when there is something that could have broken the rule."""
    return Bite.YES if could else Bite.NO
