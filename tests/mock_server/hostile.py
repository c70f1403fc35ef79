"""Hostile requests over raw sockets: `python -m tests.mock_server.hostile --requests 200000 --seed 1`.

Serves the emulator in a process of its own, sends it generated requests from several connections at a time, and
meanwhile asks for a session list as an ordinary client. Fails unless every ordinary request was answered, no hostile
one made a 5xx (but for the documented 503 when all streams are taken), and no thread of the process has ended.
"""

import argparse
import json
import random
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.mock_server.conftest import start

_PATIENCE = 60.0
_LEAVING = 0.05  # seconds after which a client whose body never comes leaves
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "G\xcbT"]
_PATHS = [
    "/session", "/session/export", "/session/%s", "/session/", "//session", "/SESSION", "/chat", "/call", "/assistant",
    "/ai/sessions", "/ai/sessions/%s", "/ai/sessions/%s/apply", "/ai/sessions.csv", "/ai/sessions.xml", "/ai/usage",
    "/json/reply/GetAISessions", "/accounts", "/accounts/%s", "/auth", "/auth/credentials", "/auth/logout",
    "/_mock/health", "/_mock/worlds", "/_mock/worlds/%s", "/_mock/worlds/%s/%s", "/_mock/reset", "/_mock/state",
    "/_mock/snapshots", "/_mock/snapshots/%s/restore", "/_mock/snapshots/%s/diff", "/_mock/clock", "/_mock/faults",
    "/_mock/requests", "/_mock/requests/count", "/_mock/requests/expect", "/_mock/requests/wait?timeout=0.01",
    "/_mock/events/list", "/_mock/events/wait?timeout=0.01", "/_mock/deliveries", "/_mock/deliveries/%s",
    "/_mock/deliveries/%s/replay", "/_mock/deliveries/mode", "/_mock/openapi.json", "/", "/%s", "*", "http://x/session",
]  # fmt: skip
_TEXTS = [
    "", "0", "-1", "1e999", "NaN", "9" * 400, "true", "null", "[", "{", "]}", "\x00", "%00", "%", "%ff", "%C3%28",
    "\xff", "\u202e", "😀", "a" * 5000, "../../etc/passwd", "' OR 1=1 --", "<script>", "${jndi:x}", "2026-13-45",
    "0001-01-01", "9999-12-31T23:59:59.999+14:00", "id", "createdAt", "ASC", "[1,2", "{a:1}", '"', "one:a", "demo",
    "http://[",
    "ws://x", "00000000-0000-4000-8000-000000000000", "65f1a0b2c3d4e5f601234567", "%2e%2e%2f", "a/b", "a?b#",
]  # fmt: skip
_NAMES = [
    "limit", "page", "cursor", "sortBy", "sortOrder", "createdAtGe", "customer[number]", "customer", "name", "id",
    "ids", "countPerPage", "sortField", "all", "simplifiedPaging", "format", "callback", "columns", "since", "state",
    "foo", "startDate", "endDate", "accountIds", "purpose", "actions", "assistant", "assistantOverrides", "squad",
    "messages", "server", "expirationSeconds", "rules", "collections", "clock", "advance", "jump", "freeze",
    "request", "exactly",
    "label", "status", "userName", "password", "type", "__proto__", "provider", "X" * 300,
]  # fmt: skip
_HEADERS = [
    "Host", "Origin", "Authorization", "Cookie", "Accept", "Accept-Encoding", "Content-Encoding", "Content-Type",
    "X-Mock-World", "X-Mock-Token", "X-Http-Method-Override", "Range", "If-None-Match", "Expect", "Upgrade",
    "X-Forwarded-For", "Forwarded", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Last-Event-ID",
    "Sec-Fetch-Site", "Referer", "x-ss-id", "Transfer-Encoding-X", "X_Under", "Accept-Charset", "Prefer", "TE",
]  # fmt: skip
_TYPES = [
    "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b",
    "text/csv", "application/xml", "text/jsv", "application/jsv", "text/json; charset=utf-16",
    "application/json; charset=x", "", "/", "multipart/form-data", "application/octet-stream",
    "application/json, text/plain",
]  # fmt: skip
_SIGNED_IN = ["Authorization: Bearer any", "Authorization: Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4="]
_FAULTS = ["error", "error=", "error=429", "times=" + "9" * 5000, "id=\xff; truncate=3", "empty", "churn=x", ";;"]


@dataclass(frozen=True)
class Sent:
    """A request, and whether all of its body comes."""

    data: bytes
    whole: bool


@dataclass
class Outcome:
    """What came of the requests: how many had each status (0 for none), and what must not be."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    ordinary: int = 0
    threads: tuple[int, int] = (0, 0)


def hostile(source: random.Random) -> Sent:
    """Return a generated request."""
    path = source.choice(_PATHS)
    path = path.replace("%s", source.choice(_TEXTS).replace("%s", "")) if source.random() < 0.9 else path
    pairs = [f"{source.choice(_NAMES)}={source.choice(_TEXTS)}" for _ in range(source.randrange(4))]
    target = path + ("&" if "?" in path else "?") * bool(pairs) + "&".join(pairs)
    if source.random() < 0.8:  # else it goes out with spaces, controls and letters that no target may have
        target = "".join(each if "!" <= each <= "~" else "%%%02x" % (ord(each) & 255) for each in target)
    method = source.choice(_METHODS[:5] if source.random() < 0.8 else _METHODS)
    body = _body(source) if source.random() < 0.7 else b""
    kind = f"Content-Type: {source.choice(_TYPES[:1] if source.random() < 0.5 else _TYPES)}"
    headers = ["Connection: close", kind, *([source.choice(_SIGNED_IN)] if source.random() < 0.8 else [])]
    if source.random() < 0.9:
        headers.append("Host: 127.0.0.1")
    headers += [f"{source.choice(_HEADERS)}: {source.choice(_TEXTS)}" for _ in range(source.randrange(3))]
    if source.random() < 0.1:
        headers.append(f"X-Mock-Fault: {source.choice(_FAULTS)}")
    whole = source.random() > 0.002
    if source.random() < 0.05:
        headers.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    elif body or not whole:
        headers.append(f"Content-Length: {len(body) + (0 if whole else 7)}")
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{each}\r\n" for each in headers) + "\r\n"
    return Sent(head.encode("utf-8", "surrogatepass") + body, whole)


def _body(source: random.Random) -> bytes:
    text = json.dumps({source.choice(_NAMES): _value(source, 3) for _ in range(source.randrange(4))})
    depth = source.choice([90, 99, 100, 101, 130, 260, 600, 1100])
    return source.choice([
        text.encode(),
        text.encode("utf-16"),
        b"\xef\xbb\xbf" + text.encode(),
        text[: len(text) // 2].encode(),
        b'{"purpose":"x","name":"y","a":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}",
        b"[" * depth + b"]" * depth,
        b"--b\r\nContent-Disposition: form-data; name=purpose\r\n\r\n%b\r\n--b--\r\n" % source.choice(_TEXTS).encode(),
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a>" * depth + b"</a>" * depth,
        b"{purpose:" + b"{a:" * depth + b"1" + b"}" * depth + b"}",
        b'purpose,accountId\r\n"a,"b"\r\n\x00',
        "&".join(f"{source.choice(_NAMES)}={source.choice(_TEXTS)}" for _ in range(5)).encode(),
        bytes(source.randrange(256) for _ in range(source.randrange(200))),
    ])  # fmt: skip


def _value(source: random.Random, depth: int) -> object:
    scalars: list[object] = [None, True, -1, 1.5, 10**400, source.choice(_TEXTS), [], {}]
    if not depth or source.random() < 0.5:
        return source.choice(scalars)
    if source.random() < 0.5:
        return [_value(source, depth - 1) for _ in range(source.randrange(4))]
    return {source.choice(_NAMES): _value(source, depth - 1) for _ in range(source.randrange(4))}


def status_of(address: tuple[str, int], sent: Sent) -> int:
    """Send a request and return the status of its answer; 0 when the connection ended without one."""
    with socket.create_connection(address, timeout=_PATIENCE) as client:
        answer = b""
        try:
            client.sendall(sent.data)
            client.settimeout(_PATIENCE if sent.whole else _LEAVING)
            while part := client.recv(65_536):
                answer = (answer + part)[:12]
        except ConnectionError:
            pass
        except TimeoutError:
            if sent.whole:
                raise
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def attack(url: str, pid: int, requests: int, seed: int, connections: int = 4) -> Outcome:
    """Send the server at `url` hostile requests, and return what came of them."""
    outcome, lock, over = Outcome(), threading.Lock(), threading.Event()
    host, _, port = url.removeprefix("http://").rpartition(":")

    def send(number: int) -> None:
        source = random.Random(f"{seed} {number}")
        for _ in range(requests // connections):
            sent = hostile(source)
            try:
                status, failure = status_of((host, int(port)), sent), ""
            except OSError as error:
                status, failure = 0, f"{type(error).__name__}: {error}"
            streams_taken = status == 503 and b" /_mock/" in sent.data[:40]
            with lock:
                outcome.statuses[status] += 1
                if failure or (status >= 500 and not streams_taken):
                    outcome.failures.append(f"{failure or status}: {sent.data[:2000]!r}")

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=_PATIENCE, headers={"Authorization": "Bearer any"}) as client:
            while not over.wait(0.05):
                try:
                    answered = client.get("/session?limit=1").status_code == 200
                except httpx.HTTPError:
                    answered = False
                if not answered:
                    outcome.failures.append("an ordinary request was not answered")
                outcome.ordinary += 1

    before = _threads(pid)
    senders = [threading.Thread(target=send, args=(number,)) for number in range(connections)]
    client = threading.Thread(target=ask)
    for thread in (*senders, client):
        thread.start()
    for thread in senders:
        thread.join()
    over.set()
    client.join()
    outcome.threads = (before, _threads(pid))
    return outcome


def _threads(pid: int) -> int:
    """Return how many threads a process has; 0 where that cannot be read."""
    tasks = Path(f"/proc/{pid}/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 0


def _lines(outcome: Outcome) -> Iterator[str]:
    yield f"statuses {dict(sorted(outcome.statuses.items()))}, ordinary requests {outcome.ordinary}"
    yield f"threads {outcome.threads[0]} before, {outcome.threads[1]} after; {len(outcome.failures)} failures"
    yield from outcome.failures[:20]


def main() -> None:
    """Attack a server of this command's own; exit code 1 if something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with ExitStack() as stack:
        served = start(stack, "--port", 0, "--sessions", 30, "--quiet")
        outcome = attack(served.url, served.process.pid, given.requests, given.seed)
        print("\n".join(_lines(outcome)))
    sys.exit(bool(outcome.failures) or outcome.threads[1] < outcome.threads[0])


if __name__ == "__main__":
    main()
