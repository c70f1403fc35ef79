"""What the README says is true: its tables, its demo, its commands, its map."""

import io
import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest
import voice_session_emulator_pytest
from click.testing import CliRunner

from mock_server import MockServer
from mock_server.cli import main
from tests import curl, readme
from tests.patience import PATIENCE

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


CURLS = {"vapi": 3, "evovoice": 5, "events": 2, "deliveries": 2, "clocks": 2, "faults": 3}  # lines by block
ELSEWHERE = {
    "serve": "test_the_commands_are_understood",
    "tests": ".ci/run",
    "demo": "test_the_demo_runs_and_prints_what_it_did",
    "doors": "test_the_doors_work",
    "webhook": "test_the_commands_are_understood",
    "pytest": "tests/mock_server/test_pytest_plugin.py",
    "contracts-install": ".ci/run",
    "contracts": "test_the_contracts_hold",
    "contracts-pytest": "tests/contracts/test_pytest_plugin.py",
    "live": "nowhere: it talks to the vendor",
}


def test_every_block_is_run() -> None:
    blocks = re.findall(r"(?:<!-- ([\w-]+) -->\n)?```(?:sh|python)\n", readme.README.read_text("utf-8"))

    assert sorted(blocks) == sorted([*CURLS, *ELSEWHERE])


@pytest.fixture
def served() -> Iterator[MockServer]:
    with MockServer(seed=1) as server:
        httpx.post(f"{server.url}/session", headers={"Authorization": "Bearer any"}, json={}).raise_for_status()
        yield server


@pytest.mark.parametrize(("block", "number"), CURLS.items())
def test_the_curl_lines_work(served: MockServer, block: str, number: int) -> None:
    commands = curl.lines(readme.code(block))
    for line in commands:
        with (
            httpx.Client(timeout=PATIENCE) as client,
            curl.run(client, line, served.url) as response,
        ):
            assert (response.status_code, next(response.iter_raw(), b"") != b"") == (200, True), line

    assert len(commands) == number


def test_the_commands_are_understood() -> None:
    for block in ("serve", "webhook"):
        words = shlex.split(readme.code(block).rpartition("&&")[2])
        assert words[:2] == [".venv/bin/mock-server", "serve"]
        assert CliRunner().invoke(main, [*words[1:], "--help"]).exit_code == 0  # 2 for an unknown flag


def test_the_contracts_hold(served: MockServer, tmp_path: Path) -> None:
    commands = curl.lines(readme.code("contracts"))
    for line in commands:
        words = shlex.split(line.replace("http://127.0.0.1:8400", served.url))
        variables = dict(word.split("=", 1) for word in itertools.takewhile(lambda word: "=" in word, words))
        program, *arguments = words[len(variables) :]
        assert program == ".venv/bin/contracts"
        command = [sys.executable, "-m", "contracts", *arguments, "--level", "wire"]
        environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    assert len(commands) == 3


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
