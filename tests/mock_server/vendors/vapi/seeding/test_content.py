"""The seeded sessions read like real ones: when they happen, what is said, what it costs, and to whom."""

import json
import re
import unicodedata
from collections import Counter

import orjson
import pytest

from mock_server.core.clock import parse_instant
from mock_server.vendors.vapi.seeding import catalogue
from tests.mock_server.vendors.vapi.seeding.world import NOW, SEED, Document, of, shared
from tests.sampling import first_quick

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
E164 = re.compile(r"\+[1-9]\d{1,14}")
# Ofcom, Bundesnetzagentur, ARCEP, ACMA and the 555-01xx of North America.
FICTION = re.compile(
    r"\+44(2079460\d{3}|7700900\d{3})|\+493023125\d{2,3}|\+49(4066969|8999998|2214710|6990009)\d{3}|\+33(19900|63998)\d{0,4}|\+6125550\d{4}|\+1[2-9]\d{2}55501\d\d"
)


@pytest.mark.parametrize("now", [NOW, NOW + 11 * 3_600_000])
@pytest.mark.parametrize("count", [1, 50, 250, 3000])
def test_dates_are_in_order_and_in_the_past(count: int, now: int) -> None:
    rows = shared(count, now=now)
    created, updated = of(rows, "createdAt"), of(rows, "updatedAt")

    assert all(INSTANT.fullmatch(text) for text in created + updated)
    assert created == sorted(created)
    assert all(begin <= end for begin, end in zip(created, updated, strict=True))
    assert max(map(parse_instant, updated)) <= now
    assert parse_instant(created[0]) >= now - 30 * 86_400_000


def test_sessions_spread_over_a_month_with_quiet_nights() -> None:
    hours = Counter(int(text[11:13]) for text in of(shared(5000), "createdAt"))
    days = {text[:10] for text in of(shared(250), "createdAt")}

    assert sum(hours[hour] for hour in range(5, 8)) * 5 < sum(hours[hour] for hour in range(15, 18))
    assert len(days) >= 25


@pytest.mark.parametrize("seed", first_quick(range(5)))
@pytest.mark.parametrize("count", [50, 250])
def test_active_sessions_are_not_past_their_expiry(count: int, seed: int) -> None:
    rows = shared(count, seed=seed)
    active = [row for row in rows if row["status"] == "active"]

    assert 0 < len(active) < count / 3
    assert all(parse_instant(row["updatedAt"]) + row["expirationSeconds"] * 1000 > NOW for row in active)
    assert all("artifact" not in row for row in active)


@pytest.mark.parametrize("seed", first_quick(range(20), 3))
def test_the_latest_session_is_open(seed: int) -> None:
    assert shared(1, seed=seed)[-1]["status"] == shared(50, seed=seed)[-1]["status"] == "active"


def test_lifetimes_reach_both_limits(rows: list[Document]) -> None:
    lifetimes = Counter(of(rows, "expirationSeconds"))

    assert (min(lifetimes), max(lifetimes)) == (60, 2_592_000)
    assert lifetimes.most_common(1)[0][0] == 86_400


def messages_of(rows: list[Document]) -> list[Document]:
    return [message for messages in of(rows, "messages") for message in messages]


def test_both_shapes_and_all_roles_occur(rows: list[Document]) -> None:
    chat = {message["role"] for message in messages_of(rows) if "time" not in message}
    voice = {message["role"] for message in messages_of(rows) if "time" in message}

    assert chat == {"user", "assistant", "tool", "system", "developer"}
    assert voice == {"user", "bot", "system"}
    assert all(len({"time" in message for message in messages}) == 1 for messages in of(rows, "messages") if messages)


def test_conversations_have_believable_lengths(rows: list[Document]) -> None:
    lengths = list(map(len, of(rows, "messages")))

    assert (min(lengths), max(lengths) <= 16) == (0, True)
    assert sum(length >= 5 for length in lengths) > len(lengths) / 2


def test_no_slot_is_left_open(rows: list[Document]) -> None:
    texts = [str(message.get("content", message.get("message", ""))) for message in messages_of(rows)]
    spoken = [text for text in texts if not text.startswith("{")]

    assert not any("{" in text or "}" in text for text in spoken + of(rows, "name"))
    assert b"{{" not in orjson.dumps(of(rows, "assistant"))


def test_each_tool_call_is_answered(rows: list[Document]) -> None:
    for messages in of(rows, "messages"):
        asked = [call["id"] for message in messages for call in message.get("tool_calls", ())]
        answered = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
        assert asked == answered
        assert len(set(asked)) == len(asked)


def test_tool_arguments_and_results_are_json(rows: list[Document]) -> None:
    calls = [call["function"] for message in messages_of(rows) for call in message.get("tool_calls", ())]
    answers = [message["content"] for message in messages_of(rows) if message["role"] == "tool"]

    assert calls
    assert all(json.loads(text) for text in [call["arguments"] for call in calls] + answers)


def test_voice_times_follow_each_other(rows: list[Document]) -> None:
    for row in rows:
        voice = [message for message in row.get("messages", ()) if "endTime" in message]
        start, end = parse_instant(row["createdAt"]), parse_instant(row["updatedAt"])
        times = [time for message in voice for time in (message["time"], message["endTime"])]
        assert times == sorted(times)
        assert not times or start <= times[0] < times[-1] <= end
        for message in voice:
            assert message["duration"] == message["endTime"] - message["time"]
            assert message["secondsFromStart"] == (message["time"] - start) / 1000


def test_conversations_name_the_customer(rows: list[Document]) -> None:
    named = [
        row
        for row in rows
        if "messages" in row
        and row.get("customer", {}).get("name", "\0") in json.dumps(row["messages"], ensure_ascii=False)
    ]

    assert len(named) > 10


def test_cost_is_the_sum_of_its_parts(rows: list[Document]) -> None:
    billed = [row for row in rows if "cost" in row]

    assert all("costs" in row for row in billed)
    assert all(row["cost"] == round(sum(part["cost"] for part in row["costs"]), 6) for row in billed)
    assert all(part["cost"] >= 0 for row in billed for part in row["costs"])


def test_breakdown_is_the_cost_of_the_analysis(rows: list[Document]) -> None:
    analyses = [part for costs in of(rows, "costs") for part in costs if part["type"] == "analysis"]

    assert analyses
    assert all(part["cost"] == part["structuredOutputBreakdown"][0]["cost"] for part in analyses)


def test_whole_dollars_are_written_as_javascript_does(rows: list[Document]) -> None:
    assert all(isinstance(cost, int) for cost in of(rows, "cost") if cost == int(cost))


@pytest.mark.parametrize("count", [50, 250])
def test_costs_distinguish_numeric_order_from_text_order(count: int) -> None:
    rows = shared(count)
    costs = of(rows, "cost")

    assert {0, 2, 9.5, 10, 10.25, 20, 99.75, 100, 100.5} <= set(costs)
    assert sorted(costs) != sorted(costs, key=str)
    assert Counter(costs)[0.25] >= 3
    assert Counter(costs)[10] >= 2
    assert len(costs) < len(rows)


def test_no_customer_has_the_number_of_a_business(rows: list[Document]) -> None:
    lines = {entry["number"] for entry in catalogue(SEED).phone_numbers.values()}

    assert lines.isdisjoint(of(rows, "customer.number"))


def test_numbers_are_e164_and_reserved_for_fiction(rows: list[Document]) -> None:
    numbers = set(of(rows, "customer.number"))
    numbers |= {entry["number"] for entry in catalogue(SEED).phone_numbers.values()}

    assert len(numbers) > 30
    assert all(E164.fullmatch(number) and FICTION.fullmatch(number) for number in numbers)


def test_email_addresses_are_reserved_for_examples(rows: list[Document]) -> None:
    domains = {address.split("@")[1].split(".", 1)[-1] for address in of(rows, "customer.email")}
    addresses = of(rows, "customer.email") + of(rows, "customer.sipUri")

    assert domains >= {"com", "org", "net"}
    assert all(re.search(r"[@.]example\.(com|org|net)(:\d+)?$", address) for address in addresses)


def test_customers_come_back(rows: list[Document]) -> None:
    visits = Counter(json.dumps(customer) for customer in of(rows, "customer"))

    assert len(visits) >= 40
    assert visits.most_common(1)[0][1] >= 5


@pytest.mark.parametrize("script", ["LATIN", "CYRILLIC", "CJK", "ARABIC", "DEVANAGARI"])
def test_names_are_in_many_scripts(script: str) -> None:
    letters = {letter for name in of(shared(1000), "customer.name") for letter in name if letter.isalpha()}

    assert any(unicodedata.name(letter).startswith(script) for letter in letters)


def test_no_secret_is_given(rows: list[Document]) -> None:
    assert set(of(rows, "phoneNumber.twilioAuthToken")) == {"mock-secret-not-stored"}
