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
    take: Mapping[str, str | Taken] = field(default_factory=dict)
    """Name of a value -> JSON pointer into the answer, or the value that it is from now on another name of."""

    @property
    def needs(self) -> frozenset[str]:
        """Names of the values this step cannot do without."""
        values = (*self.path.values(), *self.query.values(), *self.take.values())
        return frozenset(value.name for value in values if isinstance(value, Taken))


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The vendor's own endpoint: where it is, who opens it, what may be read, and where own rows are made.

    `operations` are the ids that a run which only reads is about; `reads` their path templates. `mark` is the member
    of a new row that takes any text, and `finds` the query of `create`, below whose member `rows` that row is listed.
    """

    url: str
    variables: tuple[str, ...]
    operations: tuple[str, ...]
    reads: tuple[str, ...]
    create: str
    changes: tuple[str, ...] = ()
    mark: str = "name"
    finds: Mapping[str, str] = field(default_factory=dict)
    rows: str = "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor's contract document, the walk through its operations, and what every request to it carries.

    `signs_in` names the kind of credential: bearer or basic.
    """

    name: str
    document: Path
    walk: tuple[Step, ...]
    live: Live
    signs_in: str = "bearer"
    headers: Mapping[str, str] = field(default_factory=dict)


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
    live=Live(
        url="https://api.vapi.ai",
        variables=("VAPI_API_KEY",),
        operations=(_LIST, _GET, _EXPORT),
        reads=("/session", "/session/export", "/session/{id}"),
        create="/session",
        changes=(_CREATE, _UPDATE, _REMOVE),
        finds={"name": "{mark}"},
    ),
    walk=(
        Step(operation=_LIST, expect=200, take={"listed session": "/results/0/id"}),
        Step(operation=_LIST, expect=200, query={"limit": "1000", "sortOrder": "ASC"}),
        Step(operation=_LIST, expect=200, query={"limit": "1", "page": "2"}),
        Step(operation=_LIST, expect=200, query={"id": Taken("listed session")}),
        Step(operation=_GET, expect=200, path={"id": Taken("listed session")}),
        Step(
            operation=_CREATE,
            expect=201,
            body={
                "name": "contract check",
                "messages": [{"role": "user", "content": "Hello"}],
                "assistant": {"model": {"provider": "openai", "model": "gpt-4o"}, "silenceTimeoutSeconds": 30},
            },
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
        Step(operation=_CREATE, expect=201, take={"bare session": "/id"}),
        Step(operation=_UPDATE, expect=200, path={"id": Taken("bare session")}),
        Step(operation=_REMOVE, expect=200, path={"id": Taken("bare session")}),
        Step(operation=_EXPORT, expect=200),
        Step(operation=_EXPORT, expect=200, query={"format": "csv", "limit": "1000"}),
        Step(operation=_EXPORT, expect=200, query={"format": "json", "limit": "1000"}),
    ),
)

_LISTED = {"sessionId": Taken("listed session")}
_CREATED = {"sessionId": Taken("created session")}
_PERIOD = {"StartDate": "2020-01-01", "EndDate": "2099-12-31"}

# Its server answers HTML to who does not ask for JSON.
EVOVOICE = Vendor(
    name="evovoice",
    document=_DOCUMENTS / "evovoice" / "openapi.yaml",
    # Reading /auth/logout would sign out, so that it is not among the reads.
    live=Live(
        url="https://evovoice.io",
        variables=("EVOVOICE_USER", "EVOVOICE_PASSWORD"),
        operations=("ListAISessions", "GetAISession", "GetAIUsage", "ListAccounts", "GetAccount", "GetAuthStatus"),
        reads=(
            "/ai/sessions",
            "/ai/sessions/{sessionId}",
            "/ai/usage",
            "/accounts",
            "/accounts/{accountId}",
            "/auth/status",
        ),
        create="/ai/sessions",
        changes=("NewAISession", "PatchAISession", "DeleteAISession"),
        mark="purpose",
        finds={"CountPerPage": "100"},  # the newest; no filter looks at the purpose
        rows="items",
    ),
    signs_in="basic",
    headers={"Accept": "application/json"},
    walk=(
        Step(
            operation="ListAISessions",
            expect=200,
            take={"listed session": "/items/0/id", "listed account": "/items/0/accountId"},
        ),
        Step(operation="ListAISessions", expect=200, query={"All": "true"}),
        Step(operation="ListAISessions", expect=200, query={"SimplifiedPaging": "true", "CountPerPage": "1"}),
        Step(operation="ListAISessions", expect=200, query={"SpecificIds": Taken("listed session")}),
        Step(operation="ListAISessions", expect=200, query={"AccountIds": Taken("listed account"), "Page": "1"}),
        Step(operation="GetAISession", expect=200, path=_LISTED),
        Step(
            operation="NewAISession",
            expect=200,
            body={"purpose": "Contract check: open an hour later on Mondays"},
            take={"created session": "/id"},
        ),
        Step(operation="GetAISession", expect=200, path=_CREATED),
        Step(operation="PatchAISession", expect=200, path=_CREATED, body={"purpose": "Contract check, changed"}),
        Step(operation="ApplyAISession", expect=200, path=_CREATED),
        Step(operation="ClearAISessionActions", expect=200, path=_CREATED),
        Step(operation="DeleteAISessionAction", expect=404, path={**_CREATED, "actionId": "none"}),
        Step(
            operation="DeleteAISession",
            expect=204,
            path=_CREATED,
            take={"removed session": Taken("created session")},
        ),
        Step(operation="GetAISession", expect=404, path={"sessionId": Taken("removed session")}),
        Step(operation="GetAIUsage", expect=200, query=_PERIOD),
        Step(operation="ListAccounts", expect=200, take={"an account": "/items/0/id"}),
        Step(operation="ListAccounts", expect=200, query={"All": "true"}),
        Step(operation="GetAccount", expect=200, path={"accountId": Taken("an account")}),
        Step(operation="GetAuthStatus", expect=200),
        Step(operation="AuthenticateLogoutGet", expect=200),
        Step(operation="AuthenticateLogoutPost", expect=200),
        Step(operation="AuthenticateCredentials", expect=401, body={"userName": "nobody", "password": "nothing"}),
    ),
)

VENDORS: Mapping[str, Vendor] = MappingProxyType({vendor.name: vendor for vendor in (VAPI, EVOVOICE)})
