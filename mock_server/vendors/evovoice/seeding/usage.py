"""Minutes of AI by customer and day."""

import random
from collections.abc import Iterator
from typing import Any

from mock_server.vendors.evovoice.seeding.accounts import account_ids, object_id
from mock_server.vendors.evovoice.seeding.businesses import QUIET
from mock_server.vendors.evovoice.seeding.calendar import DAY, days_later, utc_day

_DAYS = 60
_SATURDAY = 5


def usage(*, seed: object, now: int) -> Iterator[dict[str, Any]]:
    """Yield a document for each customer of an account: the minutes of each day with any, of the 60 up to `now`."""
    source = random.Random(f"evovoice usage:{seed}")
    today = utc_day(now)
    days = [days_later(today, -back) for back in range(_DAYS - 1, -1, -1)]
    shares = [(day.isoformat(), 0.2 if day.weekday() >= _SATURDAY else 1.0) for day in days]
    shares[-1] = shares[-1][0], shares[-1][1] * (now % DAY) / DAY  # today is not over yet
    for number, account in enumerate(account_ids(seed)):
        for _ in range(0 if number == QUIET else source.randrange(2, 5)):
            customer, usual = object_id(source), 5 + int(source.random() * 60)
            minutes = {day: int(usual * share * 2 * source.random()) for day, share in shares}
            yield {
                "id": customer,
                "accountId": account,
                "customerId": customer,
                "minutes": {day: count for day, count in minutes.items() if count},
            }
