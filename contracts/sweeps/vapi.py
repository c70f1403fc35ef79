"""What is asked of Vapi beside the list: rows, exports, refusals, and one session's life."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.receiver import Receiver
from contracts.rules import vapi
from contracts.rules.laws import ListLaws, askable, at
from contracts.rules.model import Answer, Ask, Probe
from contracts.sweeps.changes import id_of, listed, send
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


def _rows_by_id(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    rows = askable(laws.universe)
    for row in rows[:: max(1, len(rows) // 5)][:5]:
        sent = Ask.of(_GET, path={"id": row["id"]})
        yield Probe("got", _GET, ((sent, ask(sent)),), {"row": row})


def _exports(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """Exports in both formats, whole and in part, each beside the list of the same rows."""
    rows = askable(laws.universe)
    if laws.universe and not rows:
        return
    some = ",".join(row["id"] for row in rows[:: max(1, len(rows) // 30)][:30])
    for query, columns in (
        ({"format": "csv", "idAny": some}, _COLUMNS),
        ({"format": "json", "idAny": some}, _COLUMNS),
        ({"format": "csv", "idAny": some, "columns": "cost,id", "sortBy": "cost", "sortOrder": "ASC"}, ("cost", "id")),
        ({"idAny": some, "sortOrder": "ASC", "limit": "10", "page": "2"}, _COLUMNS),
        ({}, _COLUMNS),
    ):
        listed = {name: value for name, value in query.items() if name not in ("format", "columns")}
        expected = laws.rows(ask(Ask.of(_LIST, listed)))
        sent = Ask.of(_EXPORT, query)
        yield Probe("exported", _EXPORT, ((sent, ask(sent)),), {"rows": expected, "columns": list(columns)})


def _refusals(_laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """Every documented bound."""
    for query, wrong in vapi.REFUSED:
        sent = Ask.of(_LIST, query)
        yield _refused(_LIST, (sent, ask(sent)), wrong)
    for identifier, status, wrong in (
        ("no-uuid", 400, "an id that is no UUID"),
        ("00000000-0000-4000-8000-000000000000", 404, "an unknown id"),
    ):
        sent = Ask.of(_GET, path={"id": identifier})
        about = {"status": status, "wrong": wrong, "envelope": {**_ENVELOPE, "/message": str}}
        yield Probe("refused", _GET, ((sent, ask(sent)),), about)


DETAILS = (_rows_by_id, _exports, _refusals)


def sweep_changes(laws: ListLaws, ask: AskFor) -> Iterator[Probe]:
    """One session from its making to its end; it is deleted whatever was found."""
    made = send(ask, _CREATE, body={"name": "Contract rule", "customer": {"number": "+14155550123", "name": "Ann"}})
    key = id_of(made[1])
    try:
        yield from _refused_bodies(ask, key)
        read = send(ask, _GET, id=key)
        yield Probe("changed", _GET, (made, read))
        yield listed(laws, ask, key, 1, there=True)
        changes: tuple[dict[str, object], ...] = (
            {"name": "Contract rule, renamed"},
            {"status": "completed"},
            {"expirationSeconds": 3600},
        )
        for number, sent in enumerate(changes, 2):
            patched = send(ask, _UPDATE, body=sent, id=key)
            after = send(ask, _GET, fresh=number, id=key)
            yield Probe("changed", _GET, (patched, after))
            about = {"sent": sent, "moves": ("updatedAt",), "advances": ("updatedAt",)}
            yield Probe("patched", _UPDATE, (read, after), about)
            read = after
    finally:
        send(ask, _REMOVE, id=key)
    yield Probe("gone", _GET, (send(ask, _GET, fresh=9, id=key),))
    yield listed(laws, ask, key, 2, there=False)


def _refused_bodies(ask: AskFor, key: str) -> Iterator[Probe]:
    """Broken bodies, of a new session and of a change of this one; what is made all the same is deleted."""
    for body, wrong in vapi.REFUSED_BODIES:
        sent = send(ask, _CREATE, body=body)
        yield _refused(_CREATE, sent, wrong)
        made = at(sent[1].json, "/id")
        if made is not None:
            send(ask, _REMOVE, id=str(made))
    for body, wrong in vapi.REFUSED_CHANGES:
        yield _refused(_UPDATE, send(ask, _UPDATE, body=body, id=key), wrong)


def _refused(operation: str, sent: tuple[Ask, Answer], wrong: str) -> Probe:
    about = {"status": 400, "wrong": wrong, "envelope": {**_ENVELOPE, "/message": list}}
    return Probe("refused", operation, (sent,), about)


def sweep_messages(laws: ListLaws, ask: AskFor, receiver: Receiver) -> Iterator[Probe]:
    """One session from its making to its end, beside a refused change, and what the receiver is told of it.

    A second session marks the end: whatever is told of the first one has come by then.
    """
    del laws
    server = {"url": receiver.url}
    assistant = {"name": "Contract rule", "server": server, "serverMessages": list(_MESSAGES)}
    made = send(ask, _CREATE, body={"assistant": assistant}, fresh=20)
    key = id_of(made[1])
    patched = send(ask, _UPDATE, body={"name": "Contract rule, told"}, fresh=21, id=key)
    refused = send(ask, _UPDATE, body={"status": "no such status"}, fresh=22, id=key)
    read = send(ask, _GET, fresh=23, id=key)
    removed = send(ask, _REMOVE, fresh=24, id=key)
    receiver.wait(lambda messages: len(messages) >= len(_MESSAGES), _PATIENCE)
    last = send(ask, _CREATE, body={"assistant": assistant}, fresh=25)
    mark = id_of(last[1])
    receiver.wait(lambda messages: any(at(each, "/session/id") == mark for each in messages), _PATIENCE)
    send(ask, _REMOVE, fresh=26, id=mark)
    told = [message for message in receiver.messages() if at(message, "/session/id") != mark]
    about = {"messages": told, "types": list(_MESSAGES), "session_at": "/session"}
    yield Probe("told", _CREATE, (made, read, removed, patched, refused), about)
