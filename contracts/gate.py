"""The only way to a real endpoint: it holds the key, lets through what it must, and remembers what it made.

A WSGI application of this process, so that nobody else can come through. It knows no rule and no report.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from contracts.catalog import Vendor
from contracts.result import CannotRun
from contracts.transport import by_proxy, is_local, session_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STAND_IN = "through-the-gate"
"""What the harness signs in with; the gate puts the key in its place."""
_PATIENCE = 3  # answers of 429 or 5xx in a row
_SECONDS = 30
_PASSED_ON = frozenset({"content-type", "allow", "www-authenticate", "location", "retry-after"})


class Closed(CannotRun):
    """The gate lets nothing through any more; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What may be sent: at most `budget` requests, `rate` a second; `write` also allows changes of own rows."""

    upstream: str
    budget: int
    rate: float
    write: bool = False

    def __post_init__(self) -> None:
        try:
            scheme, local = urlsplit(self.upstream).scheme, is_local(self.upstream)
        except ValueError:
            scheme, local = "", False
        if scheme != "https" and not (scheme == "http" and local):
            raise CannotRun(f"The upstream is {self.upstream}; it must be https://, or http:// on this machine.")

    def __str__(self) -> str:
        methods = "GET, and POST, PATCH and DELETE of sessions made by this run" if self.write else "GET"
        minutes = self.budget / self.rate / 60
        most = f"At most {self.budget} requests to {self.upstream}"
        return f"{most}, {self.rate:g} a second, {minutes:.1f} minutes: {methods}."


class Ledger:
    """The ids that this tool made and has not deleted yet, in a file that outlives it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._owned: dict[str, None] = {}
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            sign, _, key = line.partition(" ")
            if sign == "+":
                self._owned[key] = None
            else:
                self._owned.pop(key, None)

    @property
    def owned(self) -> tuple[str, ...]:
        """What is still to be deleted, oldest first."""
        return tuple(self._owned)

    def add(self, key: str) -> None:
        """Remember an id before anybody hears of it."""
        self._write(f"+ {key}")
        self._owned[key] = None

    def remove(self, key: str) -> None:
        """Forget an id that is deleted."""
        self._write(f"- {key}")
        self._owned.pop(key, None)

    def _write(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
            stream.flush()
            os.fsync(stream.fileno())


@dataclass
class Gate:
    """Passes requests on to the upstream of its terms. Raises Closed when it has to stop."""

    vendor: Vendor
    terms: Terms
    authorization: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    ledger: Ledger
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    sent: int = 0
    refused: int = 0
    _troubles: int = 0
    _next: float = 0.0
    _why: str = ""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if not self.allows(method, path):
            self.refused += 1
            start_response("403 Refused by the gate", [("Content-Type", "text/plain")])
            return [f"The gate does not let {method} {path} through.".encode()]
        response = self._pass_on(method, path, environ)
        body = self._without_secrets(response.content)
        self._keep_account(method, path, response.status_code, body)
        headers = [(name, value) for name, value in response.headers.items() if name.lower() in _PASSED_ON]
        start_response(
            f"{response.status_code} {response.reason or ''}", [*headers, ("Content-Length", str(len(body)))]
        )
        return [body]

    def allows(self, method: str, path: str) -> bool:
        """Whether such a request may leave: reading of listed paths, and changes of what the ledger owns."""
        live = self.vendor.live
        if method == "GET":
            return any(_fits(template, path) for template in live.reads)
        if not self.terms.write:
            return False
        if method == "POST" and path == live.create:
            return True
        key = path.removeprefix(f"{live.create}/")
        return method in ("PATCH", "DELETE") and key in self.ledger.owned

    def sweep_up(self) -> tuple[str, ...]:
        """Delete what the ledger still owns; what could not be deleted is left in it and returned."""
        left = []
        for key in self.ledger.owned:
            try:
                status = self._pass_on("DELETE", f"{self.vendor.live.create}/{key}", {}).status_code
            except CannotRun:
                status = 0
            if status in (200, 202, 204, 404):
                self.ledger.remove(key)
            else:
                left.append(key)
        return tuple(left)

    def _pass_on(self, method: str, path: str, environ: Mapping[str, Any]) -> Any:
        from requests import RequestException

        if self._why:
            raise Closed(self._why)
        if self.sent >= self.terms.budget and method != "DELETE":
            raise Closed(self._closed(f"The budget of {self.terms.budget} requests is used up."))
        self._pace()
        self.sent += 1
        query = environ.get("QUERY_STRING", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        upstream = self.terms.upstream
        try:
            with session_for(upstream) as session:
                response = session.request(
                    method,
                    upstream.rstrip("/") + _quoted(path) + (f"?{query}" if query else ""),
                    headers=self._headers(environ),
                    data=environ["wsgi.input"].read(length) if length else None,
                    timeout=_SECONDS,
                    allow_redirects=False,
                )
        except RequestException as error:
            reason = f"{upstream} gives no answer{by_proxy(upstream)}: {type(error).__name__}."
            raise Closed(self._closed(reason)) from None
        self._mind(response.status_code)
        return response

    def _headers(self, environ: Mapping[str, Any]) -> dict[str, str]:
        """What was sent, with the key where the stand-in was; other credentials, and none, go as they are."""
        headers = {"Accept": str(environ.get("HTTP_ACCEPT", "*/*")), "User-Agent": "contracts (voice-session-emulator)"}
        given = environ.get("HTTP_AUTHORIZATION")
        if not environ or given in (f"Bearer {STAND_IN}", f"Basic {STAND_IN}"):
            headers["Authorization"] = self.authorization
        elif given:
            headers["Authorization"] = str(given)
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = str(environ["CONTENT_TYPE"])
        return headers

    def _pace(self) -> None:
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.terms.rate

    def _mind(self, status: int) -> None:
        self._troubles = self._troubles + 1 if status == 429 or status >= 500 else 0
        if self._troubles >= _PATIENCE:
            way = by_proxy(self.terms.upstream)
            raise Closed(self._closed(f"{_PATIENCE} answers of 429 or 5xx in a row{way}, the last one {status}."))

    def _closed(self, why: str) -> str:
        self._why = f"{why} {self.sent} requests were sent."
        return self._why

    def _keep_account(self, method: str, path: str, status: int, body: bytes) -> None:
        """Own what was made, and let go of what was deleted."""
        if method == "POST" and status < 300:
            try:
                key = json.loads(body).get("id")
            except (ValueError, AttributeError):
                key = None
            if isinstance(key, str) and re.fullmatch(r"[\w-]+", key, re.ASCII):
                self.ledger.add(key)
        elif method == "DELETE" and status in (200, 202, 204, 404):
            self.ledger.remove(path.rpartition("/")[2])

    def _without_secrets(self, body: bytes) -> bytes:
        for secret in self.secrets:
            body = body.replace(secret.encode(), b"***")
        return body


def _quoted(path: str) -> str:
    """The path of an environ as it stands in a URL; what it was quoted for is quoted again."""
    return quote(path.encode("latin-1"), safe="/:@~!$&'()*+,;=")


def _fits(template: str, path: str) -> bool:
    if {".", ".."} & set(path.split("/")):
        return False
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None
