"""Server messages: who gets them, what they carry, and what becomes of them (FACTS.md F7)."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.mock_server.events.conftest import Api, Receiver

Serve = Callable[..., Api]
ALL = ["session.created", "session.updated", "session.deleted"]


def server(receiver: Receiver, path: str, **others: Any) -> dict[str, Any]:
    return {"url": receiver.url + path, **others}


def assistant(receiver: Receiver, path: str = "/assistant", **others: Any) -> dict[str, Any]:
    return {"serverMessages": ALL, "server": server(receiver, path, **others)}


def test_each_change_is_one_message_built_from_the_row(serve: Serve, receiver: Receiver) -> None:
    api = serve()
    made = api.create(assistant=assistant(receiver), customer={"number": "+14155550123"})
    changed = api.client.patch(f"/session/{made['id']}", json={"name": "B"}).json()
    api.client.delete(f"/session/{made['id']}")

    met = receiver.wait_for(3)

    assert [each.type for each in met] == ALL
    assert [each.session for each in met] == [made, changed, changed]
    message = met[0].body["message"]
    assert list(met[0].body) == ["message"]
    assert message["timestamp"] == 1_769_850_000_000
    assert message["customer"] == made["customer"]
    assert message["assistant"] == made["assistant"]
    assert "call" not in message


@pytest.mark.parametrize(
    ("owners", "path"),
    [
        (("assistant", "phoneNumber", "organisation"), "/assistant"),
        (("phoneNumber", "organisation"), "/phoneNumber"),
        (("organisation",), "/organisation"),
        (("overrides", "assistant"), "/overrides"),
    ],
)
def test_the_url_is_the_assistants_before_the_numbers_before_the_organisations(
    serve: Serve, receiver: Receiver, owners: tuple[str, ...], path: str
) -> None:
    api = serve(**({"webhook": f"{receiver.url}/organisation"} if "organisation" in owners else {}))
    inline = {"serverMessages": ALL} | ({"server": server(receiver, "/assistant")} if "assistant" in owners else {})
    body: dict[str, Any] = {"assistant": inline}
    if "overrides" in owners:
        body["assistantOverrides"] = {"server": server(receiver, "/overrides")}
    if "phoneNumber" in owners:
        number = {"twilioPhoneNumber": "+14155550100", "twilioAccountSid": "AC1"}
        body["phoneNumber"] = {**number, "server": server(receiver, "/phoneNumber")}

    api.create(**body)

    assert [each.path for each in receiver.wait_for(1)] == [path]


@pytest.mark.parametrize(
    ("body", "settings", "sent"),
    [
        ({"assistant": {"serverMessages": ["session.created"]}}, {}, ["session.created"]),
        ({"assistant": {"serverMessages": ["session.deleted"]}}, {}, ["session.deleted"]),
        ({"assistant": {"serverMessages": ["status-update"]}}, {}, []),
        ({"assistant": {}}, {}, []),
        ({}, {}, []),
        ({}, {"webhook_all": True}, ALL),
        ({"assistant": {"serverMessages": []}}, {"webhook_all": True}, ALL),
    ],
)
def test_a_type_is_sent_when_the_assistant_lists_it(
    serve: Serve, receiver: Receiver, body: dict[str, Any], settings: dict[str, Any], sent: list[str]
) -> None:
    api = serve(webhook=receiver.url, **settings)

    made = api.create(**body)
    api.client.patch(f"/session/{made['id']}", json={"name": "B"})
    api.client.delete(f"/session/{made['id']}")
    api.settle()

    assert [each.type for each in receiver.met] == sent


@pytest.mark.parametrize(
    ("own", "settings", "headers"),
    [
        ({}, {}, {"content-type": "application/json"}),
        ({"secret": "s1"}, {}, {"x-vapi-secret": "s1"}),
        ({"headers": {"X-Team": "blue"}}, {}, {"x-team": "blue"}),
        ({"headers": {"x-vapi-secret": "mine"}, "secret": "s1"}, {}, {"x-vapi-secret": "mine"}),
        ({"credentialId": "c1"}, {"webhook_token": "t1"}, {"authorization": "Bearer t1"}),
    ],
)
def test_headers_of_a_server(
    serve: Serve, receiver: Receiver, own: dict[str, Any], settings: dict[str, str], headers: dict[str, str]
) -> None:
    api = serve(**settings)

    api.create(assistant=assistant(receiver, **own))

    sent = {name.lower(): value for name, value in receiver.wait_for(1)[0].headers.items()}
    assert headers.items() <= sent.items()


def test_headers_of_the_organisation(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True, webhook_secret="s1", webhook_token="t1")

    api.create()

    headers = receiver.wait_for(1)[0].headers
    assert (headers["X-Vapi-Secret"], headers["Authorization"]) == ("s1", "Bearer t1")


@pytest.mark.parametrize(
    ("plan", "statuses", "seconds", "state"),
    [
        pytest.param(None, [500], [], "failed", id="no plan, no retry"),
        pytest.param({"type": "fixed", "maxRetries": 2, "baseDelaySeconds": 3}, [500, 404], [3, 3], "delivered"),
        pytest.param({"type": "fixed", "maxRetries": 1, "baseDelaySeconds": 3}, [500, 500], [3], "failed"),
        pytest.param(
            {"type": "exponential", "maxRetries": 3, "baseDelaySeconds": 2}, [500, 429, 503], [2, 4, 8], "delivered"
        ),
        pytest.param(
            {"type": "fixed", "maxRetries": 5, "baseDelaySeconds": 1, "excludedStatusCodes": [400]},
            [500, 400], [1], "failed", id="an excluded status ends it",
        ),
        pytest.param({"type": "fixed", "maxRetries": 3, "baseDelaySeconds": 0}, [500, 500], [0, 0], "delivered"),
    ],
)  # fmt: skip
def test_retries_are_spaced_by_the_clock(
    serve: Serve, receiver: Receiver, plan: Any, statuses: list[int], seconds: list[int], state: str
) -> None:
    api = serve()
    receiver.statuses = list(statuses)
    api.create(assistant=assistant(receiver, **({"backoffPlan": plan} if plan else {})))

    for number, wait in enumerate(seconds, 1):
        api.attempted(number)
        if wait:
            api.pass_(wait * 1000 - 1)
            assert api.world.dispatcher.backlog() == 1
            assert len(receiver.met) == number
            api.pass_(1)
    api.settle()

    (delivery,) = api.deliveries()
    times = [each["time"] for each in delivery["attempts"]]
    assert [later - earlier for earlier, later in pairwise(times)] == [s * 1000 for s in seconds]
    assert [each["status"] for each in delivery["attempts"]] == [*statuses, *([200] if state == "delivered" else [])]
    assert delivery["state"] == state
    assert len(receiver.met) == len(times)


def test_a_failing_message_holds_back_those_of_its_session_alone(serve: Serve, receiver: Receiver) -> None:
    api = serve()
    receiver.statuses = [500]
    plan = {"type": "fixed", "maxRetries": 1, "baseDelaySeconds": 5}
    first = api.create(assistant=assistant(receiver, backoffPlan=plan))
    api.attempted(1)
    api.client.delete(f"/session/{first['id']}")

    second = api.create(assistant=assistant(receiver))
    assert receiver.wait_for(2)[1].session["id"] == second["id"]
    api.pass_(5000)

    met = receiver.wait_for(4)
    assert [each.type for each in met if each.session["id"] == first["id"]] == [ALL[0], ALL[0], ALL[2]]


def test_expiry_by_the_clock_is_an_update(serve: Serve, receiver: Receiver) -> None:
    api = serve()
    made = api.create(assistant=assistant(receiver), expirationSeconds=60)

    api.pass_(60_000)
    api.client.get(f"/session/{made['id']}")

    updated = receiver.wait_for(2)[1]
    assert (updated.type, updated.session["status"]) == ("session.updated", "completed")


def test_a_failed_request_is_no_message(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    made = api.create()

    api.client.patch(f"/session/{made['id']}", json={"status": "no"})
    api.client.post("/session", json={"unknown": 1})
    api.client.delete("/session/00000000-0000-4000-8000-000000000000")
    api.client.post("/session", json={}, headers={"Authorization": ""})
    api.settle()

    assert [event.draft.type for event in api.world.event_log.after(0)] == [ALL[0]]


def test_redirects_are_not_followed(serve: Serve, receiver: Receiver) -> None:
    api = serve()
    receiver.statuses, receiver.headers = [307], {"Location": f"{receiver.url}/elsewhere"}

    api.create(assistant=assistant(receiver))
    api.settle()

    assert [each.path for each in receiver.met] == ["/assistant"]
    assert api.deliveries()[0]["state"] == "failed"


@pytest.mark.parametrize(
    ("url", "note"),
    [
        (
            "https://192.0.2.1/hook",
            "192.0.2.1 is not this machine; use --webhook-allow 192.0.2.1 to send webhooks there",
        ),
        ("https://no-such-host.invalid/hook", "no-such-host.invalid has no address"),
        ("wss://127.0.0.1/hook", "wss: webhooks are not supported; use http: or https:"),
        ("https://0.0.0.0/hook", "0.0.0.0 is not this machine"),
        ("https://169.254.169.254/latest", "169.254.169.254 is not this machine"),
    ],
)
def test_other_machines_are_refused(serve: Serve, url: str, note: str) -> None:
    api = serve()

    api.create(assistant={"serverMessages": ALL, "server": {"url": url}})
    api.settle()

    (delivery,) = api.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("refused", [])
    assert delivery["note"].startswith(note)


def test_a_receiver_that_is_not_there_is_a_failed_attempt(serve: Serve) -> None:
    api = serve(webhook="http://127.0.0.1:9/hook", webhook_all=True)

    api.create()
    api.settle()

    (attempt,) = api.deliveries()[0]["attempts"]
    assert attempt["status"] is None
    assert "refused" in attempt["error"]


def test_a_receiver_that_never_answers_is_given_up_after_its_time(serve: Serve, silent: str) -> None:
    api = serve()

    api.create(assistant={"serverMessages": ALL, "server": {"url": silent, "timeoutSeconds": 1}})
    api.settle()

    (attempt,) = api.deliveries()[0]["attempts"]
    assert attempt["error"] == "no response in time"
    assert 900 < attempt["milliseconds"] < 5000


def test_stopping_does_not_wait_for_a_receiver(serve: Serve, silent: str) -> None:
    api = serve(webhook=silent, webhook_all=True)
    for _ in range(40):
        api.create()
    assert api.world.dispatcher.backlog() == 40

    api.server.stop()  # the suite's check for leaks sees that its threads end


def test_too_many_waiting_deliveries_are_dropped_oldest_first(serve: Serve, silent: str) -> None:
    api = serve(webhook=silent, webhook_all=True, event_history=20)
    for _ in range(60):
        api.create()

    assert api.world.dispatcher.backlog() == 20
    assert len(api.world.event_log.deliveries()) == 20


@pytest.mark.parametrize(
    ("mode", "met"),
    [
        ({"duplicate": 1}, ["created", "created", "updated", "deleted"]),
        ({"drop": 2}, ["deleted"]),
        ({"fail": 1}, ["updated", "deleted"]),
        ({"reorder": 3}, ["deleted", "updated", "created"]),
        ({"reorder": 2}, ["updated", "created", "deleted"]),
    ],
)
def test_things_go_wrong_on_purpose(serve: Serve, receiver: Receiver, mode: dict[str, int], met: list[str]) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    assert api.client.put("/_mock/deliveries/mode", json=mode).status_code == 200

    made = api.create()
    api.client.patch(f"/session/{made['id']}", json={"name": "B"})
    api.client.delete(f"/session/{made['id']}")
    api.settle()

    assert [each.type.partition(".")[2] for each in receiver.met] == met


def test_reordered_messages_of_many_sessions_arrive_last_first(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    api.client.put("/_mock/deliveries/mode", json={"reorder": 12, "duplicate": 1})

    made = [api.create()["id"] for _ in range(13)]
    api.settle()

    received = [each.session["id"] for each in receiver.met if each.session["id"] != made[12]]
    assert received == [made[11], *reversed(made[:12])]


def test_a_reordered_message_that_fails_does_not_hold_up_the_next(serve: Serve, receiver: Receiver) -> None:
    api = serve()
    receiver.statuses = [500]
    plan = {"type": "fixed", "maxRetries": 1, "baseDelaySeconds": 5}
    api.client.put("/_mock/deliveries/mode", json={"reorder": 2})

    made = [api.create(assistant=assistant(receiver, backoffPlan=plan))["id"] for _ in range(2)]
    receiver.wait_for(2)
    api.attempted(1)
    api.pass_(5000)
    api.settle()

    assert [each.session["id"] for each in receiver.met] == [made[1], made[0], made[1]]


def test_a_reordered_message_that_is_dropped_does_not_hold_up_the_next(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True, event_history=2)
    api.client.put("/_mock/deliveries/mode", json={"reorder": 3, "delay": 3, "delay_milliseconds": 1000})

    made = [api.create()["id"] for _ in range(3)]
    api.pass_(1000)
    api.settle()

    assert [each.session["id"] for each in receiver.met] == [made[1], made[0]]


def test_a_delayed_message_waits_for_the_clock(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    api.client.put("/_mock/deliveries/mode", json={"delay": 1, "delay_milliseconds": 7000})
    api.create()
    api.pass_(6999)
    assert (api.world.dispatcher.backlog(), receiver.met) == (1, [])

    api.pass_(1)

    receiver.wait_for(1)


def test_a_new_mode_releases_what_the_old_one_held_back(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    api.client.put("/_mock/deliveries/mode", json={"reorder": 5})
    api.create()

    assert api.client.put("/_mock/deliveries/mode", json={}).json()["reorder"] == 0

    receiver.wait_for(1)


def test_one_is_delivered_once_more(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    api.create()
    first = receiver.wait_for(1)[0]
    api.settle()

    assert api.client.post("/_mock/deliveries/1/replay", json={}).status_code == 202

    assert receiver.wait_for(2)[1].body == first.body
    api.settle()
    assert [each["status"] for each in api.client.get("/_mock/deliveries/1").json()["attempts"]] == [200, 200]
    assert api.client.post("/_mock/deliveries/9/replay", json={}).status_code == 404


def test_secrets_are_not_shown(serve: Serve, receiver: Receiver) -> None:
    secrets = {"webhook_secret": "organisation-secret", "webhook_token": "organisation-token"}
    api = serve(webhook=f"{receiver.url}/x?key=url-secret", webhook_all=True, **secrets)
    own = {"secret": "server-secret", "headers": {"X-Key": "header-secret"}}
    api.create()
    api.create(assistant=assistant(receiver, **own))
    api.settle()

    paths = ("/_mock/deliveries", "/_mock/deliveries/2", "/_mock/events/list", "/_mock/events/wait?since=1")
    shown = "".join(api.client.get(path).text for path in paths)

    assert shown.count("***") > 3
    for secret in (*secrets.values(), "url-secret", "server-secret", "header-secret"):
        assert secret not in shown


def test_deliveries_are_selected(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    receiver.statuses = [500]
    first = api.create()
    receiver.wait_for(1)
    api.create()
    api.client.delete(f"/session/{first['id']}")
    api.settle()

    assert [each["number"] for each in api.deliveries(state="failed")] == [1]
    assert [each["number"] for each in api.deliveries(session=first["id"])] == [1, 3]
    assert [each["number"] for each in api.deliveries(type="session.created", limit=1)] == [2]
    assert api.deliveries(vendor="evovoice") == []
