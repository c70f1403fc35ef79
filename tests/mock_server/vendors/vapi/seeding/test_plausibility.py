"""The seeded sessions are consistent, as those of real businesses: language, place, time, money and people."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mock_server.core.clock import parse_instant
from mock_server.vendors.vapi.seeding import catalogue
from mock_server.vendors.vapi.seeding.businesses import ASSISTANTS, BUSINESSES
from mock_server.vendors.vapi.seeding.edge_cases import EDGE_CASES
from mock_server.vendors.vapi.seeding.lookalikes import LOOKALIKES
from mock_server.vendors.vapi.seeding.slots import GROUPS
from tests.mock_server.vendors.vapi.seeding.world import NOW, Document, shared
from tests.sampling import first_quick

SEEDS = first_quick(range(10))
SUMMER = parse_instant("2026-07-19T20:10:00Z")  # a Sunday
INLINE = ("assistant", "squad", "assistantOverrides", "metadata")

LANGUAGES = {
    "en": {"the", "you", "your", "is", "my", "and", "have", "yes", "please", "what", "can", "thank", "how", "it"},
    "de": {"ich", "sie", "der", "die", "und", "ein", "nicht", "bitte", "für", "auf", "ja", "danke", "guten", "wann"},
    "fr": {"je", "vous", "le", "la", "une", "est", "oui", "bonjour", "merci", "puis", "votre", "quel", "tu"},
}
COUNTRIES = {"+33": "fr", "+49": "de", "+44": "en", "+61": "en", "+1": "en"}
MONTHS = {
    language: text.split()
    for language, text in {
        "en": "January February March April May June July August September October November December",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    }.items()
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
}


def rows_of(seed: int, now: int = NOW, count: int = 250) -> list[Document]:
    """The sessions of a seed. Read only: all tests share them."""
    return shared(count, seed=seed, now=now)


def is_edge_case(row: Document) -> bool:
    """Return whether a session is an edge case."""
    names = {edge.name for edge in EDGE_CASES} - {None}
    records = [lookalike.record for lookalike in LOOKALIKES.values()]
    return ("messages" not in row and len(row) == 6) or row.get("name") in names or row.get("customer") in records


def usual(seed: int, now: int = NOW) -> list[Document]:
    """Return the sessions that are not edge cases."""
    return [row for row in rows_of(seed, now) if not is_edge_case(row)]


def texts(row: Document, *roles: str) -> list[str]:
    """Return the texts of a session, without those of tools."""
    found = [
        message for message in row.get("messages", ()) if message["role"] in (roles or ("user", "assistant", "bot"))
    ]
    return [message.get("content") or message.get("message") for message in found if "tool_calls" not in message]


def language_of(text: str) -> set[str]:
    words = set(re.findall(r"\w+", text.lower()))
    return {language for language, known in LANGUAGES.items() if words & known}


def assistant_of(row: Document, seed: int) -> Document | None:
    """Return the stored assistant that serves a session."""
    found: Document | None = dict(catalogue(seed).assistants).get(row.get("assistantId", ""))
    return found


def served(seed: int, now: int = NOW) -> Iterator[tuple[Document, Document]]:
    """Return each session with a stored assistant, and the assistant."""
    for row in usual(seed, now):
        assistant = assistant_of(row, seed)
        if assistant is not None:
            yield row, assistant


@pytest.mark.parametrize("seed", SEEDS)
def test_a_conversation_is_in_the_language_of_its_assistant(seed: int) -> None:
    spoken = set()
    for row, assistant in served(seed):
        language = assistant["transcriber"]["language"]
        said = " ".join(texts(row, "user", "assistant", "bot", "system", "developer"))
        assert language_of(said) <= {language}, said
        spoken |= language_of(said)

    assert spoken == set(LANGUAGES)


@pytest.mark.parametrize("seed", SEEDS)
def test_customers_are_spoken_to_in_the_language_of_their_phone_number(seed: int) -> None:
    countries = set()
    for row in rows_of(seed):
        number = row.get("customer", {}).get("number")
        if number and texts(row):
            country = next(prefix for prefix in COUNTRIES if number.startswith(prefix))
            assert language_of(" ".join(texts(row))) <= {COUNTRIES[country]}
            countries.add(country)

    assert countries >= {"+33", "+49", "+44", "+1"}


CURRENCIES = {
    "Brightwater Dental": "£", "Northpine Outfitters": "$", "Hotel Lindenhof": "€", "Cedar Valley Power": "$",
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_prices_are_in_the_currency_of_the_business(seed: int) -> None:
    priced = set()
    for row, assistant in served(seed):
        found = set(re.findall("[$€£]", " ".join(texts(row))))
        assert found <= {CURRENCIES[assistant["metadata"]["business"]]}
        priced |= found

    assert priced == {"$", "€", "£"}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_is_in_latin_letters(seed: int) -> None:
    said = " ".join(text for row in rows_of(seed) for text in texts(row))

    assert {
        letter for letter in said if letter.isalpha() and ord(letter) > 0x24F and not 0x300 <= ord(letter) < 0x370
    } == set()


def customers(rows: list[Document]) -> dict[str, list[Document]]:
    """Return the sessions of each customer, by phone number or else by e-mail address."""
    found = defaultdict(list)
    for row in rows:
        customer = row.get("customer", {})
        if key := customer.get("number") or customer.get("email"):
            found[key].append(row)
    return found


STREETS = r"(?:Alder Street|Juniper Lane|Mill Road|Prospect Avenue|Quarry Way|Chapel Street)"
ADDRESS = re.compile(rf"\d+ {STREETS}|[A-ZÄÖÜ]\w+(?:straße|weg) \d+, \d{{5}} \w+")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_customer_has_one_name_address_account_and_business(seed: int) -> None:
    businesses = {key: document["metadata"]["business"] for key, document in catalogue(seed).assistants.items()}
    addressed = 0
    for rows in customers(rows_of(seed)).values():
        addresses = {place for row in rows for text in texts(row) for place in ADDRESS.findall(text)}
        streets = {place for row in rows for text in texts(row) for place in re.findall(STREETS, text)}
        assert len(addresses) <= 1
        assert len(streets) <= 1
        assert len({str(row["customer"]) for row in rows}) == 1
        assert len({row["customerId"] for row in rows if "customerId" in row}) <= 1
        assert len({businesses[row["assistantId"]] for row in rows if "assistantId" in row}) <= 1
        addressed += len(addresses)

    assert addressed > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_no_name_is_met_at_two_businesses(seed: int) -> None:
    businesses = defaultdict(set)
    for row in rows_of(seed):
        if (name := row.get("customer", {}).get("name")) and (assistant := assistant_of(row, seed)):
            businesses[name].add(assistant["metadata"]["business"])

    assert {name for name, found in businesses.items() if len(found) > 1} == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_has_one_bill_for_a_month_and_its_meter_goes_up(seed: int) -> None:
    bills, readings = defaultdict(set), defaultdict(list)
    for row in rows_of(seed, count=2000):
        said = " ".join(texts(row))
        if account := re.search(r"CV-\d+", said):
            for month, dollars, usually in re.findall(
                r"My (\w+) bill is \$([\d.]+)\. It's normally around \$([\d.]+)", said
            ):
                bills[account[0], month].add((dollars, usually))
                assert float(dollars) > 1.5 * float(usually)
            readings[account[0]] += re.findall(r"It says (\d+)", said)

    assert len(bills) > 5
    assert all(len(found) == 1 for found in bills.values())
    assert all(found == sorted(found, key=int) for found in readings.values())


def spoken_days(text: str, language: str) -> Iterator[tuple[str | None, int, str]]:
    """Return weekday (if any), day of the month and month of each day in a text."""
    months = "|".join(MONTHS[language])
    forms = {
        "en": rf"(?P<weekday>\w+day),? (?:(?P<day>\d+) (?P<month>{months})|(?P<month2>{months}) (?P<day2>\d+))",
        "de": rf"(?P<weekday>)(?P<day>\d+)\. (?P<month>{months})",
        "fr": rf"(?P<weekday>\w+di|dimanche) (?P<day>\d+)(?:er)? (?P<month>{months})",
    }
    for match in re.finditer(forms[language], text):
        parts = match.groupdict()
        yield parts["weekday"] or None, int(parts["day"] or parts["day2"]), parts["month"] or parts["month2"]


@pytest.mark.parametrize(
    "now", [NOW, SUMMER, parse_instant("2025-12-23T10:00:00Z"), parse_instant("2028-02-27T10:00:00Z")]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_days_mentioned_exist_and_lie_ahead(seed: int, now: int) -> None:
    seen = 0
    for row, assistant in served(seed, now):
        language = assistant["transcriber"]["language"]
        start = date.fromisoformat(row["createdAt"][:10])
        for weekday, day, month in (found for text in texts(row) for found in spoken_days(text, language)):
            number = MONTHS[language].index(month) + 1
            meant = date(start.year + (number < start.month), number, day)
            assert timedelta(0) < meant - start <= timedelta(21)
            assert weekday is None or WEEKDAYS[language].split()[meant.weekday()] == weekday
            assert meant.weekday() != 6
            assert (number, day) not in ((1, 1), (12, 25), (12, 26))
            assert assistant["metadata"]["business"] != "Brightwater Dental" or meant.weekday() < 5
            seen += 1

    assert seen > 30


def local(row: Document, business: str) -> datetime:
    """Return the local time of the business when a session began."""
    instant = parse_instant(row["createdAt"])
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(BUSINESSES[business].zone))


OPEN = {
    "Brightwater Dental": (8, 19), "Northpine Outfitters": (7, 23),
    "Hotel Lindenhof": (6, 24), "Cedar Valley Power": (7, 21),
}  # fmt: skip


@pytest.mark.parametrize("now", [NOW, SUMMER])
@pytest.mark.parametrize("seed", SEEDS)
def test_people_talk_when_the_business_is_open(seed: int, now: int) -> None:
    for row, assistant in served(seed, now):
        business = assistant["metadata"]["business"]
        first, last = OPEN[business]
        begun = local(row, business)
        assert first <= begun.hour < last
        assert business != "Brightwater Dental" or begun.weekday() < 6
        assert assistant["name"] != "Brightwater Recall" or (9 <= begun.hour < 18 and begun.weekday() < 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_emergency_slot_is_later_the_same_day(seed: int) -> None:
    for row in (row for now in (NOW, SUMMER) for row in usual(seed, now)):
        for hour, minute in re.findall(r"Can you be here at (\d+):(\d+)\?", " ".join(texts(row))):
            begun = local(row, "Brightwater Dental")
            assert begun.hour < int(hour) < 18
            assert int(hour) * 60 + int(minute) - begun.hour * 60 - begun.minute <= 180


@pytest.mark.parametrize("now", [NOW, SUMMER])
@pytest.mark.parametrize("seed", SEEDS)
def test_weekends_are_quieter_and_no_two_days_need_be_alike(seed: int, now: int) -> None:
    days = Counter(date.fromisoformat(row["createdAt"][:10]) for row in rows_of(seed, now))
    whole = [date.fromtimestamp(now / 1000) - timedelta(back) for back in range(1, 29)]  # four weeks
    weekends = [days[day] for day in whole if day.weekday() >= 5]
    weekdays = [days[day] for day in whole if day.weekday() < 5]

    assert sum(weekends) / len(weekends) < 0.75 * sum(weekdays) / len(weekdays)
    assert Counter(weekdays).most_common(1)[0][1] < len(weekdays) / 2
    assert len(set(weekdays)) >= 6


@pytest.mark.parametrize("count", [250, 251, 1000])
@pytest.mark.parametrize("seed", SEEDS)
def test_edge_cases_and_slow_rows_are_off_the_first_pages_by_date(seed: int, count: int) -> None:
    rows = rows_of(seed, count=count)
    for field in ("createdAt", "updatedAt"):
        by_date = sorted(rows, key=lambda row: row[field])
        for page in (by_date[:100], by_date[-100:]):
            assert [row for row in page if is_edge_case(row)] == []
            assert [row["cost"] for row in page if row.get("cost", 0) >= 1] == []
            assert [row["id"] for row in page if any(field in row for field in INLINE)] == []
    by_cost = sorted(rows, key=lambda row: row.get("cost", 0))
    assert [row["id"] for row in by_cost[-10:] if any(field in row for field in INLINE)] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_default_set_has_all_edge_cases_and_no_inline_assistant(seed: int) -> None:
    rows = rows_of(seed)

    assert sum(map(is_edge_case, rows)) == len(EDGE_CASES)
    assert [row["id"] for row in rows if any(field in row for field in INLINE)] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_inline_assistants_of_a_large_set_name_their_providers(seed: int) -> None:
    rows = rows_of(seed, count=1000)
    inline = [row["assistant"] for row in rows if "assistant" in row]
    members = [member for row in rows if "squad" in row for member in row["squad"]["members"]]
    inline += [member["assistant"] for member in members if "assistant" in member]
    parts = [assistant[key] for assistant in inline for key in ("model", "voice", "transcriber")]
    parts += [row["assistantOverrides"]["voice"] for row in rows if "assistantOverrides" in row]

    assert len(inline) > 20
    assert {"assistantId" in member for member in members} == {True, False}
    assert all(part["provider"] for part in parts)


@pytest.mark.parametrize("seed", SEEDS)
def test_costs_fit_the_minutes_and_the_replies(seed: int) -> None:
    calls = 0
    for row in usual(seed):
        replies = texts(row, "assistant", "bot")
        spoken = [message for message in row.get("messages", ()) if "endTime" in message]
        if "cost" not in row:
            continue
        assert replies
        if spoken:
            minutes = (parse_instant(row["updatedAt"]) - parse_instant(row["createdAt"])) / 60_000
            assert 0.05 <= row["cost"] / minutes < 0.08
            calls += 1
        else:
            assert row["cost"] < 0.005 + 0.005 * len(replies)

    assert calls > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_articles_and_verbs_agree_with_what_is_sold(seed: int) -> None:
    said = " ".join(text for row in rows_of(seed, count=1000) for text in texts(row))
    things = [entry["item"] for entry in GROUPS[0]] + [entry["garment"] for entry in GROUPS[1]]
    pairs = {thing for thing in things if thing.endswith("s")}

    assert pairs == {"Fellside boots", "Otter gloves"}
    for thing in set(things):
        plural = thing in pairs
        assert set(re.findall(rf"{thing} (is|are|does|do)\b", said)) <= ({"are", "do"} if plural else {"is", "does"})
        assert set(re.findall(rf"{thing}, (it's|they're)", said)) <= ({"they're"} if plural else {"it's"})
        assert set(re.findall(rf"ordered (a|a pair of) {thing}", said)) <= ({"a pair of"} if plural else {"a"})
    assert re.findall(r"\b1 (?:hours|nights|homes|Nächte|nuits)\b", said) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_one_thing_has_one_price(seed: int) -> None:
    prices = defaultdict(set)
    for row in rows_of(seed, count=2000):
        said = " ".join(texts(row))
        for kind in re.findall(r"(?:a|ein|une) (\w+ room|junior suite|\w+zimmer|chambre \w+)", said):
            prices[kind] |= set(re.findall(r"(?:€|für |à )(\d+) (?:a night with|€ pro|€ la)", said))
        for item in re.findall(r"I sent the ([\w ]+) back", said):
            prices[item] |= set(re.findall(r"refunded \$([\d.]+)", said))

    assert len(prices) > 10
    assert {kind: found for kind, found in prices.items() if len(found) != 1} == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_power_cut_is_described_the_same_to_everybody_in_the_street(seed: int) -> None:
    described = defaultdict(list)
    for row in rows_of(seed, count=2000):
        said = " ".join(texts(row))
        for facts in re.findall(r"It is (.*?), (\d+) homes are affected. We expect (\d+) hours", said):
            street = re.findall(STREETS, said)[0]
            described[street, local(row, "Cedar Valley Power").date()].append(facts)

    assert any(len(found) > 1 for found in described.values())
    assert all(len(set(found)) == 1 for found in described.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_tickets_are_counted_up(seed: int) -> None:
    found = {
        int(number): parse_instant(row["createdAt"])
        for row in usual(seed)
        for number in re.findall(r"T-(\d+)", " ".join(texts(row)))
    }
    begun = [found[number] for number in sorted(found)]

    assert len(found) > 10
    assert all(later > sooner - 3_600_000 for sooner, later in pairwise(begun))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_campaign_says_the_same_to_different_people_of_whom_none_has_replied(seed: int) -> None:
    instant, size = Counter(row["createdAt"] for row in rows_of(seed)).most_common(1)[0]
    campaign = [row for row in rows_of(seed) if row["createdAt"] == instant]
    reached = [row["customer"]["number"] for row in campaign if "customer" in row]

    assert size == 12
    assert len(set(reached)) == len(reached) > 6
    assert [text for row in campaign for text in texts(row, "user")] == []
    assert len({row["assistantId"] for row in campaign if "assistantId" in row}) == 1
    assert datetime.fromisoformat(instant).weekday() < 5


@pytest.mark.parametrize("seed", SEEDS)
def test_russian_names_agree_in_gender(seed: int) -> None:
    names = {row.get("customer", {}).get("name", "") for row in rows_of(seed, count=1000)}
    russian = [name.split() for name in names if re.match("[А-я]", name)]

    assert russian
    assert all((first[-1] == "а") == (last[-1] == "а") for first, last in russian)


def test_some_hour_is_always_open_somewhere() -> None:
    for hour in range(24):
        assert any(
            business.hours[(hour + business.offset) % 24] and min(business.days) for business in BUSINESSES.values()
        )


def test_every_assistant_belongs_to_a_business_with_hours() -> None:
    assert {assistant.business for assistant in ASSISTANTS} == set(BUSINESSES)
