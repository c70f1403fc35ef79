"""Asks every operation without a good credential or role, which no built-in check can; needs no row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.checks import ROLE_REQUIRED, TOKEN_REFUSED, TOKEN_REQUIRED
from contracts.exchange import Exchange

if TYPE_CHECKING:
    from contracts.loading import AnyCase, AnyOperation

PHASE = "access"
_UNAUTHORIZED, _FORBIDDEN = 401, 403
# Well formed for a path parameter and never handed out, so that only an unchecked credential can show.
_NOBODY = "00000000-0000-4000-8000-000000000000"
_SAMPLES = {"date": "2026-01-31"}


def ask_for_access(exchange: Exchange, only: tuple[str, ...] = ()) -> None:
    """Send each chosen operation the requests that must be answered 401, and those that must be answered 403.

    `only` names the operations that may be asked, where not all may.
    """
    credential = exchange.credential
    for name in exchange.contract.chosen:
        if only and name not in only:
            continue
        operation = exchange.contract.operations[name]
        requirements = requirements_of(exchange, operation)
        if not requirements:
            continue
        for headers in credential.lacking:
            exchange.send(_plain(operation), PHASE, check=TOKEN_REQUIRED, expect=_UNAUTHORIZED, headers=headers)
        for headers in credential.refused:
            exchange.send(_plain(operation), PHASE, check=TOKEN_REFUSED, expect=_UNAUTHORIZED, headers=headers)
        if credential.unprivileged is not None and any(any(roles) for each in requirements for roles in each.values()):
            headers = {"Authorization": credential.unprivileged}
            exchange.send(_plain(operation), PHASE, check=ROLE_REQUIRED, expect=_FORBIDDEN, headers=headers)


def requirements_of(exchange: Exchange, operation: AnyOperation) -> list[dict[str, list[str]]]:
    """The operation's `security`, else the document's: each scheme with the roles that it needs."""
    document: Any = exchange.contract.schema.raw_schema
    requirements: list[dict[str, list[str]]] = operation.definition.raw.get("security", document.get("security", []))
    return requirements


def _plain(operation: AnyOperation) -> AnyCase:
    """The least that can be sent: what is read before the credential must not be what is refused."""
    path = {parameter.name: _NOBODY for parameter in operation.path_parameters}
    query = {parameter.name: _sample(parameter.definition) for parameter in operation.query if parameter.is_required}
    if not operation.body:
        return operation.Case(path_parameters=path, query=query)
    return operation.Case(path_parameters=path, query=query, body={}, media_type="application/json")


def _sample(definition: Any) -> str:
    return _SAMPLES.get(definition.get("schema", {}).get("format", ""), "1")
