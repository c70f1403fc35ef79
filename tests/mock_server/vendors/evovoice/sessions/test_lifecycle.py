"""A session's life over real HTTP, signed in by cookies (FACTS.md E1, E3, E4)."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from mock_server import MockServer
from mock_server.core.clock import FrozenClock

Row = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(vendor=("evovoice",), sessions=40, clock="2026-01-31T09:00:00Z") as running:
        httpx.get(f"{running.url}/_mock/health")  # starts its threads and sockets
        yield running


@pytest.fixture
def browser(server: MockServer) -> Iterator[httpx.Client]:
    """A client with a cookie jar, which asks for JSON."""
    with httpx.Client(base_url=server.url, headers={"Accept": "application/json"}) as client:
        yield client


def test_the_life_of_a_session(browser: httpx.Client) -> None:
    assert browser.get("/ai/sessions").status_code == 401
    assert browser.get("/auth/status").json() == {"isAuthenticated": False}
    credentials = {"provider": "credentials", "userName": "admin@example.com", "password": "admin", "rememberMe": True}
    signed_in = browser.post("/auth/credentials", json=credentials)
    assert browser.get("/auth/status").json()["id"] == signed_in.json()["userId"]

    account = browser.get("/accounts", params={"countPerPage": 1}).json()["items"][0]
    created = browser.post("/ai/sessions", json={"accountId": account["id"], "purpose": "Close at noon"}).json()
    assert browser.get(f"/ai/sessions/{created['id']}").json() == created
    patched = browser.patch(f"/ai/sessions/{created['id']}", json={"purpose": "Close at one"}).json()
    assert patched == {**created, "purpose": "Close at one"}
    assert browser.post(f"/ai/sessions/{created['id']}/apply").json() == patched
    assert browser.delete(f"/ai/sessions/{created['id']}/actions").json() == patched
    assert browser.delete(f"/ai/sessions/{created['id']}/actions/none").status_code == 404
    deleted = browser.delete(f"/ai/sessions/{created['id']}")
    assert (deleted.status_code, deleted.content, "content-type" in deleted.headers) == (204, b"", False)
    assert browser.get(f"/ai/sessions/{created['id']}").status_code == 404

    assert browser.post("/auth/logout").json() == {}
    assert browser.get("/ai/sessions").status_code == 401


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [
        ("json", "application/json; charset=utf-8"),
        ("jsonl", "text/jsonl"),
        ("csv", "text/csv"),
        ("jsv", "application/jsv"),
        ("xml", "application/xml"),
        ("html", "text/html"),
    ],
)
def test_every_way_to_request_each_format(browser: httpx.Client, format_: str, media_type: str) -> None:
    browser.post("/auth/credentials", json={"userName": "admin@example.com", "password": "admin"})

    by_suffix = browser.get(f"/ai/sessions.{format_}?countPerPage=3")
    by_name = browser.get(f"/ai/sessions?countPerPage=3&format={format_.upper()}")
    by_accept = browser.get("/ai/sessions?countPerPage=3", headers={"Accept": media_type.partition(";")[0]})
    by_route = browser.get(f"/{format_}/reply/ListAISessions?countPerPage=3")

    answers = (by_suffix, by_name, by_accept, by_route)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.headers["content-type"] for answer in answers} == {media_type}
    assert len({answer.content for answer in answers}) == 1
    for answer in answers:
        assert (answer.headers["vary"], "x-powered-by" in answer.headers) == ("Accept", True)
        disposition = answer.headers.get("content-disposition")
        assert disposition == ('attachment;filename="ListAISessions.csv"' if format_ == "csv" else None)


# Members


def test_a_new_session_has_its_members_in_order(client: FlaskClient, create: Callable[..., Row]) -> None:
    account = client.get("/accounts").json["items"][0]
    user = client.get("/auth/status").json["id"]

    session = create(accountId=account["id"], purpose='Say "hi" to Zoë')

    assert session == {
        "accountId": account["id"],
        "accountName": account["name"],
        "purpose": 'Say "hi" to Zoë',
        "actions": [],
        "id": session["id"],
        "dateCreated": "2026-01-31T09:00:00.000Z",
        "dateLastModified": "2026-01-31T09:00:00.000Z",
        "createdBy": user,
        "lastModifiedBy": user,
    }
    assert list(session) == [
        "accountId", "accountName", "purpose", "actions", "id", "dateCreated", "dateLastModified", "createdBy",
        "lastModifiedBy",
    ]  # fmt: skip
    assert client.get("/ai/sessions").json["items"] == [{k: v for k, v in session.items() if k != "actions"}]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, {}),
        ({"purpose": None, "accountId": None}, {}),
        ({"purpose": ""}, {"purpose": ""}),
        ({"purpose": 5, "bogus": 1}, {"purpose": "5"}),
        ({"PURPOSE": "x"}, {"purpose": "x"}),
        ({"accountId": "nowhere"}, {"accountId": "nowhere"}),
    ],
)
def test_members_that_a_new_session_accepts(create: Callable[..., Row], sent: Row, kept: Row) -> None:
    session = create(**sent)

    assert {key: session[key] for key in ("accountId", "accountName", "purpose") if key in session} == kept


def test_a_session_can_be_created_from_a_form_or_the_query(client: FlaskClient) -> None:
    assert client.post("/ai/sessions", data={"purpose": "form"}).json["purpose"] == "form"
    assert client.post("/ai/sessions?Purpose=query").json["purpose"] == "query"


def test_references_are_checked_if_configured(open_client: Callable[..., FlaskClient]) -> None:
    strict = open_client(check_references=True)

    assert strict.post("/ai/sessions", json={"accountId": "nowhere"}).status_code == 404
    known = strict.get("/accounts").json["items"][0]["id"]
    assert strict.post("/ai/sessions", json={"accountId": known}).status_code == 200


def test_a_change_sets_the_date_and_the_user(
    client: FlaskClient, create: Callable[..., Row], clock: FrozenClock
) -> None:
    session = create(purpose="a")
    clock.instant += 61_000

    changed = client.patch(f"/ai/sessions/{session['id']}", json={"purpose": "b"}).json

    assert changed == {**session, "purpose": "b", "dateLastModified": "2026-01-31T09:01:01.000Z"}
    assert list(changed) == list(session)


@pytest.mark.parametrize("sent", [{}, {"purpose": None}, {"accountId": "other", "id": "other"}])
def test_a_patch_changes_nothing_but_the_purpose(client: FlaskClient, create: Callable[..., Row], sent: Row) -> None:
    session = create(purpose="a")

    assert client.patch(f"/ai/sessions/{session['id']}", json=sent).json == session


def test_ids_look_like_object_ids_and_are_unique(create: Callable[..., Row]) -> None:
    ids = {create()["id"] for _ in range(50)}

    assert len(ids) == 50
    assert all(len(key) == 24 and set(key) <= set("0123456789abcdef") for key in ids)


# Actions


@pytest.fixture
def queued(open_client: Callable[..., FlaskClient]) -> tuple[FlaskClient, Row]:
    """A client, and a session with several queued actions of which one cannot be applied."""
    client = open_client(sessions=250)
    for row in client.get("/ai/sessions?all=true").json["items"]:
        session = client.get(f"/ai/sessions/{row['id']}").json
        if {action["canBeApplied"] for action in session["actions"]} == {True, False}:
            return client, session
    raise AssertionError("no seeded session has both kinds of actions")


def test_apply_runs_the_actions_that_can_be_applied(queued: tuple[FlaskClient, Row]) -> None:
    client, session = queued

    applied = client.post(f"/ai/sessions/{session['id']}/apply").json

    assert applied["actions"] == [action for action in session["actions"] if not action["canBeApplied"]] != []
    done = [action for action in session["actions"] if action["canBeApplied"]]
    assert applied["log"].splitlines() == [f"Applied {it['functionName']}: {it['description']}" for it in done]
    assert client.get(f"/ai/sessions/{session['id']}").json == applied


def test_one_action_is_deleted(queued: tuple[FlaskClient, Row]) -> None:
    client, session = queued
    gone, *left = session["actions"]

    deleted = client.delete(f"/ai/sessions/{session['id']}/actions/{gone['id']}")

    assert deleted.json["actions"] == left
    assert client.delete(f"/ai/sessions/{session['id']}/actions/{gone['id']}").status_code == 404


def test_all_actions_are_cleared(queued: tuple[FlaskClient, Row]) -> None:
    client, session = queued

    assert client.delete(f"/ai/sessions/{session['id']}/actions").json["actions"] == []
    assert client.get(f"/ai/sessions/{session['id']}").json["actions"] == []


def test_lists_do_not_show_actions(seeded: FlaskClient, everything: list[Row]) -> None:
    with_actions = [row["id"] for row in everything if seeded.get(f"/ai/sessions/{row['id']}").json["actions"]]

    assert 20 < len(with_actions) < 200
    assert not any({"actions", "log"} & row.keys() for row in everything)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", ""), ("DELETE", ""), ("POST", "/apply"), ("DELETE", "/actions"), ("DELETE", "/actions/a")],
)
def test_unknown_sessions(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(f"/ai/sessions/none{path}", method=method)

    assert (response.status_code, response.json["responseStatus"]["errorCode"]) == (404, "NotFound")
