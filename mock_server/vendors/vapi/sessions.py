"""What sessions do at Vapi: the state behind the operations (facts F5)."""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from mock_server.core.clock import format_instant, parse_instant
from mock_server.core.deadlines import Deadlines
from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem
from mock_server.core.query import AnyOf, Page, Query, Sort
from mock_server.core.store import CollectionSpec, Document
from mock_server.core.vendor import Adjust, Context, Request, unadjusted
from mock_server.vendors.vapi import assistants, events, seeding
from mock_server.vendors.vapi.filters import ExportCommand, ListCommand
from mock_server.vendors.vapi.options import VapiOptions
from mock_server.vendors.vapi.stored import StoredSession

DEFAULT_EXPIRATION_SECONDS = 86_400
FIELDS = (
    "id", "orgId", "createdAt", "updatedAt", "cost", "costs", "name", "status", "expirationSeconds",
    "assistantId", "assistant", "assistantOverrides", "squadId", "squad", "messages", "customer",
    "customerId", "phoneNumberId", "phoneNumber", "artifact", "metadata", "workflowId",
)  # fmt: skip
_ACTIVE = Query((AnyOf("status", frozenset(("active",))),), Sort("createdAt"))


_instant = lru_cache(maxsize=16)(parse_instant)  # each session asks for the same two several times


def _value(key: str) -> Callable[[Document], tuple[str, ...]]:
    def read(session: Document) -> tuple[str, ...]:
        value = session.get(key)
        return () if value is None else (value,)

    return read


def _customer_value(key: str) -> Callable[[Document], tuple[str, ...]]:
    read = _value(key)
    return lambda session: read(session.get("customer") or {})


SESSIONS = CollectionSpec(
    name="vapi.sessions",
    equality={
        **{
            field: _value(field)
            for field in ("id", "orgId", "name", "status", "assistantId", "squadId", "workflowId", "phoneNumberId")
        },
        **{
            f"customer.{field}": _customer_value(field)
            for field in ("number", "sipUri", "name", "email", "externalId", "extension")
        },
    },
    ordered={
        "createdAt": lambda session: _instant(session["createdAt"]),
        "updatedAt": lambda session: _instant(session["updatedAt"]),
        "duration": lambda session: _instant(session["updatedAt"]) - _instant(session["createdAt"]),
        "cost": lambda session: session.get("cost") or 0,
    },
    # A session has no workflow on the wire, yet the list filters by one.
    hidden=frozenset({"workflowId"}),
    schema=StoredSession,
)


@dataclass(frozen=True, slots=True)
class UpdateCommand:
    """A change of one session."""

    id: str
    body: Mapping[str, Any]


class Sessions:
    """The sessions of all organisations; a caller is an organisation's id."""

    def __init__(self, context: Context, like: "Sessions | None" = None) -> None:
        options: VapiOptions = context.options
        self._context = context
        self._clock = context.clock
        self._sessions = context.database.collection(SESSIONS.name)
        # Without given keys there is one organisation, and any token opens it.
        self._organisations: dict[str, str] = (
            like._organisations
            if like
            else {key: Ids("vapi", "organisation", context.seed, key).uuid4() for key in options.api_key or ("",)}
        )
        self._catalogue: seeding.Catalogue = like._catalogue if like else seeding.catalogue(context.seed)
        messages = events.Messages(self._clock, options, self._catalogue.assistants)
        self._created, self._updated, self._deleted = map(messages.of, (events.CREATED, events.UPDATED, events.DELETED))
        # A store that is opened again must not be given the ids that it already holds.
        self._ids = Ids("vapi", context.seed, self._sessions.count())
        self._deadlines: Deadlines = like._deadlines.copy() if like else Deadlines()
        if like is None:
            for encoded in self._sessions.stream(_ACTIVE):
                self._watch(orjson.loads(encoded))

    def authenticate(self, request: Request) -> str:
        """The organisation behind the bearer token. Raises Problem."""
        header = request.headers.get("authorization")
        if not header:
            raise Problem(Kind.UNAUTHENTICATED)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem(Kind.REJECTED_CREDENTIALS)
        for key, organisation in self._organisations.items():
            if not key or hmac.compare_digest(key.encode(), token.strip().encode()):
                return organisation
        raise Problem(Kind.REJECTED_CREDENTIALS)

    def advance(self) -> None:
        """Complete the sessions whose time is up; `updatedAt` stays, since nobody changed them."""
        now = self._clock.now()
        for key in self._deadlines.due(now):
            try:
                self._sessions.replace(key, lambda session: _completed(session, now), self._updated)
            except Problem:  # the disk is full: reads go on with what is stored, the next request tries again
                self._deadlines.set(key, now)

    def is_due(self) -> bool:
        """Return whether a session's time is up."""
        return self._deadlines.is_due(self._clock.now())

    def seed(self, count: int, progress: Callable[[int], None], adjust: Adjust = unadjusted) -> int:
        """Give each organisation `count` sessions; how many that were."""
        added, now = 0, self._clock.now()
        for organisation in self._organisations.values():
            made = seeding.sessions(count, seed=self._context.seed, org_id=organisation, now=now)
            shaped = (adjust(session, number, now) for number, session in enumerate(made))
            added += self._sessions.insert_many(self._seen(shaped, progress))
        return added

    def count(self) -> int:
        """How many sessions there are, of all organisations."""
        return self._sessions.count()

    def churn(self, number: int) -> None:
        """Make sessions in the first organisation."""
        for _ in range(number):
            self.create(next(iter(self._organisations.values())), {"name": "Made in between"})

    def find(self, organisation: str, command: ListCommand) -> Page:
        """Return one page of the organisation's sessions."""
        return self._sessions.find(command.query, _scope(organisation))

    def export(self, organisation: str, command: ExportCommand) -> Iterator[bytes]:
        """Return the organisation's sessions, encoded, one by one."""
        return self._sessions.stream(command.query, _scope(organisation))

    def create(self, organisation: str, body: Mapping[str, Any]) -> bytes:
        """A new session. Raises Problem when a reference is checked and leads nowhere."""
        self._check_references(body)
        now = format_instant(self._clock.now())
        session: Document = {
            "status": "active",
            "expirationSeconds": DEFAULT_EXPIRATION_SECONDS,
            **assistants.settle(body, self._catalogue.assistants),
            "id": self._unused_id(),
            "orgId": organisation,
            "createdAt": now,
            "updatedAt": now,
        }
        encoded = self._sessions.insert({key: session[key] for key in FIELDS if key in session}, self._created)
        self._watch(session)
        return encoded

    def get(self, organisation: str, key: str) -> bytes:
        """The session. Raises Problem when the organisation has none with this id."""
        encoded = self._sessions.one(key, _scope(organisation))
        if encoded is None:
            raise _not_found()
        return encoded

    def update(self, organisation: str, command: UpdateCommand) -> bytes:
        """The session after the change. Raises Problem as `get` does."""
        self.get(organisation, command.id)
        encoded = self._sessions.replace(
            command.id, lambda session: self._changed(session, command.body), self._updated
        )
        if encoded is None:  # deleted in between
            raise _not_found()
        return encoded

    def delete(self, organisation: str, key: str) -> bytes:
        """The session that was removed. Raises Problem as `get` does."""
        self.get(organisation, key)
        encoded = self._sessions.delete(key, self._deleted)
        if encoded is None:  # deleted in between
            raise _not_found()
        self._deadlines.discard(key)
        return encoded

    def _changed(self, session: Document, body: Mapping[str, Any]) -> Document:
        """Null clears a field that may be absent and leaves one that may not."""
        sent = {key: value for key, value in body.items() if value is not None or key in ("name", "messages")}
        later = max(self._clock.now(), parse_instant(session["updatedAt"]) + 1)
        merged = {**session, **sent, "updatedAt": format_instant(later)}
        changed = {key: merged[key] for key in FIELDS if merged.get(key) is not None}
        self._watch(changed)
        return changed

    def _unused_id(self) -> str:
        key = self._ids.uuid4()
        while self._sessions.get(key) is not None:  # drawn before, if the store was opened again
            key = self._ids.uuid4()
        return key

    def _check_references(self, body: Mapping[str, Any]) -> None:
        if not self._context.check_references:
            return
        assistant = body.get("assistantId")
        if assistant is not None and assistant not in self._catalogue.assistants:
            raise Problem(Kind.INVALID, f"Couldn't Get Assistant. `assistantId` {assistant} Does Not Exist.")

    def _watch(self, session: Document) -> None:
        if session["status"] == "active":
            self._deadlines.set(session["id"], _expiry(session))
        else:
            self._deadlines.discard(session["id"])

    def _seen(self, documents: Iterable[Document], progress: Callable[[int], None]) -> Iterator[Document]:
        for number, document in enumerate(documents, 1):
            self._watch(document)
            if number % 1000 == 0:
                progress(1000)
            yield document


def _expiry(session: Document) -> int:
    return parse_instant(session["updatedAt"]) + int(session["expirationSeconds"] * 1000)


def _completed(session: Document, now: int) -> Document | None:
    """The session as it is once its time is up; None when a change that came in between gave it more."""
    due = session["status"] == "active" and _expiry(session) <= now
    return {**session, "status": "completed"} if due else None


@lru_cache(maxsize=64)
def _scope(organisation: str) -> tuple[AnyOf, ...]:
    return (AnyOf("orgId", frozenset((organisation,))),)


def _not_found() -> Problem:
    return Problem(Kind.NOT_FOUND, "Session Not Found")
