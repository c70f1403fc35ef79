"""The pytest entry from outside: rules are items, findings are failures, and nothing happens without a target."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server import Settings, create_app
from tests.patience import PATIENCE

Serve = Callable[[Any], str]


def pytest_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=3 * PATIENCE, check=False)


@pytest.mark.parametrize("vendor", ["vapi", "evovoice"])
def test_rules_appear_as_test_items(serve: Serve, tmp_path: Path, vendor: str) -> None:
    url = serve(create_app(Settings(sessions=120)))

    run = pytest_run(tmp_path, "--contracts-target", url, "--contracts-vendor", vendor)

    assert run.returncode == 0, run.stdout
    assert (
        f"PASSED contracts::contracts[{vendor}-pages-joined]" in run.stdout or f"[{vendor}-pages-joined]" in run.stdout
    )
    assert " passed" in run.stdout
    assert " failed" not in run.stdout


def test_findings_are_failures_with_their_requests(serve: Serve, tmp_path: Path) -> None:
    app = create_app(Settings(sessions=120))

    def without_order(environ: Any, start_response: Any) -> Any:
        return app({**environ, "QUERY_STRING": environ["QUERY_STRING"].replace("sortOrder=ASC", "")}, start_response)

    run = pytest_run(tmp_path, "--contracts-target", serve(without_order))

    assert run.returncode == 1
    assert "Rows come in the order asked for: rows 0 and 1 are not in ascending order" in run.stdout
    assert "curl -X GET" in run.stdout


def test_without_a_target_nothing_is_added(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")

    run = pytest_run(tmp_path)

    assert (run.returncode, "1 passed" in run.stdout) == (0, True)
