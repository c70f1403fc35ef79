"""What the packages offer, and how little their import does."""

import subprocess
import sys

import pytest

import mock_server
from tests.patience import PATIENCE

HEAVY = {"faker", "rich", "schemathesis", "hypothesis", "requests", "jsonschema_rs", "pytest"}


def in_a_new_process(program: str) -> str:
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.strip()


def test_all_names_what_is_public() -> None:
    public = {name for name in dir(mock_server) if not name.startswith("_")}

    assert public == {*mock_server.__all__}
    with pytest.raises(AttributeError, match="has no attribute 'serve'"):
        _ = mock_server.serve
    assert mock_server.__all__ == sorted(mock_server.__all__)
    assert all(getattr(mock_server, name).__doc__ for name in mock_server.__all__)


@pytest.mark.parametrize(
    "module", ["mock_server", "mock_server.cli", "contracts", "contracts.cli", "contracts.catalog", "contracts.loading"]
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({HEAVY!r} & sys.modules.keys()))"

    assert in_a_new_process(program) == ""


@pytest.mark.parametrize("module", ["mock_server", "contracts"])
def test_importing_starts_and_opens_nothing(module: str) -> None:
    program = (
        "import os, sys, threading\n"
        "def state(): return threading.active_count(), len(os.listdir('/dev/fd')), dict(os.environ), os.getcwd()\n"
        f"before = state(); import {module}; print(state() == before)"
    )

    assert in_a_new_process(program) == "True"
