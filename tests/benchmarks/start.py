"""How long a server takes to start, stop and reset, over and over, and whether it leaves anything behind.

python -m tests.benchmarks.start
"""

import argparse
import gc
import os
import statistics
import threading
import time
import urllib.request
from pathlib import Path

from mock_server import MockServer
from tests.benchmarks.report import Target, judge, save, show


def once() -> tuple[float, float, float]:
    """Milliseconds to start, to reset the default world of 250 sessions' size, and to stop."""
    started = time.perf_counter()
    server = MockServer(world="one").start()
    up = time.perf_counter()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/_mock/reset", b"{}", headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        answer.read()
    reset = time.perf_counter()
    server.stop()
    return (up - started) * 1e3, (reset - up) * 1e3, (time.perf_counter() - reset) * 1e3


def held() -> tuple[int, int]:
    """Threads, and open files and sockets."""
    gc.collect()
    return threading.active_count(), len(os.listdir("/dev/fd"))


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    once()
    before = held()
    figures = list(zip(*(once() for _ in range(options.times)), strict=True))
    left = sum(after - earlier for after, earlier in zip(held(), before, strict=True))
    rows: dict[str, dict[str, float | None]] = {
        name: {"median ms": statistics.median(values), "longest ms": max(values)}
        for name, values in zip(("start", "reset", "stop"), figures, strict=True)
    }
    show(f"a server of world one, {options.times} times", rows, ["median ms", "longest ms"], "{:,.2f}")
    judge(
        [
            Target("start, median", rows["start"]["median ms"] or 0, 150, " ms", more_is_better=False),
            Target("stop, longest", rows["stop"]["longest ms"] or 0, 50, " ms", more_is_better=False),
            Target("reset, median", rows["reset"]["median ms"] or 0, 10, " ms", more_is_better=False),
            Target("threads, files and sockets left", left, 0, "", more_is_better=False),
        ]
    )
    save(options.out, "start", {"results": rows, "left": left})


if __name__ == "__main__":
    main()
