"""Webhooks under load: a receiver that never answers beside none, and 10,000 events to one that does.

    python -m tests.benchmarks.events

Clients and the receiver are processes of their own on the same machine. Needs `wrk`.
"""

import argparse
import json
import multiprocessing
import socket
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server import MockServer
from tests.benchmarks.load import drive, require
from tests.benchmarks.report import Target, judge, save, show
from tests.benchmarks.serve import CREATE

CLIENTS = 8
_PATIENCE = 120.0
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def silent() -> Iterator[str]:
    """A receiver that takes connections and never answers; its URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


def receive(pipe: Connection) -> None:
    """Answer every message with 200; told to stop, say which events came, as (session, type) in their order."""
    met: list[tuple[str, str]] = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    pipe.send(listener.getsockname()[1])

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        while stream.readline():
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            message = json.loads(stream.read(length))["message"]
            met.append((message["session"]["id"], message["type"]))
            connection.sendall(_ANSWER)

    threading.Thread(target=accept, daemon=True).start()
    while pipe.recv() == "how many":
        pipe.send(len(met))
    pipe.send(met)


def create(url: str, times: int) -> None:
    """One client: make sessions one after the other, and change each."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    for number in range(times):
        connection.request("POST", "/session", body=json.dumps({"name": f"Load {number}"}), headers=headers)
        made = json.loads(connection.getresponse().read())
        connection.request("PATCH", f"/session/{made['id']}", body=b'{"status":"completed"}', headers=headers)
        connection.getresponse().read()


def deliver(events: int) -> dict[str, float]:
    """Make that many events with eight clients; how fast they are delivered, and whether all came once in order."""
    ours, theirs = multiprocessing.Pipe()
    receiver = multiprocessing.Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    settings: dict[str, Any] = {
        "webhook": f"http://127.0.0.1:{ours.recv()}/hook",
        "webhook_all": True,
        "sessions": 100,
        "event_history": 2 * events,
    }
    with MockServer(**settings) as server:
        started = time.perf_counter()
        clients = [
            multiprocessing.Process(target=create, args=(server.url, events // CLIENTS // 2)) for _ in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        made = time.perf_counter() - started
        settled = server.app.extensions["mock_server"].default.dispatcher.settle(_PATIENCE)
        seconds = time.perf_counter() - started
    ours.send("stop")
    met: list[tuple[str, str]] = ours.recv()
    receiver.join()
    once = Counter(met)
    orders: defaultdict[str, list[str]] = defaultdict(list)
    for session, kind in met:
        orders[session].append(kind)
    return {
        "events": float(len(met)),
        "lost": float(events - len(once)),
        "twice": float(len(met) - len(once)),
        "out of order": float(sum(kinds != sorted(kinds) for kinds in orders.values())),  # created, updated
        "settled": float(settled),
        "created in s": made,
        "delivered/s": len(met) / seconds,
    }


def throughput(rounds: int, seconds: int) -> list[float]:
    """Rates of creating with a receiver that never answers, each against one without any, taken in turn."""
    ratios = []
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script, silent() as url:
        script.write(CREATE)
        script.flush()
        for _ in range(rounds):
            rates = []
            for values in ({}, {"webhook": url, "webhook_all": True}):
                with MockServer(sessions=100, **values) as server:
                    rates.append(drive(f"{server.url}/session", seconds, script.name).rate)
            ratios.append(rates[1] / rates[0])
    return sorted(ratios)


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=3, help="of each wrk run")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    require("wrk")
    ratios = throughput(options.rounds, options.seconds)
    delivered = deliver(options.events)
    rows = {
        "creating with a receiver that never answers": {"ratio": statistics.median(ratios), "lowest": ratios[0]},
        f"{options.events:,} events to a receiver": delivered,
    }
    show("webhooks", rows, ["ratio", "lowest", *delivered], "{:,.2f}")
    judge(
        [
            Target("creating, against no webhook", statistics.median(ratios), 0.9),
            Target("deliveries a second", delivered["delivered/s"], 1000, "/s"),
            Target("lost, twice or out of order", _wrong(delivered), 0, more_is_better=False),
        ]
    )
    save(options.out, "events", {"results": rows})


def _wrong(delivered: dict[str, float]) -> float:
    return delivered["lost"] + delivered["twice"] + delivered["out of order"]


if __name__ == "__main__":
    main()
