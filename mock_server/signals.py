"""The signals that stop the server, kept pending until the program is ready to act on them.

Python runs a signal handler in the main thread, between two instructions. A signal that arrives just before that
thread begins to wait is noticed only after the wait, and one that arrives while the interpreter shuts down kills the
process. A blocked signal has neither problem: it stays pending until `sigwait` takes it.
"""

import signal
import sys
import time
from contextlib import suppress

_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})


def block() -> None:
    """Keep the signals pending, in this thread and in every thread that it starts from now on."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


def unblock() -> None:
    """Restore the usual effect of the signals, including those that are pending."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def pending() -> bool:
    """Return whether one of the signals has arrived."""
    return sys.platform != "win32" and not _STOPPING.isdisjoint(signal.sigpending())


def discard_pending() -> None:
    """Discard the signals that have arrived, so that they do not kill the process while it ends."""
    if sys.platform != "win32":
        while pending():
            signal.sigwait(_STOPPING)


def wait() -> None:
    """Return once one of the signals has arrived."""
    if sys.platform != "win32":
        signal.sigwait(_STOPPING)
        return
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
