"""A session from POST to DELETE: defaults, changes, expiry, variables, secrets (FACTS.md F3 and F5)."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server.core.clock import FrozenClock, parse_instant

Refused = Callable[..., None]
Row = dict[str, Any]
Create = Callable[..., Row]

ASSISTANT = "a1111111-1111-4111-8111-111111111111"
UUID4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DAY = 86_400_000
HIDDEN = "mock-secret-not-stored"


@pytest.fixture
def get(client: FlaskClient) -> Callable[[Row], Row]:
    """A function that reads a session again."""
    return lambda session: dict(client.get(f"/session/{session['id']}").json)


@pytest.fixture
def patch(client: FlaskClient) -> Callable[..., Row]:
    """A function that changes a session."""

    def send(session: Row, **changes: Any) -> Row:
        response = client.patch(f"/session/{session['id']}", json=changes)
        assert response.status_code == 200, response.text
        return dict(response.json)

    return send


def test_smallest_session(client: FlaskClient) -> None:
    response = client.post("/session", json={})

    session = response.json
    assert response.status_code == 201
    assert UUID4.fullmatch(session.pop("id"))
    assert UUID4.fullmatch(session.pop("orgId"))
    assert session == {
        "createdAt": "2026-01-31T09:00:00.000Z",
        "updatedAt": "2026-01-31T09:00:00.000Z",
        "status": "active",
        "expirationSeconds": 86_400,
    }


def test_headers_of_an_answer(client: FlaskClient) -> None:
    response = client.post("/session", json={})

    assert response.content_type == "application/json; charset=utf-8"
    assert int(response.headers["Content-Length"]) == len(response.data)


def test_ids_and_organisation(create: Create) -> None:
    sessions = [create() for _ in range(50)]

    assert len({session["id"] for session in sessions}) == 50
    assert len({session["orgId"] for session in sessions}) == 1


def test_get_and_list_agree_with_create(client: FlaskClient, create: Create, get: Callable[[Row], Row]) -> None:
    session = create(name="Zoë 🙂", customer={"number": "+14155550101"}, messages=[{"role": "user", "content": "hi"}])

    assert get(session) == session
    assert client.get("/session").json["results"] == [session]


def test_id_in_capitals_is_the_same_id(client: FlaskClient, create: Create) -> None:
    session = create()

    assert client.get(f"/session/{session['id'].upper()}").json == session


@pytest.mark.parametrize("path", ["/session/", "/session/{id}/"])
def test_slash_at_the_end(client: FlaskClient, create: Create, path: str) -> None:
    session = create()

    assert client.get(path.format(**session)).status_code == 200


def test_head_is_get_without_the_body(client: FlaskClient, create: Create) -> None:
    path = f"/session/{create()['id']}"

    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "after"},
        {"status": "completed"},
        {"expirationSeconds": 60},
        {"messages": [{"role": "user", "content": "new"}]},
        {"messages": []},
        {"name": "after", "status": "completed", "expirationSeconds": 2_592_000, "messages": []},
        {},
    ],
    ids=str,
)
def test_update_changes_only_what_is_sent(
    clock: FrozenClock, create: Create, get: Callable[[Row], Row], patch: Callable[..., Row], changes: Row
) -> None:
    session = create(
        name="before",
        assistantId=ASSISTANT,
        customer={"name": "Ann"},
        messages=[{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}],
    )
    clock.instant += 61_001

    changed = patch(session, **changes)

    assert changed == session | changes | {"updatedAt": "2026-01-31T09:01:01.001Z"}
    assert get(session) == changed


def test_updates_within_one_millisecond_still_move(create: Create, patch: Callable[..., Row]) -> None:
    session = create()

    moments = [patch(session, name=name)["updatedAt"] for name in "abc"]

    assert moments == [f"2026-01-31T09:00:00.00{digit}Z" for digit in (1, 2, 3)]


def test_update_is_monotone_when_the_clock_is_set_back(
    clock: FrozenClock, create: Create, patch: Callable[..., Row]
) -> None:
    session = create()
    clock.instant -= 3_600_000

    changed = patch(session, name="x")

    assert changed["createdAt"] == "2026-01-31T09:00:00.000Z"
    assert changed["updatedAt"] == "2026-01-31T09:00:00.001Z"


def test_updated_session_is_found_by_its_new_name_only(
    client: FlaskClient, create: Create, patch: Callable[..., Row]
) -> None:
    session = patch(create(name="before"), name="after")

    assert client.get("/session?name=after").json["results"] == [session]
    assert client.get("/session?name=before").json["results"] == []


def test_updated_session_keeps_its_place_and_its_workflow(open_client: Callable[..., FlaskClient]) -> None:
    client = open_client(sessions=250)
    before = [row["id"] for row in client.get("/session?limit=1000").json["results"]]
    collection = client.application.extensions["mock_server"].default.database.collection("vapi.sessions")
    key, workflow = next((key, found) for key in before if (found := collection.get(key).get("workflowId")))

    assert client.patch(f"/session/{key}", json={"name": "x"}).status_code == 200

    assert [row["id"] for row in client.get("/session?limit=1000").json["results"]] == before
    assert key in [row["id"] for row in client.get(f"/session?workflowId={workflow}").json["results"]]


def test_delete_returns_the_session_and_then_it_is_gone(
    client: FlaskClient, create: Create, assert_refused: Refused
) -> None:
    session, other = create(name="x"), create(name="y")
    path = f"/session/{session['id']}"

    response = client.delete(path)

    assert (response.status_code, response.json) == (200, session)
    for method in ("GET", "PATCH", "DELETE"):
        assert_refused(client.open(path, method=method, json={}), 404, "Session Not Found")
    assert client.get("/session").json["results"] == [other]


def test_null_in_create_counts_as_left_out(create: Create) -> None:
    fields = (
        "name", "status", "expirationSeconds", "assistantId", "assistant", "assistantOverrides", "squadId",
        "squad", "messages", "customer", "customerId", "phoneNumberId", "phoneNumber",
    )  # fmt: skip

    session = create(**dict.fromkeys(fields))

    assert set(session) == {"id", "orgId", "createdAt", "updatedAt", "status", "expirationSeconds"}
    assert (session["status"], session["expirationSeconds"]) == ("active", 86_400)


def test_nested_null_counts_as_left_out(create: Create) -> None:
    session = create(
        customer={"name": "Ann", "number": None}, assistant={"name": None, "model": {"provider": "openai", "x": None}}
    )

    assert session["customer"] == {"name": "Ann"}
    assert session["assistant"] == {"model": {"provider": "openai"}}


def test_null_is_kept_in_free_form_members(create: Create) -> None:
    session = create(
        assistant={"metadata": {"a": None}},
        messages=[{"role": "user", "content": "hi", "metadata": {"b": None}}],
        assistantOverrides={"variableValues": {"c": None}},
    )

    assert session["assistant"] == {"metadata": {"a": None}}
    assert session["messages"] == [{"role": "user", "content": "hi", "metadata": {"b": None}}]
    assert session["metadata"] == {"variableValues": {"c": None}}


@pytest.mark.parametrize(
    ("field", "left"),
    [("name", None), ("messages", None), ("status", "completed"), ("expirationSeconds", 600)],
)
def test_null_in_update(create: Create, patch: Callable[..., Row], field: str, left: Any) -> None:
    session = create(name="x", status="completed", expirationSeconds=600, messages=[{"role": "user", "content": "hi"}])

    changed = patch(session, **{field: None})

    assert changed.get(field) == left
    assert set(session) - set(changed) == ({field} if left is None else set())


@pytest.mark.parametrize(
    ("seconds", "elapsed", "status"),
    [
        (None, 0, "active"),
        (None, DAY - 1, "active"),
        (None, DAY, "completed"),
        (None, 400 * DAY, "completed"),
        (60, 59_999, "active"),
        (60, 60_000, "completed"),
        (60.5, 60_499, "active"),
        (60.5, 60_500, "completed"),
        (2_592_000, 30 * DAY - 1, "active"),
        (2_592_000, 30 * DAY, "completed"),
    ],
)
def test_expiry(
    client: FlaskClient,
    clock: FrozenClock,
    create: Create,
    get: Callable[[Row], Row],
    seconds: float | None,
    elapsed: int,
    status: str,
) -> None:
    session = create(expirationSeconds=seconds)
    clock.instant += elapsed

    expected = session | {"status": status}
    assert get(session) == expected
    assert client.get("/session").json["results"] == [expected]
    assert client.get("/session/export?columns=status").text == f"status\r\n{status}\r\n"


def test_expiry_counts_from_the_last_change(
    clock: FrozenClock, create: Create, get: Callable[[Row], Row], patch: Callable[..., Row]
) -> None:
    session = create()
    clock.instant += DAY - 1
    patch(session, name="still there")

    clock.instant += DAY - 1
    assert get(session)["status"] == "active"

    clock.instant += 1
    assert get(session)["status"] == "completed"


def test_expiry_follows_a_changed_lifetime(
    clock: FrozenClock, create: Create, get: Callable[[Row], Row], patch: Callable[..., Row]
) -> None:
    shorter, longer = create(), create()
    patch(shorter, expirationSeconds=60)
    patch(longer, expirationSeconds=2 * 86_400)

    clock.instant += DAY + 1

    assert [get(session)["status"] for session in (shorter, longer)] == ["completed", "active"]


def test_completed_session_can_be_opened_again(
    clock: FrozenClock, create: Create, get: Callable[[Row], Row], patch: Callable[..., Row]
) -> None:
    session = create()
    clock.instant += 2 * DAY

    reopened = patch(session, status="active")
    assert (reopened["status"], reopened["updatedAt"]) == ("active", "2026-02-02T09:00:00.000Z")

    clock.instant += DAY
    assert get(session)["status"] == "completed"


def test_renaming_an_expired_session_does_not_open_it(
    clock: FrozenClock, create: Create, patch: Callable[..., Row]
) -> None:
    session = create()
    clock.instant += 2 * DAY

    assert patch(session, name="late")["status"] == "completed"


def test_deleted_session_does_not_expire(client: FlaskClient, clock: FrozenClock, create: Create) -> None:
    client.delete(f"/session/{create()['id']}")

    clock.instant += 2 * DAY

    assert client.get("/session").json["results"] == []


def test_seeded_session_expires_too(open_client: Callable[..., FlaskClient]) -> None:
    clock = FrozenClock(parse_instant("2026-01-31T09:00:00Z"))
    client = open_client(sessions=250, clock=clock)
    before = client.get("/session?limit=1000").json["results"]

    clock.instant += 31 * DAY
    after = client.get("/session?limit=1000").json["results"]

    assert {row["status"] for row in before} == {"active", "completed"}
    assert after == [row | {"status": "completed"} for row in before]


@pytest.mark.parametrize(
    ("given", "kept", "dropped"),
    [
        ({"assistantId": ASSISTANT, "assistant": {"name": "x"}}, "assistantId", "assistant"),
        ({"squadId": "s", "squad": {"members": []}}, "squadId", "squad"),
    ],
)
def test_inline_object_is_ignored_when_its_id_is_given(create: Create, given: Row, kept: str, dropped: str) -> None:
    session = create(**given)

    assert session[kept] == given[kept]
    assert dropped not in session


def test_assistant_and_squad_are_both_kept(create: Create) -> None:
    session = create(assistantId=ASSISTANT, squadId="s")

    assert (session["assistantId"], session["squadId"]) == (ASSISTANT, "s")


VALUES = {"name": "Ann", "order": {"number": 42, "open": True}, "list": [1, "x"], "none": None, "loop": "{{name}}"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hello {{name}}!", "Hello Ann!"),
        ("{{ name }}{{name}}{{  name}}", "AnnAnnAnn"),
        ("{{- name -}}", "Ann"),
        ("{{order.number}} is {{ order.open }}", "42 is true"),
        ("{{list}}", '[1,"x"]'),
        ("{{unknown}} {{order.unknown}} {{name.first}}", "{{unknown}} {{order.unknown}} {{name.first}}"),
        ("{{none}}", "{{none}}"),
        ("{{loop}}", "{{name}}"),
        ("{{ name | upcase }}", "{{ name | upcase }}"),
        ("{name} {{}} {{ }} {{1}}", "{name} {{}} {{ }} {{1}}"),
        ("nothing", "nothing"),
    ],
)
def test_variables_are_filled_in(create: Create, template: str, expected: str) -> None:
    session = create(assistant={"firstMessage": template}, assistantOverrides={"variableValues": VALUES})

    assert session["assistant"] == {"firstMessage": expected}
    assert session["metadata"] == {"variableValues": VALUES}
    assert session["assistantOverrides"] == {"variableValues": VALUES}


def test_variables_are_filled_in_at_every_depth(create: Create) -> None:
    model = {"provider": "openai", "messages": [{"role": "system", "content": "You greet {{name}}."}]}

    session = create(
        assistant={"model": model, "metadata": {"who": "{{name}}"}, "name": "{{name}}"},
        assistantOverrides={"variableValues": {"name": "Ann"}},
    )

    assert session["assistant"] == {
        "model": {"provider": "openai", "messages": [{"role": "system", "content": "You greet Ann."}]},
        "metadata": {"who": "Ann"},
        "name": "Ann",
    }


def test_variables_stay_when_they_are_used_again(create: Create, get: Callable[[Row], Row]) -> None:
    body = {"assistant": {"firstMessage": "{{name}}"}, "assistantOverrides": {"variableValues": {"name": "Ann"}}}

    first, second = create(**body), create(**body)

    assert get(first)["assistant"] == get(second)["assistant"] == {"firstMessage": "Ann"}


def test_variables_of_a_known_assistant(seeded: FlaskClient, open_client: Callable[..., FlaskClient]) -> None:
    client = open_client()
    rows = seeded.get("/session?limit=1000").json["results"]
    known = next(row["assistantId"] for row in rows if "assistantId" in row)
    overrides = {"variableValues": {"customerName": "Ann"}}

    plain = client.post("/session", json={"assistantId": known}).json
    filled = client.post("/session", json={"assistantId": known, "assistantOverrides": overrides}).json

    assert "assistant" not in plain
    assert filled["assistantId"] == known
    assert "Ann" in filled["assistant"]["firstMessage"]
    assert "{{customerName}}" not in str(filled["assistant"])


@pytest.mark.parametrize("overrides", [None, {}, {"variableValues": {}}, {"variableValues": None}, {"name": "x"}])
def test_without_variables_nothing_is_filled_in(create: Create, overrides: Row | None) -> None:
    session = create(assistant={"firstMessage": "{{name}}"}, assistantOverrides=overrides)

    assert session["assistant"] == {"firstMessage": "{{name}}"}
    assert "metadata" not in session


def test_variables_without_an_assistant_are_kept(create: Create) -> None:
    session = create(assistantId=ASSISTANT, assistantOverrides={"variableValues": {"name": "Ann"}})

    assert "assistant" not in session
    assert session["metadata"] == {"variableValues": {"name": "Ann"}}


def test_twilio_secrets_are_not_kept(open_client: Callable[..., FlaskClient], tmp_path: Path) -> None:
    client = open_client(db=tmp_path / "sessions.json")
    secrets = {"twilioAuthToken": "s3cret-1", "twilioApiKey": "s3cret-2", "twilioApiSecret": "s3cret-3"}
    number = {"twilioPhoneNumber": "+14155550101", "twilioAccountSid": "AC1"}

    session = client.post("/session", json={"phoneNumber": number | secrets}).json
    client.application.extensions["mock_server"].close()

    assert session["phoneNumber"] == number | dict.fromkeys(secrets, HIDDEN)
    assert not [path for path in tmp_path.iterdir() if b"s3cret" in path.read_bytes()]


@pytest.mark.parametrize("owner", ["assistant", "assistantOverrides"])
def test_secret_of_the_legacy_server_is_not_kept(create: Create, get: Callable[[Row], Row], owner: str) -> None:
    session = create(**{owner: {"serverUrlSecret": "s3cret"}})

    assert get(session)[owner] == {"serverUrlSecret": HIDDEN}


def test_credentials_are_not_kept(create: Create, get: Callable[[Row], Row]) -> None:
    credentials = [{"provider": "openai", "name": "mine", "apiKey": "s3cret", "nested": {"token": "s3cret"}}]
    cleaned = [{"provider": "openai", "name": "mine", "apiKey": HIDDEN, "nested": HIDDEN}]

    session = create(
        assistant={"credentials": credentials},
        squad={"members": [{"assistant": {"credentials": credentials}}]},
        customer={"assistantOverrides": {"credentials": credentials}},
        assistantOverrides={"credentials": credentials},
    )

    assert "s3cret" not in str(get(session))
    assert session["assistant"]["credentials"] == cleaned
    assert session["squad"]["members"][0]["assistant"]["credentials"] == cleaned


def test_references_are_not_checked_by_default(create: Create) -> None:
    session = create(assistantId=ASSISTANT, squadId="nowhere", phoneNumberId=ASSISTANT)

    assert session["assistantId"] == session["phoneNumberId"] == ASSISTANT


def test_checked_reference(
    seeded: FlaskClient, open_client: Callable[..., FlaskClient], assert_refused: Refused
) -> None:
    client = open_client(check_references=True)
    rows = seeded.get("/session?limit=1000").json["results"]
    known = next(row["assistantId"] for row in rows if "assistantId" in row)

    refused = client.post("/session", json={"assistantId": ASSISTANT})

    assert_refused(refused, 400, f"Couldn't Get Assistant. `assistantId` {ASSISTANT} Does Not Exist.")
    assert client.post("/session", json={"assistantId": known}).status_code == 201
    assert client.post("/session", json={}).status_code == 201
    assert client.get("/session").json["metadata"]["totalItems"] == 2


def test_reopened_file_never_gives_an_id_twice(open_client: Callable[..., FlaskClient], tmp_path: Path) -> None:
    def in_file() -> FlaskClient:
        return open_client(db=tmp_path / "sessions.json", sessions=3)

    def close(client: FlaskClient) -> None:
        client.application.extensions["mock_server"].close()

    client = in_file()
    close(client)
    client = in_file()
    oldest = client.get("/session?sortOrder=ASC").json["results"][0]["id"]
    first = client.post("/session", json={}).json["id"]
    client.delete(f"/session/{oldest}")
    close(client)
    # Three sessions again, as when `first` was drawn.
    client = in_file()
    response = client.post("/session", json={})
    close(client)

    assert response.status_code == 201
    assert response.json["id"] != first
