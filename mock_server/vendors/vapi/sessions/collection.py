"""How sessions are stored: the fields by which they are found and sorted."""

from collections.abc import Callable
from functools import lru_cache

from mock_server.core.clock import parse_instant
from mock_server.core.store import CollectionSpec, Document
from mock_server.vendors.vapi.sessions.models import StoredSession

_instant = lru_cache(maxsize=16)(parse_instant)  # the indexes read the same two instants of a session several times


def _value_of(key: str) -> Callable[[Document], tuple[str, ...]]:
    def read(session: Document) -> tuple[str, ...]:
        value = session.get(key)
        return () if value is None else (value,)

    return read


def _customer_value_of(key: str) -> Callable[[Document], tuple[str, ...]]:
    read = _value_of(key)
    return lambda session: read(session.get("customer") or {})


SESSIONS = CollectionSpec(
    name="vapi.sessions",
    equality={
        **{
            field: _value_of(field)
            for field in ("id", "orgId", "name", "status", "assistantId", "squadId", "workflowId", "phoneNumberId")
        },
        **{
            f"customer.{field}": _customer_value_of(field)
            for field in ("number", "sipUri", "name", "email", "externalId", "extension")
        },
    },
    ordered={
        "createdAt": lambda session: _instant(session["createdAt"]),
        "updatedAt": lambda session: _instant(session["updatedAt"]),
        "duration": lambda session: _instant(session["updatedAt"]) - _instant(session["createdAt"]),
        "cost": lambda session: session.get("cost") or 0,
    },
    # A session has no workflow on the wire, yet the list filters by one.
    hidden=frozenset({"workflowId"}),
    schema=StoredSession,
)
