"""How texts become members (FACTS.md E2), also through the whole emulator."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient

from mock_server.core.problems import Problem
from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.binding import bind
from mock_server.vendors.evovoice.contract import BOOLEAN, TEXT, TEXT_LIST, WHOLE, Contract, choice

SAMPLE = Contract(
    "Sample",
    {
        "Ids": TEXT_LIST,
        "Page": WHOLE,
        "All": BOOLEAN,
        "Name": TEXT,
        "Order": choice("Ascend", "Descend"),
    },
    "urn:sample",
)


def bound(query: str = "", **sent: Any) -> dict[str, Any]:
    return bind(Request(**{"method": "GET", "path": "/", "query": query, **sent}), SAMPLE)


def body(text: str | bytes, media_type: str = "application/json", **sent: Any) -> dict[str, Any]:
    raw = text if isinstance(text, bytes) else text.encode()
    return bound(**{"method": "POST", "headers": {"content-type": media_type}, "body": raw, **sent})


@pytest.mark.parametrize(
    ("query", "values"),
    [
        pytest.param("page=1", {"Page": 1}, id="lower"),
        pytest.param("Page=1", {"Page": 1}, id="as-declared"),
        pytest.param("PAGE=1", {"Page": 1}, id="upper"),
        pytest.param("bogus=1&name=x", {"Name": "x"}, id="unknown-is-ignored"),
        pytest.param("page=&all=&order=&ids=", {}, id="empty-is-skipped"),
        pytest.param("name=a&Name=b&NAME=c", {"Name": "a,b,c"}, id="repeated-is-joined"),
        pytest.param("ids=a&Ids=b", {"Ids": ("a", "b")}, id="repeated-list"),
        pytest.param("all=true&All=x", {"All": True}, id="joined-boolean-ends-at-the-comma"),
        pytest.param("name=%20a%2C%22b%22", {"Name": ' a,"b"'}, id="text-is-raw"),
        pytest.param("name=a+b", {"Name": "a b"}, id="plus-is-a-space"),
        pytest.param("name=[a]", {"Name": "[a]"}, id="text-is-not-a-list"),
    ],
)
def test_names(query: str, values: dict[str, Any]) -> None:
    assert bound(query) == values


@pytest.mark.parametrize(
    ("text", "items"),
    [
        pytest.param("a,b", ("a", "b"), id="commas"),
        pytest.param("[a,b]", ("a", "b"), id="brackets"),
        pytest.param('"a,b",c', ("a,b", "c"), id="quoted"),
        pytest.param('"say ""hi""",c', ('say "hi"', "c"), id="quotes-inside"),
        pytest.param("a, b", ("a", " b"), id="not-trimmed"),
        pytest.param("a,,b", ("a", None, "b"), id="blank-is-null"),
        pytest.param("a,", ("a", None), id="trailing-comma"),
        pytest.param(",", (None, None), id="only-a-comma"),
        pytest.param('"a', ("a",), id="open-quote"),
        pytest.param('"a"x,b', ("a", "b"), id="after-the-quote"),
        pytest.param("[a,b", ("a", "b"), id="open-bracket"),
        pytest.param("a]", ("a]",), id="closing-bracket"),
        pytest.param('""', ("",), id="empty-text"),
        pytest.param("ü,😀", ("ü", "😀"), id="beyond-ascii"),
    ],
)
def test_lists(text: str, items: tuple[str | None, ...]) -> None:
    assert bound(urlencode({"ids": text})) == {"Ids": items}


def test_an_empty_list_leaves_the_default() -> None:
    assert bound("ids=[]") == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("7", 7),
        ("-1", -1),
        (" 7", 7),
        ("7 ", 7),
        ("007", 7),
        ("-0", 0),
        ("2147483647", 2**31 - 1),
        ("-2147483648", -(2**31)),
        ("0" * 5000 + "1", 1),
    ],
)
def test_integers(text: str, number: int) -> None:
    assert bound(urlencode({"page": text})) == {"Page": number}


@pytest.mark.parametrize(
    "text",
    ["+1", "1.5", "abc", "1,2", "1e3", "1_000", "0x1", "٣", "-", "- 1", " ", "2147483648", "-2147483649", "9" * 5000],
)
def test_invalid_integers(text: str) -> None:
    with pytest.raises(Problem) as refused:
        bound(urlencode({"page": text}))

    assert [(found.field, found.message) for found in refused.value.fields] == [
        ("page", f"'{text}' is an Invalid value for 'page'")
    ]


@pytest.mark.parametrize("text", ["1", "t", "T", "y", "Y", "on", "true", "True", "TRUE", "tRuE", "true,x", "1,"])
def test_true(text: str) -> None:
    assert bound(urlencode({"all": text})) == {"All": True}


@pytest.mark.parametrize("text", ["0", "f", "F", "n", "N", "off", "false", "False", "FALSE", "false,true"])
def test_false(text: str) -> None:
    assert bound(urlencode({"all": text})) == {"All": False}


@pytest.mark.parametrize("text", ["yes", "no", "On", "OFF", "2", "-1", "truee", " true", ",true", "null"])
def test_invalid_booleans(text: str) -> None:
    with pytest.raises(Problem):
        bound(urlencode({"all": text}))


@pytest.mark.parametrize(
    ("text", "number"), [("Ascend", 0), ("ascend", 0), ("DESCEND", 1), ("0", 0), ("1", 1), ("7", 7), ("-3", -3)]
)
def test_enums(text: str, number: int) -> None:
    assert bound(urlencode({"order": text})) == {"Order": number}


@pytest.mark.parametrize("text", ["Up", "Asc", "1.0", "99999999999"])
def test_invalid_enums(text: str) -> None:
    with pytest.raises(Problem):
        bound(urlencode({"order": text}))


@pytest.mark.parametrize(
    ("sent", "values"),
    [
        pytest.param({"path_values": {"name": "p"}}, "p", id="path"),
        pytest.param({"path_values": {"name": "p"}, "query": "NAME=q"}, "q", id="query-over-path"),
        pytest.param({"path_values": {"name": "p"}, "query": "name="}, "p", id="an-empty-one-overrides-nothing"),
    ],
)
def test_sources(sent: dict[str, Any], values: str) -> None:
    assert bound(**sent) == {"Name": values}


def test_a_form_overrides_the_query() -> None:
    assert body("Name=f&page=2", "application/x-www-form-urlencoded", query="name=q") == {"Name": "f", "Page": 2}


def test_path_and_query_override_a_json_body() -> None:
    sent = body('{"name": "b", "page": 3, "all": true}', query="name=q", path_values={"page": "4"})

    assert sent == {"Name": "q", "Page": 4, "All": True}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param('{"name": "x"}', {"Name": "x"}, id="text"),
        pytest.param('{"NAME": "x"}', {"Name": "x"}, id="any-case"),
        pytest.param(' \r\n{ "name" :\t"x" , "bogus": {"a": [1]} } ', {"Name": "x"}, id="spaces-and-unknown"),
        pytest.param('{"name": 5}', {"Name": "5"}, id="number"),
        pytest.param('{"name": 1.50e2}', {"Name": "1.50e2"}, id="number-as-sent"),
        pytest.param('{"name": true}', {"Name": "true"}, id="boolean"),
        pytest.param('{"name": {"a": [1,  2]}}', {"Name": '{"a": [1,  2]}'}, id="object-as-sent"),
        pytest.param('{"name": ["a"]}', {"Name": '["a"]'}, id="array-as-sent"),
        pytest.param('{"name": null}', {}, id="null"),
        pytest.param('{"name": ""}', {"Name": ""}, id="empty-text-is-a-value"),
        pytest.param('{"name": "a", "Name": "b"}', {"Name": "b"}, id="the-last-one-counts"),
        pytest.param('{"name": "\\ud83d\\ude00 \\u00fc"}', {"Name": "😀 ü"}, id="escapes"),
        pytest.param('{"name": "\\ud800x"}', {"Name": "\ufffdx"}, id="half-a-pair"),
        pytest.param('\ufeff{"name": "x"}', {"Name": "x"}, id="byte-order-mark"),
        pytest.param('{"ids": ["a", "b,c", null, 5]}', {"Ids": ("a", "b,c", None, "5")}, id="list"),
        pytest.param('{"ids": "a,b"}', {"Ids": ("a", "b")}, id="list-as-text"),
        pytest.param('{"ids": []}', {}, id="empty-list"),
        pytest.param('{"page": 2, "all": "on", "order": "descend"}', {"Page": 2, "All": True, "Order": 1}, id="others"),
        pytest.param("{}", {}, id="nothing"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_json_bodies(text: str, values: dict[str, Any]) -> None:
    assert body(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "0",
        '"x"',
        "[]",
        "x",
        "{",
        '{"name"',
        '{"name" "x"}',
        '{"name": }',
        '{"name": "x"',
        '{"name": "x",}',
        '{5: "x"}',
        '{"a": ' + "[" * 200000,
        "  ",
    ],
)
def test_bodies_that_are_not_objects(text: str) -> None:
    with pytest.raises(Problem) as refused:
        body(text)

    assert refused.value.detail.startswith("Could not deserialize 'application/json' request using Sample")


def test_a_body_that_is_not_utf_8_is_read() -> None:
    assert body(b'{"name": "\xff"}') == {"Name": "\ufffd"}


def test_bodies_of_get_and_delete_are_ignored() -> None:
    assert body("[]", method="DELETE") == body("[]", method="GET") == {}


# Through the whole emulator


def test_all_bad_fields_are_reported_at_once(client: FlaskClient) -> None:
    response = client.get("/ai/sessions?page=abc&ALL=maybe&countPerPage=3&sortOrder=up")

    assert (response.status_code, response.json) == (
        400,
        {
            "responseStatus": {
                "errorCode": "SerializationException",
                "message": "Unable to bind to request 'ListAISessions'",
                "errors": [
                    {
                        "errorCode": "SerializationException",
                        "fieldName": name,
                        "message": f"'{value}' is an Invalid value for '{name}'",
                    }
                    for name, value in (("page", "abc"), ("ALL", "maybe"), ("sortOrder", "up"))
                ],
            }
        },
    )


def test_the_exact_response_to_a_bad_value(client: FlaskClient) -> None:
    assert client.get("/ai/sessions?page=abc").text == (
        '{"responseStatus":{"errorCode":"SerializationException","message":"Unable to bind to request '
        '\'ListAISessions\'","errors":[{"errorCode":"SerializationException","fieldName":"page","message":"\'abc\' is '
        "an Invalid value for 'page'\"}]}}"
    )


@pytest.mark.parametrize("path", ["/ai/sessions?page=x", "/accounts?all=maybe", "/AI/sessions.json?countPerPage=1.5"])
def test_binding_comes_before_signing_in(open_client: Callable[..., FlaskClient], path: str) -> None:
    assert open_client(authorization="").get(path).status_code == 400


def test_a_bad_body_comes_before_signing_in(open_client: Callable[..., FlaskClient]) -> None:
    anonymous = open_client(authorization="")

    response = anonymous.post("/ai/sessions", data="[]", content_type="application/json")

    assert response.status_code == 400
    assert response.json["responseStatus"]["message"].startswith(
        "Could not deserialize 'application/json' request using"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/ai/sessions",
        "/AI/Sessions",
        "/ai/sessions/",
        "//ai///sessions//",
        "/Json/Reply/listaisessions",
        "/json/reply/ListAISessions/",
    ],
)
def test_paths_in_any_case_with_any_slashes(client: FlaskClient, path: str) -> None:
    # The test client would read the text after two slashes as a host.
    assert client.get("/", environ_overrides={"PATH_INFO": path}).json == {
        "items": [], "totalCount": 0, "totalPages": 0, "hasMorePages": False,
    }  # fmt: skip


def test_ids_keep_their_case(create: Callable[..., dict[str, Any]], client: FlaskClient) -> None:
    key = create(purpose="x")["id"]

    assert client.get(f"/Ai/SESSIONS/{key}/").status_code == 200
    assert client.get(f"/ai/sessions/{key.upper()}X").status_code == 404


def test_the_query_overrides_the_path(create: Callable[..., dict[str, Any]], client: FlaskClient) -> None:
    key = create(purpose="x")["id"]

    assert client.get(f"/ai/sessions/other?sessionId={key}").json["id"] == key


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"headers": {"X-Http-Method-Override": "DELETE"}}, id="header"),
        pytest.param({"query_string": "X-Http-Method-Override=delete"}, id="query"),
        pytest.param({"data": {"X-Http-Method-Override": "DELETE"}}, id="form"),
        pytest.param(
            {"headers": {"x-http-method-override": "DELETE"}, "query_string": "X-Http-Method-Override=PATCH"},
            id="header-over-query",
        ),
    ],
)
def test_the_method_can_be_overridden(
    create: Callable[..., dict[str, Any]], client: FlaskClient, sent: dict[str, Any]
) -> None:
    key = create(purpose="x")["id"]

    assert client.post(f"/ai/sessions/{key}", **sent).status_code == 204
    assert client.get(f"/ai/sessions/{key}").status_code == 404


@pytest.mark.parametrize("format_", ["json", "xml", "jsv", "csv", "jsonl", "html"])
def test_every_operation_has_a_reply_route_in_each_format(seeded: FlaskClient, format_: str) -> None:
    response = seeded.get(f"/{format_}/reply/ListAISessions?countPerPage=2", headers={"Accept": "image/png"})

    same = seeded.get(f"/ai/sessions.{format_}?countPerPage=2")
    assert (response.status_code, response.content_type) == (200, same.content_type)
    assert response.data == same.data


def test_a_reply_route_takes_its_members_from_query_or_body(
    create: Callable[..., dict[str, Any]], client: FlaskClient
) -> None:
    key = create(purpose="x")["id"]

    assert client.get(f"/json/reply/GetAISession?SessionId={key}").json["id"] == key
    assert client.post("/json/reply/PatchAISession", json={"sessionId": key, "purpose": "y"}).json["purpose"] == "y"
    assert client.get(f"/json/reply/ListAISessions?specificIds={quote(key)}").json["totalCount"] == 1
    assert client.post("/json/reply/ListAISessions", json={"specificIds": [key], "page": 0}).json["totalCount"] == 1


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", "application/x-msgpack"])
def test_unsupported_media_types(client: FlaskClient, media_type: str) -> None:
    response = client.post("/ai/sessions", data="x", content_type=media_type)

    assert response.status_code == 415
    assert "send application/json" in response.json["responseStatus"]["message"]


def test_strict_query_refuses_unknown_names(open_client: Callable[..., FlaskClient]) -> None:
    strict = open_client(strict_query=True)

    refused = strict.get("/ai/sessions?bogus=1&format=json&page=0")

    assert (refused.status_code, [field["fieldName"] for field in refused.json["responseStatus"]["errors"]]) == (
        400, ["bogus"],
    )  # fmt: skip
    assert strict.get("/ai/sessions?FORMAT=json").status_code == 200
