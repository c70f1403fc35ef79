"""Signing in and out, and who is signed in (FACTS.md E4)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mock_server.core.clock import FrozenClock
from tests.mock_server.vendors.evovoice.callers import (
    ADMIN,
    ATTRIBUTES,
    EXPIRES,
    basic,
    cookies_of,
    envelope,
    status_of,
)

DAY = 86_400_000


def sign_in(client: FlaskClient, *, remember: bool = True, **others: Any) -> TestResponse:
    body = {"provider": "credentials", "userName": "admin@example.com", "password": "admin", "rememberMe": remember}
    return client.post("/auth/credentials", json={**body, **others})


def test_sign_in_returns_the_user(anonymous: FlaskClient) -> None:
    response = sign_in(anonymous)

    assert (response.status_code, list(response.json)) == (
        200, ["userId", "sessionId", "userName", "displayName", "roles", "permissions"],
    )  # fmt: skip
    assert response.json["sessionId"] == cookies_of(response)["ss-pid"]
    assert (response.json["userName"], response.json["roles"]) == ("admin@example.com", ["SystemAdministrator"])


@pytest.mark.parametrize(("remember", "option"), [(True, "perm"), (False, "temp")])
def test_sign_in_sets_cookies(anonymous: FlaskClient, remember: bool, option: str) -> None:
    response = sign_in(anonymous, remember=remember)

    given = cookies_of(response)
    assert response.headers.getlist("Set-Cookie") == [
        f"ss-id={given['ss-id']}; {ATTRIBUTES}",
        f"ss-pid={given['ss-pid']}; {EXPIRES}; {ATTRIBUTES}",
        f"ss-opt={option}; {EXPIRES}; {ATTRIBUTES}",
        f"X-UAId={response.json['userId']}; {EXPIRES}; {ATTRIBUTES}",
    ]
    assert all(re.fullmatch("[A-Za-z0-9]{20}", given[name]) for name in ("ss-id", "ss-pid"))


def test_each_sign_in_has_new_session_ids(anonymous: FlaskClient) -> None:
    first, second = cookies_of(sign_in(anonymous)), cookies_of(sign_in(anonymous))

    assert not {first["ss-id"], first["ss-pid"]} & {second["ss-id"], second["ss-pid"]}


@pytest.mark.parametrize(("remember", "counts", "not_"), [(True, "ss-pid", "ss-id"), (False, "ss-id", "ss-pid")])
def test_the_option_cookie_selects_the_session(anonymous: FlaskClient, remember: bool, counts: str, not_: str) -> None:
    given = cookies_of(sign_in(anonymous, remember=remember))

    assert status_of(anonymous, {"ss-opt": given["ss-opt"], counts: given[counts]})["isAuthenticated"]
    assert not status_of(anonymous, {"ss-opt": given["ss-opt"], not_: given[not_]})["isAuthenticated"]


def test_without_an_option_the_temporary_id_is_the_session(anonymous: FlaskClient) -> None:
    given = cookies_of(sign_in(anonymous, remember=False))

    assert status_of(anonymous, {"ss-id": given["ss-id"]})["isAuthenticated"]


@pytest.mark.parametrize("remember", [True, False])
def test_headers_override_cookies(anonymous: FlaskClient, remember: bool) -> None:
    given = cookies_of(sign_in(anonymous, remember=remember))
    headers = {f"X-{name}": given[name] for name in ("ss-id", "ss-pid", "ss-opt")}

    assert status_of(anonymous, {}, **headers)["isAuthenticated"]
    assert status_of(anonymous, {"ss-id": "x", "ss-pid": "x", "ss-opt": "x"}, **headers)["isAuthenticated"]
    strange = dict.fromkeys(("X-ss-id", "X-ss-pid"), "x")
    assert not status_of(anonymous, given, **strange)["isAuthenticated"]


@pytest.mark.parametrize(("remember", "days"), [(True, 28), (False, 14)])
def test_a_sign_in_expires_by_the_clock(anonymous: FlaskClient, clock: FrozenClock, remember: bool, days: int) -> None:
    given = cookies_of(sign_in(anonymous, remember=remember))

    clock.instant += days * DAY - 1
    assert status_of(anonymous, given)["isAuthenticated"]
    clock.instant += 1
    assert status_of(anonymous, given) == {"isAuthenticated": False}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sign_out_ends_the_session_and_deletes_the_cookies(anonymous: FlaskClient, method: str) -> None:
    given = cookies_of(sign_in(anonymous))
    line = "; ".join(f"{name}={value}" for name, value in given.items())

    response = anonymous.open("/auth/logout", method=method, headers={"Cookie": line})

    assert (response.status_code, response.text) == (200, "{}")
    assert response.headers.getlist("Set-Cookie") == [
        f"{name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; {ATTRIBUTES}"
        for name in ("ss-id", "ss-pid", "X-UAId", "ss-tok", "ss-reftok")
    ]
    assert not status_of(anonymous, given)["isAuthenticated"]


def test_the_exact_response_to_a_wrong_password(anonymous: FlaskClient) -> None:
    response = sign_in(anonymous, password="wrong")

    assert response.status_code == 401
    assert response.text == (
        '{"responseStatus":{"errorCode":"Unauthorized","message":"Invalid Username or Password","errors":[]}}'
    )
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("others", [{"userName": "nobody"}, {"password": "ADMIN"}, {"password": "admin "}])
def test_wrong_credentials(anonymous: FlaskClient, others: dict[str, str]) -> None:
    assert sign_in(anonymous, **others).status_code == 401


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        pytest.param({"userName": ""}, ["UserName"], id="name"),
        pytest.param({"password": " \t"}, ["Password"], id="password"),
        pytest.param({"userName": None, "password": None}, ["UserName", "Password"], id="both"),
    ],
)
def test_blank_credentials_are_400(anonymous: FlaskClient, sent: dict[str, Any], fields: list[str]) -> None:
    response = sign_in(anonymous, **sent)

    messages = {"UserName": "'User Name' must not be empty.", "Password": "'Password' must not be empty."}
    assert (response.status_code, response.json) == (
        400,
        {
            "responseStatus": {
                "errorCode": "NotEmpty",
                "message": messages[fields[0]],
                "errors": [{"errorCode": "NotEmpty", "fieldName": name, "message": messages[name]} for name in fields],
            }
        },
    )


@pytest.fixture
def locked(open_client: Callable[..., FlaskClient]) -> FlaskClient:
    return open_client(authorization="", user=("eve:secret:SystemAdministrator:locked",))


@pytest.mark.parametrize("path", ["/auth/credentials", "/ai/sessions"])
def test_a_locked_account(locked: FlaskClient, path: str) -> None:
    sent = {"userName": "eve", "password": "secret"} if path.startswith("/auth") else {}
    headers = {} if sent else {"Authorization": basic("eve", "secret")}

    response = locked.post(path, json=sent, headers=headers)

    assert (response.status_code, response.json) == (
        401, envelope("AuthenticationException", "This account has been locked"),
    )  # fmt: skip


def test_a_locked_account_does_not_confirm_a_guess(locked: FlaskClient) -> None:
    response = locked.post("/auth/credentials", json={"userName": "eve", "password": "guess"})

    assert response.json == envelope("Unauthorized", "Invalid Username or Password")


def test_sign_in_by_get_is_disabled(anonymous: FlaskClient) -> None:
    response = anonymous.get("/auth/credentials?userName=admin@example.com&password=admin")

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert response.json["responseStatus"]["errorCode"] == "NotSupportedException"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/auth/x", "/auth/mcp"])
def test_unknown_providers(anonymous: FlaskClient, method: str, path: str) -> None:
    response = anonymous.open(path, method=method)

    message = f"No configuration was added for OAuth provider '{path[6:]}'"
    assert (response.status_code, response.json) == (404, envelope("NotFound", message))


def test_without_a_provider_the_signed_in_user_is_returned(anonymous: FlaskClient) -> None:
    assert anonymous.get("/auth").status_code == 401
    assert anonymous.get("/auth", headers={"Authorization": ADMIN}).json["userName"] == "admin@example.com"


def test_the_provider_may_be_named_in_the_body(anonymous: FlaskClient) -> None:
    body = {"provider": "credentials", "userName": "agent@example.com", "password": "agent"}

    assert anonymous.post("/auth", json=body).json["userName"] == "agent@example.com"


def test_the_status_of_an_anonymous_caller(anonymous: FlaskClient) -> None:
    assert anonymous.get("/auth/status").text == '{"isAuthenticated":false}'


def test_the_status_of_a_signed_in_user(seeded: FlaskClient) -> None:
    status = seeded.get("/auth/status").json
    accounts = seeded.get("/accounts?all=true&sortField=dateCreated").json["items"]

    assert status["accountIds"] == [account["id"] for account in accounts]
    assert status["accountNames"] == [account["name"] for account in accounts]
    assert list(status) == [
        "id", "isAuthenticated", "firstName", "lastName", "name", "emailAddress", "roles", "accountIds", "accountNames",
        "managerAccess", "dashboardPermissions",
    ]  # fmt: skip
