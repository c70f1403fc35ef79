"""The tree of accounts: a reseller, its businesses, and their branches."""

import random
from typing import Any

from mock_server.core.clock import format_instant
from mock_server.vendors.evovoice.seeding.businesses import PLACES, QUIET, Place
from mock_server.vendors.evovoice.seeding.calendar import DAY, HOUR, local_day, local_instant, working_day

Document = dict[str, Any]
_HEX = "0123456789abcdef"
_OLDEST, _YOUNGEST = 215, 37  # ages of the accounts with sessions, in spans of four days
_SPAN = 4


_ITEMS = {  # base, per-unit price, units included
    "base": (49.0, 0.0, 0),
    "localNumbers": (0.0, 1.5, 5),
    "tollFreeNumbers": (0.0, 3.0, 1),
    "inboundVoiceCalls": (0.0, 0.0125, 1000),
    "outboundVoiceCalls": (0.0, 0.018, 500),
    "inboundFaxes": (0.0, 0.03, 50),
    "outboundFaxes": (0.0, 0.04, 50),
    "inboundSmsMessages": (0.0, 0.0079, 250),
    "outboundSmsMessages": (0.0, 0.0095, 250),
    "aiInsights": (10.0, 0.02, 100),
    "aiLiveMinutes": (25.0, 0.14, 60),
    "aiMessages": (0.0, 0.004, 500),
}


def object_id(source: random.Random) -> str:
    """Return an id of 24 hexadecimal digits, as MongoDB's are."""
    return f"{source.getrandbits(96):024x}"


def account_ids(seed: object) -> list[str]:
    """Return the ids of all accounts, in the order of PLACES."""
    source = random.Random(f"evovoice ids of accounts:{seed}")
    ids = [object_id(source) for _ in PLACES]
    ids[4] = neighbour(ids[1])
    return ids


def accounts(*, seed: object, now: int) -> tuple[Document, ...]:
    """Return all accounts, oldest first, dated relative to `now`. The same arguments give the same documents."""
    ids, source = account_ids(seed), random.Random(f"evovoice accounts:{seed}")
    author = object_id(source)
    ages = _ages(source)
    made: list[Document] = []
    for number, place in enumerate(PLACES):
        above = [] if place.parent is None else [*made[place.parent]["ancestorIds"], ids[place.parent]]
        created = _office_hour(source, place, now, ages[number])
        changed = max(created, _office_hour(source, place, now, source.randrange(1, ages[number])))
        account = {
            "name": place.name,
            "parentAccountId": above[-1] if above else None,
            "twilioAccountSid": _sid(source, "AC") if place.own_carrier or not above else None,
            "ancestorIds": above,
            "maxPhoneNumbers": 1000 if place.parent is None else _limit(source, made[place.parent]),
            "isBYOA": place.own_carrier,
            "trustHubProfileSid": _sid(source, "BU") if place.language == "en" and source.random() < 0.6 else None,
            "logoId": object_id(source) if source.random() < 0.6 else None,
            "logoUri": None,
            "billingSettings": _billing(source),
            "id": ids[number],
            "dateCreated": format_instant(created),
            "dateLastModified": format_instant(changed),
            "createdBy": author,
            "lastModifiedBy": author,
        }
        if account["logoId"] is not None:
            account["logoUri"] = f"https://files.example.com/{account['logoId']}.png"
        made.append({key: value for key, value in account.items() if value is not None})
    return tuple(made)


def _limit(source: random.Random, above: Document) -> int:
    """Return how many phone numbers an account may have: at most as many as its parent."""
    return source.choice([limit for limit in (5, 10, 25, 100) if limit <= above["maxPhoneNumbers"]])


def _ages(source: random.Random) -> list[int]:
    """Return the age of each account in days, oldest first. The quiet one is new."""
    spans = sorted(source.sample(range(_YOUNGEST, _OLDEST), QUIET), reverse=True)
    return [*(_SPAN * span for span in spans), source.randrange(8, 20)]


def _office_hour(source: random.Random, place: Place, now: int, days: int) -> int:
    """Return an instant in the office hours of the working day that is `days` days ago, or up to two days later."""
    day = working_day(local_day(place.zone, now - days * DAY))
    return min(now, local_instant(place.zone, day, int((8.5 + 8.5 * source.random()) * HOUR)))


def neighbour(key: str) -> str:
    """Return the id that differs only in its last digit."""
    return key[:-1] + _HEX[(_HEX.index(key[-1]) + 1) % 16]


def _billing(source: random.Random) -> Document:
    markup = source.choice((1.0, 1.25, 1.5))
    return {
        name: {
            "baseCost": _shortest(base),
            "rawUnitMultiplier": _shortest(markup),
            "unitCost": _shortest(round(price * markup, 6)),
            "allowance": included,
        }
        for name, (base, price, included) in _ITEMS.items()
    }


def _shortest(number: float) -> float:
    """Return the number as the vendor writes it: a whole one without a decimal point (FACTS.md E5.5)."""
    return int(number) if number.is_integer() else number


def _sid(source: random.Random, prefix: str) -> str:
    return f"{prefix}{source.getrandbits(128):032x}"
