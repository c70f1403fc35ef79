"""Customers who exist nowhere: names from Faker, numbers from ranges kept free for fiction."""

import random
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

from mock_server.core.ids import uuid4

Record = dict[str, Any]


class Locale(NamedTuple):
    """Where names come from, and the number blocks as (prefix, free digits)."""

    blocks: tuple[tuple[str, int], ...]
    family_first: bool = False


class Audience(NamedTuple):
    """The customers of one business: how many of which locale, and how it numbers them."""

    locales: tuple[tuple[str, int], ...]
    account: str


@dataclass(frozen=True, slots=True)
class Person:
    """What a conversation calls somebody, and the record that the API shows of them."""

    name: str
    first: str
    account: str
    id: str
    record: Record = field(repr=False)


_LONDON = (("+442079460", 3), ("+447700900", 3))
_BERLIN = (("+4930231254", 2), ("+4930231255", 2))
_AMERICA = (("+150355501", 2), ("+172055501", 2), ("+121255501", 2))

# Ofcom: 020 7946 0xxx and 07700 900xxx; Bundesnetzagentur: 030 23125 xxx; ARCEP: 01 99 00 xx xx and
# 06 39 98 xx xx; North America: 555-01xx. Countries without such a range get a number where they live.
LOCALES = {
    "en_GB": Locale(_LONDON),
    "pl_PL": Locale(_LONDON),
    "hi_IN": Locale(_LONDON),
    "ar_SA": Locale(_LONDON),
    "en_US": Locale(_AMERICA),
    "es_MX": Locale(_AMERICA),
    "ja_JP": Locale((("+180855501", 2),), family_first=True),
    "fr_FR": Locale((("+3319900", 4), ("+3363998", 4))),
    "ru_RU": Locale(_BERLIN),
    "de_DE": Locale(_BERLIN),
}

AUDIENCES = {
    "dental": Audience((("en_GB", 7), ("pl_PL", 2), ("hi_IN", 2), ("ar_SA", 2)), "BW-{:05d}"),
    "shop": Audience((("en_US", 7), ("fr_FR", 3), ("ja_JP", 3)), "NP-C{:05d}"),
    "hotel": Audience((("en_GB", 3), ("fr_FR", 3), ("ru_RU", 3)), "LH-{:05d}"),
    "hotel-de": Audience((("de_DE", 8),), "LH-{:05d}"),
    "utility": Audience((("en_US", 8), ("es_MX", 4)), "CV-{:06d}"),
}

_DOMAINS = ("example.com", "example.org", "example.net")

# Each record differs from another in something that a sloppy filter or an unquoted CSV cell misses.
LOOKALIKES: dict[str, Record] = {
    "c1": {"number": "+14155550110", "name": "Ann Lee", "email": "ann@example.com", "externalId": "c1"},
    "c10": {"number": "+14155550111", "name": "Ann Leeson", "email": "joann@example.com", "externalId": "c10"},
    "C1": {"number": "+493023125010", "name": "ann lee", "email": "Ann@example.com", "externalId": "C1"},
    "short": {"number": "+49302312501", "name": "Ann", "email": "ann@example.co.example.com"},
    "composed": {"number": "+61255500191", "name": "Zo\u00eb Brandt", "externalId": "zoe"},
    "decomposed": {"number": "+61255500192", "name": "Zoe\u0308 Brandt", "externalId": "Zoe"},
    "quotes": {"number": "+442079460990", "name": 'O\'Neill, Patrick "Paddy"', "externalId": "a,b"},
    "semicolon": {"name": "Groß; Söhne & Co", "email": "gross+soehne@example.de.example.net"},
    "formula": {"number": "+13035550177", "name": "=2+5 Trading", "externalId": "=c1"},
    "desk": {"extension": "1", "sipUri": "sip:desk@example.com", "name": "Lena Vogt"},
    "Desk": {"extension": "12", "sipUri": "sip:Desk@example.com", "name": "Lena Vogt-Maier"},
    "desk:5060": {"extension": "01", "sipUri": "sip:desk@example.com:5060"},
    "unchecked": {"numberE164CheckEnabled": False, "number": "+3319900", "name": "Léa Fontaine"},
    "longest": {"number": "+61255500193", "name": "Marie-Antoinette Josèphe Jeanne de Rivel"},
    "number only": {"number": "+12065550188"},
    "name only": {"name": "Sam Carter"},
    "email only": {"email": "sam.carter@example.org"},
    "external id only": {"externalId": "0"},
}

# What a conversation calls those whose record is no name.
_SPOKEN = {"quotes": "Patrick O'Neill", "semicolon": "Jonas Groß", "formula": "Sam Carter"}
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", " ": None, "'": None})


class _Registry:
    """Hands out numbers and addresses, each once."""

    def __init__(self, source: random.Random, taken: Iterable[str]) -> None:
        self._source = source
        self._taken = {*taken, *(record.get("number", "") for record in LOOKALIKES.values())}

    def number(self, locale: Locale) -> str:
        while True:
            prefix, digits = self._source.choice(locale.blocks)
            if self._take(number := f"{prefix}{self._source.randrange(10**digits):0{digits}d}"):
                return number

    def email(self, first: str, last: str) -> str:
        folded = unicodedata.normalize("NFKD", f"{first}.{last}".translate(_PLAIN))
        local = folded.encode("ascii", "ignore").decode().lower()[:24].strip(".")
        while True:
            address = f"{local or 'guest'}@{self._source.choice(_DOMAINS)}"
            if local and self._take(address):
                return address
            local = f"{local or 'guest'}{self._source.randrange(10, 100)}"[-26:]

    def _take(self, text: str) -> bool:
        fresh = text not in self._taken
        self._taken.add(text)
        return fresh


def gather_people(seed: str, taken: Iterable[str]) -> dict[str, tuple[Person, ...]]:
    """The customers of each audience, those who call most often first; none has a `taken` number.

    Reads the person providers of Faker one by one: a whole `Faker` per locale takes ten times as long.
    """
    from faker.generator import Generator  # 50 ms that only seeding has to pay

    generator = Generator()
    generator.seed_instance(f"{seed} names")
    source = random.Random(f"{seed} people")
    registry = _Registry(source, taken)
    names = {name: import_module(f"faker.providers.person.{name}").Provider(generator) for name in LOCALES}
    gathered = {}
    for key, audience in AUDIENCES.items():
        people = [
            _person(names[locale], LOCALES[locale], audience, registry, source, female=ordinal % 2 == 0)
            for locale, count in audience.locales
            for ordinal in range(count)
        ]
        source.shuffle(people)
        gathered[key] = tuple(people)
    return gathered


def gather_lookalikes(seed: str) -> dict[str, Person]:
    """The customers who are easily taken for one another, by the key of their record."""
    source = random.Random(f"{seed} lookalikes")
    people = {}
    for key, record in LOOKALIKES.items():
        name = _SPOKEN.get(key) or record.get("name", "Sam Carter")
        account = f"C-{source.randrange(1000, 9999)}"
        people[key] = Person(name, name.split()[0], account, uuid4(source), record)
    return people


def _person(
    names: Any, locale: Locale, audience: Audience, registry: _Registry, source: random.Random, *, female: bool
) -> Person:
    first = names.first_name_female() if female else names.first_name_male()
    last = names.last_name_female() if female else names.last_name_male()
    name = (f"{last} {first}" if locale.family_first else f"{first} {last}")[:40].rstrip()
    account = audience.account.format(source.randrange(1000, 99999))
    record: Record = {"number": registry.number(locale), "name": name}
    if source.random() < 0.06:
        record = {"extension": str(source.randrange(100, 1000)), **record}
    if source.random() < 0.65:
        record["email"] = registry.email(first, last)
    if source.random() < 0.75:
        record["externalId"] = account
    return Person(name, first, account, uuid4(source), record)
