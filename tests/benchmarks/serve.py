"""Whole requests under load, each beside a route of the same server that answers constant bytes of the same size."""

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
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import flask

from mock_server import MockServer
from mock_server.vendors.vapi import seeding
from tests.benchmarks.load import TOKEN, Load, drive, require
from tests.benchmarks.report import Target, judge, save, show

_MOST_REQUESTS = 50
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
ALIKE = "page of as many bytes as Evo Voice's"
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
    yield "page by cost, two filters", Asked(f"{page}&sortBy=cost&status=completed&page=2")
    yield "count (limit=0)", Asked(f"/session?assistantId={assistant}&limit=0")
    yield "get by id", Asked(f"/session/{row}")
    yield "pages in turn", Asked("/session?limit=100", pages=sessions // 100 - 1)
    account = get(f"{url}/ai/sessions", ADMINISTRATOR).partition(b'"accountId":"')[2].partition(b'"')[0].decode()
    filtered = f"/ai/sessions?accountIds={account}&countPerPage=100"
    size = len(get(url + filtered, ADMINISTRATOR))
    limits = range(1, 100)
    nearest = bisect_left(limits, size, key=lambda limit: len(get(f"{url}{page.removesuffix('100')}{limit}")))
    yield ALIKE, Asked(f"{page.removesuffix('100')}{limits[min(nearest, len(limits) - 1)]}")
    yield SIGNED_IN, Asked(f"{filtered}&format=json", signed_in(url))
    for format_ in FORMATS:
        yield f"Evo Voice, filtered page, {format_.upper()}", Asked(f"{filtered}&format={format_}", ADMINISTRATOR)
    for format_ in FORMATS:
        path = f"/ai/sessions?countPerPage=100&format={format_}"
        yield f"Evo Voice, pages in turn, {format_.upper()}", Asked(path, ADMINISTRATOR, sessions // 100 - 1)


def constant(app: flask.Flask, bodies: dict[str, bytes]) -> None:
    """Add the routes that the others are held against, of the cheapest kind: a fixed path, a body that is there."""

    def answer() -> flask.Response:
        name = flask.request.path.rpartition("/")[2]
        return app.response_class(bodies[name], content_type="application/json; charset=utf-8")

    for number in range(_MOST_REQUESTS):
        app.add_url_rule(f"/constant/{number}", endpoint="constant", view_func=answer)


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
    bodies: dict[str, bytes] = {}
    constant(server.app, bodies)
    rows: dict[str, dict[str, float | None]] = {}
    for number, (name, asked) in enumerate(requests(server.url, server.settings.sessions)):
        if only not in name:
            continue
        bodies[str(number)] = get(server.url + asked.path, asked.caller)
        pairs = [
            (ask(server.url, asked, seconds), drive(f"{server.url}/constant/{number}", seconds)) for _ in range(rounds)
        ]
        rows[name] = _row(pairs, len(bodies[str(number)]))
    with scripted(CREATE) as script:
        load = drive(f"{server.url}/session", seconds, script)
    rows["create"] = {"requests/s": load.rate, "p50 ms": load.p50, "p99 ms": load.p99}
    return rows


def beside_vapi(server: MockServer, rounds: int) -> dict[str, dict[str, float | None]]:
    """The rates of Evo Voice's page in shares of Vapi's page of as many bytes, each asked for a second in turn.

    Every other round goes the other way round, so that none is always the first.
    """
    asked = dict(requests(server.url, server.settings.sessions))
    names = (SIGNED_IN, ALIKE, WITH_PASSWORD)
    loads: dict[str, list[Load]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[:: 1 if number % 2 else -1]:
            loads[name].append(ask(server.url, asked[name], 1))
    shares = {}
    for name in (SIGNED_IN, WITH_PASSWORD):
        row = _row(list(zip(loads[name], loads[ALIKE], strict=True)), 0)
        shares[f"{name}, beside Vapi's page of as many bytes"] = {
            key: row[key] for key in ("ratio", "lowest", "highest")
        }
    return shares


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
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=3, help="of each wrk run")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs a request")
    parser.add_argument("--starts", type=int, default=10, help="how often the command is started")
    parser.add_argument("--only", default="", help="requests whose name has this in it")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    require("wrk")
    starts = sorted(start_seconds() for _ in range(options.starts))
    with MockServer(sessions=options.sessions) as server:
        rows = measure(server, options.seconds, options.rounds, options.only)
        shares = {} if options.only else beside_vapi(server, 12 * options.rounds)
    columns = ["bytes", "requests/s", "constant/s", "ratio", "lowest", "highest", "p50 ms", "p99 ms"]
    show(
        f"{options.sessions:,} sessions, wrk with 8 connections, medians of {options.rounds} pairs",
        rows,
        columns,
        "{:,.2f}",
    )
    print(f"start to first 200: median {statistics.median(starts):.3f} s, {starts[0]:.3f} to {starts[-1]:.3f}")
    page = "Evo Voice, pages in turn, {}".format
    reach = {name: 0.5 for name in rows if name.startswith("filtered")} | {"get by id": 0.8}
    targets = [
        Target(f"{name} against the constant route", rows[name]["ratio"] or 0, goal)
        for name, goal in reach.items()
        if name in rows
    ]
    targets += [Target(name, row["ratio"] or 0, 0.95) for name, row in shares.items()]
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
    save(options.out, "serve", {"sessions": options.sessions, "results": rows, "shares": shares, "start": starts})


if __name__ == "__main__":
    main()
