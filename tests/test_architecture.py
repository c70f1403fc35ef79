"""Imports run one way, the inner layers name no vendor, and no file or function outgrows its reader."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("mock_server", "contracts") for path in (ROOT / package).rglob("*.py"))

# What each part of a package may import beside itself. A part is a module or folder right below the package.
EDGES = {
    "mock_server": {
        "__init__": "app server settings control_client core",
        "__main__": "cli signals",
        "cli": "server app connections signals settings vendors web core",
        "plugin": "server",
        "server": "access_log gateway connections app control_client settings core",
        "control_client": "ops",
        "access_log": "core",
        "gateway": "app connections web core",
        "connections": "core",
        "signals": "",
        "app": "settings vendors ops web core",
        "settings": "vendors core",
        "vendors": "web core",
        "ops": "web core",
        "web": "core",
        "core": "",
    },
    "contracts": {
        "__init__": "",
        "__main__": "cli",
        "parsing": "",
        "printable": "",
        "terminal": "printable",
        "redaction": "",
        "interrupting": "",
        "metering": "",
        "deviations": "parsing result",
        "fields": "",
        "coverage": "loading result",
        "live": "targets gate interrupting ledger transport loading credentials catalog result",
        "judging": (
            "receiver rules sweeps targets gate checks exchange recording causes wording loading credentials transport "
            "catalog result"
        ),
        "cli": "commands loading",
        "commands": (
            "harness live judging drift deviations parsing reports rules sweeps targets gate checks wording loading "
            "credentials transport catalog terminal redaction result"
        ),
        "harness": (
            "judging deviations rules sweeps targets checks generation exchange recording redaction wording loading "
            "credentials catalog result"
        ),
        "drift": (
            "judging fields rules sweeps targets gate checks generation exchange recording redaction wording loading "
            "credentials catalog result"
        ),
        "reports": "printable result",
        "rules": "",
        "receiver": "",
        "sweeps": (
            "receiver rules targets gate checks exchange recording wording loading credentials transport catalog result"
        ),
        "generation": "checks exchange recording wording loading catalog result",
        "exchange": (
            "targets checks recording redaction wording loading credentials coverage fields metering catalog result"
        ),
        "recording": "causes redaction wording printable result",
        "causes": "result",
        "transport": "metering",
        "wording": "redaction loading result",
        "checks": "loading catalog result",
        "targets": "transport result",
        "gate": "interrupting ledger redaction terminal metering transport catalog result",
        "ledger": "result",
        "loading": "catalog result",
        "catalog": "",
        "credentials": "result",
        "plugin": "pytest_plugin",
        "pytest_plugin": (
            "harness judging deviations rules checks credentials targets transport printable loading catalog result"
        ),
        "result": "",
    },
}
# Core is independent of HTTP servers and of how requests are scheduled.
FOREIGN = {
    ("mock_server", "core"): {"asyncio", "flask", "http", "urllib3", "uvicorn", "werkzeug", "wsgiref"},
    ("contracts", "result"): {"schemathesis"},
}
NAMELESS = {"utils", "helpers", "common", "manager", "managers", "misc"}
VENDOR_NAMES = re.compile(r"vapi|(?<![a-z])evo", re.IGNORECASE)
WIRE_NAMES = re.compile(
    r"""(?<![a-z])ss-"""  # a vendor's session headers and cookies
    r"""|["'][A-Za-z]*(?:Gt|Lt|Ge|Le)["']"""  # a vendor's suffixes of query parameters
)
LONGEST_FILE = 350
LONGEST_FUNCTION = 60
LONG_TABLES = {"mock_server.settings": "a table of settings"}  # path: why a table of data may be longer


def targets(module: str, text: str) -> Iterator[str]:
    """Dotted names of everything that `module` imports, at any depth; a package's module ends in `.__init__`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            yield from (".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names)


def violation(module: str, target: str) -> str | None:
    """Why `module` may not import `target`, or None if it may."""
    (package, here, *inner), (top, *rest) = module.split("."), target.split(".")
    if top not in EDGES:
        return f"{module} imports {top}" if top in FOREIGN.get((package, here), ()) else None
    there = rest[0] if rest else "__init__"
    if top != package:
        return f"{module} imports the other package"
    if here not in EDGES[package]:
        return f"{module}: {here} has no row in EDGES"
    if here == there == "vendors" and inner != ["__init__"] and rest[1:2] != inner[:1]:
        return f"{module} imports outside its vendor: {target}"
    return None if there in (here, *EDGES[package][here].split()) else f"{module} imports {target}"


def wrong_imports(module: str, text: str) -> list[str]:
    return [found for target in targets(module, text) if (found := violation(module, target))]


def vendors_named(text: str) -> list[str]:
    return [line for line in text.splitlines() if VENDOR_NAMES.search(line)]


def wire_names(text: str) -> list[str]:
    return [line for line in text.splitlines() if WIRE_NAMES.search(line)]


def long_functions(text: str) -> list[str]:
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_imports_run_one_way() -> None:
    found = [line for path in SOURCES for line in wrong_imports(dotted(path), path.read_text("utf-8"))]

    assert found == []


@pytest.mark.parametrize("layer", ["core", "web", "ops", "plugin"])
def test_inner_layers_name_no_vendor(layer: str) -> None:
    paths = [path for path in SOURCES if dotted(path).startswith(f"mock_server.{layer}.")]

    found = [(path.name, line) for path in paths for line in vendors_named(path.read_text("utf-8"))]

    assert paths
    assert found == []


def test_core_has_no_wire_names_of_a_vendor() -> None:
    paths = [path for path in SOURCES if dotted(path).startswith("mock_server.core.")]

    found = {path.name: lines for path in paths if (lines := wire_names(path.read_text("utf-8")))}

    assert found == {}


def test_modules_are_named_after_what_they_hold() -> None:
    paths = [*SOURCES, *(ROOT / "tests").rglob("*.py")]

    assert [path for path in paths if {path.stem, path.parent.name} & NAMELESS] == []


def test_files_fit_a_reader() -> None:
    lines = {dotted(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}

    assert {name: n for name, n in lines.items() if n > LONGEST_FILE and name not in LONG_TABLES} == {}
    assert {name for name in LONG_TABLES if lines.get(name, 0) <= LONGEST_FILE} == set()


def test_functions_fit_a_screen() -> None:
    found = {dotted(path): names for path in SOURCES if (names := long_functions(path.read_text("utf-8")))}

    assert found == {}


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param("mock_server.core.clock", "import mock_server.web.routing", id="upwards"),
        pytest.param("mock_server.web.errors", "from mock_server.vendors import VENDORS", id="web-to-vendors"),
        pytest.param("mock_server.ops.health", "from mock_server import vendors", id="from-the-root"),
        pytest.param("mock_server.vendors.one.routes", "from mock_server.ops import health", id="vendor-to-ops"),
        pytest.param("mock_server.vendors.one.routes", "from mock_server.vendors import two", id="vendor-to-vendor"),
        pytest.param("mock_server.vendors.one.routes", "import mock_server.vendors.two.models", id="dotted"),
        pytest.param("mock_server.vendors.one.routes", "from ..two import models", id="relative"),
        pytest.param("mock_server.vendors.one.__init__", "from ..two import models", id="relative-package"),
        pytest.param("mock_server.vendors.one.routes", "from mock_server.vendors import VENDORS", id="vendor-table"),
        pytest.param("mock_server.app", "from mock_server.server import MockServer", id="app-to-server"),
        pytest.param("mock_server.app", "from mock_server import Settings", id="app-to-root"),
        pytest.param("mock_server.core.ids", "def f():\n    from flask import g", id="flask-in-a-function"),
        pytest.param("mock_server.core.ids", "if TYPE_CHECKING:\n    import werkzeug.http", id="type-checking"),
        pytest.param("mock_server.core.ids", "import asyncio", id="asyncio-in-core"),
        pytest.param("mock_server.core.ids", "from http import HTTPStatus", id="http-in-core"),
        pytest.param("mock_server.app", "import contracts", id="to-contracts"),
        pytest.param("contracts.harness", "from mock_server.app import create_app", id="to-mock-server"),
        pytest.param("contracts.targets", "from .harness import check", id="target-to-harness"),
        pytest.param("contracts.result", "from contracts.catalog import VENDORS", id="from-the-bottom"),
        pytest.param("contracts.reports.text", "import contracts.loading", id="report-to-loading"),
        pytest.param("contracts.news", "import contracts.result", id="part-without-a-row"),
    ],
)
def test_planted_imports_are_found(module: str, text: str) -> None:
    assert len(wrong_imports(module, text)) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param("mock_server.core.store.collection", "import tinydb\nfrom ..query import Page", id="inside-core"),
        pytest.param("mock_server.vendors.__init__", "from mock_server.vendors.one import ONE", id="vendor-registry"),
        pytest.param("mock_server.vendors.one.routes", "from mock_server.vendors.one import models", id="own-folder"),
        pytest.param("mock_server.vendors.one.__init__", "from . import models", id="own-folder-relative"),
        pytest.param("mock_server.cli", "from mock_server.server import MockServer", id="downwards"),
        pytest.param("contracts.loading", "import schemathesis", id="foreign"),
    ],
)
def test_rightful_imports_pass(module: str, text: str) -> None:
    assert wrong_imports(module, text) == []


def test_planted_vendor_names_are_found() -> None:
    text = "# as Vapi does\nHEADER = 'x-evovoice'\nrevoked = EVO_KEY\nrevoked = evaporation\n"

    assert vendors_named(text) == ["# as Vapi does", "HEADER = 'x-evovoice'", "revoked = EVO_KEY"]


def test_planted_wire_names_are_found() -> None:
    text = "HEADER = 'x-ss-id'\nGT = 'Gt'\nfield = \"createdAtLe\"\nCOOKIE = 'ss-tok'\n"
    harmless = "GT = 'gt'\nclass-id\nGe = Comparison.GE\nprocess-pid\n"

    assert (wire_names(text), wire_names(harmless)) == (text.splitlines(), [])


@pytest.mark.parametrize(("length", "found"), [(60, []), (61, ["f"])])
def test_a_planted_long_function_is_found(length: int, found: list[str]) -> None:
    text = "\n".join(["def f():", *["    pass"] * (length - 1)])

    assert long_functions(text) == found
