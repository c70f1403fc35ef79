"""What is told of a change: an event, and where and how it is delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import orjson


class Draft(NamedTuple):
    """An event before it has a number: what happened to which subject, and the message that tells of it, in JSON.

    `due` is whether somebody outside wants it delivered.
    """

    vendor: str
    type: str
    time: int
    subject: str
    message: bytes
    due: bool = False


class Event(NamedTuple):
    """A draft in its place: events are numbered from 1 in the order of the commits that they tell of.

    Drafts and events are tuples, since the garbage collector leaves tuples without references alone: thousands
    of them are kept.
    """

    number: int
    id: str
    draft: Draft

    def as_json(self) -> bytes:
        """The event as it is stored and shown; `time` in epoch milliseconds."""
        draft = self.draft
        head = orjson.dumps(
            {
                "id": self.id,
                "number": self.number,
                "vendor": draft.vendor,
                "type": draft.type,
                "time": draft.time,
                "subject": draft.subject,
                "due": draft.due,
            }
        )
        return b'%b,"message":%b}' % (head[:-1], draft.message)

    @classmethod
    def of_json(cls, text: bytes) -> "Event":
        """What `as_json` wrote. Raises KeyError, TypeError and ValueError."""
        stored = orjson.loads(text)
        draft = Draft(
            vendor=stored["vendor"],
            type=stored["type"],
            time=stored["time"],
            subject=stored["subject"],
            message=orjson.dumps(stored["message"]),
            due=stored["due"],
        )
        return cls(stored["number"], stored["id"], draft)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """When a failed delivery is tried again: after `base` seconds, each time or doubled each time."""

    retries: int
    base: float
    doubling: bool
    excluded: frozenset[int] = frozenset()

    def delay(self, failures: int) -> int | None:
        """Milliseconds to wait after so many failures; None to give up."""
        if failures > self.retries:
            return None
        return round(self.base * 1000 * (2 ** (failures - 1) if self.doubling else 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an event is delivered. `source` says whose setting that is; `timeout` is in seconds."""

    url: str
    source: str
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    timeout: float = 20.0
    backoff: Backoff | None = None


class State(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to a receiver: when, how long in milliseconds, and the status or what went wrong."""

    time: int
    milliseconds: float
    status: int | None = None
    error: str = ""


@dataclass(slots=True)
class Delivery:
    """An event on its way to one target, not before the instant `due`, which is `delay` milliseconds ahead at most, nor
    before `after` was first attempted.
    """

    event: Event
    url: str = ""
    source: str = ""
    state: State = State.WAITING
    note: str = ""
    attempts: tuple[Attempt, ...] = ()
    due: int = 0
    delay: int = 0
    after: "Delivery | None" = field(default=None, repr=False, compare=False)

    @property
    def held_up(self) -> bool:
        """Whether the delivery that goes first has neither been attempted nor given up."""
        return self.after is not None and self.after.state is State.WAITING and not self.after.attempts

    def as_document(self) -> dict[str, Any]:
        """The delivery as it is stored and shown; no header is in it."""
        return {
            "number": self.event.number,
            "url": self.url,
            "source": self.source,
            "state": self.state.value,
            "note": self.note,
            "attempts": [
                {"time": each.time, "milliseconds": each.milliseconds, "status": each.status, "error": each.error}
                for each in self.attempts
            ],
        }

    @classmethod
    def of_document(cls, event: Event, stored: Mapping[str, Any]) -> "Delivery":
        """What `as_document` gave."""
        attempts = tuple(Attempt(**each) for each in stored["attempts"])
        return cls(event, stored["url"], stored["source"], State(stored["state"]), stored["note"], attempts)
