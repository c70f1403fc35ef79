"""One request of a session's life, and whether the list shows the session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from contracts.rules.laws import ListLaws, at, is_plain
from contracts.rules.model import Answer, Ask, Probe, Unreadable
from contracts.sweeps.lists import AskFor


def send(
    ask: AskFor, operation: str, body: Mapping[str, object] | None = None, fresh: int = 0, **path: str
) -> tuple[Ask, Answer]:
    """Return the request and its answer. Equal requests with another `fresh` are sent again: a change lies between."""
    sent = replace(Ask.of(operation, path=path), body=None if body is None else json.dumps(body), fresh=fresh)
    return sent, ask(sent)


def id_of(answer: Answer) -> str:
    """Return the id of what was made. Raises Unreadable when it is none that can be asked for."""
    key = at(answer.json, "/id")
    if not is_plain(key):
        raise Unreadable(f"what was made has no usable id, answered {answer.status}")
    return str(key)


def listed(laws: ListLaws, ask: AskFor, key: str, fresh: int, *, there: bool) -> Probe:
    """Return the probe of a list by id, which must hold the session if it is `there`, and none otherwise."""
    sent = replace(Ask.of(laws.operation, {laws.ids: key}), fresh=fresh)
    return Probe("listed", laws.operation, ((sent, ask(sent)),), {"id": key, "there": there, "rows_at": laws.rows_at})
