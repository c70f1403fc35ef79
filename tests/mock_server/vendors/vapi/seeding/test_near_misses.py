"""The seeded sessions contain values that expose a wrong filter, sort order or export."""

import itertools
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest

from mock_server.core.clock import parse_instant
from mock_server.vendors.vapi.seeding import catalogue
from tests.mock_server.vendors.vapi.seeding.world import SEED, Document, of, shared
from tests.sampling import first_quick


def test_overrides_are_filled_in_and_their_values_kept() -> None:
    overridden = [row for row in shared(1000) if "assistantOverrides" in row]

    assert {"assistantId" in row for row in overridden} == {True, False}
    for row in overridden:
        values = row["assistantOverrides"]["variableValues"]
        assert row["metadata"] == {"variableValues": values}
        assert values["customerName"] in row["assistant"]["firstMessage"]
        assert values["today"] in row["assistant"]["model"]["messages"][0]["content"]


KINDS: dict[str, Callable[[Document], bool]] = {
    "stored assistant": lambda row: "assistantId" in row and "assistant" not in row,
    "substituted assistant": lambda row: "assistantId" in row and "assistantOverrides" in row,
    "inline assistant": lambda row: "assistant" in row and "assistantOverrides" not in row,
    "inline assistant with values": lambda row: "assistantId" not in row and "assistantOverrides" in row,
    "stored squad": lambda row: "squadId" in row,
    "inline squad": lambda row: "squad" in row,
    "workflow": lambda row: "workflowId" in row,
    "nobody": lambda row: not {"assistantId", "assistant", "squadId", "squad", "workflowId"} & row.keys(),
    "own number": lambda row: "phoneNumber" in row,
    "stored number": lambda row: "phoneNumberId" in row,
    "customer id": lambda row: "customerId" in row,
    "no customer": lambda row: "customer" not in row,
    "no name": lambda row: "name" not in row,
    "no cost": lambda row: "cost" not in row,
    "no message": lambda row: row.get("messages") == [],
    "artifact": lambda row: "artifact" in row,
    "nothing optional": lambda row: len(row) == 6,
}


@pytest.mark.parametrize("seed", first_quick(range(3)))
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_session_occurs_and_is_not_the_only_one(kind: str, seed: int) -> None:
    matched = [
        KINDS[kind](row) for row in shared(1000 if "inline" in kind or "substituted" in kind else 250, seed=seed)
    ]

    assert set(matched) == {True, False}


FILTERS = (
    "id", "name", "assistantId", "squadId", "workflowId", "phoneNumberId", "customer.number", "customer.sipUri",
    "customer.name", "customer.email", "customer.externalId", "customer.extension",
)  # fmt: skip


@pytest.mark.parametrize("count", [50, 250])
@pytest.mark.parametrize("seed", first_quick(range(3)))
@pytest.mark.parametrize("field", FILTERS)
def test_every_filter_matches_some_rows_and_misses_others(field: str, seed: int, count: int) -> None:
    values = of(shared(count, seed=seed), field)

    assert len(set(values)) >= 2
    assert Counter(values).most_common(1)[0][1] < count


@pytest.mark.parametrize("field", ["createdAt", "updatedAt"])
@pytest.mark.parametrize("count", [50, 250])
def test_date_bounds_distinguish_inclusive_from_strict(count: int, field: str) -> None:
    repeated = [text for text, times in Counter(of(shared(count), field)).items() if times >= 3]

    assert repeated


def test_one_batch_is_larger_than_a_page_of_ten(rows: list[Document]) -> None:
    instants = Counter((row["createdAt"], row["updatedAt"]) for row in rows)

    assert instants.most_common(1)[0][1] >= 12


@pytest.mark.parametrize("count", [50, 250])
def test_some_rows_differ_by_a_millisecond_and_the_last_digit_of_their_id(count: int) -> None:
    rows = shared(count)
    near = [
        (first, second)
        for first, second in itertools.pairwise(rows)
        if parse_instant(second["createdAt"]) - parse_instant(first["createdAt"]) == 1
    ]

    assert near
    assert all(first["id"][:-1] == second["id"][:-1] for first, second in near)


@pytest.mark.parametrize("collection", ["assistants", "squads", "phone_numbers", "workflows", "structured_outputs"])
def test_two_ids_of_each_collection_differ_in_the_last_digit(collection: str) -> None:
    first, second, *_ = getattr(catalogue(SEED), collection)

    assert first != second
    assert first[:-1] == second[:-1]


NEAR_MISSES = {
    "name": (
        "Booking", "booking", "BOOKING", "Booking 2", "Booking 20", "=SUM(A1:A9)", "0", "null",
        'Table for two, "by the window"', "Refund; 100% + 1 & done?", "Größe prüfen – サイズ交換 – تبديل",
    ),
    "customer.externalId": ("c1", "c10", "C1", "=c1", "a,b", "zoe", "Zoe", "0"),
    "customer.name": ("Ann", "Ann Lee", "ann lee", "Ann Leeson", "=2+5 Trading", "Groß; Söhne & Co"),
    "customer.number": ("+49302312501", "+493023125010", "+3319900"),
    "customer.email": ("ann@example.com", "Ann@example.com", "joann@example.com", "ann@example.co.example.com"),
    "customer.sipUri": ("sip:desk@example.com", "sip:Desk@example.com", "sip:desk@example.com:5060"),
    "customer.extension": ("1", "12", "01"),
    "expirationSeconds": (60, 61),
}  # fmt: skip


@pytest.mark.parametrize("count", [50, 250])
@pytest.mark.parametrize("field", NEAR_MISSES)
def test_values_that_are_easily_confused_occur(field: str, count: int) -> None:
    assert set(NEAR_MISSES[field]) <= set(of(shared(count), field))


@pytest.mark.parametrize("count", [50, 250])
def test_one_name_occurs_composed_and_decomposed(count: int) -> None:
    names = set(of(shared(count), "customer.name"))

    assert any(unicodedata.normalize("NFD", name) in names - {name} for name in names)


def test_one_name_is_as_long_as_allowed(rows: list[Document]) -> None:
    assert 40 in map(len, of(rows, "name"))
    assert 40 in map(len, of(rows, "customer.name"))
