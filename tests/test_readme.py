"""What the README says is true: its tables, its demo, its commands, its map."""

import getopt
import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest
import voice_session_emulator_pytest

from mock_server import MockServer
from tests import readme

ROOT = readme.README.parent


@pytest.mark.parametrize("name", readme.TABLES)
def test_tables_are_the_code_s_own(name: str) -> None:
    assert readme.section(name) == readme.TABLES[name](), "stale: run python -m tests.readme"


def test_the_demo_runs_and_prints_what_it_did() -> None:
    printed = io.StringIO()
    names: dict[str, Any] = {}

    with MockServer(seed=1) as server, redirect_stdout(printed):
        exec(readme.code("demo").replace("http://127.0.0.1:8400", server.url), names)
    names["client"]._client_wrapper.httpx_client.httpx_client.close()

    lines = printed.getvalue().splitlines()
    assert len(lines) == 7
    assert lines[5:] == ["1", "completed"]


def test_the_demo_is_short() -> None:
    assert len(readme.code("demo").splitlines()) <= 12


def test_the_requests_to_evo_voice_work() -> None:
    lines = readme.code("evovoice").replace("\\\n", "").splitlines()
    with MockServer(seed=1, vendor=("evovoice",)) as server, httpx.Client() as client:
        for line in lines:
            options, (url,) = getopt.getopt(shlex.split(line)[1:], "u:H:d:")
            given = dict(options)
            name, password = given["-u"].split(":")
            response = client.request(
                "POST" if "-d" in given else "GET",
                url.replace("http://127.0.0.1:8400", server.url),
                auth=(name, password),
                headers=dict([given["-H"].split(": ")]) if "-H" in given else {},
                content=given.get("-d"),
            )
            assert (response.status_code, bool(response.content)) == (200, True), line

    assert len(lines) == 5


def test_the_doors_work(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(readme.code("doors"), "README.md", "exec"), {})

    assert capsys.readouterr().out == "200\n200\n"


def test_every_fixture_option_and_marker_is_told_of() -> None:
    told = readme.README.read_text("utf-8")
    plugin = Path(voice_session_emulator_pytest.__file__).read_text("utf-8")

    names = re.findall(r"@pytest\.fixture\n    ?def ([a-z]\w+)|@pytest\.fixture\ndef ([a-z]\w+)", plugin)
    options = re.findall(r'"(--mock-server-[\w-]+|mock_server_\w+)"', plugin)

    found = {*(name for pair in names for name in pair if name), *options, "pytest.mark.world"} - {"mock_server_url"}
    assert {"mock_server", "vapi_client", "frozen_clock", "--mock-server-url", "mock_server_world"} <= found
    assert [name for name in found if name not in told] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "pytest" in readme.code("tests")
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text()


def test_the_map_names_every_folder_of_code() -> None:
    named = set(re.findall(r"^\| `([^`]+)` \|", readme.section("map"), re.MULTILINE))

    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for package in ("mock_server", "contracts")
        for path in (ROOT / package).rglob("*.py")
    }

    assert folders <= named
    assert all((ROOT / name).is_dir() for name in named)


def test_nothing_else_stands_at_the_top() -> None:
    allowed = {"pyproject.toml", "README.md", "mock_server", "contracts", "tests", "fixtures", "Dockerfile"}
    made = {"build", "dist"}

    top = {path.name for path in Path(ROOT).iterdir() if not path.name.startswith(".")}

    assert {name for name in top - allowed - made if not name.endswith(".egg-info")} == set()
