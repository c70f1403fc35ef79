"""What AI sessions do at Evo Voice: create, change, apply, clear, count the minutes (facts E1, E3)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import orjson

from mock_server.core.clock import Clock, format_instant
from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.query import AnyOf, Criterion, Query, Sort
from mock_server.core.store import Collection, CollectionSpec, Document
from mock_server.vendors.evovoice.access import User
from mock_server.vendors.evovoice.accounts import Accounts
from mock_server.vendors.evovoice.filters import ListCommand, sort_keys
from mock_server.vendors.evovoice.models import LISTED_SESSION, SESSION
from mock_server.vendors.evovoice.paging import ListResponse
from mock_server.vendors.evovoice.stored import STORED_SESSION, STORED_USAGE

_ORDER = tuple(member.key for member in SESSION.members)

SESSIONS = CollectionSpec(
    name="evovoice.sessions",
    equality={
        "id": lambda session: (session["id"],),
        "accountId": lambda session: (session["accountId"],) if "accountId" in session else (),
    },
    ordered=sort_keys(LISTED_SESSION),
    # The page of the list knows neither (facts E3); a single session shows them.
    hidden=frozenset({"actions", "log"}),
    schema=STORED_SESSION,
)
USAGE = CollectionSpec(
    name="evovoice.usage",
    equality={
        "id": lambda row: (row["id"],),
        "accountId": lambda row: (row["accountId"],),
        "customerId": lambda row: (row["customerId"],),
    },
    ordered={"accountId": lambda row: row["accountId"]},
    schema=STORED_USAGE,
)


class Sessions:
    """The sessions of all accounts."""

    def __init__(self, sessions: Collection, accounts: Accounts, clock: Clock, ids: Ids, *, check: bool) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._clock = clock
        self._ids = ids
        self._check = check

    def find(self, command: ListCommand) -> ListResponse:
        """One page of sessions, without their actions."""
        return ListResponse(self._sessions.find(command.query), command)

    def get(self, key: str) -> Document:
        """One session with its actions. Raises Problem when there is none."""
        session = self._sessions.get(key)
        if session is None:
            raise _not_found(key)
        return {"actions": [], **session}

    def create(self, user: User, values: Mapping[str, Any]) -> Document:
        """A new session. Raises Problem when the account is checked and there is none."""
        account = values.get("AccountId")
        name = None if account is None else self._accounts.name(account)
        if self._check and name is None:
            raise Problem(Kind.NOT_FOUND, f"Account '{account or ''}' was not found")
        now = format_instant(self._clock.now())
        session: Document = {
            "accountId": account,
            "accountName": name,
            "purpose": values.get("Purpose"),
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

    def patch(self, user: User, values: Mapping[str, Any]) -> Document:
        """The session with another purpose. Raises Problem as `get` does."""
        return self._change(
            user, values.get("SessionId", ""), lambda session: _with_purpose(session, values.get("Purpose"))
        )

    def delete(self, key: str) -> None:
        """Remove the session. Raises Problem as `get` does."""
        if self._sessions.delete(key) is None:
            raise _not_found(key)

    def apply(self, user: User, key: str) -> Document:
        """Carry out the queued actions that can be; the log tells of them."""
        return self._change(user, key, _applied)

    def clear(self, user: User, key: str) -> Document:
        """Drop all queued actions."""
        return self._change(user, key, lambda session: {**session, "actions": []})

    def drop(self, user: User, key: str, action: str) -> Document:
        """Drop one queued action. Raises Problem when the session or the action is not there."""
        return self._change(user, key, lambda session: _without(session, action))

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
        while self._sessions.get(key) is not None:  # drawn before, if the store was opened again
            key = self._ids.octets(12).hex()
        return key


class Usage:
    """The minutes of customers by day."""

    def __init__(self, rows: Collection) -> None:
        self._rows = rows

    def total(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Minutes per account and per customer from one day to another, both included. Raises Problem."""
        start, end = _days(values)
        criteria: list[Criterion] = [
            AnyOf(field, frozenset((values[name],)))
            for name, field in (("AccountId", "accountId"), ("CustomerId", "customerId"))
            if name in values
        ]
        accounts: dict[str, int] = {}
        customers: dict[tuple[str, str], int] = {}
        for encoded in self._rows.find(Query(tuple(criteria), Sort("accountId"))).rows:
            row = orjson.loads(encoded)
            minutes = sum(some for day, some in row["minutes"].items() if start <= day <= end)
            if minutes:
                account, customer = row["accountId"], row["customerId"]
                accounts[account] = accounts.get(account, 0) + minutes
                customers[account, customer] = minutes
        return {
            "accountUsage": [{"accountId": key, "aiMinutes": minutes} for key, minutes in sorted(accounts.items())],
            "customerUsage": [
                {"accountId": account, "customerId": customer, "aiMinutes": minutes}
                for (account, customer), minutes in sorted(customers.items())
            ],
        }


def _with_purpose(session: Document, purpose: str | None) -> Document:
    return session if purpose is None else {**session, "purpose": purpose}


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


def _days(values: Mapping[str, Any]) -> tuple[str, str]:
    """The two days as text, which sorts as days do. Raises Problem with every violation."""
    refused = []
    for name, words in (("StartDate", "Start Date"), ("EndDate", "End Date")):
        text = values.get(name, "")
        if not text.strip():
            refused.append(Violation(name, f"'{words}' must not be empty.", "NotEmpty"))
        elif not _is_day(text):
            refused.append(
                Violation(name, f"'{words}' must be a date such as 2026-01-31; '{text}' is none.", "Predicate")
            )
    if refused:
        raise Problem(Kind.INVALID, refused[0].message, fields=tuple(refused))
    return values["StartDate"], values["EndDate"]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # the library also reads 20260131 and 2026-W05-6
    except ValueError:
        return False


def _not_found(key: str) -> Problem:
    return Problem(Kind.NOT_FOUND, f"AI session '{key}' was not found")
