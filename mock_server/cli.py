"""The command line: mock-server serve | seed | health | db."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import click
from pydantic.fields import FieldInfo

from mock_server import signals
from mock_server.app import create_app
from mock_server.connections import raise_descriptor_limit
from mock_server.core.memory import return_freed_memory
from mock_server.core.problems import Problem
from mock_server.core.store import Database, DatabaseError, check
from mock_server.server import AddressInUse, MockServer
from mock_server.settings import OPTIONS, Settings, SettingsError, refuse_unknown_variables, variable
from mock_server.vendors import VENDORS
from mock_server.web.world import World

_PATIENCE = 1.0  # seconds before a progress bar is worth showing
_WORTH_A_BAR = 2_000  # sessions; fewer are made in less time than that
_HEALTH_SECONDS = 3.0
# The address at which to call a server that listens on all of them.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # nosec B104
_VENDOR_OPTIONS = tuple(name for vendor in VENDORS for name in vendor.options.model_fields)
_SEEDING = ("vendor", "sessions", "seed", "clock", "db", *_VENDOR_OPTIONS)
_FILLING = ("sessions", "world", "load")  # settings that apply only to a new file

_COLLECTIONS = tuple(spec for vendor in VENDORS for spec in vendor.collections)

Command = Callable[..., None]


def _option(name: str, *, required: bool = False, description: str | None = None) -> Callable[[Command], Command]:
    """Return the decorator that adds the flag of a setting to a command."""
    field = OPTIONS[name]
    flag = "--" + name.replace("_", "-")
    switch = bool in (field.annotation, *get_args(field.annotation))
    # A default of None tells a switch that was not given from one that was; click would take it for an answer.
    need: dict[str, Any] = {"required": True} if required else {"default": None}
    if not switch:
        need |= {"type": _type(field), "metavar": _metavar(field)}
    default = "" if field.default in (None, ()) else f"  [default: {field.default}]"
    return click.option(
        f"{flag}/--no-{flag[2:]}" if switch else flag,
        name,
        **need,
        envvar=variable(name),
        show_envvar=True,
        multiple=isinstance(field.default, tuple),
        help=f"{description or field.description}{default}",
    )


def _type(field: FieldInfo) -> "click.ParamType[Any] | None":
    """Return the type of a flag's value, for its help and shell completion; Settings does the checks of the others."""
    choices = _extra(field).get("choices")
    if choices is not None:
        return click.Choice(choices)
    return click.Path(path_type=Path) if Path in get_args(field.annotation) else None


def _metavar(field: FieldInfo) -> str | None:
    """Return what help shows as the value; None for that of the type."""
    if field.annotation is int:
        return str(_extra(field).get("metavar", "N"))
    return "FILE" if Path in get_args(field.annotation) else _extra(field).get("metavar")


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _options(
    names: Iterable[str], required: tuple[str, ...] = (), descriptions: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Command], Command]:
    """Return the decorator that adds flags of settings to a command."""

    def decorate(command: Command) -> Command:
        for name in reversed(tuple(names)):
            command = _option(name, required=name in required, description=descriptions.get(name))(command)
        return command

    return decorate


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  mock-server serve\n  mock-server serve --port 0 --clock 2026-01-31T09:00:00Z\n"
    "  mock-server seed --db sessions.json --sessions 10000\n\n"
    'Shell completion of commands, flags and values:\neval "$(_MOCK_SERVER_COMPLETE=bash_source mock-server)", or '
    "zsh_source or fish_source.",
)
@click.version_option(version("voice-session-emulator"), prog_name="mock-server")
@click.pass_context
def main(context: click.Context) -> None:
    """A local stand-in for voice-AI session APIs."""
    if context.invoked_subcommand in (serve.name, seed.name):
        signals.block()
    else:
        signals.unblock()


@main.command(
    epilog="\b\nExamples:\n  mock-server serve\n  mock-server serve --sessions 1000 --seed 7\n"
    "  mock-server serve --db sessions.json --api-key alpha --api-key beta\n"
    "  MOCK_SERVER_PORT=9000 mock-server serve"
)
@_options(OPTIONS)
def serve(**given: Any) -> None:
    """Serve the emulated APIs until Ctrl-C."""
    with _explained():
        settings = _settings(given)
        _warn_of_unreachable_webhook(settings)
        if settings.quiet is None:
            settings = settings.model_copy(update={"quiet": not sys.stderr.isatty()})
        raise_descriptor_limit(settings.connections)
        with _progress(settings, _end_if_stopped) as progress:
            progress(0)
            return_freed_memory()
            server = MockServer(settings, progress=progress).start()
    try:
        click.echo(_banner(server, given))
        signals.wait()
    finally:
        server.stop()


@main.command(epilog="\b\nExample:\n  mock-server seed --db sessions.json --sessions 10000 --seed 7")
@_options(_SEEDING, required=("db",))
def seed(**given: Any) -> None:
    """Write a new file of sessions that `serve --db FILE` opens."""
    with _explained():
        settings = _settings(given)
        if settings.db is not None and settings.db.exists():
            raise click.UsageError(f"{settings.db} exists; move it away or choose another path for --db")
        started = time.perf_counter()
        with _progress(settings, _abort_if_stopped) as progress:
            progress(0)
            world: World = create_app(settings, progress).extensions["mock_server"].default
        made, seconds = _counts(world, settings), time.perf_counter() - started
        world.close()
        if not world.database.fresh:  # only its write-ahead log existed, after a kill
            raise click.UsageError(f"{settings.db} exists; move it away or choose another path for --db")
    click.echo(f"{settings.db}: {made}, {seconds:.1f} s")


@main.command(epilog="\b\nExamples:\n  mock-server health\n  MOCK_SERVER_PORT=9000 mock-server health")
@_options(
    ("host", "port"),
    descriptions={"host": "Address that the server listens on.", "port": "Port that the server listens on."},
)
def health(**given: Any) -> None:
    """Check that a server is running. Exit with 1 if it is not. Proxies are ignored."""
    with _explained():
        settings = _settings(given)
    if settings.port == 0:
        raise click.UsageError("--port 0 stands for any free port; give the port that the server listens on")
    host = _LOOPBACK.get(settings.host, settings.host)
    address = f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
    connection = HTTPConnection(host, settings.port, timeout=_HEALTH_SECONDS)
    try:
        connection.request("GET", "/_mock/health")
        response = connection.getresponse()
        body = response.read().decode()
    except (OSError, HTTPException, UnicodeError) as error:
        raise click.ClickException(f"{address} does not answer: {error or type(error).__name__}") from error
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise click.ClickException(f"{address} answers {response.status} to GET /_mock/health")
    click.echo(body)


@main.group()
def db() -> None:
    """Check, compact or accept a file of `serve --db`. No server may have it open."""


@db.command("check", epilog="\b\nExample:\n  mock-server db check sessions.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_file(file: Path) -> None:
    """Read the file and its write-ahead log, compare the indexes, print counts. Exit with 1 if they disagree."""
    with _explained():
        report = check(file, _COLLECTIONS)
    for name, number in report.counts.items():
        click.echo(f"{name}: {number:,} documents")
    click.echo(f"snapshot: {report.snapshot_bytes:,} bytes")
    click.echo(f"write-ahead log: {report.write_ahead_log_bytes:,} bytes, {report.waiting:,} commits")
    for index in report.inconsistencies:
        click.echo(f"WRONG: {index} disagrees with the documents", err=True)
    if report.inconsistencies:
        raise click.exceptions.Exit(1)
    click.echo("indexes agree with the documents")


@db.command("compact", epilog="\b\nExample:\n  mock-server db compact sessions.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def compact_file(file: Path) -> None:
    """Write what is in FILE.journal, the write-ahead log, into the file, which stock TinyDB then opens."""
    with _explained():
        database = Database(_COLLECTIONS, file)
        try:
            database.compact()
        finally:
            database.close()
    click.echo(f"{file}: {file.stat().st_size:,} bytes, no write-ahead log")


@db.command("accept", epilog="\b\nExample:\n  mock-server db accept sessions.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def accept_file(file: Path) -> None:
    """Take a file that was edited, or whose write-ahead log is lost, as it is, and write it again.

    A log that does not belong to the file is renamed to FILE.journal.old.
    """
    with _explained():
        database = Database(_COLLECTIONS, file, accept=True)
        try:
            database.compact()
        finally:
            database.close()
    counts = ", ".join(f"{name}: {collection.count():,}" for name, collection in database.collections.items())
    click.echo(f"{file}: {counts} documents")


def _end_if_stopped() -> None:
    if signals.pending():
        raise click.exceptions.Exit(0)


def _abort_if_stopped() -> None:
    """Raise Abort once a signal has arrived. KeyboardInterrupt would be lost where Python runs a finalizer."""
    if signals.pending():
        signals.discard_pending()
        raise click.Abort


def _settings(given: dict[str, Any]) -> Settings:
    refuse_unknown_variables(os.environ)
    return Settings.of({name: value for name, value in given.items() if value not in (None, ())})


def _warn_of_unreachable_webhook(settings: Settings) -> None:
    host = settings.unreachable_webhook_host()
    if host is not None:
        click.echo(
            f"Warning: --webhook leads to {host}, which is not known to be this machine; unless it is, no webhook will "
            f"be sent. Add --webhook-allow {host} to send them.",
            err=True,
        )


def _banner(server: MockServer, given: Mapping[str, Any]) -> str:
    settings = server.settings
    world: World = server.app.extensions["mock_server"].default
    lines = [
        f"{', '.join(vendor.title for vendor in settings.vendors)} at {server.url}",
        f"  {_counts(world, settings)}, {_origin(settings, fresh=world.database.fresh)}, clock {settings.clock}"
        + (f", kept in {settings.db}" if settings.db else ", in memory"),
    ]
    unused = [f"--{name}" for name in _FILLING if given[name] is not None and not world.database.fresh]
    if unused:
        lines.append(f"  Ignored, because the file already exists: {', '.join(unused)}")
    for vendor in settings.vendors:
        options = settings.section(vendor)
        lines += [f"  {vendor.title}: {vendor.access(options)}", f"    {vendor.sample_request(options, server.url)}"]
    if settings.admin_token is not None:
        token = "the value of --admin-token" if given["admin_token"] else settings.admin_token  # one that was made here
        lines.append(f"  /_mock/ needs the header X-Mock-Token: {token}")
    return "\n".join([*lines, "  Ctrl-C stops it"])


def _counts(world: World, settings: Settings) -> str:
    """Return how many sessions each vendor has in the world, in words."""
    counts = [(world.emulations[vendor.name].count(), vendor.title) for vendor in settings.vendors]
    return ", ".join(f"{count:,} {title} session{'' if count == 1 else 's'}" for count, title in counts)


def _origin(settings: Settings, *, fresh: bool) -> str:
    """Return where the sessions come from, in words."""
    if not fresh:
        return f"from that file, seed {settings.seed}"
    if settings.load is not None:
        return f"loaded from {settings.load}, seed {settings.seed}"
    return f"world {settings.world}, seed {settings.seed}"


class _CannotStart(click.ClickException):
    """An error in one line, without the usage, which would not help."""

    exit_code = 2


@contextmanager
def _explained() -> Iterator[None]:
    """Turn expected errors into a message and exit code 2."""
    try:
        yield
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    except (AddressInUse, DatabaseError, Problem) as error:
        raise _CannotStart(str(error)) from error
    except OSError as error:
        raise _CannotStart(f"Cannot start: {error}") from error


@contextmanager
def _progress(settings: Settings, check: Callable[[], None] = lambda: None) -> Iterator[Callable[[int], None]]:
    """Show a bar on the terminal once making sessions takes long. `check` is called at each step, and may raise."""
    started = time.perf_counter()
    bar = _bar(settings) if settings.sessions > _WORTH_A_BAR and sys.stderr.isatty() else None

    def made(number: int) -> None:
        check()
        if bar is not None:
            bar.advance(bar.task_ids[0], number)
            if not bar.live.is_started and time.perf_counter() - started > _PATIENCE:
                bar.start()

    try:
        yield made
    finally:
        if bar is not None:
            bar.stop()


def _bar(settings: Settings) -> Any:
    from rich.console import Console  # slow to import, and mostly not needed
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("sessions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    organisations = sum(vendor.organisations(settings.section(vendor)) for vendor in settings.vendors)
    bar.add_task("sessions", total=settings.sessions * organisations)
    return bar
