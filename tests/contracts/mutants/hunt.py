"""Runs the harness against the emulator with a bug in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from contracts import harness
from contracts.catalog import VENDORS
from contracts.credentials import basic, bearer
from contracts.result import RunResult
from contracts.targets import Connection, served
from mock_server import Settings, create_app
from tests.contracts.mutants import evovoice, vapi
from tests.contracts.mutants.planting import Mutant, plant

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MUTANTS = {"vapi": vapi.MUTANTS, "evovoice": evovoice.MUTANTS}
LEVELS = ("wire", "rules", "full")
_CREDENTIALS = {
    "vapi": bearer("t"),
    "evovoice": basic("admin@example.com", "admin", ("agent@example.com", "agent")),
}
_CHANGES = {
    "vapi": tuple(f"SessionController_{name}" for name in ("findAllPaginated", "findOne", "update", "remove")),
    "evovoice": ("ListAISessions", "GetAISession", "PatchAISession", "DeleteAISession"),
}


class _Target:
    """The application, in this process."""

    label = "mutant"

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def open(self) -> Connection:
        """Nothing has to be reached."""
        return Connection("http://localhost", served(self._app))


def levels_for(mutant: Mutant) -> tuple[str, ...]:
    """The levels up to the one that must catch it."""
    return LEVELS[: LEVELS.index(mutant.needs) + 1]


def findings_of_the_sound(vendor: str) -> list[str]:
    """What is found where there is no bug: nothing, or the table means nothing."""
    return [finding.message for level in LEVELS[1:] for finding in check(vendor, None, level).findings]


def hunt(bug: tuple[str, str], *, needed_only: bool) -> dict[str, list[str]]:
    """Level -> the checks that objected to the bug, given by vendor and name."""
    vendor, name = bug
    mutant = next(each for each in MUTANTS[vendor] if each.id == name)
    levels = (mutant.needs,) if needed_only else levels_for(mutant)
    found = {level: check(vendor, mutant, level).findings for level in levels}
    return {level: list(dict.fromkeys(finding.check for finding in findings)) for level, findings in found.items()}


def check(vendor: str, mutant: Mutant | None, level: str, allow_vacuous: tuple[str, ...] = ()) -> RunResult:
    """Check the emulator, with the bug if there is one."""
    app = _fresh(vendor)
    order = harness.Order(
        vendor=VENDORS[vendor],
        seed=1,
        max_examples=1,
        credential=_CREDENTIALS[vendor],
        level=level,
        allow_vacuous=allow_vacuous,
        # Generated cases are not what these bugs are for, and most of the time goes into them.
        operations=(*_CHANGES[vendor], *(mutant.operations if mutant else ())) if level == "full" else (),
    )
    return harness.check(order, _Target(app if mutant is None else plant(app, mutant)))


def _fresh(vendor: str) -> WSGIApplication:
    os.environ.pop("MOCK_SERVER_CLOCK", None)
    return create_app(Settings(vendor=(vendor,), clock="2026-01-31T09:00:00Z", sessions=120))
