"""`contracts check`: flags and CONTRACTS_* variables in, reports and exit code out; judges nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from contracts.catalog import VENDORS
from contracts.checks import BUILT_IN, OWN, TOLERATED
from contracts.commands.live import check_live, explained, ledger_option, upstream_option
from contracts.commands.running import FILE, report, run
from contracts.commands.transport import transport_options
from contracts.credentials import STAND_IN_TOKEN, of_environment
from contracts.deviations import read
from contracts.harness import LEVELS, Order
from contracts.result import worst
from contracts.rules import RULES
from contracts.targets import AppTarget, HttpTarget, Target
from contracts.transport import Transport

_SEED = 20260819
_MAX_EXAMPLES = 100
_ALL = "all"
_LIVE = ("live", "live_write", "upstream", "ledger", "yes", "budget", "rate")

_EXAMPLES = """\b
Examples:
  contracts check --vendor vapi --target http://127.0.0.1:8400
  contracts check --vendor vapi --app mock_server:create_app
  contracts check --vendor all --app mock_server:create_app
  EVOVOICE_USER=ann EVOVOICE_PASSWORD=... contracts check --vendor evovoice \\
      --target http://127.0.0.1:8400
  contracts check --vendor vapi --target http://127.0.0.1:8400 \\
      --operation SessionController_create --max-examples 500 --seed 7
  contracts check --vendor vapi --app mock_server:create_app \\
      --junit contracts.xml --json contracts.json

\b
Exit codes:
  0  the target keeps the contract
  1  something was found
  2  the command was not used rightly
  3  the run could not be done, or not all of it
"""


def _report_path(context: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    del context
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder of {path} does not exist; create it first.", param=parameter)
    return path


def _token(context: click.Context, parameter: click.Parameter, token: str | None) -> str | None:
    del context
    if token is not None and not (token and token.isascii() and token.isprintable() and token == token.strip()):
        raise click.BadParameter("a token is visible ASCII without spaces around it.", param=parameter)
    return token


@click.command("check", epilog=_EXAMPLES)
@click.option(
    "--vendor",
    type=click.Choice([*VENDORS, _ALL]),
    envvar="CONTRACTS_VENDOR",
    help="Whose contract; all for each in turn.",
)
@click.option(
    "--target",
    metavar="URL",
    envvar="CONTRACTS_TARGET",
    help="A served target, such as http://127.0.0.1:8400.",
)
@click.option(
    "--app",
    metavar="MODULE:NAME",
    envvar="CONTRACTS_APP",
    help="A WSGI application, or a factory of one, called in this process. Either this or --target.",
)
@click.option(
    "--token",
    callback=_token,
    envvar="CONTRACTS_TOKEN",
    default=STAND_IN_TOKEN,
    show_default=True,
    help="Bearer token that the target accepts; it appears in no output. Vapi only.",
)
@click.option(
    "--reject-token",
    metavar="TOKEN",
    callback=_token,
    envvar="CONTRACTS_REJECT_TOKEN",
    help="Bearer token that the target must refuse. Leave it out for a target that accepts any.",
)
@click.option(
    "--operation",
    "operations",
    metavar="ID",
    multiple=True,
    envvar="CONTRACTS_OPERATION",
    help="Only this operationId; may be given more than once.",
)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    envvar="CONTRACTS_LEVEL",
    default=LEVELS[1],
    show_default=True,
    help="wire: fixed requests, judged by the schemas; rules: also sweeps of the lists, judged by the laws of lists; "
    "full: also changes, generated cases and a state machine.",
)
@click.option(
    "--allow-vacuous",
    metavar="RULE",
    type=click.Choice([rule.id for rule in RULES]),
    multiple=True,
    envvar="CONTRACTS_ALLOW_VACUOUS",
    help="Let this rule pass although nothing could have broken it; may be given more than once.",
)
@click.option(
    "--strict-fields", is_flag=True, envvar="CONTRACTS_STRICT_FIELDS", help="Undocumented fields are findings."
)
@click.option(
    "--deviations",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="CONTRACTS_DEVIATIONS",
    help="Accepted findings, in place of the vendor's own deviations.yaml.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    envvar="CONTRACTS_SEED",
    default=_SEED,
    show_default=True,
    help="Same seed and same answers, same cases.",
)
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    envvar="CONTRACTS_MAX_EXAMPLES",
    default=_MAX_EXAMPLES,
    show_default=True,
    help="Random cases per operation, on top of the fixed and the coverage cases; at level full only.",
)
@click.option("--junit", type=FILE, callback=_report_path, envvar="CONTRACTS_JUNIT", help="Write a JUnit report.")
@click.option("--json", "json_", type=FILE, callback=_report_path, envvar="CONTRACTS_JSON", help="Write a JSON report.")
@click.option("--html", type=FILE, callback=_report_path, envvar="CONTRACTS_HTML", help="Write a page for readers.")
@click.option(
    "--live",
    is_flag=True,
    envvar="CONTRACTS_LIVE",
    help="The vendor's own endpoint, through the gate: GET only. Needs the key.",
)
@click.option(
    "--live-write",
    is_flag=True,
    envvar="CONTRACTS_LIVE_WRITE",
    help="With --live: also make, change and delete a session of its own.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    envvar="CONTRACTS_BUDGET",
    default=300,
    show_default=True,
    help="Live requests at most.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1, max=1000),
    envvar="CONTRACTS_RATE",
    default=5.0,
    show_default=True,
    help="Live, a second.",
)
@click.option("--yes", is_flag=True, envvar="CONTRACTS_YES", help="Do not ask before the first live request.")
@upstream_option
@ledger_option
@transport_options
@click.option("--list-checks", is_flag=True, help="Say which checks are on, which are off and why, and stop.")
def check_command(
    vendor: str | None,
    target: str | None,
    app: str | None,
    junit: Path | None,
    json_: Path | None,
    html: Path | None,
    list_checks: bool,
    transport: Transport,
    **others: Any,
) -> None:
    """Check a target against the contract of a vendor.

    Sends requests without a token, a fixed walk through the operations, and sweeps of the lists whose values
    come from their own rows; at level full also changes and generated cases (documented examples, coverage of
    each schema, random fuzzing). Every answer is judged against the contract document, and related answers by
    rules. It creates, changes and deletes sessions, so point it at a stand-in. Every option can also be
    given as the environment variable CONTRACTS_ followed by its name.

    Evo Voice is signed in to as EVOVOICE_USER with EVOVOICE_PASSWORD, by default the stand-in's
    administrator; EVOVOICE_AGENT_USER and EVOVOICE_AGENT_PASSWORD are somebody without the role.
    """
    if list_checks:
        click.echo(_checks_text())
        return
    if vendor is None:
        raise click.UsageError(f"Missing --vendor. Known: {', '.join(VENDORS)}; {_ALL} is each in turn.")
    with explained():
        live = {name: others.pop(name) for name in _LIVE}
        orders = list(_orders(list(VENDORS) if vendor == _ALL else [vendor], **others))
    files = {"junit": junit, "json": json_, "html": html}
    if live["live"] or live["live_write"]:
        if target or app or vendor == _ALL:
            raise click.UsageError("--live takes one --vendor, and neither --target nor --app.")
        check_live(orders[0], files, transport=transport, **live)
    results = run(orders, _target(target, app, transport))
    report(results, files)
    sys.exit(worst(results))


def _orders(
    names: Sequence[str], *, token: str, reject_token: str | None, deviations: Path | None, **others: Any
) -> Iterator[Order]:
    """An order for each vendor. Raises CannotRun."""
    for name in names:
        vendor = VENDORS[name]
        credential = of_environment(vendor.signs_in, token, reject_token)
        yield Order(vendor=vendor, credential=credential, deviations=read(name, deviations), **others)


def _target(url: str | None, app: str | None, transport: Transport) -> Target:
    if (url is None) == (app is None):
        got = "neither" if url is None else "both"
        raise click.UsageError(f"Give one of --target URL and --app MODULE:NAME; got {got}.")
    if url is not None:
        return HttpTarget(url, transport)
    assert app is not None
    # An installed command does not look in the working directory, where the application usually is.
    sys.path.insert(0, os.getcwd())
    return AppTarget(app)


def _checks_text() -> str:
    lines = ["Checks:"]
    for use in BUILT_IN + OWN:
        reason = f"  {use.reason}" if use.reason else ""
        lines.append(f"  {'on ' if use.on else 'off'}  {use.name}{reason}")
    lines.append("Tolerated failures:")
    lines += [f"  {entry.check}, {entry.scope}: {entry.reason}" for entry in TOLERATED] or ["  none"]
    return "\n".join(lines)
