"""What a user installs: the wheel's content, the metadata, the image's health check."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import entry_points, metadata
from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.conftest import Served
from tests.mock_server.conftest import launch as launch
from tests.mock_server.conftest import run as run
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=3 * PATIENCE)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_document(wheel_names: set[str]) -> None:
    expected = {
        re.sub(r"^\w+/plugin/", "", path.relative_to(ROOT).as_posix())
        for package in ("mock_server", "contracts")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".yaml"} or path.name in {"py.typed", "FACTS.md"}
    }

    assert {name for name in wheel_names if ".dist-info/" not in name} == expected


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
