"""Ctrl-C and `kill`: at any moment they end the server with exit code 0, and leave no half-made file."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import httpx
import pytest

from mock_server import MockServer
from tests.mock_server.conftest import COMMAND, Served, environment
from tests.sampling import first_quick

Launch = Callable[..., Served]
NUMBERS = first_quick([signal.SIGINT, signal.SIGTERM])
PATIENCE = 60  # seconds; how long a busy machine may take to end it
AT_AN_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "flask":
            os.kill(os.getpid(), NUMBER)

sys.meta_path.insert(0, Finder())
sys.argv[0] = "mock-server"
from mock_server.__main__ import main
main()
"""


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_during_the_imports_ends_it_at_once(number: signal.Signals) -> None:
    code = AT_AN_IMPORT.replace("NUMBER", str(int(number)))
    command = [sys.executable, "-c", code, "serve", "--port", "0"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment(), check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_while_sessions_are_made_leaves_no_file(
    launch: Launch, tmp_path: Path, number: signal.Signals
) -> None:
    served = launch("--port", 0, "--sessions", 1_000_000, "--db", tmp_path / "sessions.json")
    wait_for_the_start(tmp_path / "sessions.json.journal", served.process)

    served.process.send_signal(number)

    assert ended(served.process) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_interrupted_seed_leaves_no_file(tmp_path: Path) -> None:
    command = [*COMMAND, "seed", "--sessions", "1000000", "--db", str(tmp_path / "sessions.json")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        wait_for_the_start(tmp_path / "sessions.json.journal", process)
        process.send_signal(signal.SIGINT)

        assert ended(process) == (1, "", "Aborted!\n")
    assert list(tmp_path.iterdir()) == []


def wait_for_the_start(log: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until the process makes sessions, which it writes into the log once it has made all of them."""
    while process.poll() is None and not log.exists():
        time.sleep(0.001)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_right_after_the_banner_ends_it(launch: Launch, number: signal.Signals) -> None:
    served = launch("--port", 0, "--sessions", 0)
    assert served.banner

    served.process.send_signal(number)

    assert ended(served.process) == (0, "", "")


def test_signals_that_come_again_and_again_end_it_once(launch: Launch) -> None:
    served = launch("--port", 0, "--sessions", 0)
    assert served.banner

    while served.process.poll() is None:
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.001)

    assert ended(served.process) == (0, "", "")


HEAD = b"Host: 127.0.0.1\r\nAuthorization: Bearer x\r\n"
REQUESTS = (
    b"GET /session?limit=5 HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /session?limit=300 HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /_mock/health HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /_mock/events HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"POST /session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" + HEAD + b"\r\n{}",
)


@pytest.mark.parametrize(
    "flags",
    [pytest.param((), id="in-memory", marks=pytest.mark.slow), pytest.param(("--db", "sessions.json"), id="in-a-file")],
)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_during_requests_ends_it(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, flags: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    served = launch("--port", 0, "--sessions", 300, *flags)
    port = int(served.url.rpartition(":")[2])
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(20)]
        for place, client in enumerate(clients):
            client.sendall(REQUESTS[place % len(REQUESTS)] * 30)
        assert clients[0].recv(12) == b"HTTP/1.1 200"

        served.process.send_signal(number)
        for client in clients[::2]:
            client.close()

        assert ended(served.process) == (0, "", "")


def test_a_load_that_is_refused_leaves_no_file(launch: Launch, tmp_path: Path) -> None:
    database, world = tmp_path / "sessions.json", tmp_path / "world.json"
    world.write_text('{"vapi.sessions": [], "evovoice.sessions": [{"id": 3}]}')

    refused = launch("--port", 0, "--db", database, "--load", world).process
    code, _, message = ended(refused)

    assert (code, "evovoice.sessions: document 0 has no id" in message) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["world.json"]


def test_a_request_that_gets_no_thread_is_503_and_the_next_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    start, refused = Thread.start, list[Thread]()

    def refuse_once(thread: Thread) -> None:
        if thread.name.startswith("mock-server-worker") and not refused:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    with MockServer(sessions=0) as server:
        monkeypatch.setattr(Thread, "start", refuse_once)
        without_a_thread = httpx.get(f"{server.url}/_mock/health", timeout=PATIENCE)
        after_it = httpx.get(f"{server.url}/_mock/health", timeout=PATIENCE)

    assert (without_a_thread.status_code, without_a_thread.headers["retry-after"]) == (503, "1")
    assert after_it.status_code == 200
