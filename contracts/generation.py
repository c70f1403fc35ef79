"""Drives Schemathesis through all of its phases, its state machine last; knows no command and no report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from contracts.checks import BUILT_IN, TOO_LARGE
from contracts.exchange import REQUEST_SECONDS, Exchange
from contracts.recording import Judgement
from contracts.wording import describe

if TYPE_CHECKING:
    from schemathesis.config import SchemathesisConfig
    from schemathesis.core.transport import Response
    from schemathesis.engine import events
    from schemathesis.engine.recorder import CheckNode

    from contracts.loading import AnyCase

PHASES = frozenset({"examples", "coverage", "fuzzing", "stateful"})
# Schemathesis' own lists with 413 added; not_a_server_error sees to what 5xx means.
_REFUSED = [400, 401, 403, 404, 405, 406, 409, TOO_LARGE, 415, 422, 428, 429, "5xx"]
_NOT_REFUSED = ["2xx", "3xx", 401, 403, 404, 409, TOO_LARGE, 429, "5xx"]
_VALUE_WIDTH = 80
_STEPS = 6  # make, read, change, list, delete and read again


def configuration(*, seed: int, max_examples: int) -> SchemathesisConfig:
    """The settings of a run; nothing is read from or left in the working directory."""
    from schemathesis.config import SchemathesisConfig

    # max_response_time is no switch but a number, and off as long as there is none.
    off = {use.name: {"enabled": False} for use in BUILT_IN if not use.on and use.name != "max_response_time"}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "cache": {"enabled": False},
            "auth": {"auto-signup": False},
            "analysis": {"constants": {"enabled": False}},
            "generation": {"database": "none", "max-examples": max_examples},
            # One bad answer must not hide the next; Record keeps the shortest request of each finding.
            "continue-on-failure": True,
            "request-timeout": REQUEST_SECONDS,
            "phases": {"stateful": {"max-steps": _STEPS}},
            "checks": {
                **off,
                "negative_data_rejection": {"expected-statuses": _REFUSED},
                "positive_data_acceptance": {"expected-statuses": _NOT_REFUSED},
            },
            "output": {"truncation": {"max-width": _VALUE_WIDTH}},
        }
    )


def generate(exchange: Exchange) -> None:
    """Send the generated cases of the chosen operations and record what the checks say."""
    from schemathesis.engine import events, from_schema

    schema = exchange.contract.schema.include(operation_id=list(exchange.contract.chosen))
    with _scratch_home():
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioStarted):
                exchange.progress(f"{event.phase.value}: {event.label}")
            elif isinstance(event, events.ScenarioFinished):
                _record_scenario(event, exchange)
            elif isinstance(event, events.NonFatalError):
                _record_error(event, exchange)
            elif isinstance(event, events.FatalError):
                exchange.record.fail(f"Schemathesis stopped: {event.exception!r}")
            elif isinstance(event, events.Interrupted):
                exchange.record.fail("Interrupted; the operations after this have fewer cases or none.")
    _expect_cases(exchange)


def _record_scenario(event: events.ScenarioFinished, exchange: Exchange) -> None:
    recorder, phase = event.recorder, event.phase.value
    for case_id, interaction in recorder.interactions.items():
        if interaction.response is None:
            continue  # an error event tells of it
        case = recorder.cases[case_id].value
        judgements = _judgements(case, interaction.response, recorder.checks.get(case_id, []))
        name = exchange.contract.name_of(case.operation.label)
        exchange.add(name, phase, interaction.response, judgements, made_up=True)
    if event.label is not None:
        exchange.record.spend(exchange.contract.name_of(event.label), event.elapsed_time)


def _judgements(case: AnyCase, response: Response, nodes: list[CheckNode]) -> tuple[Judgement, ...]:
    return tuple(
        Judgement(node.name, describe(node.failure_info.failure, case, response) if node.failure_info else None)
        for node in nodes
    )


def _record_error(event: events.NonFatalError, exchange: Exchange) -> None:
    from requests import RequestException

    if isinstance(event.value, RequestException) and event.related_to_operation:
        phase = event.phase.value if event.phase is not None else "unknown"
        exchange.no_answer(exchange.contract.name_of(event.label), phase, event.value)
    else:
        message = " ".join(event.info.message.split())
        exchange.record.fail(f"{event.label}: {event.info.title}: {message}")


def _expect_cases(exchange: Exchange) -> None:
    """A run that tried nothing must not pass for one that found nothing."""
    for name in exchange.contract.chosen:
        if not exchange.record.cases_of(name, PHASES):
            exchange.record.fail(f"No case was generated for {exchange.contract.operations[name].label}.")


@contextmanager
def _scratch_home() -> Iterator[None]:
    """Keep Hypothesis from leaving a `.hypothesis` folder in the working directory."""
    from hypothesis.configuration import set_hypothesis_home_dir

    with tempfile.TemporaryDirectory(prefix="contracts-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)  # back to its own default
