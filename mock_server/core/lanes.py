"""One thread serves all requests that are soon done, since threads of Python hinder each other.

Whatever is about to take long says so, and its request is served anew, in a thread of its own. That has to be said
before anything was changed.
"""

import threading

_here = threading.local()


class Detour(BaseException):
    """The request shall be served anew elsewhere. No Exception, so that nobody makes an answer of it."""


def enter_fast_lane() -> None:
    """From now on the thread at hand serves everyone, and nobody may keep it."""
    _here.fast = True


def leave_fast_lane() -> None:
    """Go on only where nobody waits behind. Raises Detour elsewhere."""
    if getattr(_here, "fast", False):
        raise Detour
