"""The one way to the terminal for all that is not a report: no text of a vendor moves its cursor or sets its title."""

from __future__ import annotations

import click

from contracts.printable import printable_lines


def say(text: object, *, err: bool = False) -> None:
    """Print a text, with an escape for each character that a terminal does not just show."""
    click.echo(printable_lines(str(text)), err=err)
