"""Runs orders and writes reports for any command; turns what goes wrong into a line and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

import click

from contracts.harness import Order, check_all
from contracts.redaction import Redactor
from contracts.result import COULD_NOT_RUN, CannotRun, RunResult
from contracts.targets import Target
from contracts.terminal import say

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_DISTRIBUTION = "voice-session-emulator"
Reported = TypeVar("Reported")


def run(orders: Sequence[Order], target: Target) -> list[RunResult]:
    redact = Redactor({name: secret for order in orders for name, secret in order.credential.secrets.items()})
    try:
        if not sys.stderr.isatty():
            return check_all(orders, target)
        from rich.console import Console  # here, so that --help does not wait for it

        with Console(stderr=True).status("Starting") as status:
            return check_all(orders, target, status.update)
    except CannotRun as error:
        say(f"Error: {redact(str(error))}", err=True)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        say(f"Error: {error}. Install the checks: pip install '{_DISTRIBUTION}[contracts]'.", err=True)
        sys.exit(COULD_NOT_RUN)
    except KeyboardInterrupt:
        say("Interrupted before there was a verdict.", err=True)
        sys.exit(COULD_NOT_RUN)
    except Exception:
        # Python's own exit code for this would be 1, which here means that something was found.
        say(redact(traceback.format_exc()), err=True)
        say("Error: contracts itself failed, so there is no verdict. Please report the lines above.", err=True)
        sys.exit(COULD_NOT_RUN)


def report(results: Sequence[RunResult], files: Mapping[str, Path | None]) -> None:
    """Write the results of checks."""
    from contracts.reports import REPORTERS  # here, so that --help does not wait for rich

    write_reports(results, REPORTERS, files)


def write_reports(
    result: Reported, reporters: Mapping[str, Callable[[Reported, IO[str]], None]], files: Mapping[str, Path | None]
) -> None:
    """Write a result as text to the terminal, and in its other forms to the files that were asked for."""
    reporters["text"](result, sys.stdout)
    for name, path in files.items():
        if path is None:
            continue
        try:
            with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
                reporters[name](result, stream)
        except OSError as error:
            say(f"Error: cannot write the {name} report: {error}.", err=True)
            sys.exit(COULD_NOT_RUN)
