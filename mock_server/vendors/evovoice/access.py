"""Identifies the caller: users, sign-ins and their cookies, HTTP Basic, and what each caller may do (FACTS.md E4)."""

import base64
import hashlib
import hmac
import threading
from calendar import isleap
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, UTC, datetime
from typing import NamedTuple

from werkzeug.http import http_date
from werkzeug.sansio.http import parse_cookie  # the one in werkzeug.http raises on bytes that are not UTF-8

from mock_server.core.clock import Clock
from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.options import ADMINISTRATOR, EvoVoiceOptions

_SUPERUSER = "Admin"  # passes every role check
_DAY = 86_400_000
_LIFETIMES = {False: 14 * _DAY, True: 28 * _DAY}  # by whether the user asked to be remembered
_MAX_SIGN_INS = 10_000  # the oldest is dropped first
_TEMPORARY, _PERMANENT, _OPTION = "ss-id", "ss-pid", "ss-opt"
_DELETED_AT_SIGN_OUT = (_TEMPORARY, _PERMANENT, "X-UAId", "ss-tok", "ss-reftok")
_ATTRIBUTES = "path=/; samesite=lax; httponly"
_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"

Cookies = tuple[tuple[str, str], ...]
"""Set-Cookie headers. They are spelled here because Werkzeug's dump_cookie capitalises the attributes."""


@dataclass(frozen=True, slots=True)
class User:
    """A user who can sign in. `digest` is of the name and password."""

    id: str
    name: str
    roles: tuple[str, ...]
    locked: bool
    digest: bytes = field(repr=False)


class Caller(NamedTuple):
    """The sender of a request.

    `user` is None for an anonymous caller, and for one whose credentials were `rejected`. `session` is the session id
    that was sent. `cookies` give the caller the session ids that were not sent; they go with every response to a
    request that could be read.
    """

    user: User | None
    session: str = ""
    cookies: Cookies = ()
    rejected: Kind | None = None

    @property
    def signed_in_user(self) -> User:
        """The user, for operations whose access rule requires one."""
        assert self.user is not None
        return self.user


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The callers that an operation accepts: all, all signed-in users, or only users with a role."""

    signed_in: bool = True
    role: str = ""

    def authorize(self, _emulation: object, caller: Caller, _command: object) -> None:
        """Raise Problem unless the caller may run the operation."""
        user = caller.user
        if user is not None and (not self.role or self.role in user.roles or _SUPERUSER in user.roles):
            return
        if caller.rejected is not None:
            raise Problem(caller.rejected, headers=caller.cookies)
        if user is not None:
            raise Problem(Kind.FORBIDDEN, headers=caller.cookies)
        if self.signed_in:
            raise Problem(Kind.UNAUTHENTICATED, headers=caller.cookies)


ANYONE, SIGNED_IN, ADMINISTRATORS = AccessRule(signed_in=False), AccessRule(), AccessRule(role=ADMINISTRATOR)


class SignIn(NamedTuple):
    """A successful sign-in: the user, the id of the new session, and the cookies that carry it."""

    user: User
    session: str
    cookies: Cookies


class Access:
    """The users, and the sessions that they are signed in to. Sessions are kept in memory until they expire."""

    def __init__(self, options: EvoVoiceOptions, seed: object, clock: Clock) -> None:
        self._clock = clock
        self._ids = Ids("evovoice", "sign-ins", seed)
        self._users = tuple(
            User(
                Ids("evovoice", "user", seed, spec.name).octets(12).hex(),
                spec.name,
                spec.roles,
                spec.locked,
                _digest(_credentials(spec.name, spec.password)),
            )
            for spec in {spec.name: spec for spec in options.user_specs}.values()
        )
        self._everyone = None if options.auth else replace(self.users[0], roles=(ADMINISTRATOR,))
        self._sessions: OrderedDict[str, tuple[User, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def users(self) -> tuple[User, ...]:
        """All users, those with roles first."""
        return tuple(sorted(self._users, key=lambda user: not user.roles))

    def identify(self, request: Request) -> Caller:
        """Return the caller. HTTP Basic takes precedence over a session."""
        sent = _session_values(request.headers)
        cookies = self._missing_ids(sent)
        if self._everyone is not None:
            return Caller(self._everyone, cookies=cookies)
        scheme, _, encoded = (request.headers.get("authorization") or "").partition(" ")
        if scheme.lower() == "basic":
            found = self._verify(_decoded(encoded))
            if isinstance(found, Kind):
                return Caller(None, cookies=cookies, rejected=found)
            return Caller(found, cookies=cookies)
        session = sent.get(_PERMANENT if "perm" in sent.get(_OPTION, "") else _TEMPORARY, "")
        return Caller(self._user_of(session), session, cookies)

    def sign_in(self, name: str, password: str, *, remember: bool) -> SignIn:
        """Start a session. Raises Problem for blank or wrong credentials."""
        blank = tuple(
            Violation(member, f"'{words}' must not be empty.", "NotEmpty")
            for member, words, text in (("UserName", "User Name", name), ("Password", "Password", password))
            if not text.strip()
        )
        if blank:
            raise Problem(Kind.INVALID, blank[0].message, fields=blank)
        user = self._verify(_credentials(name, password))
        if isinstance(user, Kind):
            raise Problem(user)
        temporary, permanent = self._new_id(), self._new_id()
        session, now = permanent if remember else temporary, self._clock.now()
        with self._lock:
            self._sessions[session] = (user, now + _LIFETIMES[remember])
            if len(self._sessions) > _MAX_SIGN_INS:
                self._sessions.popitem(last=False)
        cookies = (
            _cookie(_TEMPORARY, temporary),
            _cookie(_PERMANENT, permanent, self._expiry()),
            _cookie(_OPTION, "perm" if remember else "temp", self._expiry()),
            _cookie("X-UAId", user.id, self._expiry()),
        )
        return SignIn(user, session, cookies)

    def sign_out(self, caller: Caller) -> Cookies:
        """End the caller's session, and return the cookies that delete those of signing in."""
        with self._lock:
            self._sessions.pop(caller.session, None)
        return tuple(_cookie(name, "", _LONG_AGO) for name in _DELETED_AT_SIGN_OUT)

    def _user_of(self, session: str) -> User | None:
        """Return the user who is signed in to a session. A session that has expired is dropped."""
        user, until = self._sessions.get(session, (None, 0))
        if user is None or until > self._clock.now():
            return user
        with self._lock:
            self._sessions.pop(session, None)
        return None

    def _verify(self, credentials: bytes) -> User | Kind:
        """Return the user with these credentials, or why they were rejected.

        An unknown name takes as long as a wrong password.
        """
        digest = _digest(credentials)
        for user in self._users:
            if hmac.compare_digest(user.digest, digest):
                return Kind.LOCKED_OUT if user.locked else user
        return Kind.REJECTED_CREDENTIALS

    def _missing_ids(self, sent: Mapping[str, str]) -> Cookies:
        """Return cookies with new session ids for those that a request did not send."""
        cookies = []
        if _PERMANENT not in sent:
            cookies.append(_cookie(_PERMANENT, self._new_id(), self._expiry()))
        if _TEMPORARY not in sent:
            cookies.append(_cookie(_TEMPORARY, self._new_id()))
        return tuple(cookies)

    def _new_id(self) -> str:
        """Return a session id: 20 characters of base64 without + and /."""
        return base64.b64encode(self._ids.octets(15), b"00").decode()

    def _expiry(self) -> str:
        """Return the date 20 years from now, as cookies spell it."""
        now = datetime.fromtimestamp(self._clock.now() // 1000, UTC)
        year = min(now.year + 20, MAXYEAR)
        day = 28 if (now.month, now.day) == (2, 29) and not isleap(year) else now.day
        return http_date(now.replace(year=year, day=day))


def _cookie(name: str, value: str, expires: str = "") -> tuple[str, str]:
    lifetime = f"expires={expires}; " if expires else ""
    return "Set-Cookie", f"{name}={value}; {lifetime}{_ATTRIBUTES}"


def _credentials(name: str, password: str) -> bytes:
    """Return both as HTTP Basic joins them (RFC 7617). A user's name and password contain no colon; see UserSpec."""
    return f"{name}:{password}".encode("utf-8", "replace")


def _decoded(encoded: str) -> bytes:
    """Return the credentials of an Authorization header; empty, as no user's are, if they cannot be decoded."""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except ValueError:  # includes binascii.Error
        return b""


def _digest(credentials: bytes) -> bytes:
    """Return a digest. All have one length, so that comparing them does not reveal how long the right password is."""
    return hashlib.blake2b(credentials).digest()


def _session_values(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the values of ss-id, ss-pid and ss-opt that are not empty. A header such as X-ss-id overrides a cookie."""
    sent = {name: value for name, value in parse_cookie(headers.get("cookie")).items(multi=True) if value}
    for name in (_TEMPORARY, _PERMANENT, _OPTION):
        value = headers.get(f"x-{name}")
        if value:
            sent[name] = value
    return sent
