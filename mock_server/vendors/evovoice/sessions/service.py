"""What the operations on AI sessions do (FACTS.md E1, E3)."""

from collections.abc import Callable, Iterable

from mock_server.core.clock import Clock, format_instant
from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem
from mock_server.core.query import Page
from mock_server.core.store import Collection, Document
from mock_server.vendors.evovoice.access import User
from mock_server.vendors.evovoice.accounts.service import AccountService
from mock_server.vendors.evovoice.paging import ListCommand
from mock_server.vendors.evovoice.sessions.models import SESSION

_ORDER = tuple(member.key for member in SESSION.members)


class SessionService:
    """The sessions of all accounts. `check` is whether a new session's account must exist."""

    def __init__(self, sessions: Collection, accounts: AccountService, clock: Clock, ids: Ids, *, check: bool) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._clock = clock
        self._ids = ids
        self._check = check

    def find(self, command: ListCommand) -> Page:
        """Return a page of sessions, without their actions."""
        return self._sessions.find(command.query)

    def get(self, key: str) -> Document:
        """Return a session with its actions. Raises Problem if it does not exist."""
        session = self._sessions.get(key)
        if session is None:
            raise _not_found(key)
        return {"actions": [], **session}

    def create(self, user: User, account: str | None, purpose: str | None) -> Document:
        """Return a new session. Raises Problem if accounts are checked and this one does not exist."""
        name = None if account is None else self._accounts.name(account)
        if self._check and name is None:
            raise Problem(Kind.NOT_FOUND, f"Account '{account or ''}' was not found")
        now = format_instant(self._clock.now())
        session: Document = {
            "accountId": account,
            "accountName": name,
            "purpose": purpose,
            "actions": [],
            "id": self._unused_id(),
            "dateCreated": now,
            "dateLastModified": now,
            "createdBy": user.id,
            "lastModifiedBy": user.id,
        }
        stored = {key: value for key, value in session.items() if value is not None}
        self._sessions.insert(stored)
        return stored

    def patch(self, user: User, key: str, purpose: str | None) -> Document:
        """Replace the purpose unless the new one is None, and return the session. Raises Problem as `get` does."""
        return self._change(user, key, lambda session: session if purpose is None else {**session, "purpose": purpose})

    def delete(self, key: str) -> None:
        """Delete a session. Raises Problem as `get` does."""
        if self._sessions.delete(key) is None:
            raise _not_found(key)

    def apply(self, user: User, key: str) -> Document:
        """Apply the queued actions that can be applied, list them in `log`, and return the session."""
        return self._change(user, key, _applied)

    def clear_actions(self, user: User, key: str) -> Document:
        """Delete all queued actions, and return the session."""
        return self._change(user, key, lambda session: {**session, "actions": []})

    def delete_action(self, user: User, key: str, action: str) -> Document:
        """Delete one queued action, and return the session. Raises Problem if either does not exist."""
        return self._change(user, key, lambda session: _without(session, action))

    def count(self) -> int:
        """Return the number of sessions."""
        return self._sessions.count()

    def add(self, sessions: Iterable[Document]) -> int:
        """Store sessions that were made elsewhere, and return how many."""
        return self._sessions.insert_many(sessions)

    def _change(self, user: User, key: str, change: Callable[[Document], Document]) -> Document:
        changed: Document = {}

        def step(session: Document) -> Document:
            now = format_instant(self._clock.now())
            after = {**change({"actions": [], **session}), "dateLastModified": now, "lastModifiedBy": user.id}
            changed.update((key, after[key]) for key in _ORDER if key in after)
            return changed

        if self._sessions.replace(key, step) is None:
            raise _not_found(key)
        return changed

    def _unused_id(self) -> str:
        key = self._ids.octets(12).hex()
        while self._sessions.get(key) is not None:  # a store that was opened again may already have drawn it
            key = self._ids.octets(12).hex()
        return key


def _applied(session: Document) -> Document:
    done = [action for action in session["actions"] if action.get("canBeApplied", True)]
    if not done:
        return session
    log = "\n".join(f"Applied {action['functionName']}: {action['description']}" for action in done)
    return {**session, "actions": [action for action in session["actions"] if action not in done], "log": log}


def _without(session: Document, action: str) -> Document:
    left = [queued for queued in session["actions"] if queued["id"] != action]
    if len(left) == len(session["actions"]):
        raise Problem(Kind.NOT_FOUND, f"Action '{action}' was not found")
    return {**session, "actions": left}


def _not_found(key: str) -> Problem:
    return Problem(Kind.NOT_FOUND, f"AI session '{key}' was not found")
