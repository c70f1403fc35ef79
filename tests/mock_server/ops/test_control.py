"""The control API as a whole: its OpenAPI document, checked by Schemathesis, and access to it."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir
from openapi_spec_validator import validate
from schemathesis.checks import positive_data_acceptance

from mock_server import MockServer, Settings, create_app
from mock_server.ops import ROUTES
from tests.mock_server.conftest import Served
from tests.mock_server.ops.conftest import Door

MUTATIONS = [(route.method, re.sub(r"<\w+>", "1", route.path)) for route in ROUTES if route.body is not None]
DOCUMENT = (Path(__file__).parents[3] / "mock_server" / "docs" / "control-api.md").read_text("utf-8")
set_hypothesis_home_dir(tempfile.gettempdir())
APP = create_app(Settings.of({"sessions": 3, "clock": "2026-01-31T09:00:00Z"}))
SCHEMA = schemathesis.openapi.from_wsgi("/_mock/openapi.json", APP)


# A stream has no end, waits would each take their time, and a replay starts threads that outlive the test.
@SCHEMA.exclude(path="/_mock/events").exclude(path_regex="wait|replay").parametrize()
@settings(max_examples=8, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: Any) -> None:
    # No schema can say which documents a collection holds, and which members exclude each other.
    more = case.method == "PUT" and case.path in ("/_mock/worlds/{name}", "/_mock/clock", "/_mock/faults")
    case.call_and_validate(excluded_checks=[positive_data_acceptance] if more else [])


def test_the_document_is_openapi_and_has_every_route(in_process: Door) -> None:
    document = in_process().get("/_mock/openapi.json").json()

    validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(route.method, re.sub(r"<(\w+)>", r"{\1}", route.path)) for route in ROUTES}


def test_every_route_is_documented() -> None:
    missing = [f"{each.method} {each.path}" for each in ROUTES if f"`{each.method} {each.path}`" not in DOCUMENT]

    assert missing == []


@pytest.mark.parametrize(("method", "path"), MUTATIONS)
def test_no_mutation_takes_what_a_form_can_send(in_process: Door, method: str, path: str) -> None:
    client = in_process()

    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        for content in (b"", b"{}"):
            answer = client.request(method, path, content=content, headers={"Content-Type": media_type})

            assert answer.status_code == 415, (media_type, content)
            assert answer.json()["message"] == f"Content-Type is {media_type}; send application/json"


# What a curl or a page of our own sends without a word about a type, and what a page of another origin does.
OWN: list[dict[str, str]] = [
    {},
    {"Origin": "http://localhost"},
    {"Origin": "https://LOCALHOST"},
    {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"},  # let in by --cors
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
FOREIGN: list[tuple[dict[str, str], int]] = [
    ({"Origin": "http://localhost:3000"}, 415),
    ({"Origin": "http://127.0.0.1"}, 415),
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": ""}, 403),
    ({"Origin": "*"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 415),
    ({"Sec-Fetch-Site": "same-site"}, 415),
    ({"Sec-Fetch-Site": ""}, 415),
]


@pytest.mark.parametrize(("method", "path"), MUTATIONS)
def test_a_mutation_of_our_own_needs_no_type(in_process: Door, method: str, path: str) -> None:
    client = in_process(cors=["https://app.example", "*"])
    as_json = client.request(method, path, content=b"{}", headers={"Content-Type": "application/json"})

    for headers in OWN:
        for content in (b"", b"{}"):
            answer = client.request(method, path, content=content, headers=headers)

            assert (answer.status_code, answer.json()) == (as_json.status_code, as_json.json()), (headers, content)


@pytest.mark.parametrize(("method", "path"), MUTATIONS)
def test_a_mutation_of_another_origin_needs_one(in_process: Door, method: str, path: str) -> None:
    client = in_process(cors=["https://app.example", "*"])

    for headers, status in FOREIGN:
        for content in (b"", b"{}"):
            assert client.request(method, path, content=content, headers=headers).status_code == status, headers


def test_commands_without_a_body(door: Door) -> None:
    client = door()
    client.put("/_mock/faults", json={"rules": [{"act": {"error": "500"}}]})

    assert client.delete("/_mock/faults").json() == {"rules": []}
    assert client.post("/_mock/reset").json() == {"reset": "default"}
    assert client.delete("/_mock/requests").json() == {"cleared": 0}


def test_a_token_stands_for_a_type(in_process: Door) -> None:
    client = in_process(admin_token="t1")
    headers = {"X-Mock-Token": "t1", "Sec-Fetch-Site": "cross-site"}

    assert client.post("/_mock/reset", headers=headers).status_code == 200


MALFORMED = [
    "[", "]", "[::1", "::1]", "[]", "[a]", "[127.0.0.1]", "[::1]x", "a[::1]", "localhost:x", "localhost:99999",
    "u@localhost", "localhost/x", "localhost,localhost", "local host", "localhost?", "%6cocalhost",
]  # fmt: skip


@pytest.mark.parametrize("authority", MALFORMED)
def test_what_is_no_host_is_refused(in_process_app: Any, authority: str) -> None:
    for route in ROUTES:
        path, expected = re.sub(r"<\w+>", "1", route.path), 200 if route.open else 403
        for headers in ({"Host": authority}, {"Origin": f"http://{authority}"}):
            answer = in_process_app.open(path, method=route.method, json={}, headers=headers)

            assert answer.status_code == expected, (path, headers)


@pytest.fixture(scope="module")
def in_process_app() -> Iterator[Any]:
    """A client of Flask's own, which sends every Host."""
    app = create_app(Settings.of({"sessions": 1}))
    yield app.test_client()
    app.extensions["mock_server"].close()


@pytest.mark.parametrize(
    ("origin", "hint"),
    [
        ("https://evil.example", "; start the server with --cors https://evil.example to allow it"),
        ("http://[", ""),
        ("null", ""),
    ],
)
def test_only_an_origin_can_be_let_in(in_process: Door, origin: str, hint: str) -> None:
    message = in_process().get("/_mock/clock", headers={"Origin": origin}).json()["message"]

    assert message == f"Origin {origin} may not use /_mock/{hint}"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8400", "127.0.0.1.evil.example", "169.254.1.1", ""])
def test_a_name_that_was_pointed_here_is_refused(in_process: Door, host: str) -> None:
    answer = in_process().get("/_mock/state", headers={"Host": host})

    assert answer.status_code == 403
    assert "Host is not this machine" in answer.json()["message"]


@pytest.mark.parametrize("host", ["localhost", "localhost:8400", "127.0.0.1:1", "[::1]:8400", "127.1.2.3"])
def test_names_of_this_machine_are_taken(in_process: Door, host: str) -> None:
    assert in_process().get("/_mock/clock", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "cors", "status"),
    [
        ("https://evil.example", None, 403),
        ("null", None, 403),
        ("https://evil.example", "https://app.example", 403),
        ("https://app.example", "https://app.example", 200),
        ("http://localhost:3000", None, 200),
    ],
)
def test_pages_of_other_origins_are_refused(in_process: Door, origin: str, cors: str | None, status: int) -> None:
    client = in_process(cors=[cors] if cors else [])

    answer = client.post("/_mock/reset", json={}, headers={"Origin": origin})

    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == (origin if origin == cors else None)


@pytest.mark.parametrize(("given", "status"), [(None, 401), ("wrong", 401), ("t1", 200)])
def test_a_token_opens_it(in_process: Door, given: str | None, status: int) -> None:
    client = in_process(admin_token="t1")
    headers = {} if given is None else {"X-Mock-Token": given}

    answer = client.get("/_mock/clock", headers=headers)

    assert answer.status_code == status
    assert client.get("/_mock/health").status_code == 200
    assert client.get("/session").status_code == 200


def test_beyond_loopback_a_token_is_made_and_printed(launch: Callable[..., Served]) -> None:
    served = launch("--host", "0.0.0.0", "--port", 0)
    line = next(line for line in served.banner if "X-Mock-Token" in line)
    url, token = served.url.replace("0.0.0.0", "127.0.0.1"), line.split()[-1]

    assert len(token) >= 20
    assert httpx.get(f"{url}/_mock/clock").status_code == 401
    assert httpx.get(f"{url}/_mock/clock", headers={"X-Mock-Token": token}).status_code == 200
    with MockServer(sessions=0) as local:
        assert httpx.get(f"{local.url}/_mock/clock").status_code == 200
