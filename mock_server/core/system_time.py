"""System time, unaffected by test libraries in the same process that freeze or move Python's clocks.

freezegun replaces the functions of `time` that return the time, but not `clock_gettime`. time-machine replaces that as
well, for the time of day, but documents a way to reach the original.
"""

import sys
import time

if hasattr(time, "clock_gettime_ns"):

    def monotonic() -> float:
        """Return the seconds since an arbitrary start; they never decrease."""
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
        except ValueError:  # no test is moving the time now
            pass
    return _now_ns()
