"""Each request of the vendor's command-line client, as it was recorded (FACTS.md E7)."""

import shlex
from typing import Any

import httpx
import pytest

from mock_server import MockServer

HEADERS = {
    "User-Agent": "evo-voice-cli/0.2.0",
    "Accept": "application/json",
    "accept-language": "*",
    "sec-fetch-mode": "cors",
    "accept-encoding": "gzip, deflate",
    "connection": "keep-alive",
}


class CommandLineClient:
    """Signs in as `evov auth login` does, keeps every cookie and sends all of them with each request."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, headers=HEADERS, follow_redirects=False)
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent: dict[str, Any] = {"headers": headers} if body is None else {"headers": headers, "json": body}
        if method == "POST" and body is None:
            headers["content-length"] = "0"
        response = self.http.request(method, path, **sent)
        self.http.cookies.clear()
        for line in response.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response

    def login(self) -> httpx.Response:
        body = {"provider": "credentials", "userName": "admin@example.com", "password": "admin", "rememberMe": True}
        return self.send("POST", "/auth/credentials", body)


@pytest.fixture
def evov() -> Any:
    with MockServer(vendor=("evovoice",), sessions=60, clock="2026-01-31T09:00:00Z") as server:
        client = CommandLineClient(server.url)
        with client.http:
            yield client


def test_auth_login(evov: CommandLineClient) -> None:
    assert evov.login().status_code == 200
    assert {"ss-id", "ss-pid"} <= evov.cookies.keys()
    assert evov.send("GET", "/auth/status").json()["isAuthenticated"] is True


def test_auth_status_and_account_list_and_account_use(evov: CommandLineClient) -> None:
    evov.login()

    status = evov.send("GET", "/auth/status").json()

    assert len(status["accountIds"]) == len(status["accountNames"]) > 1


def test_account_get(evov: CommandLineClient) -> None:
    evov.login()
    account = evov.send("GET", "/auth/status").json()["accountIds"][1]

    assert evov.send("GET", f"/accounts/{account}").json()["id"] == account
    assert evov.send("GET", "/accounts/acc-1").status_code == 404


def test_account_search(evov: CommandLineClient) -> None:
    evov.login()
    name = evov.send("GET", "/auth/status").json()["accountNames"][1]

    found = evov.send("GET", str(httpx.URL("/accounts", params={"page": "0", "nameFilter": name})))

    assert name in [account["name"] for account in found.json()["items"]]


def test_ai_session_list(evov: CommandLineClient) -> None:
    evov.login()
    account = evov.send("GET", "/ai/sessions").json()["items"][0]["accountId"]

    found = evov.send("GET", f"/ai/sessions?accountIds={account}").json()

    assert {session["accountId"] for session in found["items"]} == {account}
    assert evov.send("GET", "/ai/sessions?accountIds=acc-1").json()["items"] == []


def test_ai_session_list_with_all_flags(evov: CommandLineClient) -> None:
    evov.login()
    first, second = evov.send("GET", "/ai/sessions").json()["items"][:2]
    path = (
        f"/ai/sessions?page=2&countPerPage=10&all=true&simplifiedPaging=true&specificIds={first['id']}%2C{second['id']}"
        f"&sortField=DateCreated&sortOrder=Descend&accountIds={first['accountId']}%2C{second['accountId']}"
    )

    found = evov.send("GET", path).json()

    assert found == {"items": [first, second], "totalCount": 0, "totalPages": 0, "hasMorePages": False}


def test_session_log_uses_simplified_paging(evov: CommandLineClient) -> None:
    evov.login()
    session = evov.send("GET", "/ai/sessions").json()["items"][7]

    found = evov.send("GET", f"/ai/sessions?specificIds={session['id']}&countPerPage=1&simplifiedPaging=true").json()

    assert (found["items"], found["hasMorePages"]) == ([session], False)


def test_ai_session_get(evov: CommandLineClient) -> None:
    evov.login()
    session = evov.send("GET", "/ai/sessions").json()["items"][0]

    assert evov.send("GET", f"/ai/sessions/{session['id']}").json().items() >= session.items()
    assert evov.send("GET", "/ai/sessions/s1").status_code == 404


def test_ai_session_create_patch_and_delete(evov: CommandLineClient) -> None:
    evov.login()

    created = evov.send("POST", "/ai/sessions", {"accountId": "acc-1", "purpose": "hello world"}).json()
    path = f"/ai/sessions/{created['id']}"

    assert (created["accountId"], created["purpose"]) == ("acc-1", "hello world")
    assert evov.send("PATCH", path, {"purpose": "x"}).json()["purpose"] == "x"
    assert evov.send("PATCH", path, {"purpose": "y", "id": "z", "more": [1]}).json()["purpose"] == "y"
    assert (evov.send("DELETE", path).status_code, evov.send("DELETE", path).status_code) == (204, 404)


def test_ai_session_apply_sends_no_body_and_no_content_type(evov: CommandLineClient) -> None:
    evov.login()
    session = evov.send("GET", "/ai/sessions").json()["items"][0]

    answer = evov.send("POST", f"/ai/sessions/{session['id']}/apply")

    assert "content-type" not in answer.request.headers
    assert (answer.status_code, answer.json()["id"]) == (200, session["id"])


def test_ai_session_clear_actions_and_delete_action(evov: CommandLineClient) -> None:
    evov.login()
    sessions = [
        evov.send("GET", f"/ai/sessions/{row['id']}").json()
        for row in evov.send("GET", "/ai/sessions?all=true").json()["items"]
    ]
    session = next(it for it in sessions if len(it["actions"]) > 1)
    path = f"/ai/sessions/{session['id']}/actions"

    assert evov.send("DELETE", f"{path}/{session['actions'][0]['id']}").json()["actions"] == session["actions"][1:]
    assert evov.send("DELETE", path).json()["actions"] == []


def test_ai_session_usage(evov: CommandLineClient) -> None:
    evov.login()
    everything = evov.send("GET", "/ai/usage?startDate=2026-01-01&endDate=2026-01-31").json()
    row = everything["customerUsage"][0]

    path = (
        f"/ai/usage?accountId={row['accountId']}&customerId={row['customerId']}&startDate=2026-01-01&endDate=2026-01-31"
    )

    assert evov.send("GET", path).json()["customerUsage"] == [row]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param("GET /ai/sessions", 401, id="exit-code-4"),
        pytest.param("GET /ai/usage?startDate=2026-01-01&endDate=2026-01-31", 401, id="exit-code-4-usage"),
    ],
)
def test_signed_out_is_401(evov: CommandLineClient, request_: str, status: int) -> None:
    method, path = shlex.split(request_)

    answer = evov.send(method, path)

    assert (answer.status_code, answer.content) == (status, b"")
