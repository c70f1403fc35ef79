"""The same list work on json-server, Mockoon and here, with the same sessions, side by side in one run."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mock_server.vendors.vapi import seeding
from tests.benchmarks.load import drive, require
from tests.benchmarks.measuring import free_port, resident, running
from tests.benchmarks.report import Target, judge, save, show
from tests.benchmarks.store import ASSISTANTS, NOW

CLOCK = "2026-09-21T13:46:40Z"
ROUNDS = 3
Start = Callable[[Path, int], list[str]]


def install(folder: Path) -> None:
    """Put the two peers into a scratch folder by npm."""
    (folder / "package.json").write_text('{"private": true}')
    packages = ["json-server@0.17", "@mockoon/cli@9"]
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", *packages]
    subprocess.run(command, cwd=folder, check=True, timeout=600)


def write_data(folder: Path, size: int) -> None:
    """The same sessions in each one's own form."""
    sessions = list(seeding.sessions(size, seed=1, org_id="org", now=NOW))
    (folder / "db.json").write_text(json.dumps({"session": sessions}))
    (folder / "mockoon.json").write_text(json.dumps(_mockoon(sessions)))


def _mockoon(sessions: list[dict[str, Any]]) -> dict[str, Any]:
    bucket = {"uuid": "b", "id": "data", "name": "sessions", "documentation": "", "value": json.dumps(sessions)}
    response = {
        "uuid": "r", "body": "{}", "latency": 0, "statusCode": 200, "label": "", "headers": [],
        "bodyType": "DATABUCKET",
        "filePath": "", "databucketID": "data", "sendFileAsBody": False, "rules": [], "rulesOperator": "OR",
        "disableTemplating": False, "fallbackTo404": False, "default": True, "crudKey": "id", "callbacks": [],
    }  # fmt: skip
    route = {
        "uuid": "c", "type": "crud", "documentation": "", "method": "", "endpoint": "session", "responses": [response],
        "responseMode": None, "streamingMode": None, "streamingInterval": 0,
    }  # fmt: skip
    return {
        "uuid": "e", "lastMigration": 33, "name": "sessions", "endpointPrefix": "", "latency": 0, "port": 0,
        "hostname": "127.0.0.1", "folders": [], "routes": [route], "rootChildren": [{"type": "route", "uuid": "c"}],
        "proxyMode": False, "proxyHost": "", "proxyRemovePrefix": False, "tlsOptions": {"enabled": False},
        "cors": True, "headers": [], "proxyReqHeaders": [], "proxyResHeaders": [], "data": [bucket], "callbacks": [],
    }  # fmt: skip


def _json_server(folder: Path, port: int) -> list[str]:
    program = str(folder / "node_modules" / ".bin" / "json-server")
    return [program, "--quiet", "--host", "127.0.0.1", "--port", str(port), str(folder / "db.json")]


def _mockoon_cli(folder: Path, port: int) -> list[str]:
    program = str(folder / "node_modules" / ".bin" / "mockoon-cli")
    return [program, "start", "--data", str(folder / "mockoon.json"), "--port", str(port), "--disable-log-to-file"]


def _ours(folder: Path, port: int) -> list[str]:
    command = [sys.executable, "-m", "mock_server", "serve", "--port", str(port), "--clock", CLOCK]
    return [*command, "--sessions", (folder / "size").read_text()]


PEERS: dict[str, tuple[Start, str]] = {
    "json-server 0.17": (_json_server, "/session?assistantId={}&_page=1&_limit=100"),
    "Mockoon CLI 9": (_mockoon_cli, "/session?assistantId_eq={}&page=1&limit=100"),
    "here": (_ours, "/session?assistantId={}&page=1&limit=100"),
}


def measure(name: str, folder: Path, seconds: int) -> dict[str, float | None]:
    """Start one, wait for its first page, load it, and see what memory it holds."""
    start, path = PEERS[name]
    port = free_port()
    url = f"http://127.0.0.1:{port}" + path.format(ASSISTANTS[0])
    begun = time.perf_counter()
    context = {**os.environ, "NO_UPDATE_NOTIFIER": "1"}
    with running(start(folder, port), cwd=folder, env=context) as process:
        body = _first_answer(url, process)
        ready = time.perf_counter() - begun
        loads = [drive(url, seconds) for _ in range(ROUNDS)]
        memory = resident(process.pid)
    rows = json.loads(body)
    sessions = rows["results"] if isinstance(rows, dict) else rows
    assert len(sessions) == 100, f"{name} answered {len(sessions)} sessions"
    assert {session["assistantId"] for session in sessions} == {ASSISTANTS[0]}
    return {
        "requests/s": statistics.median(load.rate for load in loads),
        "p50 ms": statistics.median(load.p50 for load in loads),
        "p99 ms": statistics.median(load.p99 for load in loads),
        "start s": ready,
        "memory MB": memory / 1e6,
    }


def _first_answer(url: str, process: subprocess.Popen[bytes], patience: float = 60) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer any-token"})
    deadline = time.perf_counter() + patience
    while process.poll() is None and time.perf_counter() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                body: bytes = answer.read()
                return body
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
    raise RuntimeError(f"no answer from {url}")


def main() -> None:
    """Install the peers, measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=4, help="of each wrk run")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    require("wrk", "node", "npm")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        install(folder)
        write_data(folder, options.sessions)
        (folder / "size").write_text(str(options.sessions))
        rows = {name: measure(name, folder, options.seconds) for name in PEERS}
    title = f"A page of 100 of one assistant's sessions out of {options.sessions:,}"
    show(title, rows, ["requests/s", "p50 ms", "p99 ms", "start s", "memory MB"])
    ours = rows["here"]["requests/s"] or 0
    reach = {"json-server 0.17": 25, "Mockoon CLI 9": 10}
    judge(
        [
            Target(f"list page against {name}", ours / (rows[name]["requests/s"] or 1), goal)
            for name, goal in reach.items()
        ]
    )
    save(options.out, "peers", {"sessions": options.sessions, "results": rows})


if __name__ == "__main__":
    main()
