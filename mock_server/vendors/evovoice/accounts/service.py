"""What the operations on accounts do (FACTS.md E1, E3)."""

import orjson

from mock_server.core.problems import Kind, Problem
from mock_server.core.query import AnyOf, Page, Query, Sort
from mock_server.core.store import Collection, Document
from mock_server.vendors.evovoice.access import User
from mock_server.vendors.evovoice.options import ADMINISTRATOR
from mock_server.vendors.evovoice.paging import ListCommand

_OLDEST_FIRST = Query((), Sort("dateCreated"))


class AccountService:
    """All accounts. An administrator sees every one; other users see the first account below the root, and its tree."""

    def __init__(self, accounts: Collection) -> None:
        self._accounts = accounts

    def find(self, user: User, command: ListCommand) -> Page:
        """Return a page of the user's accounts."""
        scope = () if ADMINISTRATOR in user.roles else (AnyOf("id", frozenset(self._own_ids(user))),)
        return self._accounts.find(command.query, scope)

    def get(self, user: User, key: str) -> Document:
        """Return an account. Raises Problem if it does not exist or the user may not see it."""
        account = self._accounts.get(key)
        if account is None:
            raise Problem(Kind.NOT_FOUND, f"Account '{key}' was not found")
        if ADMINISTRATOR not in user.roles and key not in self._own_ids(user):
            raise Problem(Kind.NOT_OWNED, f"Account '{key}' is not yours")
        return account

    def name(self, key: str) -> str | None:
        """Return the account's name, or None if it does not exist."""
        account = self._accounts.get(key)
        return None if account is None else account["name"]

    def of(self, user: User) -> list[Document]:
        """Return the user's accounts, oldest first."""
        rows = [orjson.loads(row) for row in self._accounts.find(_OLDEST_FIRST).rows]
        if ADMINISTRATOR in user.roles:
            return rows
        top = next((row["id"] for row in rows if row["ancestorIds"]), None)
        return [row for row in rows if top in (row["id"], *row["ancestorIds"])]

    def add(self, accounts: tuple[Document, ...]) -> None:
        """Store accounts that were made elsewhere."""
        self._accounts.insert_many(accounts)

    def _own_ids(self, user: User) -> set[str]:
        return {account["id"] for account in self.of(user)}
