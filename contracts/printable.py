"""Makes a text from elsewhere safe to write to a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return the text with an escape such as \\x1b for each character that a terminal does not just show.

    Controls move the cursor or set the title; marks of direction and other invisible ones make a text read as another.
    """
    return text if text.isprintable() else "".join(each if each.isprintable() else _escape(each) for each in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines with each of them printable."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
