"""Adds up minutes (FACTS.md E1.8)."""

from collections.abc import Iterable
from typing import Any

import orjson

from mock_server.core.query import Query, Sort
from mock_server.core.store import Collection, Document
from mock_server.vendors.evovoice.binding import Values
from mock_server.vendors.evovoice.usage.filters import criteria, period


class UsageService:
    """The minutes of customers by day."""

    def __init__(self, rows: Collection) -> None:
        self._rows = rows

    def total(self, values: Values) -> dict[str, Any]:
        """Return the minutes of each account and of each customer in a period. Raises Problem without one."""
        start, end = period(values)
        accounts: dict[str, int] = {}
        customers: dict[tuple[str, str], int] = {}
        for encoded in self._rows.find(Query(criteria(values), Sort("accountId"))).rows:
            row = orjson.loads(encoded)
            minutes = sum(count for day, count in row["minutes"].items() if start <= day <= end)
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

    def add(self, rows: Iterable[Document]) -> None:
        """Store minutes that were made elsewhere."""
        self._rows.insert_many(rows)
