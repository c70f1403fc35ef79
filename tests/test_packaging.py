"""What a user installs: the wheel's content, the metadata, the image's health check."""

import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points, metadata
from pathlib import Path

import pytest

from mock_server import MockServer
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
        if path.suffix in {".py", ".yaml"} or path.name == "py.typed"
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


def test_the_image_asks_the_health_route_as_another_user() -> None:
    text = (ROOT / "Dockerfile").read_text()
    command = re.search(r'"python", "-c", "([^"]+)"', text)
    assert command
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)

    with MockServer(sessions=0) as server:
        code = command[1].replace("http://127.0.0.1:8400", server.url)
        done = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)

    assert done.returncode == 0
