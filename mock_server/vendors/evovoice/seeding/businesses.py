"""Who uses the service: a reseller, its customers and their branches, and the people who work there."""

import random
from typing import NamedTuple


class Trade(NamedTuple):
    """The names that a kind of business gives its teams and call flows. The first two flows are for opening hours."""

    teams: tuple[str, ...]
    flows: tuple[str, ...]


TRADES = {
    "telecom": Trade(
        ("support", "billing", "sales", "number porting"), ("Main line", "Sales queue", "Support queue", "After hours")
    ),
    "dental": Trade(
        ("reception", "scheduling", "billing", "hygiene"),
        ("Main line", "Appointment line", "Emergency line", "After hours"),
    ),
    "plumbing": Trade(
        ("dispatch", "billing", "sales", "installation"), ("Main line", "Estimates", "Emergency line", "After hours")
    ),
    "legal": Trade(
        ("reception", "intake", "billing", "records"), ("Main line", "Intake line", "Client line", "After hours")
    ),
    "water": Trade(
        ("customer service", "billing", "dispatch", "leak reports"),
        ("Main line", "Billing line", "Outage line", "After hours"),
    ),
    "retail": Trade(
        ("customer service", "sales", "returns", "shipping"),
        ("Main line", "Order line", "Returns line", "After hours"),
    ),
    "machines": Trade(
        ("Empfang", "Vertrieb", "Buchhaltung", "Ersatzteile"),
        ("Zentrale", "Bestellungen", "Service", "Nachtschaltung"),
    ),
    "trading": Trade(("受付", "営業部", "経理部", "配送センター"), ("代表番号", "注文窓口", "修理窓口", "営業時間外")),
}


class Place(NamedTuple):
    """An account: where it is, what it does, and its share of the sessions.

    `parent` is the parent's index in PLACES.
    """

    name: str
    parent: int | None
    trade: str
    zone: str
    area: str
    share: int
    language: str = "en"
    own_carrier: bool = False


# Names that a wrong filter confuses are next to each other.
PLACES = (
    Place("Lighthouse Telecom", None, "telecom", "pacific", "503", 10),
    Place("Harbor Dental", 0, "dental", "pacific", "503", 14),
    Place("Harbor Dental North", 1, "dental", "pacific", "503", 8),
    Place("Harbor Dental South", 1, "dental", "pacific", "503", 6),
    Place("harbor dental", 0, "dental", "eastern", "410", 6),
    Place("Ridgeway Plumbing", 0, "plumbing", "mountain", "303", 10, own_carrier=True),
    Place("Ridgeway Plumbing, Heating & Air", 5, "plumbing", "mountain", "719", 6),
    Place("Möller & Söhne GmbH", 0, "machines", "berlin", "40", 6, "de"),
    Place("Summit Legal", 0, "legal", "mountain", "303", 9),
    Place('Summit Legal "Pro Bono" Desk', 8, "legal", "mountain", "303", 5),
    Place("Cedar Valley Water District", 0, "water", "mountain", "801", 8, own_carrier=True),
    Place("桜通商 株式会社", 0, "trading", "tokyo", "3", 5, "ja"),
    Place("Northpine Outfitters", 0, "retail", "central", "612", 11),
    Place("Northpine Outfitters Returns Desk", 12, "retail", "central", "612", 5),
    Place("Alder Street Books", 0, "retail", "pacific", "503", 0),
)
QUIET = len(PLACES) - 1  # the account without sessions and usage
BUSY = tuple(number for number in range(len(PLACES)) if number != QUIET)

_STAFF, _LEAVERS, _NEWCOMERS = 8, 3, 4
_FIRST_NAMES = (
    "Abby", "Aaron", "Alicia", "Andre", "Angela", "Anthony", "Beth", "Brian", "Carla", "Carlos", "Cheryl", "Chris",
    "Dana", "Daniel", "Denise", "Derek", "Diane", "Elena", "Emily", "Eric", "Erin", "Felix", "Gina", "Grace", "Greg",
    "Hannah", "Heather", "Ian", "Irene", "Jackie", "Jason", "Jenna", "Joel", "Julia", "Karen", "Keith", "Kelly",
    "Kevin", "Laura", "Leah", "Linda", "Luis", "Marcus", "Maria", "Mark", "Megan", "Melissa", "Nadia", "Nancy",
    "Nate", "Nicole", "Omar", "Paula", "Pete", "Priya", "Rachel", "Ray", "Renee", "Rob", "Rosa", "Sam", "Sandra",
    "Sean", "Shawn", "Stacy", "Steve", "Tara", "Theresa", "Tim", "Tina", "Travis", "Vanessa", "Victor", "Wendy",
)  # fmt: skip
_LAST_NAMES = (
    "Adams", "Alvarez", "Anders", "Baker", "Barnes", "Becker", "Bell", "Bennett", "Brooks", "Burke", "Campbell",
    "Carter", "Castillo", "Chen", "Clark", "Coleman", "Cruz", "Daley", "Diaz", "Dunn", "Ellis", "Evans", "Fischer",
    "Fleming", "Foster", "Garcia", "Gibson", "Gomez", "Grant", "Gray", "Hall", "Hansen", "Harper", "Hayes", "Hill",
    "Howard", "Hughes", "Ingram", "Jackson", "Jensen", "Kaur", "Keller", "Kim", "Lambert", "Larson", "Lee", "Lopez",
    "Lowe", "Lynch", "Marsh", "Martin", "Mason", "Meyer", "Mills", "Moore", "Morgan", "Murray", "Nelson", "Nguyen",
    "Nolan", "O'Brien", "O'Neill", "Olsen", "Ortiz", "Owens", "Park", "Patel", "Perez", "Perry", "Pierce", "Porter",
    "Price", "Quinn", "Ramirez", "Reed", "Reyes", "Rivera", "Rogers", "Ross", "Russo", "Sanders", "Shaw", "Silva",
    "Simmons", "Snyder", "Stone", "Sullivan", "Tran", "Tucker", "Turner", "Vega", "Wade", "Walsh", "Ward", "Watson",
    "Webb", "Weiss", "West", "Wong", "Young",
)  # fmt: skip
_ABROAD = {
    "de": (
        ("Anke Petersen", "anke.petersen"), ("Jörg Hansen", "joerg.hansen"), ("Silke Böttcher", "silke.boettcher"),
        ("Uwe Krüger", "uwe.krueger"), ("Maren Lührs", "maren.luehrs"), ("Thomas Wulf", "thomas.wulf"),
        ("Birgit Jansen", "birgit.jansen"), ("Holger Brandt", "holger.brandt"), ("Katja Ahrens", "katja.ahrens"),
        ("Dirk Oldenburg", "dirk.oldenburg"), ("Heike Steffen", "heike.steffen"), ("Lars Thomsen", "lars.thomsen"),
        ("Nele Martens", "nele.martens"), ("Sven Groth", "sven.groth"), ("Ulrike Voss", "ulrike.voss"),
    ),
    "ja": (
        ("佐藤 健一", "k.sato"), ("鈴木 由美", "y.suzuki"), ("高橋 誠", "m.takahashi"), ("田中 恵子", "k.tanaka"),
        ("伊藤 大輔", "d.ito"), ("渡辺 真理", "m.watanabe"), ("山本 修", "o.yamamoto"), ("中村 香織", "k.nakamura"),
        ("小林 直樹", "n.kobayashi"), ("加藤 美穂", "m.kato"), ("吉田 浩", "h.yoshida"), ("山田 愛", "a.yamada"),
        ("佐々木 翔", "s.sasaki"), ("松本 彩", "a.matsumoto"), ("井上 学", "m.inoue"),
    ),
}  # fmt: skip


class Person(NamedTuple):
    """A person who works, used to work or is about to work for an account."""

    name: str
    extension: str
    email: str


class Staff(NamedTuple):
    """The people of one account. No person is in two accounts."""

    people: tuple[Person, ...]
    leavers: tuple[Person, ...]
    newcomers: tuple[Person, ...]


def hire(source: random.Random) -> tuple[Staff, ...]:
    """Return the people of every account, in the order of PLACES."""
    taken: set[str] = set()
    return tuple(_hire(place, source, taken) for place in PLACES)


def _hire(place: Place, source: random.Random, taken: set[str]) -> Staff:
    count = _STAFF + _LEAVERS + _NEWCOMERS
    abroad = _ABROAD.get(place.language)
    names = _names(count, source, taken) if abroad is None else source.sample(abroad, count)
    spelled = place.name.lower().replace("ö", "oe")
    domain = "".join(letter for letter in spelled if letter.isascii() and letter.isalnum()) or "sakura"
    domain += place.area if domain in taken else ""
    taken.add(domain)
    extensions = source.sample(range(101, 180), count)
    people = tuple(
        Person(name, str(extension), f"{address}@{domain}.example")
        for (name, address), extension in zip(names, extensions, strict=True)
    )
    return Staff(people[:_STAFF], people[_STAFF : _STAFF + _LEAVERS], people[_STAFF + _LEAVERS :])


def _names(count: int, source: random.Random, taken: set[str]) -> list[tuple[str, str]]:
    chance = source.random
    found: list[tuple[str, str]] = []
    while len(found) < count:
        first, last = int(chance() * len(_FIRST_NAMES)), int(chance() * len(_LAST_NAMES))
        name = f"{_FIRST_NAMES[first]} {_LAST_NAMES[last]}"
        if name not in taken:
            taken.add(name)
            found.append((name, name.lower().replace(" ", ".").replace("'", "")))
    return found
