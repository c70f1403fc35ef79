"""Events, and how they are delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

_EVENT_BYTES = 500
_ATTEMPT_BYTES = 500


class Draft(NamedTuple):
    """An event before it has a number: what happened to which subject, and the message about it as JSON.

    `time` is in epoch milliseconds, `subject` is the id of what changed, `has_target` whether a webhook is to be sent.
    """

    vendor: str
    type: str
    time: int
    subject: str
    message: bytes
    has_target: bool = False


class Event(NamedTuple):
    """An event: a draft with its number. Events are numbered from 1 in the order of their commits.

    Drafts and events are tuples because thousands of them are kept, and the garbage collector stops tracking tuples of
    strings and numbers.
    """

    number: int
    id: str
    draft: Draft

    @property
    def size(self) -> int:
        """About how many bytes of memory the event takes."""
        return len(self.draft.message) + _EVENT_BYTES

    def as_json(self) -> bytes:
        """Return the event as it is stored and rendered; `time` is in epoch milliseconds."""
        draft = self.draft
        head = orjson.dumps(
            {
                "id": self.id,
                "number": self.number,
                "vendor": draft.vendor,
                "type": draft.type,
                "time": draft.time,
                "subject": draft.subject,
                "due": draft.has_target,
            }
        )
        return b'%b,"message":%b}' % (head[:-1], draft.message)

    @classmethod
    def of_json(cls, text: bytes) -> "Event":
        """Return the event that `as_json` wrote. Raise KeyError, TypeError or ValueError for anything else."""
        stored = orjson.loads(text)
        draft = Draft(
            vendor=stored["vendor"],
            type=stored["type"],
            time=stored["time"],
            subject=stored["subject"],
            message=bytes(memoryview(orjson.dumps(stored["message"]))),
            has_target=stored["due"],
        )
        return cls(stored["number"], stored["id"], draft)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """When a failed delivery is retried: after `base` seconds, the same each time or doubling.

    Statuses in `excluded` are not retried.
    """

    retries: int
    base: float
    doubling: bool
    excluded: frozenset[int] = frozenset()

    def delay(self, failures: int) -> int | None:
        """Return the milliseconds to wait after this number of failures; None to give up."""
        if failures > self.retries:
            return None
        return round(self.base * 1000 * (2 ** (failures - 1) if self.doubling else 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an event is delivered. `source` names the setting that says so; `timeout` is in seconds."""

    url: str
    source: str
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    timeout: float = 20.0
    backoff: Backoff | None = None


class State(StrEnum):
    """The state of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to a receiver: when it was sent, how long it took, and the status or the error."""

    time: int
    milliseconds: float
    status: int | None = None
    error: str = ""


@dataclass(slots=True)
class Delivery:
    """The delivery of an event to one target.

    `not_before` is the earliest instant of its next attempt. When the clock is put back, it is lowered, so that nobody
    waits longer than `delay` milliseconds. The delivery `after` must have been attempted first.
    """

    event: Event
    url: str = ""
    source: str = ""
    state: State = State.WAITING
    note: str = ""
    attempts: tuple[Attempt, ...] = ()
    not_before: int = 0
    delay: int = 0
    after: "Delivery | None" = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """About how many bytes of memory the delivery takes, without its event."""
        return _EVENT_BYTES + _ATTEMPT_BYTES * len(self.attempts)

    @property
    def held_up(self) -> bool:
        """Whether the delivery `after` has neither been attempted nor given up."""
        return self.after is not None and self.after.state is State.WAITING and not self.after.attempts

    def as_document(self) -> dict[str, Any]:
        """Return the delivery as it is stored and rendered; it contains no headers."""
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
        """Return the delivery that `as_document` returned."""
        attempts = tuple(Attempt(**each) for each in stored["attempts"])
        return cls(event, stored["url"], stored["source"], State(stored["state"]), stored["note"], attempts)
