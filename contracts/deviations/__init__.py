"""Findings that a team has accepted: which, why and until when. Unused and expired entries fail the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from contracts.parsing import parse_yaml
from contracts.result import CannotRun, Finding

_FOLDER = Path(__file__).parent
_MEMBERS = {"operation", "check", "path", "why", "until"}


@dataclass(frozen=True, slots=True)
class Deviation:
    """One accepted finding: `operation` as reports call it, `check` a rule or a check, `path` a part of the message."""

    operation: str
    check: str
    why: str
    until: date
    path: str = ""

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        return (self.operation, self.check) == (finding.operation, finding.check) and self.path in finding.message

    def __str__(self) -> str:
        return f"{self.operation}, {self.check}" + (f", {self.path}" if self.path else "")


def read(vendor: str, path: Path | None) -> tuple[Deviation, ...]:
    """The entries of a file, or of the vendor's own. Raises CannotRun for an entry that is not whole."""
    file = path or _FOLDER / f"{vendor}.yaml"
    try:
        entries = parse_yaml(file.read_text("utf-8-sig")) or []
    except (OSError, ValueError) as error:
        raise CannotRun(f"{file} cannot be read: {error}.") from error
    return tuple(_entry(each, file) for each in entries)


def settle(
    findings: Sequence[Finding], deviations: Sequence[Deviation], today: date
) -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the findings that nobody has accepted, those that somebody has, and what is wrong with the entries."""
    live = [each for each in deviations if each.until >= today]
    wrong = [f"Expired on {each.until}: the deviation {each}. {each.why}" for each in deviations if each.until < today]
    wrong += [
        f"Not met any more: the deviation {each}; remove it."
        for each in live
        if not any(each.covers(finding) for finding in findings)
    ]
    left = tuple(finding for finding in findings if not any(each.covers(finding) for each in live))
    accepted = tuple(f"{each}, until {each.until}: {each.why}" for each in live if any(map(each.covers, findings)))
    return left, accepted, tuple(wrong)


def _entry(each: Any, file: Path) -> Deviation:
    if not isinstance(each, dict) or not _MEMBERS - {"path"} <= each.keys() <= _MEMBERS:
        raise CannotRun(f"{file}: an entry has {', '.join(sorted(_MEMBERS))} (path may be left out); got {each!r}.")
    if not isinstance(each["until"], date):
        raise CannotRun(f"{file}: until is a day such as 2026-12-31; got {each['until']!r}.")
    return Deviation(**each)
