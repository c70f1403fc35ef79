"""The clock over HTTP, and what follows it."""

import httpx
import pytest

from tests.mock_server.ops.conftest import Door

DAY = 86_400


def test_advancing_a_day_completes_what_it_should_in_order(door: Door) -> None:
    client = door(sessions=0)
    made = [client.post("/session", json={"expirationSeconds": 60 * (4 - n)}).json()["id"] for n in range(3)]
    long = client.post("/session", json={"expirationSeconds": 2 * DAY}).json()["id"]

    clock = client.put("/_mock/clock", json={"advance": DAY}).json()

    assert clock == {"now": "2026-02-01T09:00:00.000Z", "milliseconds": 1_769_936_400_000, "frozen": True}
    updated = client.get("/_mock/events/list?type=session.updated").json()["events"]
    assert [event["subject"] for event in updated] == made[::-1]
    assert client.get(f"/session/{long}").json()["status"] == "active"


def test_a_change_has_the_time_of_the_clock(in_process: Door) -> None:
    client = in_process(sessions=0)
    client.put("/_mock/clock", json={"freeze": "2027-05-05T05:05:05+02:00"})

    made = client.post("/session", json={}).json()

    assert made["createdAt"] == "2027-05-05T03:05:05.000Z"


@pytest.mark.parametrize(
    ("turns", "frozen", "now"),
    [
        ([{"jump": "2030-01-01"}], True, "2030-01-01T00:00:00.000Z"),
        ([{"advance": 0.5}], True, "2026-01-31T09:00:00.500Z"),
        ([{"run": True}, {"freeze": "2030-01-01"}], True, "2030-01-01T00:00:00.000Z"),
        ([{"run": True}, {"jump": "2030-01-01"}], False, "2030-01-01T00:00"),
        ([{"run": True}, {"jump": "2030-01-01"}, {"advance": DAY}], False, "2030-01-02T00:00"),
        ([{"freeze": "9999-12-31T23:59:59Z"}, {"advance": 9 * DAY}], True, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_the_clock_is_set(in_process: Door, turns: list[dict[str, object]], frozen: bool, now: str) -> None:
    client = in_process()
    for turn in turns:
        assert client.put("/_mock/clock", json=turn).status_code == 200

    read = client.get("/_mock/clock").json()

    assert (read["frozen"], read["now"][: len(now)]) == (frozen, now)


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({}, "give exactly one of freeze, jump, advance, run; got none"),
        ({"advance": 5, "run": True}, "got advance, run"),
        ({"advance": -1}, "advance: Input should be greater than or equal to 0"),
        ({"freeze": "tomorrow"}, "freeze: 'tomorrow' is not an ISO 8601 instant"),
        ({"back": 5}, "back: unknown name. Valid in the body: advance, freeze, jump, run"),
    ],
)
def test_a_turn_that_cannot_be(in_process: Door, turn: dict[str, object], message: str) -> None:
    answer = in_process().put("/_mock/clock", json=turn)

    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_each_world_has_its_own_time(in_process: Door) -> None:
    client = in_process()
    client.put("/_mock/clock", json={"advance": 60}, headers={"X-Mock-World": "one:a"})

    def now(world: str) -> httpx.Response:
        return client.get("/_mock/clock", headers={"X-Mock-World": world})

    assert now("one:a").json()["now"] == "2026-01-31T09:01:00.000Z"
    assert now("one:b").json()["now"] == "2026-01-31T09:00:00.000Z"


def test_a_sign_in_ends_with_the_clock(over_a_socket: Door) -> None:
    client = over_a_socket()
    del client.headers["Authorization"]
    client.post("/auth/credentials", json={"userName": "admin@example.com", "password": "admin"})
    assert client.get("/ai/sessions?format=json").status_code == 200

    client.put("/_mock/clock", json={"advance": 30 * DAY})

    assert client.get("/ai/sessions?format=json").status_code == 401
