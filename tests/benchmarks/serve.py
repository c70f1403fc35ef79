"""Whole requests under load, each compared with a plain Flask route that returns as many constant bytes.

The constant route is served by granian's own command line: `pip install granian` first.
"""

import argparse
import base64
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mock_server import MockServer
from mock_server.vendors.vapi import seeding
from tests.benchmarks.load import TOKEN, Load, drive, require
from tests.benchmarks.measuring import free_port, running, wait_for
from tests.benchmarks.report import Target, judge, save, show

ADMINISTRATOR = "Authorization: Basic " + base64.b64encode(b"admin@example.com:admin").decode()
FORMATS = ("json", "csv", "xml", "jsv", "jsonl")
CREATE = """
wrk.method = "POST"
wrk.body = '{"name":"Load","customer":{"number":"+14155550123"}}'
wrk.headers["Content-Type"] = "application/json"
"""


def get(url: str, caller: str = TOKEN) -> bytes:
    name, _, value = caller.partition(": ")
    request = urllib.request.Request(url, headers={name: value})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def signed_in(url: str) -> str:
    """The cookies of an administrator, as a header."""
    sign_in = urllib.parse.urlencode({"UserName": "admin@example.com", "Password": "admin"}).encode()
    with urllib.request.urlopen(f"{url}/auth/credentials", sign_in, timeout=60) as answer:
        cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie")]
    return f"Cookie: {'; '.join(cookies)}"


IN_TURN = """
local page = 0
request = function()
  page = page % %d + 1
  return wrk.format("GET", "%s&page=" .. page)
end
"""
WITH_PASSWORD = "Evo Voice, filtered page, JSON"
SIGNED_IN = f"{WITH_PASSWORD}, signed in"


class Asked(NamedTuple):
    """What is asked for, by whom (a header), and how many pages are, from page 1 on; 0 is the same one again."""

    path: str
    caller: str = TOKEN
    pages: int = 0


def requests(url: str, sessions: int) -> Iterator[tuple[str, Asked]]:
    """What is asked for, by name."""
    assistant = next(iter(seeding.catalogue(1).assistants))
    page = f"/session?assistantId={assistant}&limit=100"
    total = int(get(f"{url}{page}").rpartition(b'"totalItems":')[2].partition(b",")[0])
    pages = -(-total // 100)
    row = get(f"{url}/session?limit=1").partition(b'"id":"')[2].partition(b'"')[0].decode()
    yield "filtered page, first", Asked(page)
    yield "filtered page, middle", Asked(f"{page}&page={max(1, pages // 2)}")
    yield "filtered page, last full", Asked(f"{page}&page={max(1, total // 100)}")
    yield "page by cost, two filters", Asked(f"{page}&sortBy=cost&createdAtGe=2026-01-01&page=2")
    yield "count (limit=0)", Asked(f"/session?assistantId={assistant}&limit=0")
    yield "get by id", Asked(f"/session/{row}")
    yield "pages in turn", Asked("/session?limit=100", pages=sessions // 100 - 1)
    account = get(f"{url}/ai/sessions", ADMINISTRATOR).partition(b'"accountId":"')[2].partition(b'"')[0].decode()
    filtered = f"/ai/sessions?accountIds={account}&countPerPage=100"
    yield SIGNED_IN, Asked(f"{filtered}&format=json", signed_in(url))
    for format_ in FORMATS:
        yield f"Evo Voice, filtered page, {format_.upper()}", Asked(f"{filtered}&format={format_}", ADMINISTRATOR)
    for format_ in FORMATS:
        path = f"/ai/sessions?countPerPage=100&format={format_}"
        yield f"Evo Voice, pages in turn, {format_.upper()}", Asked(path, ADMINISTRATOR, sessions // 100 - 1)


CONSTANT = """
from pathlib import Path

import flask

BODIES = {path.name: path.read_bytes() for path in Path("bodies").iterdir()}
app = flask.Flask(__name__)


@app.get("/constant/<name>")
def constant(name: str) -> flask.Response:
    return flask.Response(BODIES[name], content_type="application/json; charset=utf-8")
"""


@contextmanager
def constant(bodies: dict[str, bytes]) -> Iterator[str]:
    """Serve the bodies from a plain Flask application; the URL of the server."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "constant.py").write_text(CONSTANT)
        (Path(folder) / "bodies").mkdir()
        for name, body in bodies.items():
            (Path(folder) / "bodies" / name).write_bytes(body)
        port = free_port()
        command = ["granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port)]
        with running([*command, "constant:app"], cwd=folder):
            wait_for(port)
            yield f"http://127.0.0.1:{port}"


@contextmanager
def scripted(text: str) -> Iterator[str]:
    """A file with a script for wrk in it."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(text)
        script.flush()
        yield script.name


def ask(url: str, asked: Asked, seconds: int) -> Load:
    """Ask for the same page, or for one after the other."""
    if not asked.pages:
        return drive(url + asked.path, seconds, header=asked.caller)
    with scripted(IN_TURN.replace("%d", str(asked.pages)).replace("%s", asked.path)) as script:
        return drive(url, seconds, script, asked.caller)


def measure(server: MockServer, seconds: int, rounds: int, only: str = "") -> dict[str, dict[str, float | None]]:
    """Each request and its constant twin in turn; the median ratio of the pairs."""
    wanted = [(name, each) for name, each in requests(server.url, server.settings.sessions) if only in name]
    bodies = {str(number): get(server.url + each.path, each.caller) for number, (_, each) in enumerate(wanted)}
    rows: dict[str, dict[str, float | None]] = {}
    with constant(bodies) as plain:
        for number, (name, asked) in enumerate(wanted):
            twin = f"{plain}/constant/{number}"
            pairs = [(ask(server.url, asked, seconds), drive(twin, seconds)) for _ in range(rounds)]
            rows[name] = _row(pairs, len(bodies[str(number)]))
    with scripted(CREATE) as script:
        load = drive(f"{server.url}/session", seconds, script)
    rows["create"] = {"requests/s": load.rate, "p50 ms": load.p50, "p99 ms": load.p99}
    return rows


def _cost(rows: dict[str, dict[str, float | None]], name: str) -> float:
    return 1 / (rows[name]["requests/s"] or 1)


def _row(pairs: list[tuple[Load, Load]], size: int) -> dict[str, float | None]:
    ratios = sorted(ours.rate / twin.rate for ours, twin in pairs)
    return {
        "bytes": size,
        "requests/s": statistics.median(ours.rate for ours, _ in pairs),
        "constant/s": statistics.median(twin.rate for _, twin in pairs),
        "p50 ms": statistics.median(ours.p50 for ours, _ in pairs),
        "p99 ms": statistics.median(ours.p99 for ours, _ in pairs),
        "ratio": statistics.median(ratios),
        "lowest": ratios[0],
        "highest": ratios[-1],
    }


def start_seconds() -> float:
    """From starting the command to the first 200, with the default world."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().rsplit(" ", 1)[1].strip()
        get(f"{url}/session?limit=1")
        seconds = time.perf_counter() - started
        process.terminate()
        process.communicate(timeout=20)
    return seconds


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=3, help="of each wrk run")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs a request")
    parser.add_argument("--starts", type=int, default=10, help="how often the command is started")
    parser.add_argument("--only", default="", help="requests whose name has this in it")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    require("wrk", "granian")
    starts = sorted(start_seconds() for _ in range(options.starts))
    with MockServer(sessions=options.sessions) as server:
        rows = measure(server, options.seconds, options.rounds, options.only)
    columns = ["bytes", "requests/s", "constant/s", "ratio", "lowest", "highest", "p50 ms", "p99 ms"]
    show(
        f"{options.sessions:,} sessions, wrk with 8 connections, medians of {options.rounds} pairs",
        rows,
        columns,
        "{:,.2f}",
    )
    print(f"start to first 200: median {statistics.median(starts):.3f} s, {starts[0]:.3f} to {starts[-1]:.3f}")
    page = "Evo Voice, pages in turn, {}".format
    reach = {name: 0.6 for name in rows if "page" in name and "Evo" not in name}
    targets = [
        Target(f"{name} against the constant route", rows[name]["ratio"] or 0, goal)
        for name, goal in reach.items()
        if name in rows
    ]
    start = Target("serve to first 200", statistics.median(starts), 0.7, "s", more_is_better=False)
    formats = [
        Target(
            f"{page(name)}, in times of JSON",
            _cost(rows, page(name)) / _cost(rows, page("JSON")),
            5,
            more_is_better=False,
        )
        for name in ("CSV", "XML")
        if page(name) in rows and page("JSON") in rows
    ]
    judge([*targets, *formats, start])
    save(options.out, "serve", {"sessions": options.sessions, "results": rows, "start": starts})


if __name__ == "__main__":
    main()
