"""The command `contracts`: its subcommands, and CONTRACTS_* variables that none of them knows."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

import click

from contracts.commands.check import check_command
from contracts.commands.drift import docs_drift_command, drift_command, record_command, verify_command
from contracts.commands.live import sweep_up
from contracts.loading import unknown

_DISTRIBUTION = "voice-session-emulator"
_PREFIX = "CONTRACTS_"


def _installed_version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "not installed"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_installed_version(), prog_name="contracts")
def main() -> None:
    """Check that a server keeps a vendor's session API contract."""
    options = [option for command in main.commands.values() for option in command.params]
    known = {str(option.envvar) for option in options if option.envvar}
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and name not in known:
            raise click.UsageError(unknown("environment variable", name, known))


main.add_command(check_command)
main.add_command(sweep_up)
main.add_command(record_command)
main.add_command(verify_command)
main.add_command(drift_command)
main.add_command(docs_drift_command)
