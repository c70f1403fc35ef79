"""JSON that is nested too deeply is refused wherever it comes in, with one limit, and harms nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import Settings, create_app
from mock_server.core.nesting import DEEPEST, ENVELOPE
from mock_server.core.problems import Problem
from mock_server.core.store import DatabaseError
from mock_server.ops import ROUTES
from mock_server.settings import SettingsError
from tests.mock_server.ops.conftest import Door
from tests.sampling import first_quick

ADMIN = ("admin@example.com", "admin")
RULE = f"The body is nested deeper than {DEEPEST} levels"
DEPTHS = [DEEPEST + 1, 254, 255, 300, 990, 1_000, 1_024, 5_000, 100_000]
EVO = "/ai/sessions"
ASKED = (("POST", ""), ("GET", ""), ("DELETE", "/x"), ("PATCH", "/x"))
BODIES = [
    *(("vapi", method, f"/session{path}") for method, path in ASKED),
    *(("vapi", "GET", path) for path in ("/session/export", "/session/x")),
    *(("evovoice", method, EVO + path) for method, path in ASKED),
    *(("evovoice", "POST", path) for path in ("/ai/sessions/x/apply", "/auth/credentials", "/json/reply/NewAISession")),
]  # fmt: skip


def nested(levels: int, rest: str = "") -> bytes:
    """An object with this many levels, and other members before it."""
    return f'{{{rest}"a":{"[" * (levels - 1)}{"]" * (levels - 1)}}}'.encode()


def message(vendor: str, answer: httpx.Response) -> str:
    body = answer.json()
    if vendor == "vapi":
        assert (body["error"], body["statusCode"]) == ("Bad Request", 400)
        return str(body["message"])
    assert body["responseStatus"]["errorCode"] == "SerializationException"
    return str(body["responseStatus"]["message"])


@pytest.mark.parametrize(("vendor", "method", "path"), BODIES)
@pytest.mark.parametrize("secret", first_quick(['"token":"s3cret",', ""]))
def test_a_deep_body_is_refused_in_the_vendors_words(
    over_a_socket: Door, vendor: str, method: str, path: str, secret: str
) -> None:
    client = over_a_socket()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    before = client.get("/_mock/state").json()

    for levels in DEPTHS:
        answer = client.request(
            method, path, content=nested(levels, secret), headers=headers, auth=ADMIN if vendor != "vapi" else None
        )

        assert (answer.status_code, message(vendor, answer)) == (400, RULE), levels

    assert client.get("/_mock/state").json() == before
    assert {each["status"] for each in client.get("/_mock/requests").json()["requests"]} == {400}
    assert client.post("/_mock/requests/expect", json={"request": {"body": {}}}).json()["found"] == 0
    assert "s3cret" not in client.get("/_mock/requests").text


@pytest.mark.parametrize("media_type", ["", "application/json; charset=utf-8", "text/json", "application/jsv"])
def test_every_way_to_say_json_has_the_limit(over_a_socket: Door, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}

    answer = over_a_socket().post(EVO, content=nested(300), headers=headers, auth=ADMIN)

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/session", EVO, "/nowhere", "/session/x/y"])
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_what_is_not_read_as_json_does_not_harm_the_journal(over_a_socket: Door, path: str, media_type: str) -> None:
    client = over_a_socket()

    answer = client.post(path, content=nested(990), headers={"Content-Type": media_type}, auth=ADMIN)

    assert answer.status_code < 500
    assert client.get("/_mock/requests").status_code == 200
    assert client.get("/_mock/requests/wait?timeout=0").status_code in (200, 408)


def test_the_deepest_that_is_taken_is_stored_told_and_shown(over_a_socket: Door) -> None:
    client = over_a_socket(webhook="http://127.0.0.1:9/", webhook_all=True)
    deep = json.loads(nested(DEEPEST - 2))

    made = client.post("/session", json={"assistant": {"metadata": {**deep, "token": "s"}}})

    assert made.status_code == 201
    asked = client.get("/_mock/requests").json()["requests"][0]["body"]
    assert asked["assistant"]["metadata"] == {**deep, "token": "***"}
    event = client.get("/_mock/events/list").json()["events"][0]
    assert event["message"]["session"]["assistant"]["metadata"]["a"] == deep["a"]
    assert client.get("/_mock/deliveries").json()["deliveries"][0]["message"]["session"]["id"] == made.json()["id"]
    state = client.get("/_mock/state").json()
    assert client.put("/_mock/worlds/again", json=state).status_code == 200
    expected = {"request": {"body": {"assistant": {"metadata": deep}}}}
    assert client.post("/_mock/requests/expect", json=expected).json()["met"] is True


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.body], ids=lambda route: f"{route.method} {route.path}"
)
def test_control_bodies_have_the_limit(in_process: Door, route: Any) -> None:
    client = in_process()
    path = route.path.replace("<", "").replace(">", "").replace("number", "1")

    for levels in (DEEPEST + ENVELOPE + 1, 300, 990, 5_000):
        answer = client.request(
            route.method, path, content=nested(levels), headers={"Content-Type": "application/json"}
        )

        assert (answer.status_code, answer.json()["message"]) == (400, RULE)


def test_each_document_of_a_world_has_the_limit(in_process: Door) -> None:
    client = in_process()
    (row,) = client.get("/_mock/worlds/one").json()["collections"]["vapi.sessions"]

    def put(levels: int) -> httpx.Response:
        documents = [row, {**row, "id": "b", "metadata": json.loads(nested(levels - 1))}]
        return client.put("/_mock/worlds/deep", json={"collections": {"vapi.sessions": documents}})

    assert put(DEEPEST).status_code == 200
    assert put(DEEPEST + 1).json()["message"] == RULE


@pytest.mark.parametrize("flag", ["load", "faults"])
@pytest.mark.parametrize("levels", [DEEPEST + ENVELOPE + 1, 300, 1_000, 5_000])
def test_files_have_the_limit(tmp_path: Path, flag: str, levels: int) -> None:
    (tmp_path / "x.json").write_bytes(nested(levels))

    with pytest.raises(SettingsError, match=f"--{flag} .*x.json is nested deeper than {DEEPEST} levels"):
        create_app(Settings.of({flag: tmp_path / "x.json"}))


def test_documents_of_a_loaded_file_have_the_limit(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"vapi.sessions":[%b]}' % nested(DEEPEST + 1, '"id":"a","status":"active",'))

    with pytest.raises(Problem, match=f"document 0 is nested deeper than {DEEPEST} levels"):
        create_app(Settings.of({"load": tmp_path / "x.json"}))


@pytest.mark.parametrize("levels", [DEEPEST + 1, 300, 990, 5_000])
@pytest.mark.parametrize("header", ["", '"_format": {"1": {"format": 1}}'])
def test_database_files_have_the_limit(tmp_path: Path, levels: int, header: str) -> None:
    file = tmp_path / "x.json"
    document = nested(levels, '"id":"a","status":"active",').decode()
    start = f'{{{header}\n,"vapi.sessions": {{\n' if header else '{"vapi.sessions": {'
    file.write_text(f'{start}"1": {document}\n}}\n}}\n')

    with pytest.raises(DatabaseError, match=r"x\.json"):
        create_app(Settings.of({"db": file}))


def test_the_command_says_so_in_one_line(tmp_path: Path, run: Callable[..., Any]) -> None:
    (tmp_path / "x.json").write_bytes(nested(500))

    ended = run("serve", "--load", tmp_path / "x.json")

    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert f"nested deeper than {DEEPEST} levels" in ended.stderr
