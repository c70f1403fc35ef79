"""Clocks, and instants as numbers and as ISO 8601 text."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.core.clock import Clock, FrozenClock, Setting, format_instant, parse_instant

# 2026-01-31 is day 20,484: 56 years of 365 days, 14 leap days and 30 days of January.
MIDNIGHT = 1_769_817_600_000
HALF_PAST_NINE = MIDNIGHT + 34_200_000
FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999  # years 1 and 9999


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("1970-01-01T00:00:00.000Z", 0, id="epoch"),
        pytest.param("2026-01-31T09:30:00.000Z", HALF_PAST_NINE, id="canonical"),
        pytest.param("2026-01-31", MIDNIGHT, id="date-alone"),
        pytest.param("2026-01-31T09:30", HALF_PAST_NINE, id="no-seconds"),
        pytest.param("2026-01-31T09:30:00", HALF_PAST_NINE, id="no-offset-is-utc"),
        pytest.param("2026-01-31T09:30:00Z", HALF_PAST_NINE, id="no-milliseconds"),
        pytest.param("2026-01-31t09:30:00z", HALF_PAST_NINE, id="lower-case"),
        pytest.param("2026-01-31T09:30:00.5Z", HALF_PAST_NINE + 500, id="tenths"),
        pytest.param("2026-01-31T09:30:00.042Z", HALF_PAST_NINE + 42, id="milliseconds"),
        pytest.param("2026-01-31T09:30:00.123999Z", HALF_PAST_NINE + 123, id="microseconds-are-cut"),
        pytest.param("2026-01-31T09:30:00.000000001Z", HALF_PAST_NINE, id="nanoseconds-are-cut"),
        pytest.param("2026-01-31T11:30:00+02:00", HALF_PAST_NINE, id="offset-east"),
        pytest.param("2026-01-31T04:00:00-05:30", HALF_PAST_NINE, id="offset-west-with-minutes"),
        pytest.param("2026-01-31T11:30:00+0200", HALF_PAST_NINE, id="offset-without-colon"),
        pytest.param("2026-01-31T09:30:00-00:00", HALF_PAST_NINE, id="negative-zero-offset"),
        pytest.param("2026-01-31T09:29:60Z", HALF_PAST_NINE, id="leap-second"),
        pytest.param("2024-02-29", 1_709_164_800_000, id="leap-day"),
        pytest.param("1969-12-31T23:59:59.999Z", -1, id="before-the-epoch"),
        pytest.param("0001-01-01", FIRST, id="first-day"),
        pytest.param("9999-12-31T23:59:59.999Z", LAST, id="last-millisecond"),
    ],
)
def test_parses_an_instant(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1769817600000",
        "2026-1-31",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "2026-01-31T",
        "2026-01-31T24:00:00Z",
        "2026-01-31T09:60:00Z",
        "2026-01-31T09:30:61Z",
        "2026-01-31T09:30:00.Z",
        "2026-01-31T09:30:00+24:00",
        "2026-01-31T09:30:00+02:60",
        "2026-01-31T09:30:00+2",
        "2026-01-31 09:30:00Z",
        "2026-01-31T09:30:00 02:00",
        " 2026-01-31",
        "2026-01-31\n",
        "٢٠٢٦-01-31",
    ],
)
def test_rejects_text_that_is_not_an_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        pytest.param(0, "1970-01-01T00:00:00.000Z", id="epoch"),
        pytest.param(HALF_PAST_NINE + 7, "2026-01-31T09:30:00.007Z", id="milliseconds-padded"),
        pytest.param(-1, "1969-12-31T23:59:59.999Z", id="before-the-epoch"),
        pytest.param(FIRST, "0001-01-01T00:00:00.000Z", id="year-padded"),
        pytest.param(FIRST - 1, "0001-01-01T00:00:00.000Z", id="no-earlier-day"),
        pytest.param(LAST, "9999-12-31T23:59:59.999Z", id="last-millisecond"),
        pytest.param(LAST + 1, "9999-12-31T23:59:59.999Z", id="no-later-day"),
    ],
)
def test_formats_an_instant(instant: int, text: str) -> None:
    assert format_instant(instant) == text


@given(st.integers(FIRST, LAST))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_parses_what_it_formatted(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(st.lists(st.integers(FIRST, LAST), max_size=5))
@settings(max_examples=50, derandomize=True, deadline=None)
def test_formatted_instants_sort_like_instants(instants: list[int]) -> None:
    assert sorted(map(format_instant, instants)) == [format_instant(instant) for instant in sorted(instants)]


def test_the_real_clock_returns_the_current_milliseconds() -> None:
    before = int(time.time() * 1000)

    now = Clock().now()

    assert before - 1 <= now <= int(time.time() * 1000) + 1


def test_a_frozen_clock_changes_only_when_it_is_set() -> None:
    clock = FrozenClock(5)
    seen = [clock.now(), clock.now()]

    clock.instant = 9

    assert [*seen, clock.now()] == [5, 5, 9]


@pytest.mark.parametrize("ahead", [0, 1, -1, 86_400_000])
def test_a_running_clock_reaches_an_instant_at_the_predicted_time(ahead: int) -> None:
    setting = Setting(ahead=ahead)
    when = int(setting.reaches(1_769_850_000_000))

    assert [setting.shows(when - 1), setting.shows(when)] == [1_769_849_999_999, 1_769_850_000_000]


def test_a_frozen_clock_never_reaches_another_instant() -> None:
    assert Setting(frozen_at=5).reaches(6) == math.inf
