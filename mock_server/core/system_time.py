"""The machine's clocks, also while a test library of the same process freezes or moves Python's.

freezegun replaces the functions of `time` that tell the time but not `clock_gettime`; time-machine replaces that too,
for the time of day, and has a documented way around itself.
"""

import sys
import time

if hasattr(time, "clock_gettime_ns"):

    def monotonic() -> float:
        """Return seconds that only ever grow, from an arbitrary start."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def _now_ns() -> int:
        return time.clock_gettime_ns(time.CLOCK_REALTIME)

else:  # Windows
    monotonic, _now_ns = time.monotonic, time.time_ns


def now_ns() -> int:
    """Return the time of day as nanoseconds since 1970-01-01T00:00:00Z."""
    library = sys.modules.get("time_machine")
    if library is not None:
        try:
            return int(library.escape_hatch.time.time_ns())
        except ValueError:  # no test moves the time at present
            pass
    return _now_ns()
