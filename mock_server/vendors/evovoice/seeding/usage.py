"""Minutes of AI by day, account and customer."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from mock_server.vendors.evovoice.seeding.accounts import QUIET, accounts, object_id

_DAYS = 60
_SATURDAY = 5


def usage(*, seed: object, now: int) -> Iterator[dict[str, Any]]:
    """A document for each day, account and customer with any minutes in the 60 days up to `now`, by date and id."""
    source = random.Random(f"evovoice usage:{seed}")
    customers = [
        (account["id"], object_id(source), 5 + int(source.random() * 60))
        for number, account in enumerate(accounts(seed=seed, now=now))
        if number != QUIET
        for _ in range(source.randrange(2, 5))
    ]
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    for back in range(_DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        share = 0.2 if day.weekday() >= _SATURDAY else 1.0
        date, rows = day.isoformat(), []
        for account, customer, usual in customers:
            minutes = int(usual * share * 2 * source.random())
            if minutes:
                key = object_id(source)
                rows.append(
                    {"id": key, "date": date, "accountId": account, "customerId": customer, "aiMinutes": minutes}
                )
        yield from sorted(rows, key=itemgetter("id"))
