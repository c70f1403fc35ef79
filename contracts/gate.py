"""The only way to a real endpoint: it holds the key, lets through what it must, and remembers what it made.

A WSGI application of this process, so that nobody else can come through. It knows no rule and no report.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from contracts.catalog import Vendor
from contracts.interrupting import uninterrupted
from contracts.ledger import Ledger, is_id
from contracts.redaction import Redactor
from contracts.result import CannotRun, Closed
from contracts.terminal import say
from contracts.transport import Transport, is_local

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from requests import Response

STAND_IN = "through-the-gate"
"""What the harness signs in with; the gate puts the key in its place."""
_PATIENCE = 3  # answers of 429 or 5xx in a row
_SECONDS = 30  # without a byte
_WORD = 6  # characters of a secret that is replaced within words too
_GONE = (200, 202, 204, 404)
_PASSED_ON = frozenset({"content-type", "allow", "www-authenticate", "location", "retry-after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What may be sent: at most `budget` requests, `rate` a second; `write` also allows changes of own rows."""

    upstream: str
    budget: int
    rate: float
    write: bool = False

    def __post_init__(self) -> None:
        try:
            parts, local = urlsplit(self.upstream), is_local(self.upstream)
        except ValueError:
            parts, local = urlsplit(""), False
        scheme = parts.scheme
        if parts.username or parts.password or parts.query or parts.fragment:
            raise CannotRun("The upstream has a user, a query or a fragment; leave them out, the gate holds the key.")
        if scheme != "https" and not (scheme == "http" and local):
            raise CannotRun(f"The upstream is {self.upstream}; it must be https://, or http:// on this machine.")

    def __str__(self) -> str:
        methods = "GET, and POST, PATCH and DELETE of sessions made by this run" if self.write else "GET"
        minutes = self.budget / self.rate / 60
        most = f"At most {self.budget} requests to {self.upstream}"
        return f"{most}, {self.rate:g} a second, {minutes:.1f} minutes: {methods}."


def _say_aside(text: str) -> None:
    say(text, err=True)


@dataclass(frozen=True, slots=True)
class Swept:
    """The ids that were deleted and that were not, and the marks of creates of which the vendor lists nothing."""

    deleted: tuple[str, ...]
    left: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass
class Gate:
    """Passes requests on to the upstream of its terms. Raises Closed when it has to stop."""

    vendor: Vendor
    terms: Terms
    authorization: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    ledger: Ledger
    transport: Transport = field(default_factory=Transport)
    told: Callable[[str], None] = _say_aside
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    sent: int = 0
    refused: int = 0
    _troubles: int = 0
    _next: float = 0.0
    _why: str = ""
    _mask: Redactor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        named = {str(number): secret for number, secret in enumerate(self.secrets)}
        self._mask = Redactor(named, shown="***", word=_WORD)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if not self.allows(method, path):
            self.refused += 1
            start_response("403 Refused by the gate", [("Content-Type", "text/plain")])
            return [f"The gate does not let {method} {path} through.".encode()]
        response = self._create(environ) if method == "POST" else self._pass_on(method, path, environ)
        if method == "DELETE" and response.status_code in _GONE:
            self.ledger.remove(path.rpartition("/")[2])
        return self._shown(response, start_response)

    def _shown(self, response: Response, start_response: StartResponse) -> Iterable[bytes]:
        """Hand a response on without a secret in it: the one way from the upstream to everybody else."""
        body = self._mask.of_bytes(response.content)
        headers = [(name, self._mask(value)) for name, value in response.headers.items() if name.lower() in _PASSED_ON]
        reason = self._mask(_plain(response.reason))
        start_response(f"{response.status_code} {reason}", [*headers, ("Content-Length", str(len(body)))])
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

    def sweep_up(self) -> Swept:
        """Look for what creates without an answer have made, and delete what the ledger owns.

        What could not be deleted stays in the ledger, and so do the marks of which nothing was found.
        """
        missing = self._look()
        deleted, left = [], list[str]()
        for key in self.ledger.owned:
            response = self._cleaning("DELETE", f"{self.vendor.live.create}/{key}")
            if response is not None and response.status_code in _GONE:
                self.ledger.remove(key)
                deleted.append(key)
            else:
                left.append(key)
        return Swept(tuple(deleted), tuple(left), missing)

    def _look(self) -> tuple[str, ...]:
        """Own the sessions that bear a mark of the ledger; returns the marks that no session bears."""
        live, missing = self.vendor.live, []
        for mark in self.ledger.uncertain:
            query = urlencode({name: text.format(mark=_marked(mark)) for name, text in live.finds.items()})
            response = self._cleaning("GET", live.create, query)
            rows = _rows(response, live.rows) if response is not None and response.status_code < 300 else None
            found = [row.get("id") for row in rows or () if mark in str(row.get(live.mark))]
            if rows is not None and not found:
                missing.append(mark)
            if found and all(map(is_id, found)):
                for key in found:
                    self.ledger.add(str(key))
                self.ledger.settle(mark)
        return tuple(missing)

    def _cleaning(self, method: str, path: str, query: str = "") -> Response | None:
        """Send a request that cleans up, whatever the budget; None when no answer came."""
        from requests import RequestException

        try:
            return self._send(method, path, {"QUERY_STRING": query, "HTTP_ACCEPT": "application/json"})
        except (CannotRun, RequestException):
            return None

    def _create(self, environ: WSGIEnvironment) -> Response:
        """Make a session that is found again when its answer is lost; a signal to end waits for the answer."""
        mark = f"check-{secrets.token_hex(8)}"
        body = self._with_mark(environ, mark)
        marked = {
            **environ,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": environ.get("CONTENT_TYPE") or "application/json",
        }
        self._expect_open()
        self.ledger.expect(mark)
        with uninterrupted(self._tell_waiting):
            response = self._send("POST", self.vendor.live.create, marked)
            key = _id_of(response) if response.status_code < 300 else None
            if key is not None:
                self.ledger.add(key)
            if key is not None or 400 <= response.status_code < 500:
                self.ledger.settle(mark)
        return response

    def _with_mark(self, environ: WSGIEnvironment, mark: str) -> bytes:
        """Return the body with the mark in the vendor's member for texts, or unchanged if it is not an object."""
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            value = json.loads(body or b"{}")
        except ValueError:
            return body
        member = self.vendor.live.mark
        return json.dumps({**value, member: _marked(mark)}).encode() if isinstance(value, dict) else body

    def _tell_waiting(self) -> None:
        seconds = f"{self.transport.max_seconds:g}"
        self.told(f"Waiting at most {seconds} seconds for the answer to a create, to delete what it made.")

    def _pass_on(self, method: str, path: str, environ: Mapping[str, Any]) -> Response:
        self._expect_open(free=method == "DELETE")
        return self._send(method, path, environ)

    def _expect_open(self, *, free: bool = False) -> None:
        if self._why:
            raise Closed(self._why)
        if self.sent >= self.terms.budget and not free:
            raise Closed(self._closed(f"The budget of {self.terms.budget} requests is used up."))

    def _send(self, method: str, path: str, environ: Mapping[str, Any]) -> Response:
        from requests import RequestException

        from contracts.metering import Unbounded

        self._pace()
        self.sent += 1
        query = environ.get("QUERY_STRING", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        upstream = self.terms.upstream
        try:
            with self.transport.session(upstream) as session:
                response = session.request(
                    method,
                    upstream.rstrip("/") + _quoted(path) + (f"?{query}" if query else ""),
                    headers=self._headers(environ),
                    data=environ["wsgi.input"].read(length) if length else None,
                    timeout=_SECONDS,
                    allow_redirects=False,
                )
        except Unbounded as error:
            raise Unbounded(str(error)) from None  # without the request, which has the key
        except RequestException as error:
            reason = f"{upstream} gives no answer{self.transport.way(upstream)}: {type(error).__name__}."
            raise Closed(self._closed(reason)) from None
        self._mind(response.status_code)
        return response

    def _headers(self, environ: Mapping[str, Any]) -> dict[str, str]:
        """What was sent, with the key where the stand-in was; other credentials, and none, go as they are."""
        headers = {"Accept": str(environ.get("HTTP_ACCEPT", "*/*")), "User-Agent": "contracts (voice-session-emulator)"}
        given = environ.get("HTTP_AUTHORIZATION")
        if "REQUEST_METHOD" not in environ or given in (f"Bearer {STAND_IN}", f"Basic {STAND_IN}"):
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
            raise Closed(self._closed(f"{_PATIENCE} answers of 429 or 5xx in a row, the last one {status}."))

    def _closed(self, why: str) -> str:
        self._why = f"{why} {self.sent} requests were sent."
        return self._why


def _marked(mark: str) -> str:
    """What a session that bears a mark is called."""
    return f"Contract rule {mark}"


def _id_of(response: Response) -> str | None:
    """The id of what was made, None when there is none that can be deleted."""
    try:
        key = response.json()["id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return key if is_id(key) else None


def _rows(response: Response, member: str) -> list[Mapping[str, Any]] | None:
    """The rows of a list, None when it is none."""
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return None
    rows = value.get(member) if isinstance(value, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


def _plain(reason: Any) -> str:
    text = reason.decode("latin-1") if isinstance(reason, bytes) else str(reason or "")
    return "".join(character for character in text if character.isprintable())


def _quoted(path: str) -> str:
    """The path of an environ as it stands in a URL; what it was quoted for is quoted again."""
    return quote(path.encode("latin-1"), safe="/:@~!$&'()*+,;=")


def _fits(template: str, path: str) -> bool:
    if {".", ".."} & set(path.split("/")):
        return False
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None
