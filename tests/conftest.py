"""Fails a test that leaves something running, open or changed behind it."""

import gc
import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

_PATIENCE = 30.0  # seconds that threads and far ends of connections have to go away


@pytest.fixture(autouse=True)
def leaks() -> Iterator[None]:
    """The test must end with no more threads and sockets than it had, the same environment and the same signals."""
    running, context = _running(), _context()
    yield
    deadline = time.monotonic() + _PATIENCE
    while (left := _running() - running) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert not left, f"left behind: {left}"
    assert _context() - context == context - _context() == set()


POOLS = ("mock-server-worker", "mock-server-stream", "webhooks")


def _running() -> set[object]:
    # A server that several tests share keeps its worker threads; test_server.py checks that they end with the server.
    threads = (thread for thread in threading.enumerate() if not thread.name.startswith(POOLS))
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
    blocked = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())) if hasattr(signal, "pthread_sigmask") else ()
    return {*variables.items(), ("working directory", os.getcwd()), ("blocked signals", str(blocked))}


# Our own tests need more than the checks that `--contracts-target` adds, which are to run without them.
_TEST_EXTRA = ("httpx", "hypothesis", "pytest_randomly", "pytest_timeout", "vapi", "xdist")
_MISSING = [name for name in _TEST_EXTRA if find_spec(name) is None]
_SECONDS = 600
# The tests of `-m quick`, by the start of their paths: they start no server and no process.
_QUICK = (
    "mock_server/core/",
    "mock_server/test_settings.py",
    "mock_server/vendors/evovoice/",
    "mock_server/vendors/vapi/sessions/",
    "mock_server/vendors/vapi/test_access.py",
    "test_architecture.py",
    "test_plain_words.py",
)
_NOT_QUICK = (
    "mock_server/core/store/test_crash.py",
    "mock_server/core/store/test_oracle.py",
    "mock_server/vendors/evovoice/test_command_line_client.py",
    "mock_server/vendors/evovoice/test_repetition.py",
    "mock_server/vendors/evovoice/seeding/",
    "mock_server/vendors/vapi/sessions/test_export.py",
)
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


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files without quick tests, whose imports take long, when only those are asked for."""
    if (
        config.option.markexpr == "quick"
        and collection_path.name.startswith("test_")
        and not _is_quick(collection_path)
    ):
        return True
    return None


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test its time, and mark the quick ones."""
    timed = config.pluginmanager.hasplugin("timeout")
    for item in items:
        if timed and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_SECONDS))
        if _is_quick(item.path) and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.quick)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the slow tests. Here, and not by a marker, so that the summary has one line for all of them."""
    if item.get_closest_marker("slow") is not None and not item.config.getoption("--runslow"):
        pytest.skip("slow; run with --runslow")


def _is_quick(path: Path) -> bool:
    try:
        place = path.relative_to(Path(__file__).parent).as_posix()
    except ValueError:
        return False
    return place.startswith(_QUICK) and not place.startswith(_NOT_QUICK)


@pytest.fixture(scope="session", autouse=True)
def transport_of_httpx() -> None:
    """Import what httpx imports late: runs of pytest in this process forget it, and httpx keeps the first it meets."""
    if find_spec("httpcore") is not None:
        import_module("httpcore")
