"""Judges a recording without sending anything: each answer by the document, related answers by the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import Any

from contracts.catalog import VENDORS
from contracts.checks import BUILT_IN, OWN, Tolerances
from contracts.credentials import Credential
from contracts.drift.comparing import Portrait, compare, compare_rules
from contracts.drift.places import Places
from contracts.drift.recording import Recorder, Recording
from contracts.exchange import Exchange
from contracts.generation import configuration
from contracts.judging import BY_KIND, Inquiry, laws_of
from contracts.loading import Contract, load
from contracts.recording import Record
from contracts.redaction import Redactor
from contracts.result import CannotRun, Compared, Difference, RunResult
from contracts.rules import Answer, Ask, Probe
from contracts.rules.laws import ListLaws
from contracts.targets import Connection

_NOWHERE = Connection("https://recorded.invalid")


def verify(recording: Recording, name: str) -> RunResult:
    """What the document and the rules say of the recording, which `name` names."""
    started = perf_counter()
    vendor = VENDORS[recording.vendor]
    exchange = _exchange(load(vendor, configuration(seed=0, max_examples=1)))
    tolerances = Tolerances(vendor.name, exchange.contract.schema)
    inquiry = Inquiry(exchange, f"recorded {recording.day}")
    judged: set[tuple[Ask, Answer]] = set()
    with usable(name):
        for laws, probe in probes_of(recording):
            for ask, answer in probe.sent:
                if (ask, answer) not in judged:
                    judged.add((ask, answer))
                    exchange.recorded(inquiry.case(ask), answer.status, answer.media_type, answer.text, key=ask)
            inquiry.judge(laws, probe)
        inquiry.tell_unjudged()
    return RunResult(
        vendor=vendor.name,
        document=vendor.document.name,
        target=name,
        seed=0,
        seconds=perf_counter() - started,
        operations=exchange.record.operations(),
        findings=exchange.record.findings(),
        warnings=exchange.record.warnings,
        errors=exchange.record.errors,
        checks=BUILT_IN + OWN,
        tolerated=tolerances.met(),
        level="verify",
    )


@contextmanager
def usable(name: str) -> Iterator[None]:
    """Raise CannotRun in place of what a file raises that has the form of a recording, and not what belongs in it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise CannotRun(f"{name} cannot be judged ({error!r}); make a recording with contracts record.") from error


def probes_of(recording: Recording) -> list[tuple[ListLaws, Probe]]:
    """The probes with the laws of their lists, which know all recorded rows."""
    known = {
        operation: replace(laws, universe=recording.universes.get(operation, ()))
        for operation, laws in laws_of(recording.vendor).items()
    }
    return [(known[operation], probe) for operation, probe in recording.probes if operation in known]


def differences(
    recording: Recording, heard: Recorder, document: Mapping[str, Any]
) -> tuple[list[Difference], list[Compared]]:
    """Where the recording and what was heard of the target differ, and each rule on both sides."""
    places = Places(document)
    recorded, target = Portrait(), Portrait()
    with usable("The recording"):
        for laws, probe in probes_of(recording):
            recorded.see(laws, probe, BY_KIND[probe.kind], places)
    for laws, probe in heard.heard:
        target.see(laws, probe, BY_KIND[probe.kind], places)
    return compare(recorded, target, places), compare_rules(recorded, target)


def _exchange(contract: Contract) -> Exchange:
    aimed = contract.aimed_at(_NOWHERE.base_url, None, {})
    labels = {name: operation.label for name, operation in aimed.operations.items()}
    redact = Redactor({})
    credential = Credential(authorization="recorded", lacking=())
    return Exchange(aimed, _NOWHERE, credential, Record(labels, aimed.chosen, redact), redact, lambda _: None)
