"""The accounts that sessions belong to, and which of them a user sees (facts E1, E3)."""

import orjson

from mock_server.core.problems import Kind, Problem
from mock_server.core.query import AnyOf, Query, Sort
from mock_server.core.store import Collection, CollectionSpec, Document
from mock_server.vendors.evovoice.access import User
from mock_server.vendors.evovoice.filters import ListCommand, sort_keys
from mock_server.vendors.evovoice.models import ACCOUNT
from mock_server.vendors.evovoice.options import ADMINISTRATOR
from mock_server.vendors.evovoice.paging import ListResponse
from mock_server.vendors.evovoice.stored import STORED_ACCOUNT

ACCOUNTS = CollectionSpec(
    name="evovoice.accounts",
    equality={
        "id": lambda account: (account["id"],),
        "name": lambda account: (account["name"],),
    },
    ordered=sort_keys(ACCOUNT),
    schema=STORED_ACCOUNT,
)
_OLDEST_FIRST = Query((), Sort("dateCreated"))


class Accounts:
    """All accounts; one who is no administrator has the first one below the root, and what is below that."""

    def __init__(self, accounts: Collection) -> None:
        self._accounts = accounts

    def find(self, user: User, command: ListCommand) -> ListResponse:
        """One page of the user's accounts."""
        scope = () if ADMINISTRATOR in user.roles else (AnyOf("id", frozenset(self._own_ids(user))),)
        return ListResponse(self._accounts.find(command.query, scope), command)

    def get(self, user: User, key: str) -> Document:
        """One account. Raises Problem when there is none or it is not the user's."""
        account = self._accounts.get(key)
        if account is None:
            raise Problem(Kind.NOT_FOUND, f"Account '{key}' was not found")
        if ADMINISTRATOR not in user.roles and key not in self._own_ids(user):
            raise Problem(Kind.NOT_OWNED, f"Account '{key}' is not yours")
        return account

    def name(self, key: str) -> str | None:
        """The account's name, or None if there is no such account."""
        account = self._accounts.get(key)
        return None if account is None else account["name"]

    def of(self, user: User) -> list[Document]:
        """The user's accounts, oldest first."""
        rows = [orjson.loads(row) for row in self._accounts.find(_OLDEST_FIRST).rows]
        if ADMINISTRATOR in user.roles:
            return rows
        top = next((row["id"] for row in rows if row["ancestorIds"]), None)
        return [row for row in rows if top in (row["id"], *row["ancestorIds"])]

    def _own_ids(self, user: User) -> set[str]:
        return {account["id"] for account in self.of(user)}
