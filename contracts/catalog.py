"""Which vendors can be checked, and with what; data that must not import the harness or vendor code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

_DOCUMENTS = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Taken:
    """A value that an earlier step of the walk took from its answer."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fixed request of the walk: what is sent, the status it must get, what is taken from the answer."""

    operation: str
    expect: int
    path: Mapping[str, str | Taken] = field(default_factory=dict)
    query: Mapping[str, str | Taken] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    take: Mapping[str, str] = field(default_factory=dict)
    """Name of a value -> JSON pointer into the answer."""

    @property
    def needs(self) -> frozenset[str]:
        """Names of the values this step cannot do without."""
        values = (*self.path.values(), *self.query.values())
        return frozenset(value.name for value in values if isinstance(value, Taken))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor's contract document and the walk through its operations."""

    name: str
    document: Path
    walk: tuple[Step, ...]


_LIST = "SessionController_findAllPaginated"
_CREATE = "SessionController_create"
_GET = "SessionController_findOne"
_UPDATE = "SessionController_update"
_REMOVE = "SessionController_remove"
_EXPORT = "SessionController_sessionsExport"

# Random filters seldom match a row, so an empty list would hide a wrong row (CONTRACT-TESTING.md, 3.3).
# The walk makes sure that rows, one row, a created row and both export formats are judged in every run.
VAPI = Vendor(
    name="vapi",
    document=_DOCUMENTS / "vapi" / "openapi.yaml",
    walk=(
        Step(operation=_LIST, expect=200, take={"listed session": "/results/0/id"}),
        Step(operation=_LIST, expect=200, query={"limit": "1000", "sortOrder": "ASC"}),
        Step(operation=_LIST, expect=200, query={"limit": "1", "page": "2"}),
        Step(operation=_LIST, expect=200, query={"id": Taken("listed session")}),
        Step(operation=_GET, expect=200, path={"id": Taken("listed session")}),
        Step(
            operation=_CREATE,
            expect=201,
            body={"name": "contract check", "messages": [{"role": "user", "content": "Hello"}]},
            take={"created session": "/id"},
        ),
        Step(operation=_GET, expect=200, path={"id": Taken("created session")}),
        Step(
            operation=_UPDATE,
            expect=200,
            path={"id": Taken("created session")},
            body={"name": "contract check, renamed", "status": "completed"},
        ),
        Step(
            operation=_REMOVE,
            expect=200,
            path={"id": Taken("created session")},
            take={"removed session": "/id"},
        ),
        Step(operation=_GET, expect=404, path={"id": Taken("removed session")}),
        Step(operation=_EXPORT, expect=200),
        Step(operation=_EXPORT, expect=200, query={"format": "csv", "limit": "1000"}),
        Step(operation=_EXPORT, expect=200, query={"format": "json", "limit": "1000"}),
    ),
)

VENDORS: Mapping[str, Vendor] = MappingProxyType({vendor.name: vendor for vendor in (VAPI,)})
