"""Which format is chosen (FACTS.md E6), seen by the Content-Type of the list."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mock_server.vendors.evovoice.formats.negotiation import split_suffix

TYPES = {
    "application/json; charset=utf-8": "json",
    "application/xml": "xml",
    "application/jsv": "jsv",
    "text/csv": "csv",
    "text/jsonl": "jsonl",
    "text/html": "html",
    "text/javascript": "callback",
}


@pytest.fixture(scope="module")
def faithful(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    """A client of an emulator whose default is HTML, as the framework's is."""
    return open_client(lenient_accept=False)


def chosen(client: FlaskClient, path: str = "/ai/sessions", accept: str | None = None, content_type: str = "") -> str:
    headers = {"Accept": accept or ""}
    if content_type:
        headers["Content-Type"] = content_type
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    assert (response.headers["Vary"], "X-Powered-By" in response.headers) == ("Accept", True)
    return TYPES[response.content_type]


@pytest.mark.parametrize(
    ("path", "format_"),
    [(f"/ai/sessions.{name}", name) for name in ("json", "xml", "jsv", "csv", "jsonl", "html")]
    + [("/ai/sessions.CSV", "csv"), ("/ai/sessions.csv/", "csv"), ("/ai/sessions.csv?format=xml&callback=fn", "csv")],
)
def test_a_suffix_comes_first(faithful: FlaskClient, path: str, format_: str) -> None:
    assert chosen(faithful, path, "application/json") == format_


@pytest.mark.parametrize("name", ["fn", "a.b[0].$c", "_"])
def test_a_callback_comes_second(faithful: FlaskClient, name: str) -> None:
    path = f"/ai/sessions?callback={name}&format=csv"

    assert chosen(faithful, path, "text/csv") == "callback"
    body = '{"items":[],"totalCount":0,"totalPages":0,"hasMorePages":false}'
    assert faithful.get(path).text == f"{name}({body})"


@pytest.mark.parametrize("name", ["", "1a", "a b", "alert(1)//", "<script>", "a;b", "%C3%BC"])
def test_a_callback_that_is_not_a_name_is_ignored(faithful: FlaskClient, name: str) -> None:
    assert chosen(faithful, f"/ai/sessions?callback={name}", "application/json") == "json"


@pytest.mark.parametrize(
    ("named", "format_"),
    [
        ("csv", "csv"),
        ("CSV", "csv"),
        ("xml.anything", "xml"),
        ("jsonl", "jsonl"),
        ("Html", "html"),
        ("other", "json"),
        ("", "json"),
        (".csv", "json"),
    ],
)
def test_format_comes_third_and_unknown_ones_are_ignored(faithful: FlaskClient, named: str, format_: str) -> None:
    assert chosen(faithful, f"/ai/sessions?format={named}", "application/json") == format_
    assert chosen(faithful, f"/ai/sessions?FORMAT={named}", "application/json") == format_


@pytest.mark.parametrize(
    ("accept", "content_type", "format_"),
    [
        ("application/json", "", "json"),
        ("application/json, text/plain, */*", "", "json"),
        ("application/json;q=0.1, text/html", "", "json"),
        ("APPLICATION/JSON", "", "json"),
        ("text/plain, application/json", "", "html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "", "html"),
        ("application/xml", "", "xml"),
        ("application/jsv", "", "jsv"),
        ("text/csv", "", "csv"),
        ("text/jsonl", "", "jsonl"),
        ("*/*", "", "html"),
        ("*/*", "application/json", "json"),
        ("*/*", "application/json; charset=utf-8", "json"),
        ("*/*", "application/x-www-form-urlencoded", "html"),
        ("*/*, application/json", "application/json", "html"),
        ("text/jsv", "", "html"),
        ("text/xml", "", "html"),
        ("image/png", "", "html"),
        ("", "", "html"),
        ("", "application/json", "html"),
    ],
)
def test_accept_comes_fourth_and_only_its_beginning_counts(
    faithful: FlaskClient, client: FlaskClient, accept: str, content_type: str, format_: str
) -> None:
    assert chosen(faithful, accept=accept, content_type=content_type) == format_
    named = accept.startswith("text/html")
    assert chosen(client, accept=accept, content_type=content_type) == (
        "json" if format_ == "html" and not named else format_
    )


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/ai/sessions.json", ("/ai/sessions", "json")),
        ("/ai/sessions/S1.JSON", ("/ai/sessions/S1", "json")),
        ("/ai/sessions.other", ("/ai/sessions.other", None)),
        ("/ai/sessions/a.b.csv", ("/ai/sessions/a.b", "csv")),
        ("/ai.json/sessions", ("/ai.json/sessions", None)),
        ("/ai/sessions/.json", ("/ai/sessions/.json", None)),
    ],
)
def test_suffixes(path: str, parts: tuple[str, str | None]) -> None:
    assert split_suffix(path) == parts


def test_an_id_may_have_a_suffix(client: FlaskClient) -> None:
    key = client.post("/ai/sessions", json={}).json["id"]

    assert client.get(f"/ai/sessions/{key}.json").json["id"] == key
    assert client.get(f"/ai/sessions/{key}.xml").content_type == "application/xml"
    assert client.get(f"/ai/sessions/{key}.other").status_code == 404


def test_an_unknown_suffix_is_404(client: FlaskClient) -> None:
    assert (answer := client.get("/ai/sessions.other")).status_code == 404
    assert answer.data == b""


@pytest.mark.parametrize(
    ("format_", "beginning"), [("xml", "<?xml"), ("csv", "ResponseStatus\r\n"), ("jsv", "{responseStatus:{")]
)
@pytest.mark.parametrize("path", ["/ai/sessions/none", "/ai/sessions?page=x"])
def test_errors_come_in_the_same_format(client: FlaskClient, path: str, format_: str, beginning: str) -> None:
    response = client.get(
        path, query_string=None, headers={"Accept": {"csv": "text/csv"}.get(format_, f"application/{format_}")}
    )

    assert response.status_code in (400, 404)
    assert (TYPES[response.content_type], response.text.startswith(beginning)) == (format_, True)


@pytest.mark.parametrize(("format_", "text"), [("jsonl", "{}\n"), ("csv", "AccountId,")])
def test_the_data_contract_shape(open_client: Callable[..., FlaskClient], format_: str, text: str) -> None:
    client = open_client(data_contract=True, sessions=3)
    rows = client.get("/ai/sessions").json["items"]

    shown = client.get(f"/ai/sessions.{format_}").text

    if format_ == "jsonl":
        assert (
            shown.splitlines()
            == client.get("/ai/sessions").text.partition("[")[2].partition("]")[0].replace("},{", "}\n{").splitlines()
        )
    else:
        assert shown.startswith(text)
        assert all(row["id"] in shown for row in rows)
