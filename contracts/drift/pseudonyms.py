"""Takes people and secrets out of answers, and keeps what rules need: equality, order, kinds and shapes.

Nothing is kept unless it is known to be harmless: numbers, dates, names of members that the document declares,
and values that it lists. Every other text becomes the number of its place among all texts of its kind.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from contracts.drift.places import Places
from contracts.fields import Place
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
_FEW = 99_999
_FORM, _LONG_FORM = "text {:05d}", "t{:09d}"
"""Of a text of no kind. As many digits in each, so that their order is kept; at most ten characters, as an
extension has."""
_HARMLESS = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|[+-]?\d{1,6}(?:\.\d{1,6})?|true|false|",
    re.ASCII,
)
_PERSONAL = re.compile(r"\+[1-9]\d{9,14}|[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")  # how vendors spell listed values
_FIELD = re.compile(r"[a-z][A-Za-z0-9]*")  # how both vendors spell members
_SHORTEST = 3  # characters of a text that is looked for within longer ones
_ERRORS = frozenset({"message", "error", "errorCode", "fieldName", "statusCode"})


_Look = Callable[[str], str | None]
Path = tuple[Any, str | int] | None
"""The path to a value: that of what holds it, and the name or number in there; cheaper than a pointer."""


class Text(NamedTuple):
    """A text of what is saved: in which answer or request it stands and where, and whether a refusal says it."""

    text: str
    where: str
    path: Path
    refusal: bool = False

    @property
    def place(self) -> str:
        """The words for its place, with a JSON pointer."""
        steps: list[str] = []
        path = self.path
        while path is not None:
            path, step = path
            steps.append(str(step).replace("~", "~0").replace("/", "~1"))
        return self.where + ("/" + "/".join(reversed(steps)) if steps else "the top")


class Leak(CannotRun):
    """Something that must not be saved was found in what was to be saved."""


class Pseudonyms:
    """Learns every text first, then replaces each by its place in the order of all texts of its kind."""

    def __init__(self, places: Places, own_texts: Iterable[str]) -> None:
        self._places = places
        self._own_texts = frozenset(own_texts)
        self._learnt: dict[str, set[str]] = {}
        self._mixed: set[str] = set()
        self._names: dict[str, str] = {}

    def learn(self, value: Any, place: Place, member: str = "", *, refusal: bool = False) -> None:
        """Take note of every text in a value, and of every name of a member that the document does not declare."""
        value = _opened(value, place)
        if isinstance(value, dict):
            for name, item in value.items():
                if not self._keeps_name(name, place):
                    self._take(name)
                self.learn(item, place.member(name), name, refusal=refusal)
        elif isinstance(value, list):
            for item in value:
                self.learn(item, place.items, member, refusal=refusal)
        elif isinstance(value, str) and not (refusal and member in _ERRORS) and not self._keeps(value, place):
            self._take(value)

    def learn_csv(self, text: str, row: Place) -> None:
        """Take note of the cells of a CSV with a header."""
        header, rows = table(text)
        self.learn(dict.fromkeys(header), row)
        for cells in rows:
            for name, cell in zip(header, cells, strict=False):
                place = row.member(name)
                if not _is_number(cell, place):
                    self.learn(cell, place)

    def keep_order(self, texts: Iterable[str]) -> None:
        """Give texts that a list is sorted by pseudonyms of one kind, since those of several kinds do not sort."""
        texts = set(texts) - {""}
        if len({_HARMLESS.fullmatch(text) is not None or _kind(text) for text in texts}) > 1:
            self._mixed |= texts

    def settle(self) -> None:
        """Give every text its pseudonym."""
        forms = {name: form for name, _, form in _KINDS}
        learnt = {kind: texts - self._mixed for kind, texts in self._learnt.items()}
        learnt["other"] = learnt.get("other", set()) | self._mixed
        for kind, texts in learnt.items():
            form = forms.get(kind, _FORM if len(texts) <= _FEW else _LONG_FORM)
            for number, text in enumerate(sorted(texts), 1):
                self._names[text] = form.format(number)

    def of(self, value: Any, place: Place, member: str = "", *, refusal: bool = False) -> Any:
        """The value with a pseudonym for every text and name of a member that is not known to be harmless."""
        if isinstance(value, dict):
            return {
                self._of_name(name, place): self.of(item, place.member(name), name, refusal=refusal)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self.of(item, place.items, member, refusal=refusal) for item in value]
        if not isinstance(value, str):
            return value
        if (inner := _opened(value, place)) is not value:
            return json.dumps(self.of(inner, place, member, refusal=refusal), ensure_ascii=False)
        if refusal and member in _ERRORS:
            return self._within(value)
        return value if value in place.listed else self._names.get(value, value)

    def of_query(self, text: str, *, of_rows: bool) -> str | None:
        """The pseudonym of a query's value, or of each part between commas; None for one that was never seen.

        `of_rows` is whether the value comes from rows, so that it is somebody's even where it looks like our own.
        """
        looks: tuple[_Look, ...] = (self._names.get, self._own)
        found = _first(text, looks if of_rows else looks[::-1])
        if found is not None:
            return found
        opened = text.startswith("[") and text.endswith("]")
        parts = (text[1:-1] if opened else text).split(",")
        named = [_first(part, looks) for part in parts]
        known = [part for part in named if part is not None]
        if len(known) < len(parts) or (len(parts) == 1 and not opened):
            return None
        return f"[{','.join(known)}]" if opened else ",".join(known)

    def of_csv(self, text: str, row: Place) -> str:
        """A CSV with a header, cell by cell."""
        header, rows = table(text)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([self._of_name(name, row) for name in header])
        writer.writerows(
            [[self._cell(cell, row.member(name)) for name, cell in zip(header, cells, strict=False)] for cells in rows]
        )
        return out.getvalue()

    def check(self, texts: Iterable[Text], secrets: Iterable[str]) -> None:
        """Raise Leak for a text that holds a secret, or is neither a pseudonym nor known to be harmless."""
        named = set(self._names.values())
        harmless = named | self._places.declared | self._places.listed | self._own_texts
        secrets = [secret for secret in secrets if secret]
        passed: set[tuple[str, bool]] = set()
        for each in texts:
            if (each.text, each.refusal) in passed:
                continue
            passed.add((each.text, each.refusal))
            kind = next(("A secret" for secret in secrets if secret in each.text), None)
            if kind is None and each.text not in harmless and not _HARMLESS.fullmatch(each.text):
                kind = next(self._left(each.text, named, refusal=each.refusal), None)
            if kind is not None:
                raise Leak(f"{kind} is left in the recording, which was not saved. It stands in {each.place}.")

    def _left(self, text: str, named: set[str], *, refusal: bool) -> Iterator[str]:
        if any(person not in named for person in _PERSONAL.findall(text)):
            yield "A phone number or an address"
        if text in self._names:
            yield f"A text of the kind {_kind(text)!r}"
        if not refusal and not _WORD.fullmatch(text):
            yield "A text that the vendor's document does not list"
        if any(text[start:end] not in named for start, end in self._known_in(text)):
            yield "A text that stands elsewhere in an answer"

    def _take(self, text: str) -> None:
        self._learnt.setdefault(_kind(text), set()).add(text)

    def _keeps_name(self, name: str, place: Place) -> bool:
        """A vendor's own new member is kept, since recordings are there to show it; a name in a map is anybody's."""
        own = name in self._places.declared or (place.typed and _FIELD.fullmatch(name) is not None)
        return own or _HARMLESS.fullmatch(name) is not None

    def _of_name(self, name: str, place: Place) -> str:
        return name if name in place.declared or name in self._places.declared else self._names.get(name, name)

    def _keeps(self, text: str, place: Place) -> bool:
        # A value that the document should list and does not is a difference worth keeping, or one that `check` finds.
        return text in place.listed or place.closed or _HARMLESS.fullmatch(text) is not None

    def _own(self, text: str) -> str | None:
        return text if text in self._own_texts or _HARMLESS.fullmatch(text) else None

    def _cell(self, cell: str, place: Place) -> str:
        return cell if _is_number(cell, place) else str(self.of(cell, place))

    def _within(self, text: str) -> str:
        """What a refusal says, without what it repeats of rows."""
        for start, end in sorted(self._known_in(text), reverse=True):
            text = text[:start] + self._names[text[start:end]] + text[end:]
        return text

    def _known_in(self, text: str) -> list[tuple[int, int]]:
        """Where learnt texts stand in a longer one as whole words, the longest first, none within another."""
        found: list[tuple[int, int]] = []
        known = [each for each in self._names if len(each) >= _SHORTEST and each in text]
        for each in sorted(known, key=len, reverse=True):
            for match in re.finditer(rf"(?<!\w){re.escape(each)}(?!\w)", text):
                if all(match.end() <= start or end <= match.start() for start, end in found):
                    found.append(match.span())
        return found


def _first(text: str, looks: Iterable[_Look]) -> str | None:
    return next((found for look in looks if (found := look(text)) is not None), None)


def table(text: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV."""
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    return header, rows


def _opened(value: Any, place: Place) -> Any:
    """The object or array whose JSON a text is, where one is documented; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{") and place.types & {"array", "object"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _is_number(cell: str, place: Place) -> bool:
    """Whether a cell holds what would be no text in JSON."""
    if not place.types & {"number", "integer", "boolean"}:
        return False
    try:
        return not isinstance(json.loads(cell), str)
    except ValueError:
        return False


def _kind(text: str) -> str:
    return next((name for name, pattern, _ in _KINDS if pattern.fullmatch(text)), "other")
