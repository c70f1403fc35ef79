"""How the C library returns memory, for a process that is only a server."""

import ctypes
from contextlib import suppress

# Parameters of mallopt(3) in glibc.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_BYTES = 128 << 10
_ARENAS = 2


def return_freed_memory() -> None:
    """Let glibc return freed memory to the system at once; do nothing with another C library.

    By default it keeps ever larger blocks once such blocks were freed, and a heap for each of many threads, so that
    clients who send large bodies make a server twice as large as what it holds.
    """
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, _BYTES)
        mallopt(_MMAP_THRESHOLD, _BYTES)
        mallopt(_ARENA_MAX, _ARENAS)
