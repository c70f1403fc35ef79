"""The file that says what a live run has made at the vendor's and not deleted yet; it is checked before it is used."""

from __future__ import annotations

import os
import re
from pathlib import Path

from contracts.result import CannotRun

_ID = re.compile(r"[A-Za-z0-9][\w-]{0,127}", re.ASCII)
_LARGEST = 1 << 20


def is_id(value: object) -> bool:
    """Return whether this is an id that a path can end with as it is, and nothing else."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


class Ledger:
    """The ids that this tool made and has not deleted yet, and the marks of creates that were not answered.

    The file outlives the run. A line is a sign, a space, and an id or a mark: `+` made, `-` deleted, `?` a create with
    this mark is sent, `=` it is known what became of it. Raises CannotRun for a file that is anything else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._owned: dict[str, None] = {}
        self._uncertain: dict[str, None] = {}
        for number, line in enumerate(_lines(path), 1):
            sign, _, key = line.removesuffix("\n").partition(" ")
            if sign not in ("+", "-", "?", "=") or not is_id(key) or not line.endswith("\n"):
                raise CannotRun(
                    f"{path}, line {number}, is {line[:60]!r}; a line is '+', '-', '?' or '=', a space and an id of "
                    "letters, digits, '_' and '-'. Correct or remove the line."
                )
            self._apply(sign, key)

    @property
    def owned(self) -> tuple[str, ...]:
        """What is still to be deleted, oldest first."""
        return tuple(self._owned)

    @property
    def uncertain(self) -> tuple[str, ...]:
        """The marks of creates that may have made something, oldest first."""
        return tuple(self._uncertain)

    def add(self, key: str) -> None:
        """Remember an id before anybody hears of it."""
        self._write("+", key)

    def remove(self, key: str) -> None:
        """Forget an id that is deleted."""
        self._write("-", key)

    def expect(self, mark: str) -> None:
        """Remember a create before it is sent."""
        self._write("?", mark)

    def settle(self, mark: str) -> None:
        """Forget a create once it is known what it made."""
        self._write("=", mark)

    def _apply(self, sign: str, key: str) -> None:
        held = self._owned if sign in "+-" else self._uncertain
        if sign in "+?":
            held[key] = None
        else:
            held.pop(key, None)

    def _write(self, sign: str, key: str) -> None:
        if not is_id(key):
            raise ValueError(f"{key[:60]!r} is not an id")
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(f"{sign} {key}\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise CannotRun(
                f"{self._path} cannot be written: {error.strerror}. Use --ledger for another file."
            ) from error
        self._apply(sign, key)


def _lines(path: Path) -> list[str]:
    try:
        if not path.exists():
            return []
        if not path.is_file() or path.stat().st_size > _LARGEST:
            raise CannotRun(f"{path} is not a ledger: it is not a file of at most {_LARGEST} bytes.")
        return path.read_bytes().decode("utf-8").splitlines(keepends=True)
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}. Use --ledger for another file.") from error
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise CannotRun(f"{path}, line {number}, is not text; correct or remove the line.") from error
