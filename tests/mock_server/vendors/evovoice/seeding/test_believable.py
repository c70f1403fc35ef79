"""The seeded data reads as if people at real businesses had written it, with ten seeds."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from mock_server.core.clock import format_instant, parse_instant
from mock_server.vendors.evovoice import seeding
from mock_server.vendors.evovoice.seeding.arrivals import DAYS
from mock_server.vendors.evovoice.seeding.businesses import PLACES, QUIET, TRADES, hire
from mock_server.vendors.evovoice.seeding.calendar import ZONES, local_instant, offset
from mock_server.vendors.evovoice.seeding.presets import PRESETS
from mock_server.vendors.evovoice.seeding.sessions import ODD_PURPOSES
from mock_server.vendors.evovoice.seeding.templates import BY_LANGUAGE, ROLLOUT
from tests.sampling import first_quick

SEEDS = first_quick(range(1, 11))
NOWS = ("2026-01-31T09:00:00Z", "2024-02-29T23:30:00Z", "2026-05-20T15:00:00Z", "2031-11-10T03:00:00Z")
IANA = {
    "pacific": "America/Los_Angeles",
    "mountain": "America/Denver",
    "central": "America/Chicago",
    "eastern": "America/New_York",
    "berlin": "Europe/Berlin",
    "tokyo": "Asia/Tokyo",
}
PLACE_OF = {place.name: place for place in PLACES}
LANGUAGES = tuple(BY_LANGUAGE)
ENGLISH_MONTHS = [date(2026, month, 1).strftime("%B") for month in range(1, 13)]
GERMAN_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip
ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GERMAN_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
Row = dict[str, Any]


def now_of(seed: int) -> int:
    return parse_instant(NOWS[seed % len(NOWS)])


@cache
def sessions(seed: int, count: int = 250) -> list[Row]:
    return list(seeding.sessions(count, seed=seed, now=now_of(seed), authors=("u" * 24, "v" * 24)))


def local(row: Row) -> datetime:
    made = datetime.fromisoformat(row["dateCreated"].replace("Z", "+00:00"))
    return made.astimezone(ZoneInfo(IANA[PLACE_OF[row["accountName"]].zone]))


def is_odd(row: Row) -> bool:
    return row.get("purpose") is None or row["purpose"] in ODD_PURPOSES


def texts(seed: int, count: int = 250) -> Iterator[tuple[Row, str]]:
    """Return every text that a person would read, with its session."""
    for row in sessions(seed, count):
        if not is_odd(row):
            yield row, row["purpose"]
        for action in row.get("actions", ()):
            yield row, action["description"]
        yield from ((row, line) for line in row.get("log", "").splitlines())


def changes(row: Row) -> list[tuple[str, str]]:
    """Return the function and description of each action that was queued or applied."""
    applied = re.findall(r"^Applied (\w+): (.*)$", row.get("log", ""), re.MULTILINE)
    return [*((each["functionName"], each["description"]) for each in row.get("actions", ())), *applied]


# Time


@pytest.mark.parametrize("seed", SEEDS)
def test_sessions_begin_in_the_business_hours_of_the_account(seed: int) -> None:
    moments = [local(row) for row in sessions(seed)]
    weekdays = Counter(moment.weekday() for moment in moments)

    assert sum(7 <= moment.hour < 19 for moment in moments) >= 0.9 * len(moments)
    assert sum(9 <= moment.hour < 17 for moment in moments) >= 0.6 * len(moments)
    assert sum(moment.hour >= 20 or moment.hour < 6 for moment in moments) <= 0.06 * len(moments)
    assert weekdays[5] + weekdays[6] <= 0.08 * len(moments)
    assert min(weekdays[day] for day in range(5)) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_some_days_are_busier_than_others(seed: int) -> None:
    per_day = Counter(local(row).date() for row in sessions(seed))
    how_often = Counter(per_day.values())

    assert len(how_often) >= 6
    assert max(how_often.values()) <= 0.45 * len(per_day)
    assert len(per_day) < DAYS - 15  # weekends


@pytest.mark.parametrize("seed", SEEDS)
def test_actions_are_dated_between_creation_and_last_change(seed: int) -> None:
    for row in sessions(seed):
        dates = [row["dateCreated"], *(action["date"] for action in row.get("actions", ()))]
        dates.append(row.get("dateLastModified", dates[-1]))
        assert dates == sorted(dates)
        assert "dateLastModified" in row or not row.keys() & {"actions", "log"}
        assert ("lastModifiedBy" in row) == ("dateLastModified" in row)
    latest = [row["dateLastModified"] for row in sessions(seed) if "dateLastModified" in row]
    assert max(latest) <= format_instant(now_of(seed))
    assert latest.count(format_instant(now_of(seed))) == 0


@pytest.mark.parametrize("zone", [zone for zone in ZONES if ZONES[zone].summer])
def test_daylight_saving_time_agrees_with_the_time_zone_database(zone: str) -> None:
    day, database = date(2020, 1, 1), ZoneInfo(IANA[zone])
    while day < date(2037, 1, 1):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=database)
        ahead = noon.utcoffset()
        assert ahead is not None
        assert offset(zone, day) == ahead / timedelta(hours=1), day
        assert local_instant(zone, day, 43_200_000) == noon.timestamp() * 1000
        day += timedelta(days=1)


# Calendars


def named_dates(text: str, language: str) -> Iterator[tuple[int | None, int, int]]:
    """Return the weekday (Monday is 0) or None, the month and the day of every date in a text."""
    if language == "en":
        for weekday, month, day in re.findall(rf"(?:(\w+day), )?({'|'.join(ENGLISH_MONTHS)}) (\d+)", text):
            yield ENGLISH_DAYS.index(weekday) if weekday else None, ENGLISH_MONTHS.index(month) + 1, int(day)
    elif language == "de":
        for weekday, day, month in re.findall(
            rf"(?:(\w+tag|Mittwoch), dem )?(\d+)\. ({'|'.join(GERMAN_MONTHS)})", text
        ):
            yield GERMAN_DAYS.index(weekday) if weekday else None, GERMAN_MONTHS.index(month) + 1, int(day)
    else:
        for month, day, weekday in re.findall(r"(\d+)月(\d+)日(?:\((.)\))?", text):
            yield "月火水木金土日".index(weekday) if weekday else None, int(month), int(day)


def nearest(month: int, day: int, to: date) -> date:
    """Return the nearest date with this month and day. Raises ValueError if there is none."""
    found = []
    for year in (to.year - 1, to.year, to.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            if (month, day) != (2, 29):
                raise
    return min(found, key=lambda each: abs((each - to).days))


@pytest.mark.parametrize("seed", SEEDS)
def test_dates_exist_and_have_the_right_weekdays(seed: int) -> None:
    seen = Counter[str]()
    for row, text in texts(seed, 1000):
        language = PLACE_OF[row["accountName"]].language
        for weekday, month, day in named_dates(text, language):
            meant = nearest(month, day, local(row).date())
            assert weekday is None or weekday == meant.weekday(), text
            ahead = (meant - local(row).date()).days
            assert -9 <= ahead < 0 if "call back on" in text else 4 <= ahead <= 60, text
            seen[language] += 1

    assert set(seen) == set(LANGUAGES)


@pytest.mark.parametrize("seed", SEEDS)
def test_billed_months_are_over(seed: int) -> None:
    for row in sessions(seed, 1000):
        made, purpose = local(row), row.get("purpose", "")
        last, before = ((made.month - back - 1) % 12 for back in (1, 2))
        if "invoice" in purpose:
            assert re.findall("|".join(ENGLISH_MONTHS), purpose) == [ENGLISH_MONTHS[last], ENGLISH_MONTHS[before]]
        if "Rechnung" in purpose:
            assert re.findall("|".join(GERMAN_MONTHS), purpose) == [GERMAN_MONTHS[last], GERMAN_MONTHS[before]]
        if "請求額" in purpose:
            assert re.findall(r"(\d+)月", purpose) == [str(last + 1), str(before + 1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_has_one_bill_for_a_month(seed: int) -> None:
    bills: dict[tuple[str, date], set[str]] = defaultdict(set)
    for row in sessions(seed, 3000):
        found = re.search(r"The \w+ invoice is \$([\d.]+), the one for \w+ was \$([\d.]+)\.", row.get("purpose", ""))
        if found:
            first = local(row).date().replace(day=1)
            for text in found.groups():
                first = (first - timedelta(days=1)).replace(day=1)
                bills[row["accountName"], first].add(text)

    assert len(bills) > 10
    assert {len(amounts) for amounts in bills.values()} == {1}


# Words


@pytest.mark.parametrize("seed", SEEDS)
def test_plurals_agree(seed: int) -> None:
    for _, text in texts(seed, 1000):
        assert not re.search(r"(?<![:.\d])[01] (?:\w+ )?(seconds|minutes|sentences|days|numbers|Sekunden)\b", text), (
            text
        )


def words_of(language: str) -> set[str]:
    """Return the words of this language only: its teams and flows, months and weekdays."""
    names = {name for place in PLACES if place.language == language for group in TRADES[place.trade] for name in group}
    return names | {"en": {*ENGLISH_MONTHS, *ENGLISH_DAYS}, "de": {*GERMAN_MONTHS, *GERMAN_DAYS}, "ja": set()}[language]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_uses_one_language(seed: int) -> None:
    for row, text in texts(seed):
        own = PLACE_OF[row["accountName"]].language
        for other in set(LANGUAGES) - {own}:
            foreign = words_of(other) - words_of(own)
            assert not any(re.search(rf"\b{re.escape(word)}\b", text) for word in foreign), text
        said = re.sub(r"^Applied \w+: |\S+@\S+\.example", "", text)
        assert own == "ja" or not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", said), text
        assert own == "de" or not re.search(r"[äöüßÄÖÜ]", said), text
        assert own != "ja" or not re.search(r"[a-z]{2,}", re.sub(r"[a-z.]+@[a-z.]+", "", said)), text


@pytest.mark.parametrize("seed", SEEDS)
def test_people_have_one_account_and_former_staff_do_not_return(seed: int) -> None:
    staff = hire(Random(seed))
    names = [person.name for each in staff for person in (*each.people, *each.leavers, *each.newcomers)]
    extensions = [[person.extension for person in (*s.people, *s.leavers, *s.newcomers)] for s in staff]
    domains: dict[str, set[str]] = defaultdict(set)
    for row, text in texts(seed, 1000):
        for domain in re.findall(r"@([\w.]+?)\.example", text):
            domains[domain].add(row["accountName"])

    assert len(names) == len(set(names))
    assert all(len(each) == len(set(each)) for each in extensions)
    assert {len(accounts) for accounts in domains.values()} == {1}


@pytest.mark.parametrize("seed", SEEDS)
def test_phone_numbers_are_local_and_reserved_for_fiction(seed: int) -> None:
    for row, text in texts(seed, 1000):
        place = PLACE_OF[row["accountName"]]
        pattern = r"\+494066969\d{3}" if place.language == "de" else rf"\+1{place.area}55501\d\d"
        assert all(re.fullmatch(pattern, number) for number in re.findall(r"\+\d+", text)), text
        assert all(area == place.area for area in re.findall(r"area code (\d+)", text))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_does_not_repeat_a_purpose(seed: int) -> None:
    rollouts = {template.text for template in ROLLOUT.values()}
    asked = Counter(
        (row["accountName"], row["purpose"])
        for row in sessions(seed)
        if not is_odd(row) and row["purpose"] not in rollouts
    )

    assert sum(count - 1 for count in asked.values()) <= 3


# Actions


@pytest.mark.parametrize("seed", SEEDS)
def test_actions_match_the_purpose(seed: int) -> None:
    for row in sessions(seed, 1000):
        purpose = row.get("purpose", "")
        for _, description in changes(row):
            numbers = set(re.findall(r"\d+", description))
            assert numbers <= set(re.findall(r"\d+", purpose)), (purpose, description)
            assert set(re.findall(r'"(.*?)"', description)) <= set(re.findall(r'"(.*?)"', purpose))
        for action in row.get("actions", ()):
            arguments = orjson.loads(action["arguments"])
            for name, value in arguments.items():
                if isinstance(value, str) and name not in ("extension", "to", "keep"):
                    assert value in purpose, (purpose, action)
            if action["functionName"] == "SetCallRecording":
                stops = any(word in purpose for word in ("Stop", "止めて"))
                assert arguments["record"] is not stops
        if purpose.endswith(("?", "か。")):
            assert not changes(row), purpose


@pytest.mark.parametrize("language", LANGUAGES)
def test_actions_use_only_slots_of_their_purpose(language: str) -> None:
    """A slot that the purpose does not name would be random; a person's extension would not."""
    person = {"person", "extension", "email", "name"}
    for template in (*BY_LANGUAGE[language], ROLLOUT[language]):
        said = set(re.findall(r"\{(\w+)\}", template.text))
        said |= person if said & person else set()
        for step in template.steps:
            used = {*re.findall(r"\{(\w+)\}", step.description), *step.arguments.values()} - {"yes", "no"}
            assert used <= said, (template.text, used - said)
        assert not (template.steps and template.text.rstrip("🤔 ").endswith(("?", "か。")))


# Odd rows and accounts


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [100, 250, 1000])
def test_the_first_pages_have_no_odd_purposes(seed: int, count: int) -> None:
    rows = sessions(seed, count)

    assert not any(is_odd(row) for row in (*rows[:25], *rows[-25:]))
    assert set(ODD_PURPOSES) <= {row.get("purpose") for row in rows}
    assert sum("purpose" not in row for row in rows) == 3
    assert not any(changes(row) for row in rows if is_odd(row))


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in ("10k", "demo", "unicode")])
def test_small_worlds_have_odd_purposes_only_in_near_miss(name: str) -> None:
    preset, now = PRESETS[name], now_of(1)
    rows = [preset.adjust(row, number, now) for number, row in enumerate(sessions(1, preset.sessions))]

    odd = {row.get("purpose") for row in rows if is_odd(row)}

    assert odd == (set(ODD_PURPOSES) if name == "near-miss" else set())
    assert all(row["dateCreated"] <= action["date"] for row in rows for action in row.get("actions", ()))


@pytest.mark.parametrize("seed", SEEDS)
def test_accounts_were_created_over_years(seed: int) -> None:
    now = now_of(seed)
    accounts = seeding.accounts(seed=seed, now=now)
    made = [parse_instant(account["dateCreated"]) for account in accounts]
    by_id = {account["id"]: account for account in accounts}

    assert made == sorted(made)
    assert len({round((after - before) / 86_400_000) for before, after in pairwise(made)}) > 5
    assert all(now - each > (DAYS + 1) * 86_400_000 for number, each in enumerate(made) if number != QUIET)
    assert all(local(row | {"accountName": row["name"]}).weekday() < 5 for row in accounts)
    assert all(8 <= local(row | {"accountName": row["name"]}).hour < 18 for row in accounts)
    for account in accounts:
        assert account["dateCreated"] <= account["dateLastModified"] <= format_instant(now)
        above = by_id.get(account.get("parentAccountId", ""), account)
        assert account["maxPhoneNumbers"] <= above["maxPhoneNumbers"]
        assert account["name"].isprintable()
        assert account["name"][0] not in "=+-@"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_that_has_just_begun_has_no_minutes(seed: int) -> None:
    midnight = parse_instant("2026-02-02T00:00:00Z")

    days = {day for row in seeding.usage(seed=seed, now=midnight) for day in row["minutes"]}

    assert max(days) == "2026-02-01"
    assert datetime.fromtimestamp(midnight / 1000, UTC).day == 2
