"""Nothing that is cached for one request affects another: repeated requests over real sockets."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import httpx
import pytest

from mock_server import MockServer
from tests.mock_server.vendors.evovoice.callers import ADMIN, AGENT, NINE

SIGN_IN = {"UserName": "admin@example.com", "Password": "admin"}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(sessions=30, vendor=("evovoice",), clock=NINE) as server:
        yield server


def ask(server: MockServer, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    return httpx.request(method, server.url + path, headers={"Authorization": ADMIN, **headers})


def test_each_server_has_its_own_users(server: MockServer) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(MockServer(sessions=0, vendor=("evovoice",), user=("admin@example.com:another",)))

        assert [ask(asked, "/accounts").status_code for asked in (server, other) * 3] == [200, 401] * 3


def test_signing_out_ends_the_session_of_the_same_cookies(server: MockServer) -> None:
    signed_in = httpx.post(f"{server.url}/auth/credentials", data=SIGN_IN)
    cookies = {"Authorization": "", "Cookie": "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())}

    before = [ask(server, "/auth/status", **cookies).json()["isAuthenticated"] for _ in range(3)]
    ask(server, "/auth/logout", "POST", **cookies)
    after = [ask(server, "/auth/status", **cookies).json()["isAuthenticated"] for _ in range(3)]

    assert (before, after) == ([True] * 3, [False] * 3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(({}, 200), ({"X-Http-Method-Override": "DELETE"}, 404), id="verb"),
        pytest.param(({}, 200), ({"Authorization": AGENT}, 403), id="caller"),
        pytest.param(({}, 200), ({"Authorization": "Basic !"}, 401), id="password"),
    ],
)
def test_the_headers_of_each_request_are_read(
    server: MockServer, one: tuple[dict[str, str], int], other: tuple[dict[str, str], int]
) -> None:
    answers = [ask(server, "/ai/sessions", **headers).status_code for headers, _ in (one, other) * 3]

    assert answers == [status for _, status in (one, other) * 3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("", {}, "application/json"), ("", {"Accept": "text/csv"}, "text/csv"), id="header"),
        pytest.param((".jsv", {}, "application/jsv"), (".xml", {}, "application/xml"), id="suffix"),
        pytest.param(("?format=csv", {}, "text/csv"), ("?format=json", {}, "application/json"), id="query"),
        pytest.param(("?callback=f", {}, "text/javascript"), ("", {}, "application/json"), id="callback"),
    ],
)
def test_the_format_of_each_request_is_chosen(
    server: MockServer, one: tuple[str, dict[str, str], str], other: tuple[str, dict[str, str], str]
) -> None:
    asked = (one, one, one, other, other, other, one)
    answers = [ask(server, f"/ai/sessions{path}", **headers) for path, headers, _ in asked]

    assert [answer.headers["Content-Type"].partition(";")[0] for answer in answers] == [kind for _, _, kind in asked]
    assert len({answer.content for answer in answers}) == 2
    assert answers[0].content == answers[-1].content


def test_session_ids_are_unique_over_one_connection(server: MockServer) -> None:
    connection = HTTPConnection(server.url.removeprefix("http://"))
    given = []
    for _ in range(300):
        connection.request("GET", "/auth/status", headers={"Authorization": ADMIN})
        answer = connection.getresponse()
        answer.read()
        given += [cookie.partition(";")[0].partition("=") for cookie in answer.headers.get_all("Set-Cookie", [])]
    connection.close()

    assert len({value for _, _, value in given}) == 600
    assert {(name, len(value)) for name, _, value in given} == {("ss-pid", 20), ("ss-id", 20)}


def test_cookies_expire_20_years_after_the_clock() -> None:
    with MockServer(sessions=0, vendor=("evovoice",), clock=NINE) as server:

        def expiry() -> str:
            return ask(server, "/auth/status").headers["Set-Cookie"].partition("expires=")[2].partition(";")[0]

        first = [expiry(), expiry()]
        httpx.put(f"{server.url}/_mock/clock", json={"freeze": "2026-02-01T09:00:00Z"}).raise_for_status()

        assert first == ["Wed, 31 Jan 2046 09:00:00 GMT"] * 2
        assert [expiry(), expiry()] == ["Thu, 01 Feb 2046 09:00:00 GMT"] * 2
