"""A run against the vendor's own endpoint: armed by the environment, through the gate, cleaned up behind itself."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.catalog import Vendor
from contracts.credentials import Credential
from contracts.gate import STAND_IN, Gate, Terms
from contracts.interrupting import interruptible
from contracts.ledger import Ledger
from contracts.result import CannotRun
from contracts.targets import Connection
from contracts.transport import Transport


class NotArmed(CannotRun):
    """The key is not there, so that nothing was sent; this is no pass."""


@dataclass(frozen=True, slots=True)
class GateTarget:
    """The gate as a target."""

    gate: Gate

    @property
    def label(self) -> str:
        """Where the gate leads."""
        return self.gate.terms.upstream

    def open(self) -> Connection:
        """The gate is always there; whether anything is behind it shows with the first request."""
        return Connection("http://localhost", self.gate, self.gate.transport)


def arm(
    vendor: Vendor,
    terms: Terms,
    ledger: Path,
    transport: Transport,
    environment: Mapping[str, str] = os.environ,
) -> Gate:
    """The gate with the key of the environment in it. Raises NotArmed."""
    values = [environment.get(name, "") for name in vendor.live.variables]
    if not all(values):
        names = " and ".join(vendor.live.variables)
        raise NotArmed(f"Skipped: {names} must be set for a live run of {vendor.name}; nothing was sent.")
    if vendor.signs_in == "bearer":
        authorization = f"Bearer {values[0]}"
        secrets: tuple[str, ...] = (values[0],)
    else:
        encoded = base64.b64encode(":".join(values).encode()).decode()
        authorization = f"Basic {encoded}"
        secrets = (encoded, values[1])
    return Gate(
        vendor=vendor,
        terms=terms,
        authorization=authorization,
        secrets=secrets,
        ledger=Ledger(ledger),
        transport=transport,
    )


def stand_in(vendor: Vendor) -> Credential:
    """What the harness signs in with. Wrong passwords are not tried, since they may lock the account."""
    if vendor.signs_in == "bearer":
        wrong: tuple[dict[str, str], ...] = (
            {}, {"Authorization": "Basic nobody"}, {"Authorization": "Bearer not-a-key"},
        )  # fmt: skip
        return Credential(
            authorization=f"Bearer {STAND_IN}",
            lacking=wrong,
            secrets={"VAPI_API_KEY": STAND_IN},
            who="with the key in VAPI_API_KEY",
            advice="Set VAPI_API_KEY to a private key of the account.",
        )
    return Credential(
        authorization=f"Basic {STAND_IN}",
        lacking=({},),
        secrets={"EVOVOICE_BASIC": STAND_IN},
        who=f"as {os.environ.get('EVOVOICE_USER', 'nobody')}",
        advice="Set EVOVOICE_USER and EVOVOICE_PASSWORD to a user who may read sessions.",
    )


def reading(vendor: Vendor, *, write: bool) -> tuple[Vendor, tuple[str, ...]]:
    """The vendor with the steps of its walk that only read, and the operations that a live run is about."""
    kept, taken = [], set[str]()
    for step in vendor.walk:
        if step.operation in vendor.live.operations and step.needs <= taken:
            kept.append(step)
            taken |= step.take.keys()
    operations = vendor.live.operations + (vendor.live.changes if write else ())
    return replace(vendor, walk=tuple(kept)), operations


def cleaned_up(gate: Gate, run: Callable[[], object], told: Callable[[str], None]) -> None:
    """Do it, and delete what was made, whatever happened; say what could not be deleted."""
    with interruptible():
        try:
            run()
        finally:
            left = gate.sweep_up().left
            if left:
                told(f"Not deleted: {', '.join(left)}; run contracts sweep-up.")
            if gate.ledger.uncertain:
                told(
                    "A create got no usable answer, and what it made was not found: look for "
                    f"{in_words(gate, gate.ledger.uncertain)}, or run contracts sweep-up, which looks again."
                )


def in_words(gate: Gate, marks: Iterable[str]) -> str:
    """Return what may be left of creates with these marks."""
    return ", ".join(f"a session with {mark} in its {gate.vendor.live.mark}" for mark in marks)
