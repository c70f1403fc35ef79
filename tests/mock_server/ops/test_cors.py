"""Pages of other origins, as browsers ask for them (Fetch, 3.2): preflights, credentials, headers they can read."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_server import Settings
from mock_server.settings import SettingsError
from tests.mock_server.ops.conftest import Door

APP, OTHER = "https://app.example", "http://localhost:3000"
ADMIN = ("admin@example.com", "admin")
# What the vendor's SDK asks leave for in a browser.
FERN = "authorization,content-type,x-fern-language,x-fern-runtime,x-fern-sdk-name,x-fern-sdk-version"


def preflight(client: httpx.Client, path: str, origin: str = APP, method: str = "POST") -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": FERN}
    return client.options(path, headers=headers)


@pytest.mark.parametrize("path", ["/session", "/ai/sessions", "/accounts", "/_mock/reset", "/nowhere", "/session/x/y"])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_a_preflight_is_answered(in_process: Door, path: str, origin: str) -> None:
    answer = preflight(in_process(cors=[APP, OTHER]), path, origin, "PATCH")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-headers"] == FERN
    assert "PATCH" in answer.headers["access-control-allow-methods"].split(", ")
    assert int(answer.headers["access-control-max-age"]) > 0
    assert varies(answer) == {"origin", "access-control-request-method", "access-control-request-headers"}


def varies(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers["vary"].split(",")}


def exposed(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("access-control-expose-headers", "").split(",") if name}


@pytest.mark.parametrize(
    ("path", "headers", "status", "shown"),
    [
        ("/session", {}, 200, set()),
        ("/session/export", {}, 200, {"content-disposition"}),
        ("/session", {"X-Mock-Fault": "error=429; retry-after=7"}, 429, {"retry-after"}),
        ("/session", {"Authorization": ""}, 401, set()),
        ("/session/x", {}, 400, set()),
        ("/nowhere", {}, 404, set()),
        ("/_mock/clock", {}, 200, set()),
        ("/_mock/nowhere", {}, 404, set()),
        ("/ai/sessions.csv", {}, 200, {"content-disposition", "x-powered-by"}),
        ("/ai/sessions.json", {"X-Mock-Fault": "error=401"}, 401, {"x-powered-by"}),
    ],
)
def test_pages_can_read_the_answer_and_its_headers(
    over_a_socket: Door, path: str, headers: dict[str, str], status: int, shown: set[str]
) -> None:
    client = over_a_socket(cors=[APP, OTHER])
    auth: Any = ADMIN if path.startswith("/ai") else None

    answer = client.get(path, headers={"Origin": OTHER, **headers}, auth=auth)

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == OTHER
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "origin" in varies(answer)
    assert ("accept" in varies(answer)) == path.startswith("/ai")
    assert exposed(answer) >= shown
    assert shown <= set(answer.headers)


def test_a_page_with_cookies_stays_signed_in(over_a_socket: Door) -> None:
    client = over_a_socket(cors=[APP])
    body = {"provider": "credentials", "userName": ADMIN[0], "password": ADMIN[1]}

    signed_in = client.post("/auth/credentials.json", json=body, headers={"Origin": APP})

    assert signed_in.headers["access-control-allow-credentials"] == "true"
    assert "set-cookie" not in exposed(signed_in)
    assert client.get("/ai/sessions.json", headers={"Origin": APP, "Authorization": ""}).status_code == 200


def test_the_page_of_another_origin_is_told_nothing(in_process: Door) -> None:
    client = in_process(cors=[APP])

    asked, read = preflight(client, "/session", OTHER), client.get("/session", headers={"Origin": OTHER})

    for answer in (asked, read):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "origin" in varies(answer)


def test_there_is_no_cors_unless_it_is_asked_for(in_process: Door) -> None:
    client = in_process()

    for answer in (preflight(client, "/session"), client.get("/session", headers={"Origin": APP})):
        assert not [name for name in (*answer.headers, answer.headers.get("vary", "")) if "origin" in name.lower()]


def test_any_page_may_use_the_apis_without_credentials(in_process: Door) -> None:
    client = in_process(cors=["*"])

    for answer in (preflight(client, "/session"), client.get("/session", headers={"Origin": APP})):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    assert client.get("/_mock/clock", headers={"Origin": APP}).status_code == 403


def test_a_listed_origin_beside_any_has_credentials(in_process: Door) -> None:
    client = in_process(cors=["*", APP])

    listed, other = (client.get("/session", headers={"Origin": origin}).headers for origin in (APP, OTHER))

    assert (listed["access-control-allow-origin"], listed["access-control-allow-credentials"]) == (APP, "true")
    assert other["access-control-allow-origin"] == "*"
    assert client.post("/_mock/reset", headers={"Origin": APP}).status_code == 200


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTPS://App.Example", APP),
        ("https://app.example:443", APP),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("*", "*"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(text: str, origin: str) -> None:
    assert Settings.of({"cors": [text]}).cors == (origin,)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("https://app.example/", "an origin ends with its host and port; write https://app.example"),
        ("https://app.example/path", "an origin ends with its host and port; write https://app.example"),
        ("https://app.example?", "an origin ends with its host and port; write https://app.example"),
        ("https://app.example#a", "an origin ends with its host and port; write https://app.example"),
        ("https://u:p@app.example", "an origin ends with its host and port; write https://app.example"),
        *(
            (text, "it is not an origin such as https://app.example or http://localhost:3000")
            for text in ("app.example", "localhost:3000", "null", "", "https://", "https://*.example", "http://[", "**")
        ),
    ],
)
def test_a_value_that_is_no_origin_is_an_error(text: str, rule: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.of({"cors": [APP, text]})

    shown = text.replace("u:p@", "").replace("#a", "")  # what may hold a credential is not repeated
    assert str(raised.value) == f"--cors {shown!r}: {rule}"


def test_the_flag_may_be_repeated(run: Callable[..., Any]) -> None:
    refused = run("serve", "--cors", APP, "--cors", "app.example", "--cors", OTHER)

    assert refused.returncode == 2
    assert "--cors 'app.example': it is not an origin" in refused.stderr
