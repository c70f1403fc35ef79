"""Which checks are on, which are off and which failures are accepted, each with its reason; sends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from contracts.result import CheckUse, Tolerated

if TYPE_CHECKING:
    from schemathesis.core.failures import Failure
    from schemathesis.core.mutations import Mutation
    from schemathesis.core.transport import Response
    from schemathesis.hooks import HookContext
    from schemathesis.schemas import BaseSchema

    from contracts.loading import AnyCase

TOKEN_REQUIRED = "token_required"
TOKEN_REFUSED = "token_refused"
ROLE_REQUIRED = "role_required"
WALK_STATUS = "walk_status"
ANSWERED = "answered"
UNDOCUMENTED = "undocumented_field"
TOO_LARGE = 413
_OK, _NOT_FOUND = 200, 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """A failure that is accepted on purpose, as narrowly as it can be put."""

    vendor: str
    check: str
    scope: str
    reason: str
    applies: Callable[[AnyCase, Response], bool]


def _on(name: str, reason: str = "") -> CheckUse:
    return CheckUse(name=name, on=True, reason=reason)


def _off(name: str, reason: str) -> CheckUse:
    return CheckUse(name=name, on=False, reason=reason)


# Every check that Schemathesis 4.32 ships stands here; a test fails when a release adds one.
BUILT_IN: tuple[CheckUse, ...] = (
    _on("not_a_server_error"),
    _on("status_code_conformance"),
    _on("content_type_conformance"),
    _on("response_headers_conformance"),
    _on("response_schema_conformance"),
    _on("negative_data_rejection", f"{TOO_LARGE} counts as refused too"),
    _on("positive_data_acceptance", f"{TOO_LARGE} is no refusal of the data: every server has a size limit"),
    _on("missing_required_header"),
    _on("unsupported_method"),
    _on("allow_header_conformance"),
    _on("use_after_free"),
    _on("ensure_resource_availability"),
    _off(
        "ignored_auth",
        "it crashes on a WSGI target (4.32.5) and expects every made-up token to be refused, while a "
        "stand-in accepts any; token_required and --reject-token take its place",
    ),
    _off("object_level_authorization", "it needs two users in a WFC file; one run has one token"),
    _off("max_response_time", "speed is not part of the contract"),
)

OWN: tuple[CheckUse, ...] = (
    _on(TOKEN_REQUIRED, "no Authorization header, another scheme and an empty bearer token each get 401"),
    _on(TOKEN_REFUSED, "a wrong password gets 401, and so does the key given by --reject-token; idle without either"),
    _on(ROLE_REQUIRED, "a caller without the documented role gets 403; idle when none is known"),
    _on(WALK_STATUS, "each fixed request of the walk gets its documented status"),
    _on(ANSWERED, "every request gets an HTTP answer"),
    _on(UNDOCUMENTED, "no member that the document does not know; a warning, and a finding with --strict-fields"),
)


def _broken_values_read_as_valid(case: AnyCase, response: Response) -> bool:
    """Whether each query parameter broken on purpose is absent or valid once it is text on the wire."""
    meta = case.meta
    if meta is None:
        return False
    sent = parse_qs(urlsplit(str(response.request.url)).query, keep_blank_values=True)
    data = meta.phase.data
    broken = {(mutation.parameter_location, _name_in_query(mutation)) for mutation in data.mutations}
    if not broken and data.parameter is not None and data.parameter_location is not None:
        broken.add((data.parameter_location, data.parameter))  # the coverage phase breaks one and says which
    return bool(broken) and all(
        place.name == "QUERY" and _reads_as_valid(case, name, sent.get(name, [])) for place, name in broken
    )


def _reads_as_valid(case: AnyCase, name: str, values: list[str]) -> bool:
    items = [item for value in values for item in value.split(",") if item]
    parameter = case.operation.query.get(name)
    if not items or parameter is None:
        return not items
    is_list = parameter.definition.get("schema", {}).get("type") == "array"
    return is_list and bool(parameter.get_validator().is_valid(items))


def _name_in_query(mutation: Mutation) -> str:
    """The name on the wire: the member `number` of the object `customer` goes out as `customer[number]`."""
    first, *members = mutation.path or (mutation.parameter,)
    return f"{first}" + "".join(f"[{member}]" for member in members if isinstance(member, str))


def _cursor_refused(case: AnyCase, response: Response) -> bool:
    """Whether a made-up cursor is all that the answer complains about."""
    if not case.query.get("cursor") or response.status_code != 400:
        return False
    try:
        complaints = response.json()["message"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return False
    return isinstance(complaints, list) and all("cursor" in str(complaint) for complaint in complaints)


def _read_as_session_id(case: AnyCase, response: Response) -> bool:
    """Return whether a path such as `/session/export` was asked with a method that `/session/{id}` has."""
    parent, _, last = case.path.rpartition("/")
    if parent != "/session" or last == "{id}":
        return False
    if case.method in ("PATCH", "DELETE"):
        return response.status_code == 400
    allowed = {name.strip() for value in response.headers.get("allow", []) for name in value.split(",")}
    return case.method == "OPTIONS" and allowed == {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}


def _cannot(case: AnyCase, response: Response) -> bool:
    """Return whether the answer is the 404 of a router that has no handler for this verb."""
    return response.status_code == _NOT_FOUND and f'"Cannot {case.method} '.encode() in response.content


def _without_route(_case: AnyCase, response: Response) -> bool:
    """Whether the answer is the empty one of a server that has no such route."""
    return response.status_code == _NOT_FOUND and not response.content


def _usage_by_another_verb(case: AnyCase, response: Response) -> bool:
    return (
        case.path == "/ai/usage" and case.method in ("POST", "PUT", "PATCH", "DELETE") and response.status_code == _OK
    )


def _status_as_provider(case: AnyCase, response: Response) -> bool:
    """Whether `POST /auth/status` was read as signing in with a provider called `status`."""
    return case.path == "/auth/status" and case.method == "POST" and response.status_code == _NOT_FOUND


# Each entry is one policy of the vendor that the schema language of the document cannot say.
TOLERATED: tuple[Tolerance, ...] = (
    Tolerance(
        vendor="vapi",
        check="negative_data_rejection",
        scope="query values that are empty, and lists in the query",
        reason="an empty value or list item counts as absent, and any text is a list of one",
        applies=_broken_values_read_as_valid,
    ),
    Tolerance(
        vendor="vapi",
        check="positive_data_acceptance",
        scope="cursor that no page handed out",
        reason="a cursor is opaque, so every made-up one is refused although it is a string",
        applies=_cursor_refused,
    ),
    Tolerance(
        vendor="vapi",
        check="unsupported_method",
        scope="methods without a handler, answered 404 Cannot PUT /session",
        reason="the framework looks for a handler by verb and path, and answers 404 where there is none",
        applies=_cannot,
    ),
    *(
        Tolerance(
            vendor="vapi",
            check=check,
            scope="PATCH, DELETE and OPTIONS of a path such as /session/export",
            reason="it is also /session/{id}, with the id 'export', which has these methods",
            applies=_read_as_session_id,
        )
        for check in ("unsupported_method", "allow_header_conformance")
    ),
    Tolerance(
        vendor="evovoice",
        check="unsupported_method",
        scope="methods without a route, answered by an empty 404",
        reason="the framework hands a path or method that no route takes on, to a server that has nothing for it",
        applies=_without_route,
    ),
    Tolerance(
        vendor="evovoice",
        check="unsupported_method",
        scope="POST, PUT, PATCH and DELETE of /ai/usage",
        reason="the route takes every method; the document has the one that clients use",
        applies=_usage_by_another_verb,
    ),
    Tolerance(
        vendor="evovoice",
        check="unsupported_method",
        scope="POST of /auth/status",
        reason="the path is also /auth/{provider} with a provider that is not configured",
        applies=_status_as_provider,
    ),
)


class Tolerances:
    """The tolerated failures of one run: takes them out of what the checks report, and counts them."""

    def __init__(self, vendor: str, schema: BaseSchema) -> None:
        self._table = [entry for entry in TOLERATED if entry.vendor == vendor]
        self._met: Counter[Tolerance] = Counter()
        # A hook of this schema alone; nothing is registered for the whole process.
        schema.hooks.register_hook_with_name(self._keep, "filter_failure")

    def met(self) -> tuple[Tolerated, ...]:
        """Each entry of the table with the number of failures it took out."""
        return tuple(
            Tolerated(check=entry.check, scope=entry.scope, reason=entry.reason, times=self._met[entry])
            for entry in self._table
        )

    def _keep(self, _context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
        for entry in self._table:
            if entry.check in failure.checks and entry.applies(case, response):
                self._met[entry] += 1
                return False
        return True
