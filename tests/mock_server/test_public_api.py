"""What MockServer offers its owner: the control API, a reset and an HTTP client."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

import mock_server
from mock_server import AddressInUse, ControlError, DatabaseError, MockServer, Settings, SettingsError


@pytest.fixture
def server() -> Iterator[MockServer]:
    """A server with an admin token."""
    with MockServer(sessions=2, admin_token="s3cret", clock="2026-01-31T09:00:00Z") as server:
        yield server


@pytest.mark.parametrize("path", ["/clock", "clock", "/_mock/clock"])
def test_control_calls_the_api_with_the_admin_token(server: MockServer, path: str) -> None:
    assert server.control("GET", path)["now"] == "2026-01-31T09:00:00.000Z"


def test_control_sends_json_and_query_parameters(server: MockServer) -> None:
    server.control("PUT", "/faults", {"rules": [{"act": {"error": "500"}}]})

    assert len(server.control("GET", "/faults")["rules"]) == 1
    assert server.control("GET", "/events/list?limit=1") == {"events": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "/clock", {}, "PUT /_mock/clock answered 400: .*give exactly one of freeze, jump"),
        ("GET", "/nowhere", None, "GET /_mock/nowhere answered 404: "),
        ("GET", "/events", None, "GET /_mock/events answered 200 text/event-stream, which is not JSON"),
    ],
)
def test_control_raises_what_the_server_answers(
    server: MockServer, method: str, path: str, body: Any, message: str
) -> None:
    with pytest.raises(ControlError, match=f"^{message}"):
        server.control(method, path, body)


def test_reset_returns_to_the_initial_state(server: MockServer) -> None:
    server.control("PUT", "/clock", {"advance": 60})
    server.control("PUT", "/faults", {"rules": [{"act": {"error": "500"}}]})

    server.reset()

    assert server.control("GET", "/clock")["now"] == "2026-01-31T09:00:00.000Z"
    assert server.control("GET", "/faults") == {"rules": []}


def test_client_has_the_base_url(server: MockServer) -> None:
    with server.client(headers={"X-Mine": "yes"}) as client:
        assert str(client.base_url) == server.url
        assert client.headers["x-mine"] == "yes"
        assert client.get("/_mock/health").json()["status"] == "ok"


def test_client_without_httpx_says_what_to_install(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)

    with pytest.raises(ImportError, match="pip install httpx"):
        server.client()


@pytest.mark.parametrize("name", ["reset", "client", "control"])
def test_a_server_that_is_not_running_says_so(name: str) -> None:
    arguments = ("GET", "/clock") if name == "control" else ()

    with pytest.raises(RuntimeError, match="not running; call start"):
        getattr(MockServer(sessions=0), name)(*arguments)


def test_errors_that_docstrings_promise_are_exported() -> None:
    errors = {AddressInUse, ControlError, DatabaseError, SettingsError}

    assert {name for name in mock_server.__all__ if getattr(mock_server, name) in errors} == {
        error.__name__ for error in errors
    }
    with pytest.raises(SettingsError, match="--sessions -1"):
        MockServer(sessions=-1)


def test_settings_and_keywords_together_are_an_error() -> None:
    with pytest.raises(TypeError, match="not both; got sessions besides settings"):
        MockServer(Settings(port=0), sessions=3)
