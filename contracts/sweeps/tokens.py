"""Asks every operation without a good token, which no built-in check can (see checks.py); needs no row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from contracts.checks import TOKEN_REFUSED, TOKEN_REQUIRED
from contracts.exchange import Exchange

if TYPE_CHECKING:
    from contracts.loading import AnyCase, AnyOperation

PHASE = "token"
_REFUSED = 401
# Well formed for a path parameter and never handed out, so that only an unchecked token can show.
_NOBODY = "00000000-0000-4000-8000-000000000000"


def ask_without_token(exchange: Exchange, reject_token: str | None) -> None:
    """Send each chosen operation the requests that must be answered 401."""
    for name in exchange.contract.chosen:
        operation = exchange.contract.operations[name]
        for headers in _without_token(exchange.token):
            exchange.send(_plain(operation), PHASE, check=TOKEN_REQUIRED, expect=_REFUSED, headers=headers)
        if reject_token:
            headers = {"Authorization": f"Bearer {reject_token}"}
            exchange.send(_plain(operation), PHASE, check=TOKEN_REFUSED, expect=_REFUSED, headers=headers)


def _without_token(token: str) -> tuple[Mapping[str, str], ...]:
    return ({}, {"Authorization": f"Basic {token}"}, {"Authorization": "Bearer "})


def _plain(operation: AnyOperation) -> AnyCase:
    path = {parameter.name: _NOBODY for parameter in operation.path_parameters}
    if not operation.body:
        return operation.Case(path_parameters=path)
    return operation.Case(path_parameters=path, body={}, media_type="application/json")
