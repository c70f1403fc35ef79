"""Each kind of fault, as real clients meet it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from vapi import Vapi
from vapi.core.api_error import ApiError

from mock_server import Settings, create_app
from mock_server.settings import SettingsError
from tests.mock_server.ops.conftest import NINE, Door
from tests.sampling import first_quick

ADMIN = ("admin@example.com", "admin")
Rule = dict[str, Any]


def set_faults(client: httpx.Client, *rules: Rule) -> None:
    answer = client.put("/_mock/faults", json={"rules": rules})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        ("401", 401, {"error": "Unauthorized", "statusCode": 401}),
        ("402", 402, {"message": "Wallet Balance Is Too Low.", "error": "Payment Required", "statusCode": 402}),
        ("403", 403, {"message": "Forbidden resource", "error": "Forbidden", "statusCode": 403}),
        ("429", 429, {"message": "Too Many Requests", "error": "Too Many Requests", "statusCode": 429}),
        ("500", 500, {"message": "Internal server error", "error": "Internal Server Error", "statusCode": 500}),
    ],
)
def test_errors_in_the_words_of_vapi(door: Door, error: str, status: int, body: dict[str, Any]) -> None:
    client = door()
    set_faults(client, {"match": {"vendor": "vapi"}, "act": {"error": error}})

    answer = client.get("/session")

    assert answer.status_code == status
    assert body.items() <= answer.json().items()
    assert answer.headers.get("retry-after") == ("1" if error == "429" else None)
    assert client.get("/ai/sessions?format=json", auth=ADMIN).status_code == 200


@pytest.mark.parametrize(("error", "status"), [("401", 401), ("403", 403), ("429", 429), ("500", 500)])
def test_errors_in_the_words_of_evo_voice(over_a_socket: Door, error: str, status: int) -> None:
    client = over_a_socket(json_auth_errors=True)
    set_faults(client, {"match": {"vendor": "evovoice"}, "act": {"error": error, "retry_after": 7}})

    answer = client.get("/ai/sessions?format=json", auth=ADMIN)

    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
    assert "errorCode" in answer.json()["responseStatus"]


@pytest.mark.slow
def test_the_sdk_retries_after_a_429(over_a_socket: Door) -> None:
    client = over_a_socket()
    set_faults(client, {"act": {"error": "429", "retry_after": 0}, "times": 1})

    page = Vapi(token="any", base_url=str(client.base_url), httpx_client=client).sessions.list(limit=2)

    assert len(page.results) == 2
    seen = client.get("/_mock/requests?path=/session").json()["requests"]
    assert [(each["status"], "429" in each["fault"]) for each in seen] == [(429, True), (200, False)]


@pytest.mark.slow
def test_the_sdk_gives_up_on_a_401(over_a_socket: Door) -> None:
    client = over_a_socket()
    set_faults(client, {"act": {"error": "401"}})

    with pytest.raises(ApiError) as raised:
        Vapi(token="any", base_url=str(client.base_url), httpx_client=client).sessions.list()

    assert raised.value.status_code == 401


@pytest.mark.parametrize("door_", first_quick(["over_a_socket", "of_the_command"]))
def test_a_dropped_connection(request: pytest.FixtureRequest, door_: str) -> None:
    client: httpx.Client = request.getfixturevalue(door_)()
    set_faults(client, {"act": {"drop": True}, "times": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/session")

    assert client.get("/session").status_code == 200


def test_a_dropped_connection_in_process(in_process: Door) -> None:
    client = in_process()
    set_faults(client, {"act": {"drop": True}})

    with pytest.raises(ConnectionResetError):
        client.get("/session")

    (entry,) = client.get("/_mock/requests").json()["requests"]
    assert (entry["operation"], "drop" in str(entry["fault"])) == ("list", True)


def test_a_truncated_body(over_a_socket: Door) -> None:
    client = over_a_socket()
    set_faults(client, {"act": {"truncate": 10}})

    received: list[bytes] = []
    with client.stream("GET", "/session") as answer, pytest.raises(httpx.RemoteProtocolError):
        received.extend(answer.iter_raw())

    assert b"".join(received) == b'{"results"'


def test_an_empty_answer(door: Door) -> None:
    client = door()
    set_faults(client, {"act": {"empty": True}})

    answer = client.get("/session")

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_body_that_drips(over_a_socket: Door) -> None:
    client = over_a_socket(sessions=1)
    whole = client.get("/session").content
    set_faults(client, {"act": {"drip": 4 * len(whole)}})

    with client.stream("GET", "/session") as answer:
        started = time.monotonic()
        parts = list(answer.iter_raw())
        seconds = time.monotonic() - started

    assert b"".join(parts) == whole
    assert seconds > 0.15


@pytest.mark.parametrize(
    "delay",
    [
        {"kind": "fixed", "milliseconds": 120},
        {"kind": "uniform", "low": 110, "high": 200},
        {"kind": "lognormal", "median": 150, "sigma": 0.1},
    ],
)
def test_delays(in_process: Door, delay: dict[str, Any]) -> None:
    client = in_process()
    set_faults(client, {"act": {"delay": delay}})

    started = time.monotonic()
    assert client.get("/session?limit=0").status_code == 200

    assert time.monotonic() - started > 0.1


def test_a_client_runs_out_of_patience(over_a_socket: Door) -> None:
    client = over_a_socket()
    set_faults(client, {"act": {"delay": {"kind": "fixed", "milliseconds": 400}}})

    with pytest.raises(httpx.ReadTimeout):
        client.get("/session", timeout=0.1)


def test_a_limit_for_each_caller(in_process: Door) -> None:
    client = in_process()
    set_faults(client, {"act": {"limit": {"requests": 2, "seconds": 10}}})

    def statuses(token: str) -> list[int]:
        headers = {"Authorization": f"Bearer {token}"}
        return [client.get("/session?limit=0", headers=headers).status_code for _ in range(3)]

    assert statuses("a") == statuses("b") == [200, 200, 429]
    client.put("/_mock/clock", json={"advance": 4})
    assert client.get("/session", headers={"Authorization": "Bearer a"}).headers["retry-after"] == "6"
    client.put("/_mock/clock", json={"advance": 6})
    assert statuses("a") == [200, 200, 429]


def test_data_that_changes_between_two_pages(in_process: Door) -> None:
    client = in_process(sessions=40)
    rule = {"match": {"operation": "list", "nth": 2}, "act": {"churn": 2}}
    set_faults(client, rule)

    pages = [client.get(f"/session?limit=10&page={page}").json() for page in (1, 2)]

    ids = [[row["id"] for row in page["results"]] for page in pages]
    assert [page["metadata"]["totalItems"] for page in pages] == [40, 42]
    assert ids[1][:2] == ids[0][-2:]


@pytest.mark.parametrize(
    ("match", "statuses"),
    [
        ({}, [429, 429, 429, 429]),
        ({"method": "post"}, [200, 429, 200, 200]),
        ({"operation": "get"}, [200, 201, 429, 200]),
        ({"path": "/session/*"}, [200, 201, 429, 200]),
        ({"nth": 2}, [200, 429, 200, 200]),
        ({"header": {"x-test": "a*"}}, [200, 201, 200, 429]),
        ({"vendor": "evovoice"}, [200, 201, 200, 200]),
        ({"probability": 0}, [200, 201, 200, 200]),
    ],
)
def test_which_requests(in_process: Door, match: dict[str, Any], statuses: list[int]) -> None:
    client = in_process()
    row = client.get("/session?limit=1").json()["results"][0]["id"]
    set_faults(client, {"match": match, "act": {"error": "429"}})

    answers = (
        client.get("/session"),
        client.post("/session", json={}),
        client.get(f"/session/{row}"),
        client.get("/session", headers={"X-Test": "abc"}),
    )

    assert [answer.status_code for answer in answers] == statuses


def test_success_after_failures_and_what_is_told_of_it(in_process: Door) -> None:
    client = in_process()
    set_faults(client, {"act": {"error": "500"}, "times": 2})

    statuses = [client.get("/session").status_code for _ in range(4)]

    assert statuses == [500, 500, 200, 200]
    (rule,) = client.get("/_mock/faults").json()["rules"]
    assert (rule["met"], rule["happened"], rule["times"]) == (4, 2, 2)
    client.request("DELETE", "/_mock/faults", json={})
    assert client.get("/_mock/faults").json() == {"rules": []}


def test_chance_comes_from_the_seed(in_process: Door) -> None:
    def statuses() -> list[int]:
        client = in_process()
        set_faults(client, {"match": {"probability": 0.5}, "act": {"error": "500"}})
        return [client.get("/session?limit=0").status_code for _ in range(30)]

    first = statuses()

    assert set(first) == {200, 500}
    assert statuses() == first


@pytest.mark.parametrize(
    ("header", "statuses"),
    [
        ("error=429", [429, 429, 429]),
        ("error=500; times=1; id=a", [500, 200, 200]),
        ("delay=1", [200, 200, 200]),
        ("error=401; retry-after=3", [401, 401, 401]),
    ],
)
def test_a_request_asks_for_its_own_fault(door: Door, header: str, statuses: list[int]) -> None:
    client = door()

    assert [client.get("/session", headers={"X-Mock-Fault": header}).status_code for _ in range(3)] == statuses
    assert client.get("/session").status_code == 200


@pytest.mark.parametrize("header", ["error=418", "explode", "truncate=-1", "drop; empty", "times=1", "delay=ever"])
def test_a_fault_that_cannot_be(in_process: Door, header: str) -> None:
    answer = in_process().get("/session", headers={"X-Mock-Fault": header})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("X-Mock-Fault")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("error=429; times=" + "9" * 5_000, "times: "),
        ("error=429; times=9007199254740993", "times: Input should be less than or equal to 9007199254740992"),
        ("error=429; times=-1", "times: Input should be greater than or equal to 0"),
        ("error=429; times=soon", "times: Input should be a valid integer"),
        ("error=429; times", "times: Input should be a valid integer"),
        ("error=429; retry-after=" + "9" * 5_000, "retry_after: "),
        ("truncate=" + "9" * 5_000, "truncate: "),
        ("delay=" + "9" * 5_000, "delay.milliseconds: "),
        ("eror=429", "eror: unknown name (did you mean 'error'?). Valid in the header: churn, delay, "),
        ("=", ": unknown name. Valid in the header: churn, "),
    ],
)
@pytest.mark.parametrize("path", ["/session", "/ai/sessions.json"])
def test_a_header_that_cannot_be_is_told_by_its_member(
    over_a_socket: Door, path: str, header: str, message: str
) -> None:
    answer = over_a_socket().get(path, headers={"X-Mock-Fault": header})

    assert answer.status_code == 400
    assert message in answer.json().get("message", answer.text)
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_header_counts_its_times(in_process: Door, times: int) -> None:
    client = in_process()
    headers = {"X-Mock-Fault": f"error=429; times={times}; id=a"}

    assert [client.get("/session", headers=headers).status_code for _ in range(3)].count(429) == times


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "/_mock/faults", {"rules": [{"act": {"eror": "500"}}]},
         "rules.0.act.eror: unknown name (did you mean 'error'?). Valid in rules.0.act: churn, delay, drip, drop, "),
        ("PUT", "/_mock/clock", {"freze": NINE}, "freze: unknown name (did you mean 'freeze'?). Valid in the body: "),
        ("PUT", "/_mock/deliveries/mode", {"drops": 1}, "drops: unknown name (did you mean 'drop'?). Valid in the "),
        ("POST", "/_mock/snapshots", {"labels": "x"}, "labels: unknown name (did you mean 'label'?). Valid in the "),
        ("POST", "/_mock/requests/expect", {"request": {"pth": "/"}},
         "request.pth: unknown name (did you mean 'path'?). Valid in request: body, header, method"),
        ("PUT", "/_mock/worlds/x", {"colections": {}}, "collections: Field required. Valid in the body: collections, "),
        ("POST", "/_mock/reset", {"world": "one"}, "world: unknown name. Valid in the body: clock"),
    ],
)  # fmt: skip
def test_every_control_body_is_explained(in_process: Door, method: str, path: str, body: Any, message: str) -> None:
    answer = in_process().request(method, path, json=body)

    assert answer.status_code == 400
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "rules.0.act: Field required"),
        ({"act": {}}, "it does nothing; give one of delay, churn, error"),
        ({"act": {"drop": True, "error": "500"}}, "error and drop cannot be combined"),
        ({"act": {"error": "404"}}, "Input should be '401', '402', '403', '429' or '500'"),
        ({"act": {"delay": {"kind": "never"}}}, "does not match any of the expected tags"),
        (
            {"act": {"drop": True}, "match": {"colour": "red"}},
            "rules.0.match.colour: unknown name. Valid in rules.0.match: ",
        ),
        (
            {"act": {"drop": True}, "match": {"vendor": "vappi"}},
            "rules.0.match.vendor: unknown vendor 'vappi'; choose from vapi, evovoice",
        ),
        (
            {"act": {"drop": True}, "match": {"operation": "lst"}},
            "rules.0.match.operation: unknown operation 'lst'; choose from create, list, ",
        ),
        (
            {"act": {"drop": True}, "match": {"vendor": "vapi", "operation": "ListAISessions"}},
            "rules.0.match.operation: unknown operation 'ListAISessions'; choose from create, list, ",
        ),
    ],
)
def test_a_rule_that_cannot_be(in_process: Door, rule: Rule, message: str) -> None:
    answer = in_process().put("/_mock/faults", json={"rules": [rule]})

    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_each_unknown_target_is_a_problem_and_changes_nothing(in_process: Door) -> None:
    client = in_process(vendor=("vapi",))
    set_faults(client, {"match": {"vendor": "vapi", "operation": "list"}, "act": {"error": "500"}})

    answer = client.put(
        "/_mock/faults",
        json={"rules": [{"match": {"vendor": name}, "act": {"drop": True}} for name in ("evovoice", "vapi", "x")]},
    )

    assert (answer.status_code, answer.json()["problems"]) == (
        400,
        [
            {"field": "rules.0.match.vendor", "message": "unknown vendor 'evovoice'; choose from vapi"},
            {"field": "rules.2.match.vendor", "message": "unknown vendor 'x'; choose from vapi"},
        ],
    )
    assert len(client.get("/_mock/faults").json()["rules"]) == 1


def test_faults_of_a_file(tmp_path: Path, in_process: Callable[..., httpx.Client]) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"rules": [{"act": {"error": "500"}}]}))

    assert in_process(faults=file).get("/session").status_code == 500
    file.write_text(json.dumps({"rules": [{"act": {"error": "600"}}]}))
    with pytest.raises(SettingsError, match=r"rules\.0\.act\.error: Input should be"):
        create_app(Settings.of({"faults": file, "sessions": 0}))
    file.write_text(json.dumps({"rules": [{"act": {"eror": "500"}}]}))
    with pytest.raises(SettingsError, match=r"faults.json: rules.0.act.eror: .* 'error'\?\). Valid in rules.0.act: "):
        create_app(Settings.of({"faults": file, "sessions": 0}))
    file.write_text(json.dumps({"rules": [{"match": {"operation": "lst"}, "act": {"error": "500"}}]}))
    with pytest.raises(SettingsError, match=r"faults.json: rules.0.match.operation: unknown operation 'lst'; choose "):
        create_app(Settings.of({"faults": file, "sessions": 0}))
