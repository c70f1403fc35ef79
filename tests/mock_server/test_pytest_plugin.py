"""The fixtures, used as somebody else's tests use them: in runs of pytest in empty folders."""

import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import vapi
from voice_session_emulator_pytest import vendors as plugin_vendors

from mock_server import MockServer
from mock_server.vendors import VENDORS
from tests import readme
from tests.nested import run_pytest
from tests.sampling import first_quick

pytest_plugins = ["pytester"]

TEN_LINES = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_mine(vapi_client, number):
    before = vapi_client.sessions.list(limit=1).metadata.total_items
    made = vapi_client.sessions.create(name=f"Session {{number}}")
    assert vapi_client.sessions.get(made.id).name == f"Session {{number}}"
    assert before == 1
    assert vapi_client.sessions.list(limit=1).metadata.total_items == 2
"""
WITHOUT_THE_SDK = """
import httpx
import pytest

@pytest.mark.parametrize("number", range(30))
def test_mine(mock_server, number):
    with httpx.Client(base_url=mock_server.url, headers={"Authorization": f"Bearer {mock_server.token}"}) as client:
        assert client.post("/session", json={"name": f"Session {number}"}).status_code == 201
        assert client.get("/session?limit=0").json()["metadata"]["totalItems"] == 2
"""


# Plugins of others that are installed for our own tests, and take longer to import than a run here lasts.
_OTHERS = [
    argument
    for name in ("schemathesis", "hypothesispytest", "anyio", "faker", "time_machine")
    for argument in ("-p", f"no:{name}")
]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_theirs.py").write_text(text)
    return run_pytest(folder, "-rA", *_OTHERS, *arguments)


@pytest.fixture
def in_process(pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what `pytest_run` does, in this process: it takes a tenth of the time."""
    monkeypatch.chdir(tmp_path)

    def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (folder / "test_theirs.py").write_text(text)
        options = ("-p", "no:cacheprovider", "-p", "no:randomly", *_OTHERS)
        result = pytester.runpytest_inprocess(*options, "-rA", *arguments)
        return subprocess.CompletedProcess(arguments, int(result.ret), result.stdout.str(), result.stderr.str())

    return run


@pytest.fixture(scope="module")
def sdk() -> None:
    """Import Vapi's SDK outside of the runs in this process, which forget what they import, and take seconds for it."""
    assert vapi.Vapi(token="any").sessions


@pytest.mark.parametrize(
    ("text", "workers", "told"),
    [
        (WITHOUT_THE_SDK, 2, "30 passed"),
        pytest.param(TEN_LINES.format(count=3), 0, "3 passed", marks=pytest.mark.slow),
        pytest.param(TEN_LINES.format(count=200), 4, "200 passed", marks=pytest.mark.slow),
    ],
    ids=["plain", "sdk", "long"],
)
def test_tests_share_a_server_and_never_meet(tmp_path: Path, text: str, workers: int, told: str) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmock_server_world = one\n")

    run = pytest_run(tmp_path, text, "-n", str(workers))

    assert told in run.stdout, run.stdout[-3000:]


def test_worlds_clock_faults_and_expectations(tmp_path: Path, in_process: Run) -> None:
    run = in_process(
        tmp_path,
        """
import json, urllib.error, urllib.request
import pytest

def ask(mock, path, **headers):
    request = urllib.request.Request(mock.url + path, headers={**mock.headers, "Authorization": "Bearer x", **headers})
    return json.load(urllib.request.urlopen(request))

@pytest.mark.world("empty")
def test_world(mock_server):
    assert ask(mock_server, "/session")["results"] == []

@pytest.mark.world("expired")
def test_clock(mock_server, frozen_clock):
    assert frozen_clock.now == "2026-01-31T09:00:00.000Z"
    frozen_clock.jump("2126-01-01")
    frozen_clock.advance(60)
    assert frozen_clock.now == "2126-01-01T00:01:00.000Z"
    assert {row["status"] for row in ask(mock_server, "/session")["results"]} == {"completed"}

def test_expectations(mock_server):
    ask(mock_server, "/session?limit=3")
    mock_server.expect({"path": "/session", "query": {"limit": "3"}}, exactly=1)
    assert [each["query"] for each in mock_server.requests(path="/session")] == ["limit=3"]
    with pytest.raises(AssertionError, match="query.limit"):
        mock_server.expect({"path": "/session", "query": {"limit": "4"}})

def test_faults(mock_server):
    mock_server.fault({"act": {"error": "429"}, "times": 1})
    with pytest.raises(urllib.error.HTTPError, match="429"):
        ask(mock_server, "/session")
    ask(mock_server, "/session")
    assert [each["status"] for each in mock_server.requests()] == [429, 200]
""",
    )

    assert "4 passed" in run.stdout, run.stdout


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize(
    ("seed", "instant"),
    [(1, "2026-01-31T09:00:00Z"), (7, "2040-02-29T23:59:59Z")],
)
@pytest.mark.slow  # it imports the SDK, which takes seconds
def test_the_examples_of_the_documents(tmp_path: Path, in_process: Run, seed: int, instant: str) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmock_server_seed = {seed}\nmock_server_clock = {instant}\n")

    run = in_process(tmp_path, readme.code("pytest") + readme.code("pytest-world"))

    assert "2 passed" in run.stdout, run.stdout[-3000:]


def test_a_clock_that_is_frozen_dates_the_world(tmp_path: Path, in_process: Run) -> None:
    run = in_process(
        tmp_path,
        """
import json, urllib.request
import pytest

def ask(mock, path, data=None):
    headers = {**mock.headers, "Authorization": "Bearer x", "Content-Type": "application/json"}
    return json.load(urllib.request.urlopen(urllib.request.Request(mock.url + path, data, headers)))

def dates(mock):
    rows = ask(mock, "/session?limit=1000")["results"]
    return [row[name] for row in rows for name in ("createdAt", "updatedAt")]

@pytest.fixture
def made(mock_server):
    return ask(mock_server, "/session", b"{}")

def test_what_another_fixture_made_stays(made, frozen_clock, mock_server):
    assert made["createdAt"] == frozen_clock.now == "2001-01-01T00:00:00.000Z"
    assert ask(mock_server, "/session/" + made["id"]) == made
    assert len(dates(mock_server)) == 502
    assert max(dates(mock_server)) == frozen_clock.now

def test_asked_for_by_name(mock_server, request):
    assert max(dates(mock_server)) > "2026"
    clock = request.getfixturevalue("frozen_clock")
    assert max(dates(mock_server)) <= clock.now == "2001-01-01T00:00:00.000Z"
""",
        "-o",
        "mock_server_clock=2001-01-01",
    )

    assert "2 passed" in run.stdout, run.stdout


def test_a_failing_test_tells_what_was_asked_and_which_filter_found_nothing(tmp_path: Path, in_process: Run) -> None:
    run = in_process(
        tmp_path,
        """
import json, urllib.request

def test_mine(mock_server):
    url = mock_server.url + "/session?limit=5&customerNumberAny=%2B19995550000"
    headers = {"Authorization": f"Bearer {mock_server.token}"}
    assert json.load(urllib.request.urlopen(urllib.request.Request(url, headers=headers)))["results"]
""",
    )

    assert run.returncode == 1
    told = run.stdout.partition("mock server")[2]
    assert re.search(r"GET /session\?\S*customerNumberAny=\S+ -> 200", told), run.stdout
    assert re.search(r"no row matches customerNumberAny=\+19995550000; without it, \d+ rows match", told), run.stdout


def test_a_world_that_there_is_not(tmp_path: Path, in_process: Run) -> None:
    run = in_process(tmp_path, "import pytest\n@pytest.mark.world('mars')\ndef test_mine(mock_server): pass\n")

    assert "There is no world 'mars'; choose from empty, one, page" in run.stdout


def test_nothing_is_imported_or_started_for_tests_without_it(tmp_path: Path) -> None:
    run = pytest_run(
        tmp_path,
        "import sys\ndef test_mine(): assert not {'flask', 'tinydb', 'uvicorn'} & sys.modules.keys()\n",
    )

    assert "1 passed" in run.stdout, run.stdout


def test_a_server_that_is_up_already(tmp_path: Path, in_process: Run) -> None:
    with MockServer(sessions=3) as server:
        run = in_process(
            tmp_path,
            f"def test_mine(mock_server): assert mock_server.url == {server.url!r}\n",
            "--mock-server-url",
            server.url,
        )

    assert "1 passed" in run.stdout, run.stdout


@pytest.mark.parametrize(
    ("workers", "code"),
    [
        ("0", pytest.ExitCode.USAGE_ERROR),
        pytest.param("1", pytest.ExitCode.TESTS_FAILED, marks=pytest.mark.slow),
    ],
)
def test_a_url_where_nothing_listens_is_a_usage_error(tmp_path: Path, workers: str, code: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    run = pytest_run(tmp_path, "def test_mine(mock_server): pass\n", "--mock-server-url", url, "-n", workers)

    assert run.returncode == code
    assert f"--mock-server-url {url}: no mock server answers there ([Errno" in run.stdout + run.stderr
    assert "start one with `mock-server serve`" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert "URLError" not in run.stdout + run.stderr


def test_tests_without_the_fixtures_need_no_server(tmp_path: Path, in_process: Run) -> None:
    run = in_process(tmp_path, "def test_mine(): pass\n", "--mock-server-url", "http://127.0.0.1:1")

    assert "1 passed" in run.stdout, run.stdout


def test_each_vendor_has_data_for_the_plugin() -> None:
    assert {*plugin_vendors.vendors()} == {vendor.name for vendor in VENDORS}
    assert [client["fixture"] for client in plugin_vendors.clients()] == ["vapi_client"]


@pytest.mark.parametrize(
    ("theirs", "workers"),
    [
        (("mock_server.py", "contracts.py"), "0"),
        pytest.param(
            ("mock_server/__init__.py", "contracts/__init__.py", "contracts/pytest_plugin.py"),
            "1",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["modules", "packages"],
)
def test_a_project_may_have_modules_of_our_names(tmp_path: Path, theirs: tuple[str, ...], workers: str) -> None:
    for name in theirs:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('imported although no test uses it')\n")

    run = pytest_run(tmp_path, "def test_mine(): pass\n", "-n", workers)

    assert (run.returncode, "1 passed" in run.stdout) == (0, True), run.stdout + run.stderr


@pytest.mark.parametrize("theirs", first_quick(["mock_server.py", "mock_server/__init__.py"]))
def test_a_fixture_names_the_module_that_hides_the_emulator(tmp_path: Path, theirs: str) -> None:
    own = tmp_path / theirs
    own.parent.mkdir(exist_ok=True)
    own.write_text("")

    run = pytest_run(tmp_path, "def test_mine(mock_server): pass\ndef test_other(): pass\n")

    assert f"need its package 'mock_server', but that name leads to {own}" in run.stdout
    assert "1 passed, 1 error" in run.stdout


def test_the_headers_of_a_test_open_its_world(tmp_path: Path, in_process: Run) -> None:
    run = in_process(
        tmp_path,
        """
import httpx
import pytest

@pytest.mark.world("one")
def test_both_vendors(mock_server):
    with httpx.Client(base_url=mock_server.url, headers=mock_server.headers) as client:
        assert client.get("/session").json()["metadata"]["totalItems"] == 1
        assert client.get("/ai/sessions", auth=("admin@example.com", "admin")).json()["totalCount"] == 1
""",
    )

    assert "1 passed" in run.stdout, run.stdout


@pytest.mark.parametrize(
    "way", [pytest.param("option", marks=pytest.mark.slow), "ini", pytest.param("variable", marks=pytest.mark.slow)]
)
def test_a_running_server_with_an_admin_token(
    tmp_path: Path, in_process: Run, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    options = ["--mock-server-admin-token", "s3cret"] if way == "option" else []
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{'mock_server_admin_token = s3cret' if way == 'ini' else ''}\n")
    if way == "variable":
        monkeypatch.setenv("MOCK_SERVER_ADMIN_TOKEN", "s3cret")

    with MockServer(sessions=3, admin_token="s3cret") as server:
        text = "def test_mine(mock_server, frozen_clock): assert mock_server.requests() == [], mock_server\n"
        run = in_process(tmp_path, text, "--mock-server-url", server.url, *options)
        refused = in_process(tmp_path, text, "--mock-server-url", server.url, "--mock-server-admin-token", "wr0ng")

    assert "1 passed" in run.stdout, run.stdout
    assert "X-Mock-Token" in refused.stdout
    assert "wr0ng" not in refused.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("sdk")
def test_a_proxy_of_the_environment_is_not_used(
    tmp_path: Path, in_process: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.delenv("no_proxy", raising=False)

    (tmp_path / "pytest.ini").write_text("[pytest]\nmock_server_world = one\n")
    run = in_process(tmp_path, TEN_LINES.format(count=2))

    assert "2 passed" in run.stdout, run.stdout
