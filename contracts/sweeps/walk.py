"""Follows the catalogue's walk, so that rows, a row, a created row and an export are judged in every run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from contracts.catalog import Step, Taken
from contracts.checks import WALK_STATUS
from contracts.credentials import SignInRefused
from contracts.exchange import Exchange
from contracts.rules.laws import at, is_plain
from contracts.sweeps.access import requirements_of
from contracts.targets import TargetError

if TYPE_CHECKING:
    from schemathesis.core.transport import Response

    from contracts.loading import AnyCase

PHASE = "walk"
_REFUSALS = (401, 403)
_OF_PROXIES = (407, 502, 503, 504)


def follow_walk(exchange: Exchange) -> None:
    """Send the steps that concern the chosen operations, and warn about each that could not be sent.

    Raises SignInRefused when the first step that needs a credential is refused.
    """
    taken: dict[str, str] = {}
    let_in = False
    for step in needed_steps(exchange.contract.vendor.walk, exchange.contract.chosen):
        missing = sorted(step.needs - taken.keys())
        if missing:
            label = exchange.contract.operations[step.operation].label
            exchange.record.warn(f"Not exercised: {label} with the {', '.join(missing)}; there was none.")
            continue
        response = exchange.send(_case(exchange, step, taken), PHASE, check=WALK_STATUS, expect=step.expect)
        if response is None:
            continue
        if not let_in and step.expect < 400 and requirements_of(exchange, exchange.contract.operations[step.operation]):
            _expect_to_be_let_in(exchange, step, response.status_code)
            let_in = True
        taken.update(_values(step, response, taken))


def _expect_to_be_let_in(exchange: Exchange, step: Step, status: int) -> None:
    if status in _REFUSALS:
        credential, label = exchange.credential, exchange.contract.operations[step.operation].label
        raise SignInRefused(f"{label}: signing in {credential.who} was refused ({status}). {credential.advice}")
    url, transport = exchange.connection.base_url, exchange.connection.transport
    if status in _OF_PROXIES and transport.proxy(url) is not None:
        raise TargetError(f"{url} cannot be reached{transport.way(url)}: it answers {status}.")


def needed_steps(walk: tuple[Step, ...], chosen: Iterable[str]) -> list[Step]:
    """The steps of the chosen operations and the earlier ones that their values come from."""
    names = set(chosen)
    kept: list[Step] = []
    wanted: set[str] = set()
    for step in reversed(walk):
        if step.operation in names or wanted & step.take.keys():
            kept.append(step)
            wanted |= step.needs
    return kept[::-1]


def _case(exchange: Exchange, step: Step, taken: Mapping[str, str]) -> AnyCase:
    operation = exchange.contract.operations[step.operation]
    path, query = _filled(step.path, taken), _filled(step.query, taken)
    if step.body is None:
        return operation.Case(path_parameters=path, query=query)
    body = json.loads(json.dumps(step.body))  # a copy, since the table is shared by all runs
    return operation.Case(path_parameters=path, query=query, body=body, media_type="application/json")


def _filled(values: Mapping[str, str | Taken], taken: Mapping[str, str]) -> dict[str, str]:
    return {name: taken[value.name] if isinstance(value, Taken) else value for name, value in values.items()}


def _values(step: Step, response: Response, taken: Mapping[str, str]) -> dict[str, str]:
    """What the step takes; the checks have already said so when the answer is not the JSON that it should be."""
    answer = None
    with suppress(ValueError, RecursionError):
        answer = response.json()
    found = {
        name: taken[source.name] if isinstance(source, Taken) else at(answer, source)
        for name, source in step.take.items()
    }
    return {name: value for name, value in found.items() if is_plain(value)}
