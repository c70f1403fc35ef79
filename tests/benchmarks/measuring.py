"""How things are timed: medians of batches, and memory in a fresh process."""

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_BATCHES = 7
_BATCH_SECONDS = 0.03


def median_time(act: Callable[[], object]) -> float:
    """Seconds a call, the median of batches that are long enough for the clock."""
    started = time.perf_counter()
    act()
    calls = max(1, int(_BATCH_SECONDS / max(time.perf_counter() - started, 1e-7)))
    return statistics.median(_batch(act, calls) for _ in range(_BATCHES))


def median_of_each(acts: Iterator[Callable[[], object]], count: int) -> float:
    """Seconds a call, the median of `count` different calls, each made once."""
    times = []
    for _ in range(count):
        act = next(acts)
        times.append(once(act))
    return statistics.median(times)


def paired_ratio(one: Callable[[], object], other: Callable[[], object], pairs: int = 200, calls: int = 50) -> float:
    """How many times the first costs the second: the median of batches made in turn."""
    return statistics.median(_batch(one, calls) / _batch(other, calls) for _ in range(pairs))


def once(act: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def resident(pid: int | str = "self") -> int:
    """Bytes of memory that a process has now (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def in_fresh_process(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=900)
    return done.stdout.strip()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(port: int, seconds: float = 60) -> None:
    """Wait until a server listens. Raises OSError when none does in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@contextmanager
def running(command: list[str], **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended with the block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def _batch(act: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        act()
    return (time.perf_counter() - started) / calls
