"""The tree of accounts: a reseller, its businesses, and their branches."""

import random
from typing import Any, NamedTuple

from mock_server.core.clock import format_instant

Document = dict[str, Any]
_HEX = "0123456789abcdef"
_DAY = 86_400_000


class _Place(NamedTuple):
    """An account's name and which account, by its place in the table, it is below."""

    name: str
    parent: int | None = None
    own_carrier: bool = False


# Names that a sloppy filter takes for one another stand side by side.
_PLACES = (
    _Place("Lighthouse Telecom"),
    _Place("Harbor Dental", 0),
    _Place("Harbor Dental North", 1),
    _Place("Harbor Dental South", 1),
    _Place("harbor dental", 0),
    _Place('Acme, "The" Inc', 0, own_carrier=True),
    _Place("Acme", 5),
    _Place("Zoë & Söhne GmbH", 0),
    _Place("=Summit Legal", 0),
    _Place("Summit Legal (Denver)", 8),
    _Place("Cedar Valley Water <District>", 0, own_carrier=True),
    _Place("桜通商 株式会社", 0),
    _Place("Northpine Outfitters", 0),
    _Place("Northpine Outfitters Returns Desk", 12),
    _Place("Empty Shelf Books", 0),
)
QUIET = len(_PLACES) - 1  # the account without sessions and usage

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
    """24 hexadecimal digits, as MongoDB's ids are."""
    return f"{source.getrandbits(96):024x}"


def accounts(*, seed: object, now: int) -> tuple[Document, ...]:
    """All accounts, oldest first, all dates hanging on `now`. The same arguments give the same documents."""
    source = random.Random(f"evovoice accounts:{seed}")
    ids = [object_id(source) for _ in _PLACES]
    ids[4] = neighbour(ids[1])
    author = object_id(source)
    made: list[Document] = []
    for number, place in enumerate(_PLACES):
        above = [] if place.parent is None else [*made[place.parent]["ancestorIds"], ids[place.parent]]
        created = now - (1000 - 60 * number) * _DAY + int(source.random() * 8 * 3_600_000)
        account = {
            "name": place.name,
            "parentAccountId": above[-1] if above else None,
            "twilioAccountSid": _sid(source, "AC") if place.own_carrier or not above else None,
            "ancestorIds": above,
            "maxPhoneNumbers": source.choice((5, 10, 25, 100)) if above else 1000,
            "isBYOA": place.own_carrier,
            "trustHubProfileSid": _sid(source, "BU") if source.random() < 0.4 else None,
            "logoId": object_id(source) if source.random() < 0.6 else None,
            "logoUri": None,
            "billingSettings": _billing(source),
            "id": ids[number],
            "dateCreated": format_instant(created),
            "dateLastModified": format_instant(created + int(source.random() * 30) * _DAY),
            "createdBy": author,
            "lastModifiedBy": author,
        }
        if account["logoId"] is not None:
            account["logoUri"] = f"https://files.example.com/{account['logoId']}.png"
        made.append({key: value for key, value in account.items() if value is not None})
    return tuple(made)


def neighbour(key: str) -> str:
    """The id that differs in its last digit only."""
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
    """The number as the vendor writes it: a whole one without a decimal point (facts E5)."""
    return int(number) if number.is_integer() else number


def _sid(source: random.Random, prefix: str) -> str:
    return f"{prefix}{source.getrandbits(128):032x}"
