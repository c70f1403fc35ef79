"""The laws beside those of lists: one row, exports, formats, refusals, usage, and what a change changes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from contracts.rules.laws import at, cut, member, objects_at, typed
from contracts.rules.model import Answer, Bite, Probe, Row, Unreadable, Verdict, Violation, bite, type_name
from contracts.rules.model import rule as _rule


def _object(answer: Answer) -> Row:
    """The object that an answer is, without members for a refusal. Raises Unreadable for a success that is none."""
    if isinstance(answer.json, dict):
        return answer.json
    if answer.status < 300:
        raise Unreadable("the answer is not an object")
    return {}


def _differing(one: Row, other: Row) -> list[str]:
    """The names of the members that are not the same in both."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def _same_row(_: object, probe: Probe) -> Verdict:
    """What the list showed of a row is what the row itself shows; it may show more."""
    listed: Row = probe.about["row"]
    one = _object(probe.answers[0])
    wrong = [name for name, value in listed.items() if one.get(name) != value]
    if wrong:
        found = {name: one.get(name) for name in wrong}
        return Violation(f"{', '.join(wrong)} differ from the list", (cut(listed, *wrong), found))
    return bite(listed)


# Export


def _exported(_: object, probe: Probe) -> Verdict:
    rows, answer = probe.about["rows"], probe.answers[0]
    columns: list[str] = probe.about["columns"]
    table = _table(answer, columns)
    if table is None:
        return Violation(f"the header of the export is not {','.join(columns)}")
    if len(table) != len(rows):
        return Violation(f"the export has {len(table)} rows, the list {len(rows)}")
    for place, (cells, row) in enumerate(zip(table, rows, strict=True)):
        if len(cells) != len(columns):
            return Violation(f"row {place} of the export has {len(cells)} cells, its header {len(columns)}")
        for column, cell in zip(columns, cells, strict=True):
            expected = _CELLS.get(column, lambda row, column=column: row.get(column))(row)
            if not _same_cell(cell, expected):
                return Violation(f"row {place} of the export has {column} {cell!r}", (cut(row, column),))
    return bite(rows)


_CELLS: Mapping[str, Callable[[Row], Any]] = {
    "customerName": lambda row: member(row, "customer.name"),
    "customerNumber": lambda row: member(row, "customer.number"),
}


def _table(answer: Answer, columns: list[str]) -> list[list[Any]] | None:
    if answer.media_type == "application/json":
        rows = objects_at(answer, "") if answer.status < 300 else []
        return [[row.get(column) for column in columns] for row in rows]
    try:
        lines = list(csv.reader(io.StringIO(answer.text, newline="")))
    except csv.Error as error:
        raise Unreadable(f"the export cannot be read: {error}") from None
    return lines[1:] if lines and lines[0] == columns else None


def _same_cell(cell: Any, expected: Any) -> bool:
    if expected is None:
        return cell in (None, "")
    if isinstance(expected, str):
        return bool(cell == expected)
    try:
        return bool((json.loads(cell) if isinstance(cell, str) else cell) == expected)
    except ValueError:
        return False


# Formats


def _same_in_format(_: object, probe: Probe) -> Verdict:
    as_json, other = probe.answers
    name = probe.about["format"]
    if as_json.status < 300:
        objects_at(as_json, "/items")
    try:
        found = _READERS[name](other.text)
    except _NOT_READ as error:
        return Violation(f"the answer is no {name}: {type(error).__name__}: {error}")
    expected = [text for text in _texts(as_json.json) if name != "xml" or not text.endswith("=")]
    if found != expected:
        place = next((i for i, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b), len(found))
        shown = tuple({"value": found_[place]} for found_ in (expected, found) if place < len(found_))
        return Violation(f"{name} says something else than JSON at value {place}", shown)
    return bite(at(as_json.json, "/items"))


def _texts(value: Any) -> list[str]:
    """Every value of JSON as text, names first, sorted: formats differ in order and in how they spell types."""
    return sorted(_flat(value, ""))


def _flat(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, key.lower())
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item, name)
    elif value is not None:
        yield f"{name}={_plain(str(value))}"


def _plain(text: str) -> str:
    """A boolean as JSON and XML have it; the other formats begin it with a capital."""
    return text.lower() if text in ("True", "False") else text


def _of_xml(text: str) -> list[str]:
    """All texts but empty ones: in XML an empty list looks like an empty text. Raises ParseError and ValueError."""
    from defusedxml import ElementTree as Defused  # here, since it comes with the extra, and --help without

    return sorted(_leaves(Defused.fromstring(text)))


def _leaves(element: ElementTree.Element, above: str = "") -> Iterator[str]:
    name = element.tag.rpartition("}")[2].lower()
    for child in element:
        yield from _leaves(child, name)
    if not len(element) and element.text:
        yield f"{above if name == 'string' else name}={_plain(element.text)}"


def _of_csv(text: str) -> list[str]:
    header, cells = csv.reader(io.StringIO(text, newline=""))
    pairs = dict(zip((name.lower() for name in header), cells, strict=True))
    return _texts({**pairs, "items": _jsv(pairs["items"])})


def _of_jsv(text: str) -> list[str]:
    return _texts(_jsv(text))


def _jsv(text: str) -> Any:
    """A JSV value: objects, lists and texts. Raises ValueError and IndexError."""
    value, end = _jsv_value(text, 0)
    if end != len(text):
        raise ValueError(f"something follows at character {end}")
    return value


def _jsv_value(text: str, start: int) -> tuple[Any, int]:
    mark = text[start]
    if mark == '"':
        return _jsv_quoted(text, start)
    if mark in "{[":
        return _jsv_members(text, start, "}" if mark == "{" else "]")
    end = start
    while end < len(text) and text[end] not in ",:}]":
        end += 1
    return text[start:end], end


def _jsv_members(text: str, start: int, closing: str) -> tuple[Any, int]:
    items: list[Any] = []
    pairs: dict[str, Any] = {}
    at_ = start + 1
    while text[at_] != closing:
        value, at_ = _jsv_value(text, at_)
        if closing == "}":
            pairs[value], at_ = _jsv_value(text, at_ + 1)
        else:
            items.append(value)
        at_ += text[at_] == ","
    return (pairs if closing == "}" else items), at_ + 1


def _jsv_quoted(text: str, start: int) -> tuple[str, int]:
    at_ = start + 1
    while text[at_ : at_ + 1] != '"' or text[at_ + 1 : at_ + 2] == '"':
        at_ += 2 if text[at_] == '"' else 1
    return text[start + 1 : at_].replace('""', '"'), at_ + 1


_READERS: Mapping[str, Callable[[str], list[str]]] = {
    "xml": _of_xml,
    "csv": _of_csv,
    "jsv": _of_jsv,
    "jsonl": lambda text: _texts(json.loads(text)),
}
_NOT_READ = (ValueError, LookupError, TypeError, RecursionError, csv.Error, ElementTree.ParseError)
"""What the readers raise for a text that is not in their format."""

# Refusals


def _refused(_: object, probe: Probe) -> Verdict:
    answer = probe.answers[0]
    if answer.status != probe.about["status"]:
        return Violation(f"{probe.about['wrong']} is answered {answer.status}, not {probe.about['status']}")
    for pointer, kind in probe.about["envelope"].items():
        if not isinstance(at(answer.json, pointer), kind):
            return Violation(f"the refusal of {probe.about['wrong']} has no {pointer}")
    return Bite.YES


# Usage


def _usage(answer: Answer, pointer: str) -> list[tuple[Row, float]]:
    """Each row of a usage report with its minutes. Raises Unreadable."""
    rows = objects_at(answer, pointer) if answer.status < 300 else []
    return [(row, typed(row, "aiMinutes", int, float)) for row in rows]


def _adds_up(_: object, probe: Probe) -> Verdict:
    accounts, customers = (_usage(probe.answers[0], pointer) for pointer in ("/accountUsage", "/customerUsage"))
    for account, told in accounts:
        minutes = sum(used for row, used in customers if row.get("accountId") == account.get("accountId"))
        if minutes != told:
            return Violation(f"its customers used {minutes} minutes", (account,))
    return bite(accounts)


def _periods_add_up(_: object, probe: Probe) -> Verdict:
    whole, *parts = (sum(used for _, used in _usage(answer, "/accountUsage")) for answer in probe.answers)
    if whole != sum(parts):
        return Violation(f"{whole} minutes in the whole period, {sum(parts)} in its parts")
    return bite(all(parts))


# Changes


def _reads_back(_: object, probe: Probe) -> Verdict:
    """What was answered to a change is what is read afterwards."""
    changed, read = map(_object, probe.answers)
    if not changed or changed != read:
        wrong = _differing(changed, read)
        return Violation(f"{', '.join(wrong) or 'everything'} is read otherwise than it was answered")
    return Bite.YES


def _changed_only(_: object, probe: Probe) -> Verdict:
    before, after = map(_object, probe.answers)
    free = set(probe.about["moves"])
    wrong = [name for name in _differing({**before, **probe.about["sent"]}, after) if name not in free]
    if wrong:
        return Violation(f"{', '.join(wrong)} is not what was sent", (cut(before, *wrong), cut(after, *wrong)))
    advanced = [name for name in probe.about["advances"] if not str(after.get(name)) > str(before.get(name))]
    if advanced:
        return Violation(f"{', '.join(advanced)} did not move", (cut(before, *advanced), cut(after, *advanced)))
    return Bite.YES


def _listed(_: object, probe: Probe) -> Verdict:
    key, answer = probe.about["id"], probe.answers[0]
    rows = objects_at(answer, probe.about["rows_at"]) if answer.status < 300 else []
    found = [row.get("id") for row in rows]
    if (key in found) is not probe.about["there"]:
        return Violation(f"{key} is {'not ' if probe.about['there'] else 'still '}in the list")
    return Bite.YES


def _gone(_: object, probe: Probe) -> Verdict:
    status = probe.answers[0].status
    return Bite.YES if status == 404 else Violation(f"what was deleted is answered {status}, not 404")


# Messages


def _told_once(_: object, probe: Probe) -> Verdict:
    """One message for each change and none for what was refused, in the order of the changes."""
    met = [message.get("type") for message in probe.about["messages"]]
    if met != probe.about["types"]:
        expected = ", ".join(probe.about["types"])
        return Violation(f"{', '.join(map(str, met)) or 'nothing'} was told, not {expected}")
    return Bite.YES


def _told_as_read(_: object, probe: Probe) -> Verdict:
    """The session in a message is the one that was answered, or read, when it was changed."""
    messages = probe.about["messages"]
    for answer, message in zip(probe.answers, messages, strict=False):
        told, read = at(message, probe.about["session_at"]), _object(answer)
        if not isinstance(told, dict):
            return Violation(f"{message.get('type')} has {type_name(told)} in place of the session")
        if told != read:
            return Violation(f"{message.get('type')} tells of another {', '.join(_differing(told, read))}")
    return bite(messages)


def _told_when(_: object, probe: Probe) -> Verdict:
    """Epoch milliseconds, which are thirteen digits until the year 2286, and never backwards."""
    times = [message.get("timestamp") for message in probe.about["messages"]]
    for time in times:
        if not isinstance(time, int | float) or not 10**12 <= time < 10**13:
            return Violation(f"the timestamp {time!r} is no epoch milliseconds")
    if times != sorted(times):
        return Violation(f"the timestamps go backwards: {times}")
    return bite(times)


RULES = (
    _rule("row-by-id", "a row by its id is the row of the list", "got", _same_row),
    _rule("export", "an export has the rows of the list, cell by cell", "exported", _exported),
    _rule("formats", "every format says what JSON says", "formatted", _same_in_format),
    _rule("refusals", "each documented bound is refused with an error of the documented shape", "refused", _refused),
    _rule("usage-adds-up", "what the customers of an account used is what the account used", "used", _adds_up),
    _rule("usage-periods", "the minutes of a period are those of its parts", "periods", _periods_add_up),
    _rule("reads-back", "what was answered to a change is read afterwards", "changed", _reads_back, live=False),
    _rule("patch-only", "a change changes what was sent and the date of change", "patched", _changed_only, live=False),
    _rule("listed-or-not", "what was made is in the list, what was deleted is not", "listed", _listed, live=False),
    _rule("deleted", "what was deleted is gone", "gone", _gone, live=False),
    _rule("told-once", "each change is told once and in order, a refused one never", "told", _told_once, live=False),
    _rule("told-as-read", "a message has the session that a read has", "told", _told_as_read, live=False),
    _rule("told-when", "the timestamp of a message is epoch milliseconds", "told", _told_when, live=False),
)
