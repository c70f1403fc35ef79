"""Runs of pytest inside a test, as another project has them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder, whatever options the environment has for the run that this test is part of."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _OWN}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=3 * PATIENCE, check=False, env=environment
    )
