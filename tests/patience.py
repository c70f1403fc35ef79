"""How long a test waits for a condition, or for an answer, before it fails.

Only a failing test waits that long, so that a machine with far more to do than it has cores changes nothing.
"""

import time
from collections.abc import Callable

PATIENCE = 90.0
"""Seconds."""


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds. Raises AssertionError when it does not in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        time.sleep(0.002)
