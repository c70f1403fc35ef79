"""Invented customers: most names come from Faker, numbers from ranges that are reserved for fiction."""

import random
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from mock_server.core.ids import uuid4
from mock_server.vendors.vapi.seeding.names import ALPHABETS, Name

Record = dict[str, Any]


class Locale(NamedTuple):
    """The number blocks of a place as (prefix, free digits)."""

    blocks: tuple[tuple[str, int], ...]


class Audience(NamedTuple):
    """The customers of one business: how many of which names and place, how it numbers them, and where they live."""

    share: float  # of all customers
    names: tuple[tuple[str, str, int], ...]  # a locale of Faker or a key of names.ALPHABETS, a key of PLACES, a weight
    account: str
    streets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A customer: the name used in conversations, the record that the API returns, and the constant facts."""

    name: str
    first: str
    account: str
    id: str
    record: Record = field(repr=False)
    facts: "Facts" = field(repr=False)


class Facts(NamedTuple):
    """What stays the same for a customer in all conversations."""

    slots: dict[str, str]
    bill: float  # dollars, in a normal month
    meter: int  # what it reads at the end of the time that the sessions cover
    daily: int  # what it gains a day

    def high_bill(self, month: int) -> str:
        """Return the dollars of a bill that is too high; it is always the same for the same month."""
        return f"{self.bill * (1.8 + (self.meter % 97 / 97 + month * 0.37) % 1):.2f}"


# Ofcom: 020 7946 0xxx and 07700 900xxx; Bundesnetzagentur: 030 23125 xxx, 040 66969 xxx, 089 99998 xxx,
# 0221 4710 xxx and 069 90009 xxx; ARCEP: 01 99 00 xx xx and 06 39 98 xx xx; North America: 555-01xx.
# A customer with a name from a country without such a range has a number of the place where they live.
PLACES = {
    "Britain": Locale((("+442079460", 3), ("+447700900", 3))),
    "Germany": Locale((("+4930231255", 2), ("+494066969", 3), ("+498999998", 3), ("+492214710", 3), ("+496990009", 3))),
    "France": Locale((("+3319900", 4), ("+3363998", 4))),
    "Colorado": Locale((("+130355501", 2), ("+172055501", 2), ("+197055501", 2), ("+171955501", 2))),
    "America": Locale(
        tuple((f"+1{code}55501", 2) for code in (206, 212, 312, 404, 415, 503, 512, 602, 617, 808, 816, 919))
    ),
}

# The town that a German number says somebody lives in.
_TOWNS = {
    "+494066969": "20095 Hamburg",
    "+498999998": "80331 München",
    "+492214710": "50667 Köln",
    "+496990009": "60311 Frankfurt",
}
_BERLIN = "10119 Berlin"

_ENGLISH = ("Alder Street", "Juniper Lane", "Mill Road", "Prospect Avenue", "Quarry Way", "Chapel Street")
_GERMAN = ("Lindenstraße", "Bergstraße", "Gartenstraße", "Schillerstraße", "Uferweg")

AUDIENCES = {
    "dental": Audience(
        0.26, (("en_GB", "Britain", 7), ("pl_PL", "Britain", 2), ("en_IN", "Britain", 2)), "BW-{:05d}", _ENGLISH
    ),
    "shop": Audience(0.25, (("en_US", "America", 8), ("es_MX", "America", 3)), "NP-C{:05d}", _ENGLISH),
    "hotel": Audience(
        0.14,
        (
            ("en_GB", "Britain", 4),
            ("en_US", "America", 3),
            ("japanese", "America", 2),
            ("russian", "Britain", 2),
            ("arabic", "Britain", 2),
            ("hindi", "Britain", 2),
        ),
        "LH-{:05d}",
        _ENGLISH,
    ),
    "hotel-de": Audience(0.13, (("de_DE", "Germany", 1),), "LH-{:05d}", _GERMAN),
    "hotel-fr": Audience(0.06, (("fr_FR", "France", 1),), "LH-{:05d}", _ENGLISH),
    "utility": Audience(0.16, (("en_US", "Colorado", 3), ("es_MX", "Colorado", 1)), "CV-{:06d}", _ENGLISH),
}
DENTISTS = ("Dr Okafor", "Dr Lindqvist", "Dr Mehta")
_FEWEST, _MOST, _SESSIONS_EACH = 48, 1200, 2.4

_DOMAINS = ("example.com", "example.org", "example.net")
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", " ": None, "'": None})


class _Registry:
    """Hands out numbers, names and addresses, each once."""

    def __init__(self, source: random.Random, taken: Iterable[str]) -> None:
        self._source = source
        self._taken = set(taken)

    def number(self, locale: Locale) -> str:
        while True:
            prefix, digits = self._source.choice(locale.blocks)
            if self._take(number := f"{prefix}{self._source.randrange(10**digits):0{digits}d}"):
                return number

    def name(self, draw: Callable[[bool], Name], female: bool) -> Name:
        """Return a name that is not taken yet, as long as there are any."""
        for _ in range(20):
            name = draw(female)
            if self._take(name.written):
                break
        return name

    def account(self, form: str) -> str:
        while True:
            if self._take(account := form.format(self._source.randrange(1000, 99999))):
                return account

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


def gather_people(seed: str, taken: Iterable[str], sessions: int) -> dict[str, tuple[Person, ...]]:
    """Return the customers of each audience, as many as fit these sessions, without `taken` numbers and names."""
    source = random.Random(f"{seed} people")
    registry = _Registry(source, taken)
    draws = _name_sources(f"{seed} names", source)
    population = min(max(sessions / _SESSIONS_EACH, _FEWEST), _MOST)
    gathered = {}
    for key, audience in AUDIENCES.items():
        origins = [(names, place) for names, place, weight in audience.names for _ in range(weight)]
        people = []
        for number in range(max(round(audience.share * population), len(origins))):
            names, place = origins[number % len(origins)]
            name = registry.name(draws[names], number // len(origins) % 2 == number % 2)
            people.append(_person(key, name, PLACES[place], registry, source))
        source.shuffle(people)
        gathered[key] = tuple(people)
    return gathered


def draw_facts(key: str, number: str, source: random.Random) -> Facts:
    """Return what stays true of a customer of this audience with this phone number."""
    chance = source.random
    bill = 60 + chance() * 110
    streets = AUDIENCES[key].streets
    slots = {
        "house": str(3 + int(chance() * 160)),
        "street": streets[int(chance() * len(streets))],
        "town": _TOWNS.get(number[:10], _BERLIN),
        "dentist": DENTISTS[int(chance() * len(DENTISTS))],
        "usual": f"{bill:.2f}",
    }
    return Facts(slots, bill, 20_000 + int(chance() * 50_000), 14 + int(chance() * 20))


def _name_sources(seed: str, source: random.Random) -> dict[str, Callable[[bool], Name]]:
    """Return the functions that draw a name, by the key of the names.

    Reads the person providers of Faker one by one: a whole `Faker` per locale takes ten times as long.
    """
    from faker.generator import Generator  # 50 ms that only seeding has to pay

    generator = Generator()
    generator.seed_instance(seed)

    def from_faker(provider: Any, female: bool) -> Name:
        first = provider.first_name_female() if female else provider.first_name_male()
        last = (provider.last_name_female() if female else provider.last_name_male()).removesuffix(" II")
        return Name(f"{first} {last}"[:40].rstrip(), first, last)

    keys = dict.fromkeys(names for audience in AUDIENCES.values() for names, _, _ in audience.names)
    return {
        key: partial(ALPHABETS[key].draw, source)
        if key in ALPHABETS
        else partial(from_faker, import_module(f"faker.providers.person.{key}").Provider(generator))
        for key in keys
    }


def _person(key: str, name: Name, locale: Locale, registry: _Registry, source: random.Random) -> Person:
    account = registry.account(AUDIENCES[key].account)
    number = registry.number(locale)
    record: Record = {"number": number, "name": name.written}
    if source.random() < 0.06:
        record = {"extension": str(source.randrange(100, 1000)), **record}
    if source.random() < 0.65:
        record["email"] = registry.email(name.first, name.last)
    if source.random() < 0.75:
        record["externalId"] = account
    spoken = f"{name.first} {name.last}"
    return Person(spoken, name.first, account, uuid4(source), record, draw_facts(key, number, source))
