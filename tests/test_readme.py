"""What the documents say is true: their tables, their code blocks, their links."""

import contextlib
import inspect
import io
import json
import os
import re
import shlex
import shutil
import signal
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

import contracts.cli
from mock_server import MockServer
from mock_server.core.faults import Act, Match
from mock_server.vendors import WORLDS
from tests import curl, readme
from tests.patience import PATIENCE

ROOT = readme.ROOT
PRINTED = "http://127.0.0.1:8400"

CURLS = (
    "vapi", "evovoice", "vapi-lists", "evovoice-lists", "evovoice-formats", "events", "deliveries", "delivery-faults",
    "world-request", "clocks", "clock-move", "snapshots", "fault-header", "faults", "expect", "control-calls",
)  # fmt: skip
EXPECTED = {"fault-header": {429}}
SERVES = ("serve", "webhook", "api-keys", "world-start", "settings-example", "share", "cors")
COMMANDS = {"seed": 3, "completion": 1, "health": 1, "docs-drift": 1}  # lines by block
ELSEWHERE = {
    "banner": "test_the_servers_start",
    "demo": "test_the_demo_runs_and_prints_what_it_did",
    "typescript": "test_the_typescript_runs",
    "doors": "test_the_doors_work",
    "own-server": "test_a_server_of_one_s_own_is_controlled",
    "pytest": "tests/mock_server/test_pytest_plugin.py",
    "pytest-world": "tests/mock_server/test_pytest_plugin.py",
    "contracts": "test_the_contracts_hold",
    "contracts-install": "test_the_contracts_hold, tests/test_packaging.py",
    "contracts-pytest": "tests/contracts/test_pytest_plugin.py",
    "install": "tests/test_packaging.py",
    "docker": "tests/test_packaging.py; no image is built",
    "live": "test_the_commands_that_need_a_key_are_understood; it would reach the vendor",
    "record": "test_the_commands_that_need_a_key_are_understood; it would reach the vendor",
    "benchmarks": "tests/benchmarks/test_benchmarks.py",
    "tests": ".ci/run",
    "torture": "tests/torture/test_torture.py, in its short form",
    "setup": "tests/test_contributing.py",
    "lint": ".ci/run",
    **dict.fromkeys(
        ("operation", "resource-routes", "resource-init", "resource-line", "vendor-init", "vendor-line"),
        "tests/test_contributing.py",
    ),
}


@pytest.mark.parametrize("name", readme.TABLES)
def test_tables_are_the_code_s_own(name: str) -> None:
    assert readme.section(name) == readme.TABLES[name](), "stale: run python -m tests.readme"


def test_the_readme_is_short() -> None:
    assert len(readme.README.read_text("utf-8").splitlines()) <= 150
    assert len(readme.code("demo").splitlines()) <= 12


def test_every_block_is_run() -> None:
    found = [mark for path in readme.DOCUMENTS for mark in readme.blocks(path)]

    assert sorted(found) == sorted([*CURLS, *SERVES, *COMMANDS, *ELSEWHERE])


@pytest.mark.parametrize("path", readme.DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))

    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_document_is_linked() -> None:
    linked = {
        (path.parent / target).resolve()
        for path in readme.DOCUMENTS
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    }

    assert [path for path in readme.DOCUMENTS[1:] if path not in linked] == []


# Blocks in Python and TypeScript


@pytest.mark.slow  # the import of the SDK
def test_the_demo_runs_and_prints_what_it_did() -> None:
    printed = io.StringIO()
    names: dict[str, Any] = {}

    with MockServer(seed=1) as server, redirect_stdout(printed):
        exec(readme.code("demo").replace(PRINTED, server.url), names)
    names["client"]._client_wrapper.httpx_client.httpx_client.close()

    lines = printed.getvalue().splitlines()
    assert len(lines) == 7
    assert lines[5:] == ["1", "completed"]


def test_the_doors_work(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(readme.code("doors"), "testing.md", "exec"), {})

    assert capsys.readouterr().out == "200\n200\n"


@pytest.mark.xfail(not hasattr(MockServer, "reset"), reason="the methods are added by another change", strict=False)
def test_a_server_of_one_s_own_is_controlled(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(readme.code("own-server"), "testing.md", "exec"), {})

    assert capsys.readouterr().out == "51\n50\n"


@pytest.fixture
def node_modules() -> Path:
    """Return the folder with the SDK that the README installs, and with the compiler; skip where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("the README's TypeScript was not run: node and npm are not installed")
    (install,) = re.findall(r"`npm install ([^`]+)`", readme.README.read_text("utf-8"))
    folder = ROOT / "build" / "node"
    if not (folder / "node_modules" / "typescript").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", *install.split(), "typescript"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode:
            pytest.skip(f"the README's TypeScript was not run: npm cannot install its packages: {done.stderr[-300:]}")
    return folder / "node_modules"


@pytest.mark.slow
def test_the_typescript_runs(node_modules: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "package.json").write_text('{"private": true}')
    compile_ = [
        "npx",
        "--no-install",
        "tsc",
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--module",
        "nodenext",
    ]

    with MockServer(seed=1) as server:
        (tmp_path / "demo.mts").write_text(readme.code("typescript").replace(PRINTED, server.url))
        for command in ([*compile_, "demo.mts"], ["node", "demo.mjs"]):
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert done.returncode == 0, done.stdout + done.stderr

    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert lines[5] == "active"


# Blocks of curl


@pytest.fixture
def served() -> Iterator[MockServer]:
    with MockServer(seed=1) as server:
        httpx.post(f"{server.url}/session", headers={"Authorization": "Bearer any"}, json={}).raise_for_status()
        yield server


@pytest.mark.parametrize("block", CURLS)
def test_the_curl_lines_work(served: MockServer, block: str, tmp_path: Path) -> None:
    commands = curl.lines(readme.code(block))

    for line in commands:
        stream = " -N " in line  # it has no end, so that curl would not come back
        status, body = (
            asked(line, served.url) if stream or not shutil.which("curl") else shell(line, served.url, tmp_path)
        )
        assert status in EXPECTED.get(block, {200, 201}), (line, body[-300:])
        assert body, line
        assert b'"met":false' not in body, line

    assert len(commands) == len(re.findall("^curl ", readme.code(block), re.MULTILINE)) > 0


def asked(line: str, url: str) -> tuple[int, bytes]:
    """Return the status and the first part of the body, by httpx."""
    with httpx.Client(timeout=PATIENCE) as client, curl.run(client, line, url) as response:
        return response.status_code, next(response.iter_raw(), b"")


def shell(line: str, url: str, home: Path) -> tuple[int, bytes]:
    """Return the status and the body, by the line itself: it is given to bash, and bash gives it to curl."""
    (home / ".curlrc").write_text(f"silent\nshow-error\nmax-time={PATIENCE}\nnoproxy=*\nwrite-out=\\n%{{http_code}}\n")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line.replace(PRINTED, url)],
        capture_output=True,
        timeout=2 * PATIENCE,
        env={**os.environ, "CURL_HOME": str(home)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


@pytest.mark.parametrize("block", CURLS)
def test_curl_takes_no_bracket_for_a_range(block: str) -> None:
    for line in curl.lines(readme.code(block)):
        words = shlex.split(line, comments=True)
        (address,) = (word for word in words if word.startswith(PRINTED))
        assert "-g" in words or not set("[]{}") & set(address), line


# Blocks of our own commands


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder in which the commands find what they find in the project's, and may write."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for name in ("fixtures", "contracts"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def environment(**variables: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MOCK_SERVER_", "PYTEST_"))}
    return {**own, **variables}


def serving_lines(block: str) -> list[str]:
    return [line for line in curl.lines(readme.code(block)) if "mock-server serve" in line]


@contextlib.contextmanager
def started(line: str, folder: Path) -> Iterator[str]:
    """Run a line that serves, on a free port, and give the banner it prints; it must end well after Ctrl-C."""
    words = f"exec env {line} --port 0"
    with subprocess.Popen(
        ["bash", "-c", words], cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            banner = ""
            for text in process.stdout:
                banner += text
                if "Ctrl-C" in text:
                    break
            yield banner
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE)
            assert (process.returncode, errors) == (0, "")
        finally:
            process.kill()


@pytest.mark.parametrize(
    "block", [pytest.param(block, marks=() if block == "serve" else pytest.mark.slow) for block in SERVES]
)
def test_the_servers_start(block: str, checkout: Path) -> None:
    lines = serving_lines(block)

    for line in lines:
        with started(line, checkout) as banner:
            url = re.findall(r" at (http://\S+)", banner)
            assert url, line
            if block == "serve":
                assert banner.replace(url[0], PRINTED) == readme.code("banner")

    assert lines


@pytest.mark.parametrize(
    ("block", "number"),
    [pytest.param(*each, marks=() if each[0] == "health" else pytest.mark.slow) for each in COMMANDS.items()],
)
def test_the_commands_end_well(block: str, number: int, checkout: Path, served: MockServer) -> None:
    lines = curl.lines(readme.code(block))

    for line in lines:
        line = line.replace("8400", served.url.rpartition(":")[2])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=checkout,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    assert len(lines) == number


@pytest.mark.slow
def test_the_contracts_hold(served: MockServer, checkout: Path) -> None:
    commands = curl.lines(readme.code("contracts"))
    for line in commands:
        assert ".venv/bin/contracts check" in line
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{line.replace(PRINTED, served.url)} --level wire"],
            cwd=checkout,
            env=environment(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    assert len(commands) == 3
    assert curl.lines(readme.code("contracts-install"))[1] == commands[0]


def test_the_commands_that_need_a_key_are_understood() -> None:
    for line in [*curl.lines(readme.code("live")), *curl.lines(readme.code("record"))]:
        words = [word for word in shlex.split(line) if "_API_KEY=" not in word]
        assert words[0] == ".venv/bin/contracts"
        done = CliRunner().invoke(contracts.cli.main, [*words[1:], "--help"])
        assert done.exit_code == 0, done.output  # 2 for an unknown flag


# What the documents must name


def test_every_fixture_option_and_marker_is_documented() -> None:
    text = (ROOT / "mock_server" / "docs" / "testing.md").read_text("utf-8")
    plugin = Path(voice_session_emulator_pytest.__file__).read_text("utf-8")

    names = re.findall(r"@pytest\.fixture\n    ?def ([a-z]\w+)|@pytest\.fixture\ndef ([a-z]\w+)", plugin)
    options = re.findall(r'"(--mock-server-[\w-]+|mock_server_\w+)"', plugin)

    described = [json.loads(path.read_bytes()) for path in (ROOT / "mock_server").rglob("pytest.json")]
    clients = [each["client"]["fixture"] for each in described if "client" in each]

    own = {name for pair in names for name in pair if name}
    found = {*clients, *own, *options, "pytest.mark.world"} - {"mock_server_url"}
    assert {"mock_server", "vapi_client", "frozen_clock", "--mock-server-url", "mock_server_world"} <= found
    assert [name for name in found if name not in text] == []


@pytest.mark.parametrize(("model", "heading"), [(Match, "in `match`"), (Act, "in `act`")])
def test_every_member_of_a_fault_is_documented(model: Any, heading: str) -> None:
    text = (ROOT / "mock_server" / "docs" / "faults.md").read_text("utf-8")
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]

    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert named == set(model.model_fields)


def test_every_world_is_documented() -> None:
    assert all(f"`{name}`" in readme.section("worlds") for name in WORLDS)


def test_the_example_s_worlds_are_all_there_are() -> None:
    (names,) = re.findall(r"^_WORLDS = \(([^)]*)\)", readme.code("vendor-init"), re.MULTILINE)

    assert re.findall(r'"([^"]+)"', names) == list(WORLDS)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "pytest" in readme.code("tests")
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text()


def test_the_benchmarks_of_the_documents_exist() -> None:
    names = re.findall(r"-m (\S+)$", readme.code("benchmarks"), re.MULTILINE)

    assert [name for name in names if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []
    assert inspect.cleandoc(readme.code("benchmarks")).count("\n") + 1 == len(names)


def test_nothing_else_stands_at_the_top() -> None:
    allowed = {"pyproject.toml", "README.md", "mock_server", "contracts", "tests", "fixtures", "Dockerfile"}
    made = {"build", "dist"}

    top = {path.name for path in Path(ROOT).iterdir() if not path.name.startswith(".")}

    assert {name for name in top - allowed - made if not name.endswith(".egg-info")} == set()
