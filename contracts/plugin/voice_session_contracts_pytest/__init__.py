"""The pytest plugin: checks and rules as test items, `pytest --contracts-target URL --contracts-vendor vapi`.

Every pytest of an environment loads this package, so it has a name that no project uses, and it imports nothing but
pytest until a target is given. A project may have a module called `contracts` itself; only a run with a target then
fails, and says why.
"""

from __future__ import annotations

import pytest

_PACKAGE = "contracts"
_PARTS = ("harness.py", "pytest_plugin.py")  # what a package of ours has


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; without a target nothing is added to a run."""
    group = parser.getgroup("contracts", "contract checks of a session API")
    group.addoption("--contracts-target", metavar="URL", help="check the server at URL; each check and rule is an item")
    group.addoption("--contracts-vendor", default="vapi", help="whose contract: vapi or evovoice")
    group.addoption("--contracts-level", default="rules", choices=("wire", "rules", "full"), help="how much is checked")
    group.addoption(
        "--contracts-deviations", metavar="FILE", help="accepted findings, in place of the vendor's own deviations"
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add an item for each check and rule. Raises pytest.UsageError when another package hides ours."""
    if not config.getoption("--contracts-target"):
        return
    _require_ours()
    from contracts.pytest_plugin import contract_items

    items += contract_items(session, config)


def _require_ours() -> None:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not any(all((Path(folder) / part).exists() for part in _PARTS) for folder in folders):
        place = (spec.origin if spec is not None else None) or ", ".join(folders) or "nothing"
        raise pytest.UsageError(
            f"--contracts-target needs the package {_PACKAGE!r} of voice-session-emulator, but that name leads to "
            f"{place}. Rename yours, or run pytest from a folder without it."
        )
