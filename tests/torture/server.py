"""A server in a process of its own, to be killed, and its file, opened again after the kill."""

import os
import re
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from mock_server import Settings, create_app
from mock_server.web.documents import documents_of
from mock_server.web.worlds import Worlds
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
TOKEN = {"Authorization": "Bearer any"}
EVO = ("admin@example.com", "admin")
_URL = re.compile(r"http://[0-9.:]+")


class Server:
    """`mock-server serve` with these arguments, listening on a free port. It writes into files beside `file`."""

    def __init__(self, file: Path, *arguments: object) -> None:
        self._log = file.with_name("server.log")
        command = [sys.executable, "-m", "mock_server", "serve", "--port", "0", "--db", str(file), *map(str, arguments)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environment)
        weakref.finalize(self, self._process.kill)

    def url(self) -> str:
        """Wait until the server listens, and return its address. Raise AssertionError if it ends before."""
        until = time.monotonic() + PATIENCE
        while (found := _URL.search(self._log.read_text())) is None:
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until
            time.sleep(0.002)
        return found[0]

    def client(self) -> httpx.Client:
        """Return a client of the server, with the credentials of Vapi."""
        return httpx.Client(base_url=self.url(), headers=TOKEN, timeout=PATIENCE, trust_env=False)

    def kill(self) -> str:
        """Kill it, and return what it wrote."""
        self._process.kill()
        self._process.wait()
        return self._log.read_text()


@contextmanager
def reopened(file: Path, **settings: Any) -> Iterator[Worlds]:
    """The worlds of the file, as the next start finds them."""
    worlds: Worlds = create_app(Settings.of({"db": file, **settings})).extensions["mock_server"]
    try:
        yield worlds
    finally:
        worlds.close()


def state_of(worlds: Worlds) -> dict[str, Any]:
    """Return all documents by collection, the events, and the labels of snapshots."""
    world = worlds.default
    return {
        **{name: {row["id"]: row for row in rows} for name, rows in documents_of(world.database).items()},
        "events": [event.draft.subject for event in world.event_log.after(0)],
        "snapshots": sorted(world.snapshots),
    }
