"""`contracts record`, `verify` and `drift`: what a vendor answers, kept, judged, and held against a stand-in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import click

from contracts.catalog import VENDORS, Vendor
from contracts.commands.live import confirmed, explained, gate_of, ledger_option, upstream_option
from contracts.commands.running import FILE, report, write_reports
from contracts.commands.transport import transport_options
from contracts.credentials import of_environment
from contracts.drift import recording as recordings
from contracts.drift.documents import departures, told
from contracts.drift.recording import Recorder
from contracts.drift.verifying import differences, verify
from contracts.harness import Order, check
from contracts.live import GateTarget, reading, stand_in
from contracts.loading import unknown
from contracts.parsing import parse_yaml
from contracts.result import COULD_NOT_RUN, CannotRun, DriftResult, RunResult
from contracts.targets import HttpTarget
from contracts.terminal import say
from contracts.transport import Transport

_INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("record")
@click.option("--vendor", type=click.Choice(list(VENDORS)), required=True, help="Whose endpoint.")
@click.option("--out", type=FILE, required=True, help="The file to write.")
@click.option("--budget", type=click.IntRange(min=1), default=300, show_default=True, help="Requests at most.")
@click.option("--rate", type=click.FloatRange(min=0.1, max=1000), default=5.0, show_default=True, help="A second.")
@click.option("--yes", is_flag=True, help="Do not ask before the first request.")
@upstream_option
@ledger_option
@transport_options
def record_command(
    vendor: str,
    out: Path,
    budget: int,
    rate: float,
    yes: bool,
    upstream: str | None,
    ledger: Path,
    transport: Transport,
) -> None:
    """Sweep the vendor's own endpoint through the gate, and keep what it answers, without people and secrets."""
    known = VENDORS[vendor]
    with explained():
        gate = gate_of(known, upstream, ledger, transport, budget=budget, rate=rate, write=False)
        confirmed(gate, yes=yes)
        live, operations = reading(known, write=False)
        recorder = Recorder(known)
        order = Order(
            vendor=live,
            seed=0,
            max_examples=1,
            credential=stand_in(known),
            operations=operations,
            level="rules",
            live=True,
        )
        result = check(order, GateTarget(gate), listen=recorder)
        if not recorder.heard:
            raise CannotRun(f"Nothing was recorded. {' '.join(result.errors) or 'No list could be read.'}")
        day = datetime.now(UTC).date().isoformat()
        kept = recorder.recording(day, _document(known), gate.secrets)
    # A text may hold half of a pair of UTF-16, which JSON can spell and UTF-8 cannot.
    out.write_text(recordings.as_text(kept), "utf-8", errors="backslashreplace")
    say(f"{out}: {len(kept.probes)} probes, {gate.sent} requests sent.")
    _exit_incomplete(result, "The recording")


@click.command("verify")
@click.argument("file", type=_INPUT)
@click.option("--junit", type=FILE, help="Write a JUnit report.")
@click.option("--json", "json_", type=FILE, help="Write a JSON report.")
@click.option("--html", type=FILE, help="Write a page for readers.")
def verify_command(file: Path, junit: Path | None, json_: Path | None, html: Path | None) -> None:
    """Judge a recording by the contract and the rules. Sends nothing and needs no key."""
    with explained(), not_too_deep(file):
        result = verify(_recorded(file), file.name)
    report([result], {"junit": junit, "json": json_, "html": html})
    sys.exit(result.exit_code)


@click.command("drift")
@click.argument("file", type=_INPUT)
@click.option("--target", metavar="URL", required=True, help="The stand-in to hold the recording against.")
@click.option("--junit", type=FILE, help="Write a JUnit report.")
@click.option("--json", "json_", type=FILE, help="Write a JSON report.")
@click.option("--html", type=FILE, help="Write a page for readers.")
@transport_options
def drift_command(
    file: Path, target: str, junit: Path | None, json_: Path | None, html: Path | None, transport: Transport
) -> None:
    """Say where a recording and a stand-in differ: statuses, shapes and behaviour, never values."""
    from contracts.reports import DRIFT_REPORTERS  # here, so that --help does not wait for rich

    started = perf_counter()
    with explained(), not_too_deep(file):
        kept = _recorded(file)
        vendor = VENDORS[kept.vendor]
        heard = Recorder(vendor)
        live, operations = reading(vendor, write=False)
        credential = of_environment(vendor.signs_in)
        order = Order(vendor=live, seed=0, max_examples=1, credential=credential, operations=operations, level="rules")
        checked = check(replace(order, live=True), HttpTarget(target, transport), listen=heard)
        found, rules = differences(kept, heard, _document(vendor))
        if not any("not asked" not in (rule.recorded, rule.target) for rule in rules):
            reason = " ".join(checked.errors) or "The recording and the target have no rule in common."
            raise CannotRun(f"Nothing was compared. {reason}")
    result = DriftResult(
        vendor=kept.vendor,
        recording=file.name,
        day=kept.day,
        target=target,
        when=_now(),
        seconds=perf_counter() - started,
        differences=tuple(found),
        rules=tuple(rules),
    )
    write_reports(result, DRIFT_REPORTERS, {"junit": junit, "json": json_, "html": html})
    if not result.differences:
        _exit_incomplete(checked, "The comparison")
    sys.exit(result.exit_code)


def _recorded(file: Path) -> recordings.Recording:
    """The recording in a file. Raises UsageError for another vendor, CannotRun when nothing is in it."""
    kept = recordings.read(file)
    if kept.vendor not in list(VENDORS):
        raise click.UsageError(f"{file}: {unknown('vendor', str(kept.vendor), VENDORS)}")
    if not kept.probes:
        raise CannotRun(f"{file} has no probes, so there is nothing to judge or to compare; record it again.")
    return kept


def _exit_incomplete(result: RunResult, what: str) -> None:
    """Say why not everything was asked, and end with the exit code for that."""
    if result.errors:
        say(f"{what} is not complete. {' '.join(result.errors)}", err=True)
        sys.exit(COULD_NOT_RUN)


@click.command("docs-drift")
@click.argument("document", metavar="FILE-OR-URL")
@click.option("--vendor", type=click.Choice(list(VENDORS)), default="vapi", show_default=True, help="Whose document.")
@click.option("--junit", type=FILE, help="Write a JUnit report.")
@click.option("--json", "json_", type=FILE, help="Write a JSON report.")
@click.option("--html", type=FILE, help="Write a page for readers.")
@transport_options
def docs_drift_command(
    document: str,
    vendor: str,
    junit: Path | None,
    json_: Path | None,
    html: Path | None,
    transport: Transport,
) -> None:
    """Hold a vendor's OpenAPI document against ours; what corrections.yaml explains is left out."""
    from contracts.reports import DRIFT_REPORTERS

    started = perf_counter()
    known = VENDORS[vendor]
    with explained(), not_too_deep(document):
        theirs = _fetched(document, transport)
        corrections = parse_yaml(known.document.with_name("corrections.yaml").read_text("utf-8"))
        try:
            found = told(departures(theirs, _document(known), corrections))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise CannotRun(f"{document} is no OpenAPI document of {vendor} ({error!r}).") from error
    result = DriftResult(
        vendor=vendor,
        recording=document,
        target=str(Path(*known.document.parts[-4:])),
        when=_now(),
        seconds=perf_counter() - started,
        differences=tuple(found),
        kind="docs-drift",
    )
    write_reports(result, DRIFT_REPORTERS, {"junit": junit, "json": json_, "html": html})
    sys.exit(result.exit_code)


@contextmanager
def not_too_deep(name: object) -> Iterator[None]:
    """Raise CannotRun where a file is nested deeper than Python can follow."""
    try:
        yield
    except RecursionError:
        raise CannotRun(f"{name} is nested too deeply to be read.") from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="minutes")


def _fetched(place: str, transport: Transport) -> object:
    """A JSON or YAML document from a file or over https. Raises CannotRun."""
    try:
        if place.startswith("https://"):
            with transport.session(place) as session:
                answer = session.get(place, timeout=30)
            answer.raise_for_status()
            text = answer.text
        else:
            text = Path(place).read_text("utf-8")
        text = text.removeprefix("\ufeff")
        return json.loads(text) if text.lstrip().startswith("{") else parse_yaml(text)
    except (OSError, ValueError) as error:
        way = transport.way(place) if place.startswith("https://") else ""
        raise CannotRun(f"{place} cannot be read as an OpenAPI document{way}: {error}.") from error


def _document(vendor: Vendor) -> dict[str, object]:
    document: dict[str, object] = parse_yaml(vendor.document.read_text("utf-8"))
    return document
