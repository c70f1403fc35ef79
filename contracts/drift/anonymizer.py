"""Turns probes into what may be saved of them: the same pseudonyms in requests and answers, checked at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contracts.drift.places import Places
from contracts.drift.pseudonyms import Path, Pseudonyms, Text, table
from contracts.rules import Answer, Ask, Probe
from contracts.rules.laws import Filter, ListLaws, member

_OWN_WORDS = frozenset(
    {"nobody", "no-uuid", "none", "ten", "one", "name", "UP", "Up", "yes", "maybe", "yesterday", "1.5", "csv", "json"}
)
_NOBODY = "00000000-0000-4000-8000-000000000000"
_CSV = "text/csv"
_OF_ROWS = frozenset({"row", "rows", "value"})
"""What a probe is about that comes from rows."""
_Rows = tuple[dict[str, Any], ...]


class Anonymizer:
    """Pseudonyms for all that the rows of these lists and these answers hold."""

    def __init__(self, places: Places, lists: Mapping[str, ListLaws], sent: Iterable[tuple[Ask, Answer]]) -> None:
        self._places = places
        self._lists = lists
        self._pseudonyms = Pseudonyms(places, _own_texts(lists.values()))
        self._answers: dict[tuple[str, Answer], Answer] = {}
        self._same_rows: dict[tuple[str, str, str], bool] = {}
        self._learn(sent)
        self._rows: dict[str, _Rows] = {
            name: tuple(self._pseudonyms.of(row, places.rows(laws)) for row in laws.universe)
            for name, laws in lists.items()
        }

    @property
    def universes(self) -> dict[str, _Rows]:
        """All rows of each list, by operation."""
        return self._rows

    def probe(self, laws: ListLaws, probe: Probe) -> Probe | None:
        """The probe without people; None when a request would ask for something else without them."""
        sent = []
        for ask, answer in probe.sent:
            named = self._ask(laws, ask)
            if named is None:
                return None
            sent.append((named, self._answer(ask.operation, answer)))
        row = self._places.rows(laws)
        about = dict(probe.about)
        if "row" in about:
            about["row"] = self._pseudonyms.of(about["row"], row)
        if "rows" in about:
            about["rows"] = [self._pseudonyms.of(each, row) for each in about["rows"]]
        if "value" in about:
            about["value"] = self._pseudonyms.of_query(str(about["value"]), of_rows=True)
        return replace(probe, sent=tuple(sent), about=about)

    def check(self, probes: Sequence[Probe], secrets: Iterable[str]) -> None:
        """Raise Leak when these, or the rows of the lists, hold a secret or a text that may be somebody's."""
        self._pseudonyms.check(self._texts(probes), secrets)

    def _learn(self, sent: Iterable[tuple[Ask, Answer]]) -> None:
        for operation, answer in dict.fromkeys((ask.operation, answer) for ask, answer in sent):
            place = self._places.of(operation, answer.status, answer.media_type)
            if answer.media_type == _CSV:
                self._pseudonyms.learn_csv(answer.text, place)
            elif answer.json is not None:
                self._pseudonyms.learn(answer.json, place, refusal=answer.status >= 400)
        for laws in self._lists.values():
            for row in laws.universe:
                self._pseudonyms.learn(row, self._places.rows(laws))
            for sorting in laws.sortings.values():
                values = [member(row, sorting.member) for row in laws.universe]
                self._pseudonyms.keep_order(value for value in values if isinstance(value, str))
        self._pseudonyms.settle()

    def _ask(self, laws: ListLaws, ask: Ask) -> Ask | None:
        of_query = self._pseudonyms.of_query
        query = [(name, text, of_query(text, of_rows=name in laws.filters)) for name, text in ask.query]
        path = [(name, text, of_query(text, of_rows=True)) for name, text in ask.path]
        named = [(name, found) for name, _, found in (*query, *path) if found is not None]
        if len(named) < len(query) + len(path):
            return None
        if not all(self._keeps_rows(laws, name, text, found or "") for name, text, found in query):
            return None
        return replace(ask, query=tuple(named[: len(query)]), path=tuple(named[len(query) :]))

    def _keeps_rows(self, laws: ListLaws, name: str, text: str, named: str) -> bool:
        """Whether a filter keeps the same rows by the pseudonyms; one that looks within a text may not."""
        known = laws.filters.get(name)
        if known is None:
            return True
        key = laws.operation, name, text
        if key not in self._same_rows:
            before = [_kept(known, row, text) for row in laws.universe]
            self._same_rows[key] = before == [_kept(known, row, named) for row in self._rows[laws.operation]]
        return self._same_rows[key]

    def _answer(self, operation: str, answer: Answer) -> Answer:
        found = self._answers.get((operation, answer))
        if found is None:
            found = Answer(answer.status, answer.media_type, self._body(operation, answer))
            self._answers[operation, answer] = found
        return found

    def _body(self, operation: str, answer: Answer) -> str:
        place = self._places.of(operation, answer.status, answer.media_type)
        if answer.media_type == _CSV:
            return self._pseudonyms.of_csv(answer.text, place)
        if answer.json is None:
            return ""
        return json.dumps(self._pseudonyms.of(answer.json, place, refusal=answer.status >= 400), ensure_ascii=False)

    def _texts(self, probes: Sequence[Probe]) -> Iterator[Text]:
        """Every text of what is saved."""
        for operation, answer in dict.fromkeys(
            (ask.operation, answer) for probe in probes for ask, answer in probe.sent
        ):
            yield from _texts_of(answer, f"an answer of {operation}, status {answer.status}, at ")
        for probe in probes:
            for ask, _ in probe.sent:
                for name, text in (*ask.query, *ask.path):
                    for part in text.strip("[]").split(","):
                        yield Text(part, f"a request of {ask.operation}, at ", (None, name))
            about = {name: probe.about[name] for name in _OF_ROWS & probe.about.keys()}
            yield from _below(about, f"what {probe.operation} is asked for, at ")
        for operation, rows in self._rows.items():
            yield from _below(list(rows), f"the rows of {operation}, at ")


def _texts_of(answer: Answer, where: str) -> Iterator[Text]:
    refusal = answer.status >= 400
    if answer.media_type != _CSV:
        yield from _below(answer.json, where, refusal=refusal)
        return
    header, rows = table(answer.text)
    yield from (Text(name, where, (None, "header")) for name in header)
    for number, cells in enumerate(rows):
        for name, cell in zip(header, cells, strict=False):
            if not isinstance(_json_or_text(cell), int | float):
                yield from _below(cell, where, ((None, number), name), refusal=refusal)


def _below(value: Any, where: str, path: Path = None, *, refusal: bool = False) -> Iterator[Text]:
    """Every text and every name below a value; a text of JSON counts as what it holds."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        value = _json_or_text(value)
    if isinstance(value, dict):
        for name, item in value.items():
            yield Text(name, f"{where}the name of a member of ", path)
            yield from _below(item, where, (path, name), refusal=refusal)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _below(item, where, (path, number), refusal=refusal)
    elif isinstance(value, str):
        yield Text(value, where, path, refusal)


def _json_or_text(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def _kept(known: Filter, row: Mapping[str, Any], text: str) -> bool | None:
    """Whether a filter keeps a row; None when it cannot tell."""
    try:
        return known.holds(row, text)
    except (TypeError, ValueError):
        return None


def _own_texts(lists: Iterable[ListLaws]) -> set[str]:
    """Values that come from our own tables: orders, members, and what is asked for in vain."""
    texts = {*_OWN_WORDS, _NOBODY, "cost,id", "cost", "id"}
    for laws in lists:
        texts |= {*laws.impossible.values(), *laws.whole.values()}
        for sorting in laws.sortings.values():
            texts |= {*sorting.ascending.values(), *sorting.descending.values()}
    return texts
