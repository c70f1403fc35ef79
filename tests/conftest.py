"""Fails a test that leaves something running, open or changed behind it."""

import gc
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

_PATIENCE = 30.0  # seconds that threads and far ends of connections have to go away


@pytest.fixture(autouse=True)
def leaks() -> Iterator[None]:
    """The test must end with no more threads and sockets than it had, and the same environment."""
    running, context = _running(), _context()
    yield
    deadline = time.monotonic() + _PATIENCE
    while (left := _running() - running) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert not left, f"left behind: {left}"
    assert _context() - context == context - _context() == set()


def _running() -> set[object]:
    # A server that several tests share keeps its worker threads; test_server.py checks that they end with the server.
    threads = (thread for thread in threading.enumerate() if not thread.name.startswith("mock-server-worker"))
    return {*threads, *_sockets()}


def _sockets() -> Iterator[str]:
    """Our open TCP sockets; the pairs that runtimes talk to themselves with live as long as we do."""
    for descriptor in os.listdir("/dev/fd"):
        try:
            if stat.S_ISSOCK((found := os.fstat(int(descriptor))).st_mode):
                with socket.socket(fileno=os.dup(int(descriptor))) as ours:
                    if ours.family in (socket.AF_INET, socket.AF_INET6):
                        yield f"socket {found.st_ino}"
        except OSError:  # closed in the meantime, as the listing's own descriptor is
            continue


def _context() -> set[tuple[str, str]]:
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {*variables.items(), ("working directory", os.getcwd())}


# Our own tests need more than the checks that `--contracts-target` adds, which are to run without them.
_TEST_EXTRA = ("httpx", "hypothesis", "pytest_randomly", "pytest_timeout", "vapi", "xdist")
_MISSING = [name for name in _TEST_EXTRA if find_spec(name) is None]
_SECONDS = 600
collect_ignore_glob = ["*"] if _MISSING else []


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run without the test extra, unless it is not for our own tests."""
    if _MISSING and not config.getoption("--contracts-target", None):
        raise pytest.UsageError(f"{', '.join(_MISSING)} missing; pip install --editable '.[test]'")


def pytest_collection_finish() -> None:
    """Leave what the imports made out of garbage collections, each of which would look through all of it."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str | None:
    """Say that our own tests are left out."""
    return f"tests: left out, since {', '.join(_MISSING)} are missing" if _MISSING else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests marked slow are left out unless asked for."""
    parser.addoption("--runslow", action="store_true", help="run the tests marked slow too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test its time, and skip the slow ones, and say so."""
    for item in items if config.pluginmanager.hasplugin("timeout") else ():
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_SECONDS))
    if not config.getoption("--runslow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow; run with --runslow"))
