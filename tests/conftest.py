"""Fails a test that leaves something running, open or changed behind it."""

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_PROCESS = Path("/proc/self")  # Linux; elsewhere sockets are not watched
_PATIENCE = 2.0  # seconds that threads and far ends of connections have to go away


@pytest.fixture(autouse=True)
def leaks() -> Iterator[None]:
    """The test must end with no more threads and sockets than it had, and the same environment."""
    running, surroundings = _running(), _surroundings()
    yield
    deadline = time.monotonic() + _PATIENCE
    while (left := _running() - running) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert not left, f"left behind: {left}"
    assert _surroundings() - surroundings == surroundings - _surroundings() == set()


def _running() -> set[object]:
    # Native threads of a server that called Python are dummies here; they end with it, and nobody can join them.
    threads = (thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread))
    return {*threads, *_sockets()}


def _sockets() -> Iterator[str]:
    """Our open descriptors that are TCP; the pairs that runtimes talk to themselves with live as long as we do."""
    tables = [_PROCESS / "net" / name for name in ("tcp", "tcp6")]
    known = {line.split()[9] for table in tables if table.exists() for line in table.read_text().splitlines()[1:]}
    for descriptor in (_PROCESS / "fd").iterdir() if known else ():
        try:
            name = os.readlink(descriptor)
        except OSError:  # closed in the meantime, as the listing's own descriptor is
            continue
        if name.removeprefix("socket:[").rstrip("]") in known:
            yield name


def _surroundings() -> set[tuple[str, str]]:
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {*variables.items(), ("working directory", os.getcwd())}
