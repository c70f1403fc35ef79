"""Takes people and secrets out of answers, and keeps what rules need: equality, order, kinds and shapes.

Nothing is kept unless it is known to be harmless: numbers, dates, and members that the document gives an
enum. Every other text becomes the number of its place among all texts of its kind.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from contracts.result import CannotRun

_KINDS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (name, re.compile(pattern, re.ASCII), form)
    for name, pattern, form in (
        ("uuid", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", "00000000-0000-4000-8000-{:012d}"),
        ("object id", r"[0-9a-f]{24}", "{:024x}"),
        ("phone", r"\+[1-9]\d{5,14}", "+1555{:07d}"),
        ("email", r"[^@\s]+@[^@\s]+\.[^@\s]+", "person{:05d}@example.com"),
        ("sip", r"sips?:.*", "sip:person{:05d}@example.com"),
        ("url", r"(?:https?|wss?)://.*", "https://example.com/{:05d}"),
    )
)
_HARMLESS = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|[+-]?\d{1,6}(?:\.\d{1,6})?|true|false|",
    re.ASCII,
)
_PERSONAL = re.compile(r"\+[1-9]\d{9,14}|[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
_ERRORS = frozenset({"message", "error", "errorCode", "fieldName", "statusCode"})


class Leak(CannotRun):
    """Something that must not be saved was found in what was to be saved."""


class Pseudonyms:
    """Learns every text first, then replaces each by its place in the order of all texts of its kind."""

    def __init__(self, kept_members: Iterable[str], kept_texts: Iterable[str]) -> None:
        self._kept_members = frozenset(kept_members)
        self._kept_texts = frozenset(kept_texts)
        self._learnt: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        self._known: set[tuple[str, str, bool]] = set()
        self._replaced: dict[tuple[str, str, bool], str] = {}

    def learn(self, value: Any, member: str = "", *, refusal: bool = False) -> None:
        """Take note of every text in a value."""
        if isinstance(value, dict):
            for name, item in value.items():
                self.learn(item, name, refusal=refusal)
        elif isinstance(value, list):
            for item in value:
                self.learn(item, member, refusal=refusal)
        elif isinstance(value, str) and (value, member, refusal) not in self._known:  # most stand in many answers
            self._known.add((value, member, refusal))
            if (inner := _json_in(value)) is not None:
                self.learn(inner, member, refusal=refusal)
            elif not self._kept(value, member, refusal):
                self._learnt.setdefault(_kind(value), set()).add(value)

    def settle(self) -> None:
        """Give every text its name."""
        forms = {name: form for name, _, form in _KINDS}
        for kind, texts in self._learnt.items():
            for number, text in enumerate(sorted(texts)):
                self._names[text] = forms.get(kind, "text {:05d}").format(number + 1)

    def of(self, value: Any, member: str = "", *, refusal: bool = False) -> Any:
        """The value with a pseudonym for every text that is not known to be harmless."""
        if isinstance(value, dict):
            return {name: self.of(item, name, refusal=refusal) for name, item in value.items()}
        if isinstance(value, list):
            return [self.of(item, member, refusal=refusal) for item in value]
        if not isinstance(value, str):
            return value
        found = self._replaced.get((value, member, refusal))
        if found is None:
            found = self._replaced[value, member, refusal] = self._replacement(value, member, refusal)
        return found

    def _replacement(self, text: str, member: str, refusal: bool) -> str:
        if (inner := _json_in(text)) is not None:
            return json.dumps(self.of(inner, member, refusal=refusal))
        return text if self._kept(text, member, refusal) else self._names.get(text, "text")

    def of_query(self, text: str) -> str | None:
        """The pseudonym of a query's value, or of each part between commas; None for one that nobody learnt."""
        if text in self._names:
            return self._names[text]
        if self._harmless(text):
            return text
        opened = text.startswith("[") and text.endswith("]")
        parts = (text[1:-1] if opened else text).split(",")
        named = [self._names.get(part, part if self._harmless(part) else None) for part in parts]
        known = [part for part in named if part is not None]
        if len(known) < len(parts) or (len(parts) == 1 and not opened):
            return None
        return f"[{','.join(known)}]" if opened else ",".join(known)

    def of_csv(self, text: str) -> str:
        """A CSV with a header, cell by cell; a cell of JSON is treated as such."""
        header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows([[self._cell(cell, name) for cell, name in zip(row, header, strict=False)] for row in rows])
        return out.getvalue()

    def check(self, text: str, secrets: Iterable[str]) -> None:
        """Raise Leak when a secret, or a text that was replaced, is still there."""
        for secret in secrets:
            if secret and secret in text:
                raise Leak("A secret is left in the recording, which was not saved.")
        named = set(self._names.values())
        for person in _PERSONAL.findall(text):
            if person not in named:
                raise Leak("A phone number or an address is left in the recording, which was not saved.")
        for kind in ("phone", "email", "uuid", "object id", "other"):
            for original in self._learnt.get(kind, ()):
                if len(original) > 5 and original in text and original not in named:
                    raise Leak(f"A text of the kind {kind!r} is left in the recording, which was not saved.")

    def _cell(self, cell: str, member: str) -> str:
        return str(self.of(cell, member))

    def _kept(self, text: str, member: str, refusal: bool) -> bool:
        if refusal and member in _ERRORS:
            return True
        return member in self._kept_members or _HARMLESS.fullmatch(text) is not None

    def _harmless(self, text: str) -> bool:
        return text in self._kept_texts or _HARMLESS.fullmatch(text) is not None


def _json_in(text: str) -> Any:
    """What a text of JSON holds, an object or an array; None for anything else."""
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:
            return None
    return None


def cells_of(text: str) -> list[tuple[str, str]]:
    """Each cell of a CSV with the name of its column."""
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    return [(name, cell) for row in rows for name, cell in zip(header, row, strict=False)]


def _kind(text: str) -> str:
    return next((name for name, pattern, _ in _KINDS if pattern.fullmatch(text)), "other")
