"""The minutes of a period (FACTS.md E1.8)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

Row = dict[str, Any]


def usage(client: FlaskClient, **members: str) -> Row:
    period = {"startDate": "2025-12-01", "endDate": "2026-01-31"}
    response = client.get("/ai/usage", query_string={**period, **members})
    assert response.status_code == 200, response.text
    return dict(response.json)


def test_usage_adds_up(seeded: FlaskClient) -> None:
    total = usage(seeded)

    assert list(total) == ["accountUsage", "customerUsage"]
    assert len(total["accountUsage"]) > 5
    for row in total["accountUsage"]:
        customers = [it["aiMinutes"] for it in total["customerUsage"] if it["accountId"] == row["accountId"]]
        assert row["aiMinutes"] == sum(customers) > 0
        assert usage(seeded, accountId=row["accountId"])["accountUsage"] == [row]


def test_usage_of_two_periods_adds_up_to_that_of_both(seeded: FlaskClient) -> None:
    def minutes(**members: str) -> int:
        return sum(int(row["aiMinutes"]) for row in usage(seeded, **members)["accountUsage"])

    assert minutes(endDate="2026-01-10") + minutes(startDate="2026-01-11") == minutes() > 0


def test_usage_of_one_customer(seeded: FlaskClient) -> None:
    row = usage(seeded)["customerUsage"][3]

    assert usage(seeded, customerId=row["customerId"])["customerUsage"] == [row]


@pytest.mark.parametrize("members", [{"startDate": "2026-02-01"}, {"endDate": "1999-01-01"}, {"accountId": "none"}])
def test_usage_may_be_empty(seeded: FlaskClient, members: dict[str, str]) -> None:
    assert usage(seeded, **members) == {"accountUsage": [], "customerUsage": []}


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"StartDate": "NotEmpty", "EndDate": "NotEmpty"}),
        ("startDate=2026-01-01", {"EndDate": "NotEmpty"}),
        ("startDate=2026-01-01&endDate=", {"EndDate": "NotEmpty"}),
        *(
            (f"startDate={text}&endDate=2026-01-31", {"StartDate": "Predicate"})
            for text in ("2026-1-1", "20260101", "2026-02-30", "01/02/2026", "2026-01-01T00:00:00Z", "2026-W01-1", "x")
        ),
    ],
)
def test_usage_requires_two_dates(client: FlaskClient, query: str, fields: dict[str, str]) -> None:
    response = client.get(f"/ai/usage?{query}")

    assert response.status_code == 400
    errors = response.json["responseStatus"]["errors"]
    assert {error["fieldName"]: error["errorCode"] for error in errors} == fields


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_usage_accepts_every_method(seeded: FlaskClient, method: str) -> None:
    response = seeded.open("/ai/usage?startDate=2026-01-01&endDate=2026-01-31", method=method)

    assert (response.status_code, list(response.json)) == (200, ["accountUsage", "customerUsage"])
