"""What can be done with sessions (FACTS.md F5)."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from mock_server.core.clock import format_instant, parse_instant
from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem
from mock_server.core.query import AnyOf, Page, Query, Sort
from mock_server.core.store import Document
from mock_server.core.vendor import Context
from mock_server.vendors.vapi.events import EventFactory
from mock_server.vendors.vapi.paging import ListCommand
from mock_server.vendors.vapi.sessions.collection import SESSIONS
from mock_server.vendors.vapi.sessions.creation import settle
from mock_server.vendors.vapi.sessions.expiry import Expiry, completed
from mock_server.vendors.vapi.sessions.filters import ExportCommand
from mock_server.vendors.vapi.sessions.models import FIELDS

CREATED, UPDATED, DELETED = "session.created", "session.updated", "session.deleted"
DEFAULT_EXPIRATION_SECONDS = 86_400
_ACTIVE = Query((AnyOf("status", frozenset(("active",))),), Sort("createdAt"))
_CLEARED_BY_NULL = frozenset({"name", "messages"})
_BATCH = 200  # sessions that are completed in one commit


@dataclass(frozen=True, slots=True)
class UpdateCommand:
    """A change of one session."""

    id: str
    body: Mapping[str, Any]


class SessionService:
    """The sessions of all organisations. The caller of an operation is an organisation, given by its id."""

    def __init__(
        self,
        context: Context,
        ids: Ids,
        events: EventFactory,
        assistants: Mapping[str, Mapping[str, Any]],
        like: "SessionService | None" = None,
    ) -> None:
        self._clock = context.clock
        self._check_references = context.check_references
        self._ids = ids
        self._assistants = assistants
        self._database, self._restores = context.database, context.database.restores
        self._rows = context.database.collection(SESSIONS.name)
        self._created, self._updated, self._deleted = map(events.of, (CREATED, UPDATED, DELETED))
        self._completing = threading.Lock()
        self._expiry: Expiry = Expiry() if like is None else like._expiry.copy()
        if like is None:
            for encoded in self._rows.stream(_ACTIVE):
                self._expiry.watch(orjson.loads(encoded))

    # Operations

    def find(self, organisation: str, command: ListCommand) -> Page:
        """Return one page of the organisation's sessions."""
        return self._rows.find(command.query, _scope(organisation))

    def export(self, organisation: str, command: ExportCommand) -> Iterator[bytes]:
        """Return the organisation's sessions, encoded, one by one."""
        return self._rows.stream(command.query, _scope(organisation))

    def count(self, organisation: str) -> int:
        """Return the number of the organisation's sessions."""
        return self._rows.count(_scope(organisation))

    def create(self, organisation: str, body: Mapping[str, Any]) -> bytes:
        """Return a new session. Raises Problem when references are checked and the assistant does not exist."""
        self._require_assistant(body)
        now = format_instant(self._clock.now())
        session: Document = {
            "status": "active",
            "expirationSeconds": DEFAULT_EXPIRATION_SECONDS,
            **settle(body, self._assistants),
            "id": self._unused_id(),
            "orgId": organisation,
            "createdAt": now,
            "updatedAt": now,
        }
        encoded = self._rows.insert({key: session[key] for key in FIELDS if key in session}, self._created)
        self._expiry.watch(session)
        return encoded

    def get(self, organisation: str, key: str) -> bytes:
        """Return the session. Raises Problem if the organisation has no session with this id."""
        encoded = self._rows.one(key, _scope(organisation))
        if encoded is None:
            raise _not_found()
        return encoded

    def update(self, organisation: str, command: UpdateCommand) -> bytes:
        """Return the session after the change. Raises Problem as `get` does."""
        self.get(organisation, command.id)
        try:
            encoded = self._rows.replace(
                command.id, lambda session: self._changed(session, command.body), self._updated
            )
        finally:
            self._watch_stored(command.id)
        if encoded is None:  # deleted since it was read
            raise _not_found()
        return encoded

    def delete(self, organisation: str, key: str) -> bytes:
        """Delete the session and return it. Raises Problem as `get` does."""
        self.get(organisation, key)
        encoded = self._rows.delete(key, self._deleted)
        if encoded is None:  # deleted since it was read
            raise _not_found()
        self._expiry.forget(key)
        return encoded

    # For the emulation

    def count_all(self) -> int:
        """Return the number of sessions of all organisations."""
        return self._rows.count()

    def add(self, sessions: Iterable[Document], progress: Callable[[int], None]) -> int:
        """Add ready sessions, without events, and return how many there were; report progress by the thousand."""
        return self._rows.insert_many(self._watched(sessions, progress))

    def complete_expired(self) -> None:
        """Complete the sessions that have expired; their `updatedAt` stays, since no client changed them.

        Other requests run between the batches, and see the sessions of the later ones as they were.
        """
        with self._completing:
            now = self._clock.now()
            while keys := self._expiry.due(now, _BATCH):
                try:
                    self._rows.replace_many(keys, lambda session: self._completed(session, now), self._updated)
                except Problem:  # the disk is full: reads go on with what is stored, and the next request tries again
                    return
                for key in keys:
                    self._watch_stored(key)

    def _completed(self, session: Document, now: int) -> Document | None:
        """Return the session as completed; None if it has not expired, or is another world's after a reset."""
        return completed(session, now) if self._database.restores == self._restores else None

    def has_expired(self) -> bool:
        """Return whether `complete_expired` may have anything to do that no other thread is doing."""
        return not self._completing.locked() and self._expiry.is_due(self._clock.now())

    def _changed(self, session: Document, body: Mapping[str, Any]) -> Document:
        """Return the session after a change. Null clears a member that is optional, and leaves another one as it is."""
        sent = {key: value for key, value in body.items() if value is not None or key in _CLEARED_BY_NULL}
        later = max(self._clock.now(), parse_instant(session["updatedAt"]) + 1)
        merged = {**session, **sent, "updatedAt": format_instant(later)}
        return {key: merged[key] for key in FIELDS if merged.get(key) is not None}

    def _watch_stored(self, key: str) -> None:
        """Set the deadline of a session from what is stored, whether or not a change of it was."""
        with self._rows.lock:
            session = self._rows.get(key)
            if session is None:
                self._expiry.forget(key)
            else:
                self._expiry.watch(session)

    def _unused_id(self) -> str:
        key = self._ids.uuid4()
        while self._rows.get(key) is not None:  # drawn before, if the store was opened again
            key = self._ids.uuid4()
        return key

    def _require_assistant(self, body: Mapping[str, Any]) -> None:
        assistant = body.get("assistantId")
        if self._check_references and assistant is not None and assistant not in self._assistants:
            raise Problem(Kind.INVALID, f"Couldn't Get Assistant. `assistantId` {assistant} Does Not Exist.")

    def _watched(self, sessions: Iterable[Document], progress: Callable[[int], None]) -> Iterator[Document]:
        for number, session in enumerate(sessions, 1):
            self._expiry.watch(session)
            if number % 1000 == 0:
                progress(1000)
            yield session


@lru_cache(maxsize=64)
def _scope(organisation: str) -> tuple[AnyOf, ...]:
    return (AnyOf("orgId", frozenset((organisation,))),)


def _not_found() -> Problem:
    return Problem(Kind.NOT_FOUND, "Session Not Found")
