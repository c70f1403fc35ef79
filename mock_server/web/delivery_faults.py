"""What goes wrong with deliveries on purpose, so that receivers can be tested."""

import threading
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mock_server.core.events import Event

_MANY = 1_000_000


class Mode(BaseModel):
    """What happens to the next deliveries; each number says to how many."""

    model_config = ConfigDict(extra="forbid", strict=True)

    duplicate: Annotated[int, Field(ge=0, le=_MANY, description="Sent twice.")] = 0
    drop: Annotated[int, Field(ge=0, le=_MANY, description="Never sent.")] = 0
    fail: Annotated[int, Field(ge=0, le=_MANY, description="Attempts that fail without being sent.")] = 0
    reorder: Annotated[
        int, Field(ge=0, le=1_000, description="Held back until all of them are there, and sent last first.")
    ] = 0
    delay: Annotated[int, Field(ge=0, le=_MANY, description="Sent later.")] = 0
    delay_milliseconds: Annotated[int, Field(ge=0, le=86_400_000, description="How much later, by the clock.")] = 1_000


class DeliveryFaults:
    """The mode of one dispatcher, counting down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mode = Mode()
        self.planned = False  # so that nobody asks in vain
        self._held: list[Event] = []

    @property
    def mode(self) -> Mode:
        """What is still to happen."""
        return self._mode

    def set(self, mode: Mode) -> list[Event]:
        """Do this from now on; the events that an earlier mode has held back."""
        with self._lock:
            self._mode, self.planned = mode, mode != Mode()
            released, self._held = self._held, []
            return released

    def take(self, kind: Literal["duplicate", "drop", "fail", "reorder", "delay"]) -> bool:
        """Whether this happens now; once more and once less."""
        if not self.planned:
            return False
        with self._lock:
            left: int = getattr(self._mode, kind)
            if left:
                self._mode = self._mode.model_copy(update={kind: left - 1})
            return left > 0

    def hold(self, event: Event) -> list[Event]:
        """Hold an event back; all that are held, last first, once the last has come."""
        with self._lock:
            self._held.append(event)
            if self._mode.reorder:
                return []
            released, self._held = self._held[::-1], []
            return released
