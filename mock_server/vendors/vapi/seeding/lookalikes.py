"""Customers that are easily confused with each other; each belongs to one business."""

import random
from typing import Any, NamedTuple

from mock_server.core.ids import uuid4
from mock_server.vendors.vapi.seeding.people import Person, draw_facts


class Lookalike(NamedTuple):
    """A customer's record, the audience it belongs to, and the spoken name if the record has no usable one."""

    audience: str  # a key of people.AUDIENCES
    record: dict[str, Any]
    spoken: str = ""


# Each record differs from another one in a way that a wrong filter or an unquoted CSV cell misses.
LOOKALIKES: dict[str, Lookalike] = {
    "c1": Lookalike(
        "shop", {"number": "+14155550110", "name": "Ann Lee", "email": "ann@example.com", "externalId": "c1"}
    ),
    "c10": Lookalike(
        "utility", {"number": "+17205550111", "name": "Ann Leeson", "email": "joann@example.com", "externalId": "c10"}
    ),
    "C1": Lookalike(
        "hotel-de", {"number": "+493023125010", "name": "ann lee", "email": "Ann@example.com", "externalId": "C1"}
    ),
    "short": Lookalike("hotel-de", {"number": "+49302312501", "name": "Ann", "email": "ann@example.co.example.com"}),
    "composed": Lookalike("hotel", {"number": "+61255500191", "name": "Zo\u00eb Brandt", "externalId": "zoe"}),
    "decomposed": Lookalike("hotel", {"number": "+61255500192", "name": "Zoe\u0308 Brandt", "externalId": "Zoe"}),
    "quotes": Lookalike(
        "dental",
        {"number": "+442079460990", "name": 'O\'Neill, Patrick "Paddy"', "externalId": "a,b"},
        "Patrick O'Neill",
    ),
    "semicolon": Lookalike(
        "hotel-de", {"name": "Groß; Söhne & Co", "email": "gross+soehne@example.de.example.net"}, "Jonas Groß"
    ),
    "formula": Lookalike(
        "utility", {"number": "+13035550177", "name": "=2+5 Trading", "externalId": "=c1"}, "Tess Morgan"
    ),
    "desk": Lookalike("hotel-de", {"extension": "1", "sipUri": "sip:desk@example.com", "name": "Lena Vogt"}),
    "Desk": Lookalike("hotel-de", {"extension": "12", "sipUri": "sip:Desk@example.com", "name": "Lena Vogt-Maier"}),
    "desk:5060": Lookalike("hotel-de", {"extension": "01", "sipUri": "sip:desk@example.com:5060"}, "Jana Roth"),
    "unchecked": Lookalike("hotel-fr", {"numberE164CheckEnabled": False, "number": "+3319900", "name": "Léa Fontaine"}),
    "longest": Lookalike("hotel", {"number": "+61255500193", "name": "Marie-Antoinette Josèphe Jeanne de Rivel"}),
    "number only": Lookalike("shop", {"number": "+12065550188"}, "Drew Palmer"),
    "name only": Lookalike("dental", {"name": "Sam Carter"}),
    "email only": Lookalike("shop", {"email": "nora.whitfield@example.org"}, "Nora Whitfield"),
    "external id only": Lookalike("dental", {"externalId": "0"}, "Priya Shah"),
}


def gather_lookalikes(seed: str) -> dict[str, Person]:
    """Return the customers by the key of their record."""
    source = random.Random(f"{seed} lookalikes")
    people = {}
    for key, (audience, record, spoken) in LOOKALIKES.items():
        name = spoken or record["name"]
        facts = draw_facts(audience, record.get("number", ""), source)
        people[key] = Person(name, name.split()[0], f"C-{source.randrange(1000, 9999)}", uuid4(source), record, facts)
    return people
