"""What is asked of Vapi beside the list: rows, exports, refusals, and one session's life."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.receiver import Receiver
from contracts.rules import vapi
from contracts.rules.laws import ListLaws, at
from contracts.rules.model import Answer, Ask, Probe
from contracts.sweeps.lists import AskFor

_GET, _EXPORT, _LIST = "SessionController_findOne", "SessionController_sessionsExport", vapi.SESSIONS.operation
_CREATE, _UPDATE, _REMOVE = (f"SessionController_{name}" for name in ("create", "update", "remove"))
_COLUMNS = (
    "id", "name", "status", "assistantId", "squadId", "customerName", "customerNumber", "phoneNumberId", "cost",
    "messages", "createdAt", "updatedAt",
)  # fmt: skip
_MESSAGES = ("session.created", "session.updated", "session.deleted")
_PATIENCE = 5.0  # seconds that messages have to come
_ENVELOPE = {"/statusCode": int, "/error": str}

RULES = ("row-by-id", "export", "refusals")


def sweep_details(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """Rows by id, exports in both formats, and every documented bound."""
    rows = laws.universe
    for row in rows[:: max(1, len(rows) // 5)][:5]:
        sent = Ask.of(_GET, path={"id": str(row["id"])})
        yield Probe("got", _GET, ((sent, ask(sent)),), {"row": row})
    some = ",".join(str(row["id"]) for row in rows[:: max(1, len(rows) // 30)][:30])
    for query, columns in (
        ({"format": "csv", "idAny": some}, _COLUMNS),
        ({"format": "json", "idAny": some}, _COLUMNS),
        ({"format": "csv", "idAny": some, "columns": "cost,id", "sortBy": "cost", "sortOrder": "ASC"}, ("cost", "id")),
        ({"idAny": some, "sortOrder": "ASC", "limit": "10", "page": "2"}, _COLUMNS),
    ):
        listed = {name: value for name, value in query.items() if name not in ("format", "columns")}
        expected = laws.rows(ask(Ask.of(_LIST, listed)))
        sent = Ask.of(_EXPORT, query)
        yield Probe("exported", _EXPORT, ((sent, ask(sent)),), {"rows": expected, "columns": list(columns)})
    for query, wrong in vapi.REFUSED:
        sent = Ask.of(_LIST, query)
        about = {"status": 400, "wrong": wrong, "envelope": {**_ENVELOPE, "/message": list}}
        yield Probe("refused", _LIST, ((sent, ask(sent)),), about)
    for identifier, status, wrong in (
        ("no-uuid", 400, "an id that is no UUID"),
        ("00000000-0000-4000-8000-000000000000", 404, "an unknown id"),
    ):
        sent = Ask.of(_GET, path={"id": identifier})
        about = {"status": status, "wrong": wrong, "envelope": {**_ENVELOPE, "/message": str}}
        yield Probe("refused", _GET, ((sent, ask(sent)),), about)


def sweep_changes(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """One session from its making to its end; it is deleted whatever was found."""
    made = _send(ask, _CREATE, body={"name": "Contract rule", "customer": {"number": "+14155550123", "name": "Ann"}})
    key = str(at(made[1].json, "/id"))
    try:
        read = _send(ask, _GET, id=key)
        yield Probe("changed", _GET, (made, read))
        yield _listed(laws, ask, key, 1, there=True)
        changes: tuple[dict[str, object], ...] = (
            {"name": "Contract rule, renamed"},
            {"status": "completed"},
            {"expirationSeconds": 3600},
        )
        for number, sent in enumerate(changes, 2):
            patched = _send(ask, _UPDATE, body=sent, id=key)
            after = _send(ask, _GET, fresh=number, id=key)
            yield Probe("changed", _GET, (patched, after))
            about = {"sent": sent, "moves": ("updatedAt",), "advances": ("updatedAt",)}
            yield Probe("patched", _UPDATE, (read, after), about)
            read = after
    finally:
        _send(ask, _REMOVE, id=key)
    yield Probe("gone", _GET, (_send(ask, _GET, fresh=9, id=key),))
    yield _listed(laws, ask, key, 2, there=False)


def sweep_messages(laws: ListLaws, ask: AskFor, receiver: Receiver) -> Iterator[Probe]:
    """One session from its making to its end, beside a refused change, and what the receiver is told of it.

    A second session marks the end: whatever is told of the first one has come by then.
    """
    del laws
    server = {"url": receiver.url}
    assistant = {"name": "Contract rule", "server": server, "serverMessages": list(_MESSAGES)}
    made = _send(ask, _CREATE, body={"assistant": assistant}, fresh=20)
    key = str(at(made[1].json, "/id"))
    patched = _send(ask, _UPDATE, body={"name": "Contract rule, told"}, fresh=21, id=key)
    refused = _send(ask, _UPDATE, body={"status": "no such status"}, fresh=22, id=key)
    read = _send(ask, _GET, fresh=23, id=key)
    removed = _send(ask, _REMOVE, fresh=24, id=key)
    receiver.wait(lambda messages: len(messages) >= len(_MESSAGES), _PATIENCE)
    last = _send(ask, _CREATE, body={"assistant": assistant}, fresh=25)
    mark = str(at(last[1].json, "/id"))
    receiver.wait(lambda messages: any(at(each, "/session/id") == mark for each in messages), _PATIENCE)
    _send(ask, _REMOVE, fresh=26, id=mark)
    told = [message for message in receiver.messages() if at(message, "/session/id") != mark]
    about = {"messages": told, "types": list(_MESSAGES), "session_at": "/session"}
    yield Probe("told", _CREATE, (made, read, removed, patched, refused), about)


def _listed(laws: ListLaws, ask: AskFor, key: str, fresh: int, *, there: bool) -> Probe:
    sent = replace(Ask.of(_LIST, {"id": key}), fresh=fresh)
    return Probe("listed", _LIST, ((sent, ask(sent)),), {"id": key, "there": there, "rows_at": laws.rows_at})


def _send(
    ask: AskFor, operation: str, body: Mapping[str, object] | None = None, fresh: int = 0, **path: str
) -> tuple[Ask, Answer]:
    """One request of the session's life."""
    sent = replace(Ask.of(operation, path=path), body=None if body is None else json.dumps(body), fresh=fresh)
    return sent, ask(sent)
