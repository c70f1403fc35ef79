"""How the C library returns memory, for a process that is only a server."""

import ctypes
from contextlib import suppress

# Parameters of mallopt(3) in glibc.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_MMAP_BYTES = 1 << 20  # a page of a list is smaller: each would cost its page faults, as much time as the page itself
_TRIM_BYTES = 16 << 20
_ARENAS = 2


def return_freed_memory() -> None:
    """Let glibc return large blocks to the system once they are freed; do nothing with another C library.

    By default it keeps ever larger blocks once such blocks were freed, and a heap for each of many threads, so that
    clients who send large bodies make a server twice as large as what it holds.
    """
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, _TRIM_BYTES)
        mallopt(_MMAP_THRESHOLD, _MMAP_BYTES)
        mallopt(_ARENA_MAX, _ARENAS)
