"""The worked examples of CONTRIBUTING.md, built in a copy of the project; its commands and its map."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests import readme
from tests.patience import PATIENCE

ROOT = readme.ROOT
ASK = """
import json, sys
from mock_server import Settings, create_app
client = create_app(Settings.of({"sessions": 3})).test_client()
answers = [client.get(path, headers=headers) for path, headers in json.loads(sys.argv[1])]
print(json.dumps([[answer.status_code, answer.json] for answer in answers]))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "mock_server", tmp_path / "mock_server", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def write(folder: Path, block: str) -> None:
    """Write a block of CONTRIBUTING.md into the file that its first line names."""
    first, _, text = readme.code(block).partition("\n")
    path = folder / first.removeprefix("# ")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def add(path: Path, block: str) -> None:
    """Import what a block imports, and put what it adds in front of what is there."""
    (line,) = re.findall(r"^from .*$", readme.code(block), re.MULTILINE)
    ((opening, name),) = re.findall(r"((?:resources=|VENDORS = )\()([\w.]+), \.\.\.\)", readme.code(block))
    docstring, blank, rest = path.read_text("utf-8").partition("\n\n")
    assert rest.count(opening) == 1
    rest = rest.replace(opening, f"{opening}{name}, ")
    for section in re.findall(r"^(    \w+: \w+ = [\w()]+)", readme.code(block), re.MULTILINE):
        rest = rest.replace("    vapi: VapiOptions", f"{section}\n    vapi: VapiOptions")
    path.write_text(docstring + blank + line + "\n" + rest)


def ask(folder: Path, *requests: tuple[str, dict[str, str]]) -> list[Any]:
    """Return status and body of each request, answered by the copy."""
    command = [sys.executable, "-c", ASK, json.dumps(requests)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")}
    environment |= {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


@pytest.mark.slow
def test_the_example_of_an_operation_works(copy: Path) -> None:
    vapi = {"Authorization": "Bearer any"}
    requests = (("/session/count", vapi), ("/session/count", {}), ("/session?limit=0", vapi))
    before = ask(copy, *requests)

    routes = copy / "mock_server" / "vendors" / "vapi" / "sessions" / "routes.py"
    text, resource = routes.read_text("utf-8"), "RESOURCE = Resource("
    assert (text.count(resource), text.count("_CREATE, _LIST")) == (1, 1)
    text = text.replace(resource, f"{readme.code('operation')}\n\n{resource}")
    routes.write_text(text.replace("_CREATE, _LIST", "_COUNT, _CREATE, _LIST"))
    count, anonymous, sessions = ask(copy, *requests)

    assert before[0][0] == 400, "it is no session's id"
    assert (count, anonymous[0], sessions) == ([200, {"count": 3}], 401, before[2])


@pytest.mark.slow
def test_the_example_of_a_resource_works(copy: Path) -> None:
    vapi = {"Authorization": "Bearer any"}
    requests = (("/region/eu", vapi), ("/region/mars", vapi), ("/region/eu", {}), ("/session?limit=0", vapi))
    before = ask(copy, *requests)

    write(copy, "resource-routes")
    write(copy, "resource-init")
    add(copy / "mock_server" / "vendors" / "vapi" / "__init__.py", "resource-line")
    known, unknown, anonymous, sessions = ask(copy, *requests)

    assert before[0][0] == 404
    assert known == [200, {"name": "eu", "title": "Europe"}]
    assert unknown[0] == 404
    assert unknown[1] == {
        "message": "There is no region 'mars'; choose from eu, us", "error": "Not Found", "statusCode": 404,
    }  # fmt: skip
    assert anonymous[0] == 401
    assert sessions == before[3]


@pytest.mark.slow
def test_the_example_of_a_vendor_works(copy: Path) -> None:
    requests = (("/lines", {"X-Acme-Key": "any"}), ("/lines", {}), ("/lines/9", {}), ("/_mock/health", {}))
    before = ask(copy, *requests)

    write(copy, "vendor-init")
    add(copy / "mock_server" / "vendors" / "__init__.py", "vendor-line")
    lines, anonymous, unknown, health = ask(copy, *requests)

    assert before[0][0] == 404
    assert (lines[0], [each["id"] for each in lines[1]["lines"]]) == (200, ["1", "2"])
    assert anonymous == [401, {"error": "Send your key as X-Acme-Key"}]
    assert (unknown[0], [*unknown[1]]) == (404, ["error"])
    assert health[1]["sessions"] == {"acme": 0, **before[3][1]["sessions"]}


@pytest.mark.slow
def test_the_examples_pass_the_type_checker_and_the_linter(copy: Path) -> None:
    for block in ("resource-routes", "resource-init", "vendor-init"):
        write(copy, block)
    new = ["mock_server/vendors/vapi/regions", "mock_server/vendors/acme"]
    shutil.copy(ROOT / "pyproject.toml", copy)

    for command in (["ruff", "check"], ["mypy", "--follow-imports=silent"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, *new],
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_a_quick_suite() -> None:
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]

    assert ".venv/bin/python -m pytest -m quick" in readme.code("setup")
    assert any(marker.startswith("quick") for marker in markers)


def test_the_setup_is_the_readme_s() -> None:
    assert readme.code("setup").splitlines()[0] in readme.code("tests")


def test_ci_runs_the_linters() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    *commands, tables = readme.code("lint").splitlines()

    assert [command for command in commands if command not in script] == []
    assert tables == ".venv/bin/python -m tests.readme"


def test_the_map_names_every_folder_of_code() -> None:
    named = re.findall(r"^\| `([^`]+)` \|", readme.section("map"), re.MULTILINE)

    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for package in ("mock_server", "contracts")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".md", ".yaml"} and path.parent.name != "__pycache__"
    } | {"fixtures", "tests"}

    assert {folder for folder in folders if not any(_is(folder, name) for name in named)} == set()
    assert [name for name in named if not any(_is(folder, name) for folder in folders)] == []


def _is(folder: str, name: str) -> bool:
    return folder.count("/") == name.count("/") and fnmatchcase(folder, name)


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.*)$", readme.CHANGELOG.read_text("utf-8"), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", heading) for heading in headings[1:])
