"""Session cookies, HTTP Basic, roles, and who is rejected (FACTS.md E4)."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.mock_server.vendors.evovoice.callers import (
    ADMIN,
    AGENT,
    ATTRIBUTES,
    EXPIRES,
    basic,
    cookies_of,
    envelope,
    status_of,
)

ADMINISTRATORS_ONLY = [
    ("GET", "/ai/sessions"),
    ("POST", "/ai/sessions"),
    ("GET", "/ai/sessions/x"),
    ("PATCH", "/ai/sessions/x"),
    ("DELETE", "/ai/sessions/x"),
    ("POST", "/ai/sessions/x/apply"),
    ("DELETE", "/ai/sessions/x/actions"),
    ("DELETE", "/ai/sessions/x/actions/y"),
    *((verb, "/ai/usage") for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")),
    ("GET", "/json/reply/ListAISessions"),
]
SIGNED_IN = [("GET", "/accounts"), ("GET", "/accounts/x")]
OPEN = [("GET", "/auth/status"), ("POST", "/auth/logout")]


def test_callers_without_session_ids_get_new_ones(anonymous: FlaskClient) -> None:
    answers = [anonymous.get("/auth/status"), anonymous.get("/ai/sessions"), anonymous.get("/accounts/x")]

    assert [answer.status_code for answer in answers] == [200, 401, 401]
    for answer in answers:
        given = cookies_of(answer)
        assert answer.headers.getlist("Set-Cookie") == [
            f"ss-pid={given['ss-pid']}; {EXPIRES}; {ATTRIBUTES}",
            f"ss-id={given['ss-id']}; {ATTRIBUTES}",
        ]


def test_session_ids_are_unique(anonymous: FlaskClient) -> None:
    given = [value for _ in range(300) for value in cookies_of(anonymous.get("/auth/status")).values()]

    assert len(set(given)) == 600
    assert all(re.fullmatch("[A-Za-z0-9]{20}", value) for value in given)


@pytest.mark.parametrize(("has", "gets"), [("ss-id=a", ["ss-pid"]), ("ss-pid=a", ["ss-id"]), ("ss-id=a; ss-pid=b", [])])
def test_callers_get_only_the_session_ids_that_they_lack(anonymous: FlaskClient, has: str, gets: list[str]) -> None:
    assert list(cookies_of(anonymous.get("/ai/sessions", headers={"Cookie": has}))) == gets


@pytest.mark.parametrize("cookies", ["a=\xff", "ss-id", ";;=;", 'ss-id="'])
def test_malformed_cookies_are_ignored(anonymous: FlaskClient, cookies: str) -> None:
    response = anonymous.get("/auth/status", headers={"Cookie": cookies})

    assert (response.status_code, response.json) == (200, {"isAuthenticated": False})


def test_a_request_that_cannot_be_read_gets_no_cookies(anonymous: FlaskClient) -> None:
    assert cookies_of(anonymous.get("/ai/sessions?page=x")) == {}


def test_an_anonymous_caller_gets_401_without_a_body(anonymous: FlaskClient) -> None:
    response = anonymous.get("/ai/sessions")

    assert (response.status_code, response.data) == (401, b"")
    assert response.headers["WWW-Authenticate"] == 'basic realm="/auth/basic"'
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(("method", "path"), [*ADMINISTRATORS_ONLY, *SIGNED_IN])
def test_every_protected_operation_rejects_anonymous_callers(anonymous: FlaskClient, method: str, path: str) -> None:
    for header in ("", "Bearer x", "Basic"):
        response = anonymous.open(path, method=method, headers={"Authorization": header})

        assert response.status_code == 401
        assert (response.data == b"") == (header != "Basic")


@pytest.mark.parametrize(("method", "path"), ADMINISTRATORS_ONLY)
def test_a_missing_role_gets_403_with_four_lines_of_text(anonymous: FlaskClient, method: str, path: str) -> None:
    response = anonymous.open(f"{path}?a=1&b=%20", method=method, headers={"Authorization": AGENT})

    assert (response.status_code, response.content_type) == (403, "text/plain")
    assert response.text == (
        f"Forbidden\n\nRequest.HttpMethod: {method}\nRequest.PathInfo: {path}\nRequest.QueryString: a=1&b=%20"
    )


@pytest.mark.parametrize("format_", ["json", "xml", "csv", "html"])
def test_a_missing_role_is_text_in_any_format(anonymous: FlaskClient, format_: str) -> None:
    response = anonymous.get(f"/ai/sessions?format={format_}", headers={"Authorization": AGENT})

    assert (response.status_code, response.content_type) == (403, "text/plain")


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(basic("admin@example.com", "wrong"), id="password"),
        pytest.param(basic("nobody", "admin"), id="name"),
        pytest.param(basic("", ""), id="blank"),
        pytest.param("Basic !", id="no-base64"),
        pytest.param("Basic /w==", id="no-text"),
        pytest.param("basic " + ADMIN.partition(" ")[2][:-4], id="cut-off"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [ADMINISTRATORS_ONLY[0], SIGNED_IN[0], *OPEN])
def test_wrong_basic_credentials_on_any_operation(anonymous: FlaskClient, method: str, path: str, header: str) -> None:
    response = anonymous.open(path, method=method, headers={"Authorization": header})

    assert (response.status_code, response.json) == (401, envelope("Unauthorized", "Invalid Username or Password"))
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(ADMIN.replace("Basic", "bASIC"), id="scheme-in-any-case"),
        pytest.param(ADMIN.replace(" ", "   ") + " ", id="spaces"),
        pytest.param("Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW5=", id="bits-behind-the-end"),
    ],
)
def test_unusual_spellings_of_basic_credentials(anonymous: FlaskClient, header: str) -> None:
    assert anonymous.get("/accounts", headers={"Authorization": header}).status_code == 200


def test_basic_does_not_start_a_session(anonymous: FlaskClient) -> None:
    response = anonymous.get("/auth/status", headers={"Authorization": ADMIN})

    assert response.json["isAuthenticated"]
    assert status_of(anonymous, cookies_of(response)) == {"isAuthenticated": False}


@pytest.mark.parametrize(
    ("roles", "status"),
    [("SystemAdministrator", 200), ("Admin", 200), ("Other,Admin", 200), ("systemadministrator", 403), ("", 403)],
)
def test_roles_compare_exactly_and_admin_passes(
    open_client: Callable[..., FlaskClient], roles: str, status: int
) -> None:
    client = open_client(user=(f"ann:pw:{roles}",), authorization=basic("ann", "pw"))

    assert client.get("/ai/sessions").status_code == status


def test_configured_users_replace_the_default_ones(open_client: Callable[..., FlaskClient]) -> None:
    client = open_client(user=("ann:p w",))

    assert client.get("/auth/status").status_code == 401
    assert client.get("/auth/status", headers={"Authorization": basic("ann", "p w")}).json["isAuthenticated"]


def test_without_auth_every_caller_is_an_administrator(open_client: Callable[..., FlaskClient]) -> None:
    for user in ((), ("ann:pw",)):
        client = open_client(auth=False, authorization="", user=user)

        assert client.get("/ai/sessions").status_code == 200
        assert client.get("/auth/status").json["roles"] == ["SystemAdministrator"]
