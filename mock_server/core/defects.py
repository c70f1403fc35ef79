"""Defects in the log: an exception as a few lines, so that a request that can be repeated does not fill the disk."""

from traceback import TracebackException

_FRAMES = 6
_LONGEST = 2_000  # characters


def brief(error: BaseException) -> str:
    """Return the end of the traceback, without the exceptions that led to this one."""
    trace = TracebackException(type(error), error, error.__traceback__, limit=-_FRAMES, compact=True)
    return "".join(trace.format(chain=False)).rstrip()[-_LONGEST:]
