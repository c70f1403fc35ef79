"""The interface between a vendor and the server: one frozen value of tables and functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

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


class Request(NamedTuple):
    """What a client sent. `query` is the raw text after the `?`; `headers` are keyed by name in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = _NONE
    path_values: Mapping[str, str] = _NONE
    body: bytes = b""


class Response(NamedTuple):
    """What is sent back. A `body` that is not bytes is streamed; an empty `media_type` sends no Content-Type."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    media_type: str = "application/json; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a vendor's emulation is built on; all of it injected.

    `options` is the vendor's section of the settings. `webhook_hosts` are the hosts beyond this machine that
    webhooks may be sent to.
    """

    clock: Clock
    database: Database
    seed: int
    options: Any
    strict_query: bool = False
    """Refuse unknown query parameters, whatever the vendor's options say."""
    check_references: bool = False
    webhook_hosts: frozenset[str] = frozenset()

    def strict(self) -> "Context":
        """Return the same context with unknown query parameters refused."""
        return replace(self, strict_query=True)


Adjust = Callable[[Document, int, int], Document]
"""Returns a session adjusted for a data set, given the session, its number from 0, and the present."""


def unadjusted(session: Document, _number: int, _now: int) -> Document:
    """Return the session unchanged."""
    return session


@dataclass(frozen=True, slots=True)
class Preset:
    """The sessions of a vendor in a named world: how many, and how each is adjusted."""

    sessions: int
    adjust: Adjust = unadjusted


class Emulation(Protocol):
    """A vendor's state and logic behind the operations."""

    def authenticate(self, request: Request) -> Any:
        """Return the caller. Raises Problem."""
        ...

    def advance(self) -> None:
        """Apply the changes that the clock has made due."""
        ...

    def is_due(self) -> bool:
        """Return whether `advance` has anything to do that no other thread is doing."""
        ...

    def seed(self, count: int, progress: Callable[[int], None], adjust: Adjust) -> int:
        """Fill an empty store with `count` adjusted sessions for each organisation; return how many were added."""
        ...

    def count(self) -> int:
        """Return the number of sessions."""
        ...

    def churn(self, number: int) -> None:
        """Create `number` sessions, as another client would."""
        ...


Caller = TypeVar("Caller")
Command = TypeVar("Command")
Outcome = TypeVar("Outcome")


def anyone(_emulation: Any, _caller: Any, _command: Any) -> None:
    """Authorize every caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Caller, Command, Outcome]):
    """One operation in four steps. `path` names its variables as `<id>`.

    `parse` reads the request into a command, `authorize` raises Problem unless the caller may run it, `act` runs it,
    and `render` writes the response, which nothing changes after that. An operation that is not `listed` is another
    route to one that is.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    parse: Callable[[Request, Context], Command]
    act: Callable[[Any, Caller, Command], Outcome]
    render: Callable[[Outcome, Command, Request, Context], Response]
    authorize: Callable[[Any, Caller, Command], None] = anyone
    names: frozenset[str] = frozenset()
    """The parameters, and the members of bodies, whose values the request journal may show; see `core.redaction`."""
    listed: bool = True
    slow: bool = False
    """Whether it may take longer than other requests can wait, whatever is asked for. Its path has no variables."""

    def __post_init__(self) -> None:
        """Raise ValueError for a slow operation whose path has variables: the path has to tell that it is slow."""
        if self.slow and "<" in self.path:
            raise ValueError(f"{self.name}: a slow operation needs a path without variables, not {self.path}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of thing in a vendor's API: its operations, and the collections that hold it."""

    name: str
    operations: tuple[Operation[Any, Any, Any], ...]
    collections: tuple[CollectionSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor whose API is emulated.

    `also_claims` are the first path segments, in lower case, that the vendor has apart from those of its operations: an
    unknown path below them is answered in the vendor's way. `rewrite` returns the method and path that the operations
    know for those that were sent; None leaves both unchanged. `answers_options` is whether OPTIONS lists the methods of
    a path. `emulate` makes the emulation; its second argument is an emulation whose database holds the same documents,
    or None. `rows_asked` returns the number of rows that a raw query string asks for, 0 if it does not say.

    `options` are the vendor's settings; `organisations` returns how many times the sessions are made, `access` says in
    a few words which credentials are accepted, and `sample_request` is a command to try. `target` returns where an
    event is delivered, given the options; None for a vendor without webhooks. `presets` are the sessions of the named
    worlds.

    `names` are the members of its documents, events and errors that may be shown, in addition to those of its
    operations; `free_names` are the members in which clients put what they like.
    """

    name: str
    title: str
    resources: tuple[Resource, ...]
    emulate: Callable[[Context, Any], Emulation]
    render_problem: Callable[[Problem, Request, Context], Response]
    options: type[BaseModel]
    organisations: Callable[[Any], int]
    access: Callable[[Any], str]
    sample_request: Callable[[Any, str], str]
    fidelity: tuple[Claim, ...]
    presets: Mapping[str, Preset]
    rows_asked: Callable[[str], int]
    also_claims: tuple[str, ...] = ()
    rewrite: Callable[[Request], tuple[str, str]] | None = None
    answers_options: bool = True
    target: Callable[[Event, Any], Target | None] | None = None
    names: frozenset[str] = frozenset()
    free_names: frozenset[str] = frozenset()

    @property
    def operations(self) -> tuple[Operation[Any, Any, Any], ...]:
        """The operations of all resources."""
        return tuple(operation for resource in self.resources for operation in resource.operations)

    @property
    def collections(self) -> tuple[CollectionSpec, ...]:
        """The collections of all resources."""
        return tuple(spec for resource in self.resources for spec in resource.collections)

    @property
    def prefixes(self) -> frozenset[str]:
        """The first path segments that the vendor claims, in lower case."""
        segments = (operation.path.split("/")[1] for operation in self.operations)
        return frozenset({*(name.lower() for name in segments if "<" not in name), *self.also_claims})
