"""What was asked, and what was expected to be."""

import threading
from typing import Any

import httpx
import pytest

from mock_server.core.clock import Clock, format_instant
from tests.mock_server.ops.conftest import Door

ADMIN = ("admin@example.com", "admin")


def asked(client: httpx.Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/_mock/requests{query}").json()["requests"]
    return found


def test_requests_are_kept_with_their_answers(door: Door) -> None:
    client = door()
    made = client.post("/session?trace=1", json={"name": "A"}).json()
    client.get("/session/nope")
    client.get("/nowhere")
    client.get("/session/export?format=csv")

    post, bad, export = asked(client)

    assert (post["number"], post["vendor"], post["operation"], post["method"], post["path"]) == (
        1, "vapi", "create", "POST", "/session",
    )  # fmt: skip
    assert (post["query"], post["body"], post["status"], post["answer"]) == ("trace=***", {"name": "A"}, 201, made)
    assert post["headers"]["Authorization"] == "Bearer ***"
    assert post["time"] == "2026-01-31T09:00:00.000Z"
    assert (bad["status"], bad["answer"]["statusCode"]) == (400, 400)
    assert (export["operation"], export["size"], export["answer"]) == ("export", None, None)


def test_a_request_keeps_the_time_at_which_it_came(in_process: Door) -> None:
    client, earlier = in_process(), format_instant(Clock().now())
    turns: list[dict[str, Any]] = [{"jump": "2030-01-01"}, {"run": True}, {"jump": "2040-01-01"}, {"run": True}]
    for turn in turns:
        client.get("/session")
        client.put("/_mock/clock", json=turn)

    times = [each["time"] for each in asked(client)]

    assert times[:2] == ["2026-01-31T09:00:00.000Z", "2030-01-01T00:00:00.000Z"]
    assert earlier <= times[2] <= format_instant(Clock().now())
    assert times[3].startswith("2040-01-01T00:00")


def test_what_is_not_in_the_documents_is_told(in_process: Door) -> None:
    client = in_process()
    client.get("/session?limit=5")
    client.get("/session?limit=5&nmae=A")
    client.post("/session", json={"nmae": "A"})
    client.put("/session")

    contracts = [each["contract"]["request"] for each in asked(client)]

    assert contracts == [
        [],
        ["property nmae should not exist"],
        ["property nmae should not exist"],
        ["not a documented operation"],
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?vendor=evovoice", [3]),
        ("?operation=list&vendor=vapi", [1]),
        ("?method=post", [2]),
        ("?path=/session*", [1, 2]),
        ("?status=201", [2]),
        ("?since=1", [2, 3]),
        ("?limit=1", [3]),
    ],
)
def test_requests_are_selected_and_counted(in_process: Door, query: str, numbers: list[int]) -> None:
    client = in_process()
    client.get("/session")
    client.post("/session", json={})
    client.get("/ai/sessions", auth=ADMIN)

    assert [each["number"] for each in asked(client, query)] == numbers
    if "limit" not in query:
        assert client.get(f"/_mock/requests/count{query}").json() == {"count": len(numbers)}


def test_waiting_for_requests(over_a_socket: Door) -> None:
    client = over_a_socket()
    later = [threading.Timer(0.1 * n, client.get, ("/session",)) for n in (1, 2)]
    for timer in later:
        timer.start()

    answer = client.get("/_mock/requests/wait?path=/session&count=2&timeout=60")
    for timer in later:
        timer.join()

    assert len(answer.json()["requests"]) == 2
    late = client.get("/_mock/requests/wait?path=/session&count=3&timeout=0.05")
    assert (late.status_code, late.json()["message"]) == (408, "Expected 3 such requests within 0.05 s, received 2")


def test_what_was_expected_came(in_process: Door) -> None:
    client = in_process()
    client.post("/session", json={"name": "A", "customer": {"number": "+14155550123", "name": "Ann"}})
    pattern = {"method": "POST", "path": "/session", "body": {"customer": {"name": "Ann"}}}

    met = client.post("/_mock/requests/expect", json={"request": pattern}).json()

    assert met == {"met": True, "found": 1, "expected": {"at_least": 1}}
    exact = client.post("/_mock/requests/expect", json={"request": pattern, "exactly": 1, "at_most": 2}).json()
    assert exact["met"]


def test_what_was_expected_did_not_come_and_what_was_nearest(in_process: Door) -> None:
    client = in_process()
    client.get("/ai/sessions", auth=ADMIN)
    client.get("/session?limit=5&status=active", headers={"X-Request-Id": "blue"})
    pattern = {
        "operation": "list",
        "vendor": "vapi",
        "query": {"limit": "5", "status": "completed"},
        "header": {"X-Request-Id": "b*"},
    }

    answer = client.post("/_mock/requests/expect", json={"request": pattern}).json()

    assert (answer["met"], answer["found"], answer["nearest"]["number"]) == (False, 0, 2)
    assert answer["differences"] == [{"field": "query.status", "expected": "completed", "received": ["active"]}]


def test_too_many_are_not_met_either(in_process: Door) -> None:
    client = in_process()
    client.get("/session")
    client.get("/session")

    answer = client.post("/_mock/requests/expect", json={"request": {"path": "/session"}, "at_most": 1}).json()

    assert (answer["met"], answer["found"]) == (False, 2)


def test_the_journal_is_bounded_and_forgets(in_process: Door) -> None:
    client = in_process(journal=3)
    for _ in range(5):
        client.get("/session")

    assert [each["number"] for each in asked(client)] == [3, 4, 5]
    assert client.request("DELETE", "/_mock/requests", json={}).json() == {"cleared": 3}
    assert asked(client) == []
    off = in_process(journal=0)
    off.get("/session")
    assert asked(off) == []


def test_each_world_keeps_its_own(in_process: Door) -> None:
    client = in_process()
    client.get("/session", headers={"X-Mock-World": "one:a"})
    client.get("/nope/nope", headers={"X-Mock-World": "one:a"})

    assert asked(client) == []
    found = client.get("/_mock/requests", headers={"X-Mock-World": "one:a"}).json()["requests"]
    assert [each["path"] for each in found] == ["/session"]


def test_secrets_are_gone_before_they_are_kept(in_process: Door) -> None:
    client = in_process()
    secrets = (
        "token-secret",
        "cookie-secret",
        "server-secret",
        "header-secret",
        "SHOUTED",
        "form-secret",
        "query-secret",
    )
    server = {"url": "https://hooks.example.com", "secret": "server-secret", "headers": {"X-Key": "header-secret"}}
    metadata = {"API_KEY": "SHOUTED"}
    client.post(
        "/session",
        json={"assistant": {"server": server, "metadata": metadata}},
        headers={"Authorization": "Bearer token-secret", "Cookie": "ss-id=cookie-secret"},
    )
    client.post("/auth/credentials", data={"userName": "x", "password": "form-secret"})
    client.get("/auth/credentials?userName=x&password=query-secret")
    world: Any = client._transport.app.extensions["mock_server"].default  # type: ignore[attr-defined]

    kept = repr(list(world.journal._kept)) + client.get("/_mock/requests").text

    assert kept.count("***") > 5
    assert [secret for secret in secrets if secret in kept] == []


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        ({"query": {"whatever": "x"}}, "query.whatever"),
        ({"header": {"X-Team": "blue"}}, "header.X-Team"),
        ({"body": {"name": "A", "assistant": {"server": {"secret": "x"}}}}, "body.assistant.server.secret"),
        ({"body": {"whatever": {"a": 1}}}, "body.whatever.a"),
    ],
)
def test_an_expectation_of_a_hidden_value_says_that_it_is_masked(
    in_process: Door, pattern: dict[str, Any], field: str
) -> None:
    client = in_process()
    body = {"name": "A", "assistant": {"server": {"secret": "x"}}, "whatever": {"a": 1}}
    client.post("/session?limit=5&whatever=x", json=body, headers={"X-Team": "blue"})

    answer = client.post("/_mock/requests/expect", json={"request": pattern}).json()

    (difference,) = answer["differences"]
    assert (difference["field"], difference["masked"]) == (field, True)
    assert difference["received"] in ("***", ["***"])


def test_that_a_hidden_value_was_sent_can_be_expected(in_process: Door) -> None:
    client = in_process()
    client.get("/session?whatever=x", headers={"X-Team": "blue"})
    pattern = {"query": {"whatever": "***"}, "header": {"X-Team": "*", "Authorization": "Bearer *"}}

    assert client.post("/_mock/requests/expect", json={"request": pattern}).json()["met"] is True


def test_a_defect_of_the_journal_does_not_change_the_response(
    in_process: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = in_process()

    def fail(_headers: object) -> None:
        raise RecursionError("s3cret")

    with monkeypatch.context() as patch:
        patch.setattr("mock_server.web.journal.shown_headers", fail)
        statuses = [
            client.post("/session", json={"name": "A"}).status_code,
            client.get("/session").status_code,
            client.get("/session/x/y").status_code,
        ]
    client.get("/session")

    assert statuses == [201, 200, 404]
    assert len(asked(client)) == 1
    assert caplog.text.count("is not in the journal: RecursionError") == 3
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/xml", '<NewAISession xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.AI"/>'),
        ("application/jsv", "{Purpose:x}"),
        ("text/csv", "Purpose\nx"),
    ],
)
def test_a_body_that_is_hidden_as_a_whole_is_not_said_to_be_wrong(in_process: Door, media_type: str, body: str) -> None:
    client = in_process()
    sent = client.post("/ai/sessions", content=body, headers={"Content-Type": media_type}, auth=ADMIN)

    (kept,) = asked(client)

    assert (sent.status_code, kept["body"], kept["contract"]["request"]) == (200, "***", [])


def test_the_session_that_a_sign_in_opens_is_hidden(in_process: Door) -> None:
    client = in_process()
    signed_in = client.post("/auth/credentials", json={"userName": ADMIN[0], "password": ADMIN[1]}).json()

    (kept,) = asked(client)

    assert kept["answer"] == {**signed_in, "sessionId": "***"}
    assert kept["body"] == {"userName": ADMIN[0], "password": "***"}
