"""What a user installs: the wheel's content, the metadata, the image's health check."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import entry_points, metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mock_server import signals
from mock_server.cli import main
from tests import curl, readme
from tests.mock_server.conftest import Served
from tests.mock_server.conftest import launch as launch
from tests.mock_server.conftest import run as run
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)  # modules of earlier builds would be packed too
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=3 * PATIENCE)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_document(wheel: Path) -> None:
    expected = {
        re.sub(r"^\w+/plugin/", "", path.relative_to(ROOT).as_posix())
        for package in ("mock_server", "contracts")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".json", ".md", ".py", ".yaml"} or path.name == "py.typed"
    }

    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == expected
        for path in readme.DOCS:
            assert archive.read(path.relative_to(ROOT).as_posix()).decode() == path.read_text("utf-8")


# Installing


@pytest.fixture
def repository(tmp_path: Path, wheel: Path) -> Path:
    """Return a copy of the project under Git, with the wheel in `dist` and this environment as `.venv`."""
    folder = tmp_path / "voice-session-emulator"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__"))
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "-m", "Start"]):
        subprocess.run(["git", *command], cwd=folder, check=True, timeout=PATIENCE)
    (folder / "dist").mkdir()
    shutil.copy(wheel, folder / "dist")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def install_lines() -> list[str]:
    return [
        line.removeprefix("python3 -m venv .venv && ")  # the environment is there
        for block in ("serve", "contracts-install", "install")
        for line in curl.lines(readme.code(block))
        if "pip install" in line
    ]


def test_there_are_as_many_install_lines_as_are_run() -> None:
    assert len(install_lines()) == 5


@pytest.mark.slow
@pytest.mark.parametrize("number", range(5))
def test_the_install_lines_are_taken_by_pip(repository: Path, number: int) -> None:
    line = install_lines()[number]
    line = line.replace("/path/to/voice-session-emulator", str(repository))
    line = re.sub(r"git\+https://\S+\.git", f"git+{repository.as_uri()}", line)
    line = line.replace("pip install", "pip install --no-deps --dry-run")
    scripts = str(Path(sys.executable).parent)
    variables = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}

    command = ["bash", "-euo", "pipefail", "-c", line]
    done = subprocess.run(
        command, cwd=repository, env=variables, capture_output=True, text=True, timeout=3 * PATIENCE, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_both_commands_are_installed() -> None:
    commands = {entry.name: entry.value for entry in entry_points(group="console_scripts")}

    assert commands["mock-server"] == "mock_server.__main__:main"
    assert commands["contracts"] == "contracts.cli:main"


def test_plugins_have_names_that_no_project_uses() -> None:
    plugins = {entry.name: entry.value for entry in entry_points(group="pytest11") if entry.name.startswith("voice-")}

    assert plugins == {
        "voice-session-contracts": "voice_session_contracts_pytest",
        "voice-session-emulator": "voice_session_emulator_pytest",
    }


def test_the_base_install_needs_no_test_tools() -> None:
    required = [
        line for line in metadata("voice-session-emulator").get_all("Requires-Dist") or [] if "extra" not in line
    ]

    names = {re.split(r"[<>=\[ ;]", line, maxsplit=1)[0].lower() for line in required}

    assert {"flask", "pydantic", "faker", "tinydb"} <= names
    assert names.isdisjoint({"pytest", "schemathesis", "vapi_server_sdk"})


# The image


def image() -> dict[str, Any]:
    """What the Dockerfile says: variables by name, and commands as lists."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    said = dict(re.findall(r"^(USER|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD|ENV) (.*)$", text, re.MULTILINE))
    return {
        "user": said["USER"],
        "port": said["EXPOSE"],
        "variables": dict(pair.split("=", 1) for pair in said["ENV"].split()),
        "health": json.loads(said["HEALTHCHECK"].partition(" CMD ")[2]),
        "serve": json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]),
    }


def test_the_image_listens_beyond_itself_whatever_flags_are_added() -> None:
    said = image()

    assert said["variables"] == {"MOCK_SERVER_HOST": "0.0.0.0", "MOCK_SERVER_PORT": said["port"]}
    assert said["serve"] == ["mock-server", "serve"]
    assert said["user"] != "root"


def test_the_docker_lines_fit_the_image() -> None:
    build, *runs = curl.lines(readme.code("docker"))
    tag = shlex.split(build)[3]

    assert shlex.split(build) == ["docker", "build", "-t", "voice-session-emulator", "."]
    for line in runs:
        words = shlex.split(line)
        before, after = words[: words.index(tag)], words[words.index(tag) + 1 :]
        published = before[before.index("-p") + 1].split(":")[-1]
        chosen = [word.partition("=")[2] for word in before if word.startswith("MOCK_SERVER_PORT=")]
        assert [published] == (chosen or [image()["port"]])
        assert CliRunner().invoke(main, [*(after or ["serve"]), "--help"]).exit_code == 0
        signals.unblock()  # `serve` blocks them
    assert len(runs) == 2


@pytest.mark.slow
def test_the_image_s_health_check_asks_the_port_of_the_variable_and_no_proxy(
    launch: Callable[..., Served], run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    _, *check = image()["health"]
    dead = "http://127.0.0.1:9"
    served = launch("--sessions", 3, MOCK_SERVER_PORT="0")
    variables = {"MOCK_SERVER_HOST": "0.0.0.0", "MOCK_SERVER_PORT": served.url.rpartition(":")[2]}

    done = run(*check, **variables, http_proxy=dead, HTTP_PROXY=dead, ALL_PROXY=dead, no_proxy="")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["sessions"] == {"vapi": 3, "evovoice": 3}
