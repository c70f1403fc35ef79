"""What is asked of Evo Voice beside its lists: rows, formats, usage, refusals, and one session's life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta

from contracts.rules import evovoice
from contracts.rules.laws import ListLaws, askable
from contracts.rules.model import Ask, Probe, Row
from contracts.sweeps.changes import id_of, listed, send
from contracts.sweeps.lists import AskFor

_LIST, _GET, _USAGE = "ListAISessions", "GetAISession", "GetAIUsage"
_ONE = {_LIST: (_GET, "sessionId"), "ListAccounts": ("GetAccount", "accountId")}
"""List -> the operation for one of its rows, and the parameter that takes the id."""
_ANY_DAY = date(2026, 1, 31)
_ENVELOPE = {"/responseStatus/errorCode": str, "/responseStatus/message": str, "/responseStatus/errors": list}

RULES = ("row-by-id", "formats", "refusals", "usage-adds-up", "usage-periods")


def _rows_by_id(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    operation, parameter = _ONE[laws.operation]
    rows = askable(laws.universe)
    for row in rows[:: max(1, len(rows) // 5)][:5]:
        sent = Ask.of(operation, path={parameter: row["id"]})
        yield Probe("got", operation, ((sent, ask(sent)),), {"row": row})


def _formats(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    for query in ({"CountPerPage": "40"}, {"CountPerPage": "1", "Page": "3", "SimplifiedPaging": "true"}):
        as_json = Ask.of(laws.operation, query)
        for name in ("jsonl", "csv", "jsv", "xml"):
            sent = Ask.of(laws.operation, {**query, "format": name})
            answers = (as_json, ask(as_json)), (sent, ask(sent))
            yield Probe("formatted", laws.operation, answers, {"format": name})


def _refusals(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """Every documented bound."""
    operation, parameter = _ONE[laws.operation]
    for query, wrong in evovoice.REFUSED:
        yield _refused(Ask.of(laws.operation, query), ask, 400, wrong)
    yield _refused(Ask.of(operation, path={parameter: "nobody"}), ask, 404, "an unknown id")


def _refused(sent: Ask, ask: AskFor, status: int, wrong: str) -> Probe:
    about = {"status": status, "wrong": wrong, "envelope": _ENVELOPE}
    return Probe("refused", sent.operation, ((sent, ask(sent)),), about)


def _usage(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """The year around the newest session, and its parts before and after a day two weeks earlier."""
    if laws.operation != _LIST:
        return
    cut, start, end = (_newest(laws.universe) + timedelta(days=days) for days in (-14, -180, 180))
    parts = ((start, end), (start, cut), (cut + timedelta(days=1), end))
    periods = [(first.isoformat(), final.isoformat()) for first, final in parts]
    asks = [Ask.of(_USAGE, {"StartDate": start, "EndDate": end}) for start, end in periods]
    sent = tuple((each, ask(each)) for each in asks)
    yield Probe("used", _USAGE, sent[:1])
    yield Probe("periods", _USAGE, sent)
    for query, wrong in (({}, "no dates"), ({"StartDate": "31.01.2026", "EndDate": "2026-02-01"}, "a date in words")):
        yield _refused(Ask.of(_USAGE, query), ask, 400, wrong)


def _newest(rows: Iterable[Row]) -> date:
    """The last day on which a session was made, of those that a year can lie around."""
    days = []
    for row in rows:
        with suppress(ValueError, TypeError, KeyError):
            days.append(date.fromisoformat(row["dateCreated"][:10]))
    return max((day for day in days if date.min.year < day.year < date.max.year), default=_ANY_DAY)


DETAILS = (_rows_by_id, _formats, _refusals, _usage)


def sweep_changes(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """One session from its making to its end; it is deleted whatever was found."""
    if laws.operation != _LIST:
        return
    made = send(ask, "NewAISession", body={"purpose": "Contract rule: close at noon"})
    key = id_of(made[1])
    try:
        read = send(ask, _GET, sessionId=key)
        yield Probe("changed", _GET, (made, read))
        yield listed(laws, ask, key, 1, there=True)
        for number, text in enumerate(("Contract rule: close at one", ""), 2):
            patched = send(ask, "PatchAISession", body={"purpose": text}, sessionId=key)
            after = send(ask, _GET, fresh=number, sessionId=key)
            yield Probe("changed", _GET, (patched, after))
            moves = ("dateLastModified", "lastModifiedBy")
            about = {"sent": {"purpose": text}, "moves": moves, "advances": ()}
            yield Probe("patched", "PatchAISession", (read, after), about)
            read = after
    finally:
        send(ask, "DeleteAISession", sessionId=key)
    yield Probe("gone", _GET, (send(ask, _GET, fresh=9, sessionId=key),))
    yield listed(laws, ask, key, 2, there=False)
