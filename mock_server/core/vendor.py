"""What a vendor is to the rest of the house: a value with tables and functions in it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel

from mock_server.core.clock import Clock
from mock_server.core.events import Event, Target
from mock_server.core.problems import Problem
from mock_server.core.store import CollectionSpec, Database, Document

_NONE: Mapping[str, str] = MappingProxyType({})


class Basis(StrEnum):
    """How well a behaviour is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ASSUMED = "assumed"
    DIFFERS = "differs from the documents"
    ABSENT = "not emulated"


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the fidelity table."""

    topic: str
    behaviour: str
    basis: Basis


class Headers(dict[str, str]):
    """The values of a request's headers by name in lower case. `shown` is what of them may be kept: no credentials."""

    __slots__ = ("shown",)

    def __init__(self, values: Mapping[str, str] = _NONE, shown: Mapping[str, str] = _NONE) -> None:
        super().__init__(values)
        self.shown = shown


_NO_HEADERS = Headers()


class Request(NamedTuple):
    """What a client sent. `query` is the raw text behind the `?`."""

    method: str
    path: str
    query: str = ""
    headers: Headers = _NO_HEADERS
    path_values: Mapping[str, str] = _NONE
    body: bytes = b""


class Answer(NamedTuple):
    """What goes back. A `body` that is not bytes is sent as it is made; without a `media_type` there is none."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    media_type: str = "application/json; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a vendor's emulation is built on; all of it injected."""

    clock: Clock
    database: Database
    seed: int
    options: Any
    """An instance of the vendor's own options."""
    strict_query: bool = False
    """Refuse unknown query parameters, whatever the vendor's options say."""
    check_references: bool = False
    webhook_hosts: frozenset[str] = frozenset()
    """Hosts beyond this machine that webhooks may be sent to."""

    def strict(self) -> "Surroundings":
        """The same, where what is not documented is refused."""
        return replace(self, strict_query=True)


Adjust = Callable[[Document, int, int], Document]
"""A session as it shall be, given the session, its number from 0, and the present."""


def unadjusted(session: Document, _number: int, _now: int) -> Document:
    """The session as it is."""
    return session


@dataclass(frozen=True, slots=True)
class Shape:
    """What a vendor has in a named world: so many sessions, each adjusted."""

    sessions: int
    adjust: Adjust = unadjusted


class Emulation(Protocol):
    """A vendor's state and logic behind the operations."""

    def authenticate(self, request: Request) -> Any:
        """Whoever is calling. Raises Problem."""
        ...

    def advance(self) -> None:
        """Let happen what the clock has made due."""
        ...

    def seed(self, count: int, progress: Callable[[int], None], adjust: Adjust) -> int:
        """Fill an empty store with `count` sessions for each organisation, each adjusted; how many were added."""
        ...

    def count(self) -> int:
        """How many sessions there are."""
        ...

    def churn(self, number: int) -> None:
        """Make so many sessions, as if somebody else had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One documented operation, as three steps. `path` names its variables as `<id>`.

    `parse` reads the request into a command, `act` does it, `render` writes the answer. One that is not
    `listed` is another way to one that is.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    parse: Callable[[Request, Surroundings], Any]
    act: Callable[[Any, Any, Any], Any]
    render: Callable[[Any, Request, Surroundings], Answer]
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor whose API is emulated. `prefixes` are the first path segments it claims, in lower case.

    `readdress` gives the method and path that the operations know for those that were sent; None where
    both are taken as they are. `answers_options` is whether OPTIONS of a path tells its methods. `emulate`
    makes the emulation, after the likeness of one whose database holds the same if that is not None.
    `options` are the vendor's settings; `organisations` says how many times the sessions are made, `access` in
    a few words who is let in, and `sample_request` is a command to try. `target` says where an event is
    delivered, given the options; None for a vendor that tells nobody. `shapes` are what the vendor has in the
    named worlds.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    operations: tuple[Operation, ...]
    collections: tuple[CollectionSpec, ...]
    emulate: Callable[[Surroundings, Any], Emulation]
    render_problem: Callable[[Problem, Request, Surroundings], Answer]
    options: type[BaseModel]
    organisations: Callable[[Any], int]
    access: Callable[[Any], str]
    sample_request: Callable[[Any, str], str]
    fidelity: tuple[Claim, ...]
    shapes: Mapping[str, Shape]
    readdress: Callable[[Request], tuple[str, str]] | None = None
    answers_options: bool = True
    target: Callable[[Event, Any], Target | None] | None = None
