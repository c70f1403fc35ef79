"""The server that all tests of a run share."""

from __future__ import annotations

import importlib.util
import select
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.server import MockServer

_PACKAGE = "mock_server"
_PARTS = ("server.py", "vendors")  # files that tell our package from another of the same name


def hidden() -> str | None:
    """Return why our package cannot be imported: another of the same name comes first. None if it can.

    Nothing is imported to find out.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if any(all((Path(folder) / part).exists() for part in _PARTS) for folder in folders):
        return None
    place = (spec.origin if spec is not None else None) or ", ".join(folders) or "nothing"
    return (
        f"The fixtures of voice-session-emulator need its package {_PACKAGE!r}, but that name leads to {place}. "
        "Rename that module, or remove its folder from sys.path; tests without these fixtures are not affected."
    )


class Server:
    """A listening socket whose server starts at the first connection. Raises OSError if no port is free."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(1024)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopping, self._stopped = socket.socketpair()
        self._server: MockServer | None = None
        self._thread = threading.Thread(target=self._start_when_asked, name="mock-server-starter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server if it was started, and close the socket."""
        self._stopping.close()
        self._thread.join()
        self._stopped.close()
        if self._server is not None:
            self._server.stop()
        else:
            self._listener.close()

    def _start_when_asked(self) -> None:
        ready, _, _ = select.select([self._listener, self._stopped], [], [])
        if self._listener in ready:
            from mock_server.server import MockServer

            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._listener.setblocking(False)
            self._server = MockServer(seed=self._seed, sessions=0, listener=self._listener).start()
