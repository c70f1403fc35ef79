"""When active sessions expire: `expirationSeconds` after they were last changed (FACTS.md F5.5)."""

from mock_server.core.clock import parse_instant
from mock_server.core.deadlines import Deadlines
from mock_server.core.store import Document

_AT_ONCE = 100  # sessions whose deadlines are dropped before they are completed


class Expiry:
    """The deadline of each active session."""

    def __init__(self, deadlines: Deadlines | None = None) -> None:
        self._deadlines = deadlines or Deadlines()

    def copy(self) -> "Expiry":
        """Return the same deadlines, independent of these."""
        return Expiry(self._deadlines.copy())

    def watch(self, session: Document) -> None:
        """Set the session's deadline, or drop it if the session is completed."""
        if session["status"] == "active":
            self._deadlines.set(session["id"], _end(session))
        else:
            self._deadlines.discard(session["id"])

    def forget(self, key: str) -> None:
        """Drop the deadline of a deleted session."""
        self._deadlines.discard(key)

    def retry(self, key: str, now: int) -> None:
        """Make a session due again that could not be completed."""
        self._deadlines.set(key, now)

    def is_due(self, now: int) -> bool:
        """Return whether a session may have expired."""
        return self._deadlines.is_due(now)

    def take_due(self, now: int) -> list[str]:
        """Return the ids of the first sessions that have expired, and drop their deadlines."""
        return self._deadlines.due(now, _AT_ONCE)


def completed(session: Document, now: int) -> Document | None:
    """Return the session as completed; None if it was given more time since its deadline was set."""
    has_expired = session["status"] == "active" and _end(session) <= now
    return {**session, "status": "completed"} if has_expired else None


def _end(session: Document) -> int:
    return parse_instant(session["updatedAt"]) + int(session["expirationSeconds"] * 1000)
