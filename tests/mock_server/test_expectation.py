"""What an expectation that was not met prints."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from flask.testing import FlaskClient
from voice_session_emulator_pytest.expectation import describe_unmet

from mock_server import Settings, create_app
from tests.nested import run_pytest

Expect = Callable[..., str]


@pytest.fixture
def client() -> FlaskClient:
    """A client whose requests are all let in."""
    client = create_app(Settings(sessions=2, vendor=("vapi",))).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer any"
    return client


@pytest.fixture
def expect(client: FlaskClient) -> Expect:
    """Returns the text for an expectation that is not met."""

    def text(request: dict[str, Any], **counts: int) -> str:
        answer = client.post("/_mock/requests/expect", json={"request": request, **counts}).json
        received = client.get(f"/_mock/requests?since={counts.get('since', 0)}").json["requests"]
        assert not answer["met"]
        return describe_unmet(request, answer, received)

    return text


def test_the_nearest_request_differs_member_by_member(client: FlaskClient, expect: Expect) -> None:
    for limit in range(3):
        client.get(f"/session?limit={limit}")
    client.post("/session", json={"name": "Bob", "customer": {"number": "+14155550123"}})
    wanted = {"name": "Ann", "customer": {"number": "+14155550123", "name": "Lee"}}

    text = expect({"method": "POST", "body": wanted}, exactly=1)

    assert text == dedent("""\
        expected exactly 1 request like WANTED, received 0
        nearest: POST /session -> 201
          body.customer.name: expected "Lee", received nothing
          body.name: expected "Ann", received "Bob"
        received: 4 requests, the last 3 are
          GET /session?limit=1 -> 200
          GET /session?limit=2 -> 200
          POST /session -> 201""").replace(
        "WANTED",
        '{"method": "POST", "body": {"name": "Ann", "customer": {"number": "+14155550123", "name": "Lee"}}}',
    )


def test_too_many_requests_are_those_that_match(client: FlaskClient, expect: Expect) -> None:
    for path in ("/session?limit=1", "/session/none", "/session?limit=2"):
        client.get(path)

    assert expect({"path": "/session"}, at_most=1) == dedent("""\
        expected at most 1 request like {"path": "/session"}, received 2
        matching:
          GET /session?limit=1 -> 200
          GET /session?limit=2 -> 200""")


def test_too_few_requests(client: FlaskClient, expect: Expect) -> None:
    client.get("/session?limit=1")

    assert expect({"path": "/session", "query": {"limit": "2"}}, at_least=2, at_most=3) == dedent("""\
        expected at least 2 and at most 3 requests like {"path": "/session", "query": {"limit": "2"}}, received 0
        nearest: GET /session?limit=1 -> 200
          query.limit: expected "2", received ["1"]
        received:
          GET /session?limit=1 -> 200""")


def test_nothing_was_received_since(client: FlaskClient, expect: Expect) -> None:
    client.get("/session")

    assert expect({"path": "/session"}, since=1) == dedent("""\
        expected at least 1 request like {"path": "/session"}, received 0
        received: no requests""")


def test_many_differences_and_long_values_are_cut(client: FlaskClient, expect: Expect) -> None:
    client.post("/session", json={"name": "b" * 30})

    lines = expect({"body": {f"member{number}": "a" * 500 for number in range(9)}}).splitlines()

    assert lines[2] == f'  body.member0: expected "{"a" * 118}…, received nothing'
    assert lines[9:11] == [lines[2].replace("member0", "member7"), "  and 1 more"]
    assert len(lines) == 13


def test_a_failed_test_shows_its_own_line_and_the_text_alone(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmock_server_world = empty\n")
    (tmp_path / "test_theirs.py").write_text(
        "def test_mine(mock_server):\n    mock_server.expect({'path': '/session'})\n"
    )

    run = run_pytest(tmp_path, "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio")

    failure = run.stdout.partition("test_mine ____")[2].partition("short test summary")[0]
    shown = re.sub(r"empty:[\w-]+", "empty", re.sub(r"(?m)^[_\s]*\n|-{5,} ?| ?-{5,}|={5,}", "", failure))
    assert re.sub(r"http://[\d.:]+", "URL", shown).strip() == dedent("""\
        mock_server = Mock(url='URL', world='empty')
            def test_mine(mock_server):
        >       mock_server.expect({'path': '/session'})
        E       AssertionError: expected at least 1 request like {"path": "/session"}, received 0
        E       received: no requests
        test_theirs.py:2: AssertionError
        mock server
        world empty, 0 requests""")
