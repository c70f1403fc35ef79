"""Requests that cannot be served: always answered in Vapi's envelope, never with a 500 (FACTS.md F4)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from mock_server import MockServer
from tests.sampling import first_quick

Refused = Callable[..., None]

ABSENT = "/session/6b4c494f-c22c-4bce-84fa-a7a86942c7d3"
TOKEN = {"Authorization": "Bearer any-token"}
JSON = TOKEN | {"Content-Type": "application/json"}
MIB = 1 << 20
NO_OBJECT = "The body must be a JSON object"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_id(client: FlaskClient, assert_refused: Refused, method: str) -> None:
    assert_refused(client.open(ABSENT, method=method, json={}), 404, "Session Not Found")


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "session_xyz789",
        "6b4c494f-c22c-4bce-84fa-a7a86942c7d",
        "6b4c494f-c22c-4bce-84fa-a7a86942c7d3a",
        "6b4c494fc22c4bce84faa7a86942c7d3",
        "{6b4c494f-c22c-4bce-84fa-a7a86942c7d3}",
        "6b4c494f-c22c-4bce-84fa-a7a86942c7dg",
        "%EF%BC%96b4c494f-c22c-4bce-84fa-a7a86942c7d3",
        "%00",
        "%ff%fe",
        "%ED%A0%80",
        "a%20b",
        "..%2e",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_malformed_id(client: FlaskClient, assert_refused: Refused, method: str, key: str) -> None:
    response = client.open(f"/session/{key}", method=method, json={})

    assert_refused(response, 400, "Validation failed (uuid is expected)")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/session"),
        ("PATCH", "/session"),
        ("DELETE", "/session"),
        ("TRACE", "/session"),
        ("FOO", "/session"),
        ("POST", ABSENT),
        ("PUT", ABSENT),
        ("PUT", "/session/x"),
        ("POST", "/session/export"),
        ("PUT", "/session/export"),
    ],
)
def test_wrong_method(client: FlaskClient, assert_refused: Refused, method: str, path: str) -> None:
    response = client.open(path, method=method, headers={"Authorization": ""})

    assert_refused(response, 404, f"Cannot {method} {path}")
    assert "Allow" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "/calls", "/call", "/call/6b4c494f-c22c-4bce-84fa-a7a86942c7d3", "/chat", "/chat/responses", "/chat/web",
        "/assistant", "/assistant/", "/squad", "/phone-number", "/v2/phone-number", "/v2", "/tool", "/file",
        "/campaign", "/structured-output", "/analytics", "/eval/run", "/observability/scorecard",
        "/provider/11labs/voices", "/reporting/insight", "/session/a/b", "/call?limit=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_path_without_a_handler(client: FlaskClient, assert_refused: Refused, method: str, path: str) -> None:
    response = client.open(path, method=method, headers={"Authorization": ""})

    assert_refused(response, 404, f"Cannot {method} {path.partition('?')[0]}")


@pytest.mark.parametrize(("path", "status"), [("/session", 200), (ABSENT, 404), ("/calls", 404), ("/chat", 404)])
def test_head_is_a_get_without_a_body(client: FlaskClient, path: str, status: int) -> None:
    response = client.head(path)

    assert (response.status_code, response.data) == (status, b"")
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"


def test_options_still_lists_the_methods(client: FlaskClient) -> None:
    response = client.options("/session")

    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize("path", ["/session/a/b", f"{ABSENT}/chats", "/session/export/csv", "/session//"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_unknown_path_below_session(client: FlaskClient, assert_refused: Refused, method: str, path: str) -> None:
    assert_refused(client.open(path, method=method), 404, f"Cannot {method} {path}")


@pytest.mark.parametrize("path", ["/", "/sessions", "/Session", "/_mock", "/favicon.ico"])
def test_path_that_no_vendor_claims_lists_what_is_served(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert response.json["message"] == f"GET {path} is unknown; 'emulated' and 'control' list the routes"
    assert "GET /session" in response.json["emulated"]


def test_wrong_method_outside_the_vendors_keeps_allow(client: FlaskClient) -> None:
    response = client.post("/_mock/health")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", NO_OBJECT),
        (b"5", NO_OBJECT),
        (b"null", NO_OBJECT),
        (b'"{}"', NO_OBJECT),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/session"), ("PATCH", ABSENT)])
def test_body_that_is_not_an_object(
    client: FlaskClient, assert_refused: Refused, method: str, path: str, body: bytes, message: str
) -> None:
    assert_refused(client.open(path, method=method, data=body, headers=JSON), 400, message)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name":}',
        b'{"name":"x"',
        b"{'name':'x'}",
        b'{"name":"x"}{}',
        b"{} x",
        b"name=x",
        b"{}\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b" ",
        b'{"expirationSeconds":NaN}',
        b'{"expirationSeconds":Infinity}',
        b'{"expirationSeconds":-Infinity}',
        b'{"expirationSeconds":1e999}',
        b'{"name":"\\ud800"}',
        b'{"name":"\\udc00x"}',
        b'{"\\ud800":1}',
        b'{"name":"\xed\xa0\x80"}',
        b'{"name":"\xff"}',
        b'{"name":"a\x00b"}',
        b"\x00",
        '{"name":"x"}'.encode("utf-16"),
        b"[" * 5000,
        b'{"a":' * 5000,
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/session"), ("PATCH", ABSENT)])
def test_malformed_json(client: FlaskClient, method: str, path: str, body: bytes) -> None:
    response = client.open(path, method=method, data=body, headers=JSON)

    assert (response.status_code, response.json["error"], response.json["statusCode"]) == (400, "Bad Request", 400)
    assert response.json["message"].startswith("The body is not JSON: ")


@pytest.mark.parametrize(
    ("levels", "status"),
    # The body is one level and each `metadata` object below `assistant` another.
    [(98, 201), (99, 400), (500, 400)],
)
def test_nesting(client: FlaskClient, levels: int, status: int) -> None:
    metadata = '{"a":' * levels + "1" + "}" * levels

    response = client.post("/session", data=f'{{"assistant":{{"metadata":{metadata}}}}}', headers=JSON)

    assert response.status_code == status
    assert response.json.get("message", "") in ("", "The body is nested deeper than 100 levels")


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [
        ("text/plain", "text/plain"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("multipart/form-data; boundary=x", "multipart/form-data"),
        ("APPLICATION/XML", "application/xml"),
        ("application/jsonp", "application/jsonp"),
        ("", "none"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/session"), ("PATCH", ABSENT)])
def test_other_media_type(
    client: FlaskClient, assert_refused: Refused, method: str, path: str, media_type: str, shown: str
) -> None:
    response = client.open(path, method=method, data=b"{}", content_type=media_type)

    assert_refused(response, 415, f"Content-Type must be application/json, received {shown}")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"],
)
def test_media_types_of_json(client: FlaskClient, media_type: str) -> None:
    assert client.post("/session", data=b"{}", content_type=media_type).status_code == 201


@pytest.mark.parametrize(
    ("path", "messages"),
    [
        (
            "/session?limit=1001&page=0&sortOrder=foo&createdAtGe=x&number=1",
            [
                "limit must not be greater than 1000",
                "page must not be less than 1",
                "sortOrder must be one of the following values: ASC, DESC",
                "createdAtGe must be a valid ISO 8601 date string",
                "number must be longer than or equal to 3 characters",
            ],
        ),
        ("/session?page=0&page=0&limit=-1", ["page must be a number conforming to the specified constraints",
                                             "limit must not be less than 0"]),
    ],
)  # fmt: skip
def test_all_violations_of_a_query_at_once(
    client: FlaskClient, assert_refused: Refused, path: str, messages: list[str]
) -> None:
    assert_refused(client.get(path), 400, messages)


EMPTY = [{}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}, {"Content-Length": "0"}]


@pytest.mark.parametrize("headers", EMPTY, ids=["no type", "json", "text", "length only"])
def test_empty_body_counts_as_an_empty_object(client: FlaskClient, headers: dict[str, str]) -> None:
    created = client.post("/session", data=b"", headers=headers)
    changed = client.patch(f"/session/{created.json['id']}", data=b"", headers=headers)

    assert (created.status_code, changed.status_code) == (201, 200)
    assert changed.json == {**created.json, "updatedAt": changed.json["updatedAt"]}


@pytest.mark.parametrize("send", [{"content": b""}, {"content": iter(())}, {}], ids=["bytes", "chunked", "nothing"])
def test_empty_body_over_http(server: MockServer, send: dict[str, Any]) -> None:
    with httpx.Client(base_url=server.url, headers=TOKEN) as plain:
        created = plain.post("/session", **send)
        assert created.status_code == 201
        assert plain.patch(f"/session/{created.json()['id']}", **send).status_code == 200
        assert plain.delete(f"/session/{created.json()['id']}").status_code == 200


def sized(size: int) -> bytes:
    """Return a valid body of exactly this many bytes."""
    frame = b'{"assistant":{"metadata":{"x":"%b"}}}'
    return frame % (b"x" * (size - len(frame) + 2))


@pytest.fixture
def over_http(server: MockServer) -> Iterator[httpx.Client]:
    """A plain client of the running server."""
    with httpx.Client(base_url=server.url, headers=JSON) as client:
        yield client


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize("prepare", [bytes, in_chunks], ids=["content-length", "chunked"])
@pytest.mark.parametrize("size", first_quick([MIB + 1, 3 * MIB]))
@pytest.mark.parametrize(("method", "path"), [("POST", "/session"), ("PATCH", ABSENT)])
def test_body_over_the_limit(
    over_http: httpx.Client, prepare: Callable[[bytes], Any], size: int, method: str, path: str
) -> None:
    response = over_http.request(method, path, content=prepare(sized(size)))

    assert response.status_code == 413
    assert response.json() == {
        "message": "request entity too large",
        "error": "Payload Too Large",
        "statusCode": 413,
    }


@pytest.mark.parametrize("prepare", [bytes, in_chunks], ids=["content-length", "chunked"])
@pytest.mark.parametrize("size", [40, MIB])
def test_body_up_to_the_limit(over_http: httpx.Client, prepare: Callable[[bytes], Any], size: int) -> None:
    response = over_http.post("/session", content=prepare(sized(size)))

    assert response.status_code == 201
    over_http.delete(f"/session/{response.json()['id']}")


def test_connection_survives_a_body_over_the_limit(over_http: httpx.Client) -> None:
    over_http.post("/session", content=sized(2 * MIB))

    assert over_http.get("/session?limit=0").status_code == 200


def test_substitution_cannot_grow_without_bounds(client: FlaskClient, assert_refused: Refused) -> None:
    body = {
        "assistant": {"firstMessage": "{{x}}" * 1000},
        "assistantOverrides": {"variableValues": {"x": "y" * 100_000}},
    }

    assert_refused(client.post("/session", json=body), 413, "request entity too large")


ENVELOPE = {"message", "error", "statusCode"}
NAMES = (
    "id", "idAny", "name", "assistantIdAny", "phoneNumberIdAny", "phoneNumberIdAny[]", "number", "customer",
    "customer[number]", "email", "page", "limit", "sortBy", "sortOrder", "cursor", "createdAtGe", "updatedAtLt",
    "columns", "format", "x", "[]", "a[b][c]",
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
    st.sampled_from(["", "ASC", "cost", "csv", "2026-01-31", "9" * 400, "eyJjb3N0IjowLCJpZCI6IiJ9", "\x00"]),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "name", "status", "expirationSeconds", "assistantId", "assistant", "assistantOverrides", "squad", "squadId",
    "messages", "customer", "phoneNumber", "phoneNumberId", "x",
)  # fmt: skip
FUZZ = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    # What one example creates may stay for the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def assert_served_or_refused(response: TestResponse) -> None:
    if response.status_code >= 300:
        message = response.json["message"]
        assert response.status_code < 500
        assert set(response.json) == ENVELOPE
        assert response.json["statusCode"] == response.status_code
        assert isinstance(message, str) or all(isinstance(item, str) for item in message)


@FUZZ
@given(query=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4), export=st.booleans())
def test_any_query(client: FlaskClient, query: list[tuple[str, str]], export: bool) -> None:
    response = client.get("/session/export" if export else "/session", query_string=query)

    assert_served_or_refused(response)


@FUZZ
@given(body=st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=4) | JSON_VALUES, patch=st.booleans())
def test_any_json(client: FlaskClient, create: Callable[..., dict[str, Any]], body: Any, patch: bool) -> None:
    path = f"/session/{create()['id']}" if patch else "/session"

    response = client.open(path, method="PATCH" if patch else "POST", data=json.dumps(body), headers=JSON)

    assert_served_or_refused(response)
    assert client.get(f"/session/export?id={response.json.get('id')}").status_code == 200


@FUZZ
@given(query=st.binary(max_size=30), body=st.binary(max_size=60))
def test_any_bytes(client: FlaskClient, query: bytes, body: bytes) -> None:
    text = query.decode("latin-1")

    assert_served_or_refused(client.get("/session", environ_overrides={"QUERY_STRING": text}))
    assert_served_or_refused(client.get("/session/x", environ_overrides={"PATH_INFO": f"/session/{text}"}))
    assert_served_or_refused(client.post("/session", data=body, headers=JSON))


@pytest.mark.parametrize(
    ("body", "name"),
    [({"messages": [1] * 10_001}, "messages"), ({"assistant": {"serverMessages": [{}] * 10_001}}, "serverMessages")],
)
def test_a_list_that_is_too_long_is_refused_before_its_elements_are_checked(
    client: FlaskClient, body: dict[str, Any], name: str
) -> None:
    response = client.post("/session", json=body)

    assert response.status_code == 400
    assert response.json["message"] == [f"{name} must contain no more than 10000 elements"]
