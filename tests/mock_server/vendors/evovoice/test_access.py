"""Signing in, cookies, Basic, roles, and the exact failures (facts E4)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mock_server.core.clock import FrozenClock
from tests.mock_server.vendors.evovoice.callers import ADMIN, AGENT, basic

DAY = 86_400_000
EXPIRES = "expires=Wed, 31 Jan 2046 09:00:00 GMT"
HELD = "path=/; samesite=lax; httponly"
GATED = [
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
Cookies = dict[str, str]


@pytest.fixture
def anonymous(open_client: Callable[..., FlaskClient], clock: FrozenClock) -> FlaskClient:
    return open_client(clock=clock, authorization="")


def cookies_of(response: TestResponse) -> Cookies:
    return dict(line.partition(";")[0].split("=", 1) for line in response.headers.getlist("Set-Cookie"))


def sign_in(client: FlaskClient, *, remember: bool = True, **others: Any) -> TestResponse:
    body = {"provider": "credentials", "userName": "admin@example.com", "password": "admin", "rememberMe": remember}
    return client.post("/auth/credentials", json={**body, **others})


def status_of(client: FlaskClient, cookies: Cookies, **headers: str) -> dict[str, Any]:
    line = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return dict(client.get("/auth/status", headers={"Cookie": line, **headers}).json)


# Signing in


def test_signing_in_answers_who_it_is(anonymous: FlaskClient) -> None:
    response = sign_in(anonymous)

    assert (response.status_code, list(response.json)) == (
        200, ["userId", "sessionId", "userName", "displayName", "roles", "permissions"],
    )  # fmt: skip
    assert response.json["sessionId"] == cookies_of(response)["ss-pid"]
    assert (response.json["userName"], response.json["roles"]) == ("admin@example.com", ["SystemAdministrator"])


@pytest.mark.parametrize(("remember", "option"), [(True, "perm"), (False, "temp")])
def test_the_cookies_of_signing_in(anonymous: FlaskClient, remember: bool, option: str) -> None:
    response = sign_in(anonymous, remember=remember)

    given = cookies_of(response)
    assert response.headers.getlist("Set-Cookie") == [
        f"ss-id={given['ss-id']}; {HELD}",
        f"ss-pid={given['ss-pid']}; {EXPIRES}; {HELD}",
        f"ss-opt={option}; {EXPIRES}; {HELD}",
        f"X-UAId={response.json['userId']}; {EXPIRES}; {HELD}",
    ]
    assert all(re.fullmatch("[A-Za-z0-9]{20}", given[name]) for name in ("ss-id", "ss-pid"))


def test_every_sign_in_has_ids_of_its_own(anonymous: FlaskClient) -> None:
    first, second = cookies_of(sign_in(anonymous)), cookies_of(sign_in(anonymous))

    assert not {first["ss-id"], first["ss-pid"]} & {second["ss-id"], second["ss-pid"]}


@pytest.mark.parametrize(("remember", "counts", "not_"), [(True, "ss-pid", "ss-id"), (False, "ss-id", "ss-pid")])
def test_which_cookie_is_the_session(anonymous: FlaskClient, remember: bool, counts: str, not_: str) -> None:
    given = cookies_of(sign_in(anonymous, remember=remember))

    assert status_of(anonymous, {"ss-opt": given["ss-opt"], counts: given[counts]})["isAuthenticated"]
    assert not status_of(anonymous, {"ss-opt": given["ss-opt"], not_: given[not_]})["isAuthenticated"]


def test_without_an_option_the_temporary_id_counts(anonymous: FlaskClient) -> None:
    given = cookies_of(sign_in(anonymous, remember=False))

    assert status_of(anonymous, {"ss-id": given["ss-id"]})["isAuthenticated"]


@pytest.mark.parametrize("remember", [True, False])
def test_headers_win_over_cookies(anonymous: FlaskClient, remember: bool) -> None:
    given = cookies_of(sign_in(anonymous, remember=remember))
    headers = {f"X-{name}": given[name] for name in ("ss-id", "ss-pid", "ss-opt")}

    assert status_of(anonymous, {}, **headers)["isAuthenticated"]
    assert status_of(anonymous, {"ss-id": "x", "ss-pid": "x", "ss-opt": "x"}, **headers)["isAuthenticated"]
    strange = dict.fromkeys(("X-ss-id", "X-ss-pid"), "x")
    assert not status_of(anonymous, given, **strange)["isAuthenticated"]


@pytest.mark.parametrize(("remember", "days"), [(True, 28), (False, 14)])
def test_a_sign_in_ends_with_the_clock(anonymous: FlaskClient, clock: FrozenClock, remember: bool, days: int) -> None:
    given = cookies_of(sign_in(anonymous, remember=remember))

    clock.instant += days * DAY - 1
    assert status_of(anonymous, given)["isAuthenticated"]
    clock.instant += 1
    assert status_of(anonymous, given) == {"isAuthenticated": False}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out(anonymous: FlaskClient, method: str) -> None:
    given = cookies_of(sign_in(anonymous))
    line = "; ".join(f"{name}={value}" for name, value in given.items())

    response = anonymous.open("/auth/logout", method=method, headers={"Cookie": line})

    assert (response.status_code, response.text) == (200, "{}")
    assert response.headers.getlist("Set-Cookie") == [
        f"{name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; {HELD}"
        for name in ("ss-id", "ss-pid", "X-UAId", "ss-tok", "ss-reftok")
    ]
    assert not status_of(anonymous, given)["isAuthenticated"]


def test_callers_without_ids_are_given_some(anonymous: FlaskClient) -> None:
    answers = [anonymous.get("/auth/status"), anonymous.get("/ai/sessions"), anonymous.get("/accounts/x")]

    assert [answer.status_code for answer in answers] == [200, 401, 401]
    for answer in answers:
        given = cookies_of(answer)
        assert answer.headers.getlist("Set-Cookie") == [
            f"ss-pid={given['ss-pid']}; {EXPIRES}; {HELD}",
            f"ss-id={given['ss-id']}; {HELD}",
        ]


def test_no_id_is_given_twice(anonymous: FlaskClient) -> None:
    given = [value for _ in range(300) for value in cookies_of(anonymous.get("/auth/status")).values()]

    assert len(set(given)) == 600
    assert all(re.fullmatch("[A-Za-z0-9]{20}", value) for value in given)


@pytest.mark.parametrize(("has", "gets"), [("ss-id=a", ["ss-pid"]), ("ss-pid=a", ["ss-id"]), ("ss-id=a; ss-pid=b", [])])
def test_callers_are_given_only_the_ids_that_they_lack(anonymous: FlaskClient, has: str, gets: list[str]) -> None:
    assert list(cookies_of(anonymous.get("/ai/sessions", headers={"Cookie": has}))) == gets


def test_an_answer_of_the_binder_comes_before_any_cookie(anonymous: FlaskClient) -> None:
    assert cookies_of(anonymous.get("/ai/sessions?page=x")) == {}


# Failures


def test_nobody_is_answered_401_without_a_body(anonymous: FlaskClient) -> None:
    response = anonymous.get("/ai/sessions")

    assert (response.status_code, response.data) == (401, b"")
    assert response.headers["WWW-Authenticate"] == 'basic realm="/auth/basic"'
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(("method", "path"), [*GATED, *SIGNED_IN])
def test_every_gated_operation_answers_nobody_alike(anonymous: FlaskClient, method: str, path: str) -> None:
    for header in ("", "Bearer x", "Basic"):
        response = anonymous.open(path, method=method, headers={"Authorization": header})

        assert response.status_code == 401
        assert (response.data == b"") == (header != "Basic")


@pytest.mark.parametrize(("method", "path"), GATED)
def test_a_missing_role_is_answered_403_in_four_lines(anonymous: FlaskClient, method: str, path: str) -> None:
    response = anonymous.open(f"{path}?a=1&b=%20", method=method, headers={"Authorization": AGENT})

    assert (response.status_code, response.content_type) == (403, "text/plain")
    assert response.text == (
        f"Forbidden\n\nRequest.HttpMethod: {method}\nRequest.PathInfo: {path}\nRequest.QueryString: a=1&b=%20"
    )


@pytest.mark.parametrize("format_", ["json", "xml", "csv", "html"])
def test_a_missing_role_is_text_in_any_format(anonymous: FlaskClient, format_: str) -> None:
    response = anonymous.get(f"/ai/sessions?format={format_}", headers={"Authorization": AGENT})

    assert (response.status_code, response.content_type) == (403, "text/plain")


def envelope(code: str, message: str) -> dict[str, Any]:
    return {"responseStatus": {"errorCode": code, "message": message, "errors": []}}


def test_the_literal_of_a_wrong_password(anonymous: FlaskClient) -> None:
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
@pytest.mark.parametrize(("method", "path"), [GATED[0], SIGNED_IN[0], *OPEN])
def test_wrong_basic_credentials_on_any_operation(anonymous: FlaskClient, method: str, path: str, header: str) -> None:
    response = anonymous.open(path, method=method, headers={"Authorization": header})

    assert (response.status_code, response.json) == (401, envelope("Unauthorized", "Invalid Username or Password"))
    assert "WWW-Authenticate" not in response.headers


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


def test_signing_in_by_get_is_switched_off(anonymous: FlaskClient) -> None:
    response = anonymous.get("/auth/credentials?userName=admin@example.com&password=admin")

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert response.json["responseStatus"]["errorCode"] == "NotSupportedException"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/auth/x", "/auth/mcp"])
def test_unknown_providers(anonymous: FlaskClient, method: str, path: str) -> None:
    response = anonymous.open(path, method=method)

    message = f"No configuration was added for OAuth provider '{path[6:]}'"
    assert (response.status_code, response.json) == (404, envelope("NotFound", message))


def test_who_is_signed_in_without_a_provider(anonymous: FlaskClient) -> None:
    assert anonymous.get("/auth").status_code == 401
    assert anonymous.get("/auth", headers={"Authorization": ADMIN}).json["userName"] == "admin@example.com"


def test_the_provider_may_stand_in_the_body(anonymous: FlaskClient) -> None:
    body = {"provider": "credentials", "userName": "agent@example.com", "password": "agent"}

    assert anonymous.post("/auth", json=body).json["userName"] == "agent@example.com"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ai"),
        ("GET", "/ai/nothing"),
        ("PUT", "/ai/sessions"),
        ("POST", "/ai/sessions/x"),
        ("GET", "/json/reply/X"),
        ("OPTIONS", "/ai/sessions"),
    ],
)
def test_no_route_or_verb_is_an_empty_404(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method)

    assert (response.status_code, response.data) == (404, b"")
    assert "Content-Type" not in response.headers


def test_an_unknown_id_is_404(client: FlaskClient) -> None:
    assert (response := client.get("/ai/sessions/S1")).status_code == 404
    assert response.json == envelope("NotFound", "AI session 'S1' was not found")


def test_html_is_sent_to_the_sign_in_page(anonymous: FlaskClient) -> None:
    response = anonymous.get("/ai/sessions?page=1&format=html", headers={"Host": "mock.example:8400"})

    assert (response.status_code, response.data) == (302, b"")
    assert response.headers["Location"] == (
        "/login?redirect=http%3A%2F%2Fmock.example%3A8400%2Fai%2Fsessions%3Fpage%3D1%26format%3Dhtml"
    )


def test_with_a_callback_the_401_has_a_body(anonymous: FlaskClient) -> None:
    response = anonymous.get("/ai/sessions?callback=fn")

    assert (response.status_code, response.content_type) == (401, "text/javascript")
    assert response.text == (
        'fn({"responseStatus":{"errorCode":"Unauthorized","message":"Not Authenticated","errors":[]}})'
    )


def test_the_json_form_of_401_and_403(open_client: Callable[..., FlaskClient]) -> None:
    client = open_client(authorization="", json_auth_errors=True)

    nobody, agent = client.get("/ai/sessions"), client.get("/ai/sessions", headers={"Authorization": AGENT})

    assert (nobody.status_code, nobody.json) == (401, envelope("Unauthorized", "Not Authenticated"))
    assert (agent.status_code, agent.json) == (403, envelope("Forbidden", "Invalid Role"))


# Who may what


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(ADMIN.replace("Basic", "bASIC"), id="scheme-in-any-case"),
        pytest.param(ADMIN.replace(" ", "   ") + " ", id="spaces"),
        pytest.param("Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW5=", id="bits-behind-the-end"),
    ],
)
def test_basic_credentials_as_few_spell_them(anonymous: FlaskClient, header: str) -> None:
    assert anonymous.get("/accounts", headers={"Authorization": header}).status_code == 200


def test_basic_makes_no_lasting_sign_in(anonymous: FlaskClient) -> None:
    response = anonymous.get("/auth/status", headers={"Authorization": ADMIN})

    assert response.json["isAuthenticated"]
    assert status_of(anonymous, cookies_of(response)) == {"isAuthenticated": False}


def test_nobody_s_status(anonymous: FlaskClient) -> None:
    assert anonymous.get("/auth/status").text == '{"isAuthenticated":false}'


def test_somebody_s_status(seeded: FlaskClient) -> None:
    status = seeded.get("/auth/status").json
    accounts = seeded.get("/accounts?all=true&sortField=dateCreated").json["items"]

    assert status["accountIds"] == [account["id"] for account in accounts]
    assert status["accountNames"] == [account["name"] for account in accounts]
    assert list(status) == [
        "id", "isAuthenticated", "firstName", "lastName", "name", "emailAddress", "roles", "accountIds", "accountNames",
        "managerAccess", "dashboardPermissions",
    ]  # fmt: skip


def test_an_agent_sees_only_accounts_of_its_own(seeded: FlaskClient) -> None:
    def as_agent(path: str) -> TestResponse:
        return seeded.get(path, headers={"Authorization": AGENT})

    own = as_agent("/auth/status").json["accountIds"]
    every = seeded.get("/auth/status").json["accountIds"]

    assert 0 < len(own) < len(every)
    listed = as_agent("/accounts?all=true").json
    assert sorted(row["id"] for row in listed["items"]) == sorted(own)
    assert listed["totalCount"] == len(own)
    assert as_agent(f"/accounts/{own[0]}").status_code == 200
    stranger = as_agent(f"/accounts/{next(key for key in every if key not in own)}")
    assert (stranger.status_code, stranger.json["responseStatus"]["errorCode"]) == (403, "Forbidden")
    assert as_agent("/accounts/none").status_code == 404


@pytest.mark.parametrize(
    ("roles", "status"),
    [("SystemAdministrator", 200), ("Admin", 200), ("Other,Admin", 200), ("systemadministrator", 403), ("", 403)],
)
def test_roles_compare_exactly_and_admin_passes(
    open_client: Callable[..., FlaskClient], roles: str, status: int
) -> None:
    client = open_client(user=(f"ann:pw:{roles}",), authorization=basic("ann", "pw"))

    assert client.get("/ai/sessions").status_code == status


def test_given_users_take_the_place_of_the_seeded_ones(open_client: Callable[..., FlaskClient]) -> None:
    client = open_client(user=("ann:p w",))

    assert client.get("/auth/status").status_code == 401
    assert client.get("/auth/status", headers={"Authorization": basic("ann", "p w")}).json["isAuthenticated"]


def test_without_auth_everybody_is_an_administrator(open_client: Callable[..., FlaskClient]) -> None:
    for user in ((), ("ann:pw",)):
        client = open_client(auth=False, authorization="", user=user)

        assert client.get("/ai/sessions").status_code == 200
        assert client.get("/auth/status").json["roles"] == ["SystemAdministrator"]
