"""Who is calling: users, sign-in sessions with their cookies, HTTP Basic, and what each may do (facts E4)."""

import base64
import hashlib
import hmac
import threading
from binascii import b2a_base64
from calendar import isleap
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from io import StringIO
from typing import NamedTuple

from mock_server.core.clock import Clock, Setting
from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.system_time import now_ns
from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.options import ADMINISTRATOR, EvoVoiceOptions

_SUPERUSER = "Admin"  # passes every role check
_SUPPLY = 128  # pairs of session ids that are drawn at a time
_WITHOUT_MARKS = bytes.maketrans(b"+/", b"00")
_DAY = 86_400_000
_LIFETIMES = {False: 14 * _DAY, True: 28 * _DAY}  # by whether the user wants to be remembered
_NOBODY = (None, 0)
_MOST = 10_000  # sign-ins that are kept; the oldest goes first
_ATTRIBUTES = "path=/; samesite=lax; httponly"
_STANDING_IN = tuple((name, f"x-{name}") for name in ("ss-id", "ss-pid", "ss-opt"))
_IDS = ("ss-pid", "ss-id")
_LEFT_AT_LOGOUT = ("ss-id", "ss-pid", "X-UAId", "ss-tok", "ss-reftok")

Cookies = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    id: str
    name: str
    roles: tuple[str, ...]
    locked: bool
    digest: bytes = field(repr=False)


class Caller(NamedTuple):
    """Who sent a request: nobody, a user, or somebody with a wrong password; `lacking` are the ids that were not."""

    user: User | None
    session: str = ""
    lacking: tuple[str, ...] = ()
    refused: Kind | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What an operation asks of its caller."""

    signed_in: bool = True
    role: str = ""

    def admit(self, caller: Caller) -> None:
        """Raises Problem when the caller may not pass."""
        user = caller.user
        if user is not None and (not self.role or self.role in user.roles or _SUPERUSER in user.roles):
            return
        if caller.refused is not None:
            raise Problem(caller.refused)
        if user is not None:
            raise Problem(Kind.FORBIDDEN)
        if self.signed_in:
            raise Problem(Kind.UNAUTHENTICATED)


class Access:
    """The users and who of them is signed in. Sign-ins live in memory, as long as the clock lets them."""

    def __init__(self, options: EvoVoiceOptions, seed: object, clock: Clock) -> None:
        self._clock = clock
        self._octets = Ids("evovoice", "sign-ins", seed).octets
        self._users = tuple(
            User(
                Ids("evovoice", "user", seed, account.name).octets(12).hex(),
                account.name,
                account.roles,
                account.locked,
                _digest(_credentials(account.name, account.password)),
            )
            for account in {account.name: account for account in options.accounts}.values()
        )
        self._everybody = None if options.auth else replace(self.users[0], roles=(ADMINISTRATOR,))
        self._letters = StringIO()
        self._lasting: tuple[Setting | None, float, str] = None, 0, ""
        self._signed_in: OrderedDict[str, tuple[User, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def users(self) -> tuple[User, ...]:
        """All of them, an administrator first where there is one."""
        return tuple(sorted(self._users, key=lambda user: not user.roles))

    def identify(self, request: Request) -> Caller:
        """Who is calling. HTTP Basic counts before a sign-in."""
        caller = self._named(request.headers)
        _, session, lacking, _ = caller
        return Caller(self._holder(session), session, lacking) if session else caller

    def fresh(self, lacking: tuple[str, ...]) -> Cookies:
        """Cookies with new ids in place of those that a caller lacks."""
        if not lacking:
            return ()
        permanent, temporary = self._two_ids()
        setting, until, lasting = self._lasting
        if now_ns() >= until or setting is not self._clock.setting:
            lasting = self._spell_lasting()
        fresh = (
            ("Set-Cookie", f"ss-pid={permanent}; {lasting}"),
            ("Set-Cookie", f"ss-id={temporary}; {_ATTRIBUTES}"),
        )
        return fresh if len(lacking) == len(_IDS) else fresh[:1] if lacking == _IDS[:1] else fresh[1:]

    def sign_in(self, name: str, password: str, *, remember: bool) -> tuple[User, str, Cookies]:
        """The user, the new session's id and the cookies that carry it. Raises Problem."""
        blank = [
            Violation(member, f"'{words}' must not be empty.", "NotEmpty")
            for member, words, text in (("UserName", "User Name", name), ("Password", "Password", password))
            if not text.strip()
        ]
        if blank:
            raise Problem(Kind.INVALID, blank[0].message, fields=tuple(blank))
        found = self._verify(_digest(_credentials(name, password)))
        if isinstance(found, Kind):
            raise Problem(found)
        temporary, permanent = self._two_ids()
        session, now = permanent if remember else temporary, self._clock.now()
        with self._lock:
            self._signed_in[session] = (found, now + _LIFETIMES[remember])
            if len(self._signed_in) > _MOST:
                self._signed_in.popitem(last=False)
        return found, session, self._cookies_of(found, temporary, permanent, remember=remember)

    def sign_out(self, caller: Caller) -> Cookies:
        """End the caller's sign-in; the cookies that say so."""
        with self._lock:
            self._signed_in.pop(caller.session, None)
        return tuple(
            ("Set-Cookie", f"{name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; {_ATTRIBUTES}") for name in _LEFT_AT_LOGOUT
        )

    def _holder(self, session: str) -> User | None:
        user, until = self._signed_in.get(session, _NOBODY)
        if user is None or until > self._clock.now():
            return user
        with self._lock:
            self._signed_in.pop(session, None)
        return None

    def _verify(self, *digests: bytes) -> User | Kind:
        """Whose credentials one of these is of, or why nobody's. An unknown name takes as long as a wrong password."""
        for digest in digests:
            for user in self._users:
                if hmac.compare_digest(user.digest, digest):
                    return Kind.LOCKED_OUT if user.locked else user
        return Kind.REJECTED_CREDENTIALS

    def _cookies_of(self, user: User, temporary: str, permanent: str, *, remember: bool) -> Cookies:
        lasting = self._spell_lasting()
        cookies = (
            f"ss-id={temporary}; {_ATTRIBUTES}",
            f"ss-pid={permanent}; {lasting}",
            f"ss-opt={'perm' if remember else 'temp'}; {lasting}",
            f"X-UAId={user.id}; {lasting}",
        )
        return tuple(("Set-Cookie", cookie) for cookie in cookies)

    def _spell_lasting(self) -> str:
        """What lets a cookie last, spelled once for all that are made in the same second."""
        setting = self._clock.setting
        second = setting.shows(now_ns()) // 1000
        lasting = _in_20_years(second)
        self._lasting = setting, setting.reaches((second + 1) * 1000), lasting
        return lasting

    def _two_ids(self) -> tuple[str, str]:
        """Session ids, each 20 letters of base64 without + and /."""
        letters = self._letters.read(40) or self._more_letters().read(40)
        return letters[:20], letters[20:]

    def _more_letters(self) -> StringIO:
        """A supply: most answers need two ids, and drawing each would take longer than all else of them."""
        octets = self._octets(_SUPPLY * 30)
        letters = StringIO(b2a_base64(octets, newline=False).translate(_WITHOUT_MARKS).decode())
        self._letters = letters
        return letters

    def _named(self, headers: Mapping[str, str]) -> Caller:
        """Who the headers say is calling; whether the session they name is signed in has to be seen each time."""
        given = _given(headers)
        lacking = tuple(name for name in _IDS if name not in given)
        if self._everybody is not None:
            return Caller(self._everybody, "", lacking)
        scheme, _, encoded = (headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "basic":
            return Caller(None, given.get("ss-pid" if "perm" in given.get("ss-opt", "") else "ss-id", ""), lacking)
        found = self._verify(_digest(encoded), _digest(_plainest(encoded)))
        return Caller(None, "", lacking, found) if isinstance(found, Kind) else Caller(found, "", lacking)


def _in_20_years(seconds: int) -> str:
    """The attributes of a cookie that lasts so long from then on."""
    moment = datetime.fromtimestamp(seconds, UTC)
    year = min(moment.year + 20, 9999)
    day = 28 if (moment.month, moment.day) == (2, 29) and not isleap(year) else moment.day
    return f"expires={format_datetime(moment.replace(year=year, day=day), usegmt=True)}; {_ATTRIBUTES}"


def _credentials(name: str, password: str) -> str:
    """Both as HTTP Basic sends them (RFC 7617); neither has a colon, as the settings spell them."""
    return base64.b64encode(f"{name}:{password}".encode("utf-8", "replace")).decode()


def _plainest(encoded: str) -> str:
    """The same credentials as everybody else writes them; none, which nobody has, when they cannot be read."""
    try:
        return base64.b64encode(base64.b64decode(encoded.strip(), validate=True)).decode()
    except ValueError:  # binascii.Error too
        return ""


def _digest(credentials: str) -> bytes:
    """Of one length whatever was sent, so that comparing tells nothing of how long the right one is."""
    return hashlib.blake2b(credentials.encode("utf-8", "replace")).digest()


def _given(headers: Mapping[str, str]) -> dict[str, str]:
    """ss-id, ss-pid and ss-opt: a header `X-ss-id` counts before the cookie."""
    given: dict[str, str] = {}
    cookies = headers.get("cookie")
    for pair in cookies.split(";") if cookies else ():
        name, _, value = pair.strip().partition("=")
        if value:
            given[name] = value
    for name, header in _STANDING_IN:
        value = headers.get(header) or ""
        if value:
            given[name] = value
    return given
