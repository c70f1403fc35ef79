"""The values of the fixtures: the server as one test sees it, and the clock of the test's world."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

from .expectation import describe_unmet

TIMEOUT = 30.0
"""Seconds to wait for a response of the server."""

_numbers = count(1)


@dataclass(frozen=True)
class Mock:
    """The server as one test sees it: its URL, and a world that no other test uses."""

    url: str
    world: str
    admin_token: str = field(default="", repr=False)

    @property
    def token(self) -> str:
        """A bearer token that selects the test's world."""
        return f"world:{self.world}"

    @property
    def headers(self) -> dict[str, str]:
        """Headers that select the test's world: its name, and a bearer token for APIs that ask for one.

        For an API that asks for HTTP Basic or cookies, give your client credentials in addition.
        """
        return {"X-Mock-World": self.world, "Authorization": f"Bearer {self.token}"}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API for this world, such as ("PUT", "/clock", {"advance": 60}), and return its JSON.

        Raise AssertionError with the server's message if it refuses.
        """
        __tracebackhide__ = True
        headers = {"X-Mock-World": self.world, **_admin(self)}
        return ask(self.url, method, f"/_mock{path}", headers, body if method == "GET" else body or {})

    def requests(self, **pattern: Any) -> list[dict[str, Any]]:
        """Return the requests that the server received in this test; `pattern` is that of GET /_mock/requests."""
        found: list[dict[str, Any]] = self.control("GET", f"/requests?{urlencode(pattern)}")["requests"]
        return found

    def expect(self, request: dict[str, Any], **counts: int) -> None:
        """Fail the test unless such requests were received; the message says how the nearest one differs."""
        __tracebackhide__ = True
        answer = self.control("POST", "/requests/expect", {"request": request, **counts})
        if not answer["met"]:
            raise AssertionError(describe_unmet(request, answer, self.requests(since=counts.get("since", 0))))

    def fault(self, *rules: dict[str, Any]) -> None:
        """Inject these faults in this test, as in PUT /_mock/faults."""
        self.control("PUT", "/faults", {"rules": list(rules)})


@dataclass(frozen=True)
class FrozenTime:
    """The frozen clock of the test's world."""

    mock: Mock

    @property
    def now(self) -> str:
        """The time of the clock: ISO 8601, in UTC."""
        found: str = self.mock.control("GET", "/clock")["now"]
        return found

    def advance(self, seconds: float) -> None:
        """Move the clock forward by this many seconds."""
        self.mock.control("PUT", "/clock", {"advance": seconds})

    def jump(self, instant: str) -> None:
        """Set the clock to an ISO 8601 instant."""
        self.mock.control("PUT", "/clock", {"jump": instant})


def make(mock: Mock, frozen_at: str | None) -> None:
    """Make the world, dated by the server's clock, or with its own clock frozen at this instant.

    Raise AssertionError with the server's reason, such as an unknown name.
    """
    __tracebackhide__ = True
    ask(mock.url, "PUT", _path(mock), _admin(mock), {} if frozen_at is None else {"clock": frozen_at})


def drop(mock: Mock) -> None:
    """Drop the world."""
    ask(mock.url, "DELETE", _path(mock), _admin(mock), {})


def _path(mock: Mock) -> str:
    return f"/_mock/worlds/{mock.world.replace(':', '/')}"


def _admin(mock: Mock) -> dict[str, str]:
    return {"X-Mock-Token": mock.admin_token} if mock.admin_token else {}


def unique(name: str, test: str) -> str:
    """Return a copy of the named world that no other test uses, as NAME:ID."""
    return f"{name}:{os.getpid()}-{next(_numbers)}-{hashlib.sha256(test.encode()).hexdigest()[:12]}"


def is_local(url: str) -> bool:
    """Return whether a server is on this machine; an empty URL is the server of this run."""
    host = urlsplit(url).hostname or "localhost"
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def ask(url: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    """Send JSON to the server and return the JSON it answers. Raise AssertionError if it refuses, or OSError."""
    __tracebackhide__ = True  # the headers may hold the admin token, and a traceback shows arguments
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {**headers, "Content-Type": "application/json"}
    request = urllib.request.Request(url + path, data, headers, method=method)
    # A proxy of the environment cannot reach this machine's loopback addresses.
    proxies = urllib.request.ProxyHandler({} if is_local(url) else None)
    try:
        with urllib.request.build_opener(proxies).open(request, timeout=TIMEOUT) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None
