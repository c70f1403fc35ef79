"""The pytest entry from outside: rules are items, findings are failures, and nothing happens without a target."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from mock_server import Settings, create_app
from tests import readme

Serve = Callable[[Any], str]
ROOT = readme.ROOT


@dataclass(frozen=True)
class Run:
    """What a run of pytest ended with and printed."""

    returncode: int
    stdout: str
    stderr: str


def pytest_run(folder: Path, *arguments: str) -> Run:
    """Run pytest in a folder, and in this process, where all that it imports is imported already."""
    own = ("-p", "no:cacheprovider", "-p", "no:randomly", "--import-mode", "importlib", "--rootdir", str(folder))
    printed, errors = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), redirect_stdout(printed), redirect_stderr(errors):
        code = pytest.main([*own, "-rA", *arguments])
    return Run(int(code), printed.getvalue(), errors.getvalue())


@pytest.mark.parametrize("vendor", ["vapi", pytest.param("evovoice", marks=pytest.mark.slow)])
def test_rules_appear_as_test_items(serve: Serve, tmp_path: Path, vendor: str) -> None:
    url = serve(create_app(Settings(sessions=30)))

    run = pytest_run(tmp_path, "--contracts-target", url, "--contracts-vendor", vendor)

    assert run.returncode == 0, run.stdout
    assert (
        f"PASSED contracts::contracts[{vendor}-pages-joined]" in run.stdout or f"[{vendor}-pages-joined]" in run.stdout
    )
    assert " passed" in run.stdout
    assert " failed" not in run.stdout


def test_findings_are_failures_with_their_requests(serve: Serve, tmp_path: Path) -> None:
    app = create_app(Settings(sessions=30))

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


ACCEPTED = "- {operation: GET /session, check: response_schema_conformance, why: under repair, until: 2999-01-01}\n"


@pytest.mark.parametrize(
    ("text", "by_variable", "code", "told"),
    [
        pytest.param("[]", False, 1, '"orgId" is a required property', id="none accepted", marks=pytest.mark.slow),
        pytest.param(ACCEPTED, False, 0, "", id="accepted", marks=pytest.mark.slow),
        pytest.param(ACCEPTED, True, 0, "", id="accepted by a variable"),
        pytest.param(
            ACCEPTED.replace("2999", "1999"), False, 1, "Expired on 1999-01-01", id="expired", marks=pytest.mark.slow
        ),
    ],
)
def test_accepted_findings_do_not_fail(
    serve: Serve,
    rewrite: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    by_variable: bool,
    code: int,
    told: str,
) -> None:
    def drop(request: Request, response: Response) -> None:
        if request.path == "/session" and request.method == "GET" and response.status_code == 200:
            body = json.loads(response.get_data())
            rows = [{name: value for name, value in row.items() if name != "orgId"} for row in body["results"]]
            response.set_data(json.dumps({**body, "results": rows}))

    (tmp_path / "accepted.yaml").write_text(text)
    url = serve(rewrite(create_app(Settings(sessions=9, vendor=("vapi",))), drop))
    given = () if by_variable else ("--contracts-deviations", "accepted.yaml")
    if by_variable:
        monkeypatch.setenv("CONTRACTS_DEVIATIONS", "accepted.yaml")

    run = pytest_run(tmp_path, "--contracts-target", url, "--contracts-level", "wire", *given)

    assert run.returncode == code, run.stdout
    assert told in run.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--contracts-vendor", "nobody"), "Unknown vendor 'nobody'. Known: evovoice, vapi."),
        pytest.param(("--contracts-vendor", "Vapi"), "Did you mean 'vapi'?", marks=pytest.mark.slow),
        (("--contracts-deviations", "gone.yaml"), "gone.yaml cannot be read"),
    ],
)
def test_wrong_options_are_wrong_usage(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    run = pytest_run(tmp_path, "--contracts-target", "http://127.0.0.1:9", *options)

    assert run.returncode == 4
    assert told in run.stderr
    assert "Error" not in run.stdout


def test_a_target_that_does_not_answer_is_one_failure(tmp_path: Path) -> None:
    run = pytest_run(tmp_path, "--contracts-target", "http://127.0.0.1:9")

    assert run.returncode == 1
    assert "Nothing answers at http://127.0.0.1:9" in run.stdout
    assert "1 failed" in run.stdout


HIDDEN = """
import importlib.util

find = importlib.util.find_spec
gone = {"httpx", "pytest_randomly", "pytest_timeout", "vapi", "xdist"}
importlib.util.find_spec = lambda name, package=None: None if name in gone else find(name, package)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("with_target", "code", "told"), [(True, 0, " passed"), (False, 4, "httpx, ")])
def test_a_clone_with_the_checks_alone_runs_them(
    serve: Serve, tmp_path: Path, with_target: bool, code: int, told: str
) -> None:
    """As the documentation has it, without what only our own tests need."""
    (tmp_path / "sitecustomize.py").write_text(HIDDEN)
    url = serve(create_app(Settings(sessions=30, vendor=("vapi",))))
    (line,) = readme.code("contracts-pytest").splitlines()
    words = shlex.split(line.replace("http://127.0.0.1:8400", url))
    assert words[:3] == [".venv/bin/python", "-m", "pytest"]
    own = [f"-pno:{name}" for name in ("xdist", "xdist.looponfail", "timeout", "randomly", "cacheprovider")]
    command = [sys.executable, "-m", "pytest", *own, *(words[3:] if with_target else ())]

    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert run.returncode == code, run.stdout + run.stderr
    assert told in run.stdout + run.stderr
