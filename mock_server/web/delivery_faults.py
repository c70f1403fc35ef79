"""Faults injected into webhook deliveries, so that receivers can be tested."""

import threading
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mock_server.core import bounds
from mock_server.core.events import Event

_MANY = 1_000_000


class DeliveryFaultPlan(BaseModel):
    """The faults of the next deliveries: each number is how many deliveries it applies to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    duplicate: Annotated[int, Field(ge=0, le=_MANY, description="Sent twice.")] = 0
    drop: Annotated[int, Field(ge=0, le=_MANY, description="Never sent.")] = 0
    fail: Annotated[int, Field(ge=0, le=_MANY, description="Attempts that fail without being sent.")] = 0
    reorder: Annotated[
        int, Field(ge=0, le=1_000, description="Held back until all of them are there, then sent in reverse order.")
    ] = 0
    delay: Annotated[int, Field(ge=0, le=_MANY, description="Sent later.")] = 0
    delay_milliseconds: Annotated[int, Field(ge=0, le=86_400_000, description="How much later, by the clock.")] = 1_000


class DeliveryFaults:
    """The plan of one dispatcher, counted down as it is applied."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan = DeliveryFaultPlan()
        self.planned = False  # read without the lock
        self._held: list[Event] = []

    @property
    def plan(self) -> DeliveryFaultPlan:
        """The faults that are left."""
        return self._plan

    def set(self, plan: DeliveryFaultPlan) -> list[Event]:
        """Replace the plan; return the events that the earlier plan held back."""
        with self._lock:
            self._plan, self.planned = plan, plan != DeliveryFaultPlan()
            released, self._held = self._held, []
            return released

    def take(self, kind: Literal["duplicate", "drop", "fail", "reorder", "delay"]) -> bool:
        """Return whether this fault applies now, and count it down."""
        if not self.planned:
            return False
        with self._lock:
            left: int = getattr(self._plan, kind)
            if left:
                self._plan = self._plan.model_copy(update={kind: left - 1})
            return left > 0

    def hold(self, event: Event) -> list[Event]:
        """Hold an event back; return all held events in reverse order once the last one is there.

        They are returned earlier when they take too much memory.
        """
        with self._lock:
            self._held.append(event)
            if self._plan.reorder and self.held_size <= bounds.HELD_BACK_BYTES:
                return []
            released, self._held = self._held[::-1], []
            return released

    @property
    def held_size(self) -> int:
        """About how many bytes of memory the held events take."""
        return sum(event.size for event in self._held)
