"""The table of operations, and how requests become commands and values become answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Context, Operation, Request, Response
from mock_server.vendors.evovoice.access import Caller, Cookies, Gate, User
from mock_server.vendors.evovoice.binding import bind
from mock_server.vendors.evovoice.contract import BOOLEAN, TEXT, Contract
from mock_server.vendors.evovoice.emulation import EvoVoice
from mock_server.vendors.evovoice.filters import ACCOUNT_LIST, SESSION_LIST, refuses_unknown
from mock_server.vendors.evovoice.formats import FORMATS
from mock_server.vendors.evovoice.models import (
    ACCOUNT,
    ACCOUNT_PAGE,
    API,
    FRAMEWORK,
    SESSION,
    SESSION_PAGE,
    SIGN_IN,
    USAGE,
    USER,
    DataType,
)
from mock_server.vendors.evovoice.options import ADMINISTRATOR
from mock_server.vendors.evovoice.replies import STANDING, Value, reply

_ALL_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REPLY = f"/<any({','.join(FORMATS)}):format>/reply/"
_SIGN_OUT = "logout"
_PROVIDERS = ("credentials", "basic")

Values = Mapping[str, Any]


class Outcome(NamedTuple):
    """What an operation gives, and the cookies that go with it."""

    value: Value | None
    cookies: Cookies = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One operation: where it is, what it reads, who may, what it does, what comes back (None is nothing)."""

    name: str
    methods: tuple[str, ...]
    path: str
    parse: Callable[[Request, Context], Any]
    gate: Gate
    act: Callable[[EvoVoice, Caller, Any], Any]
    returns: DataType | None


def _reads(
    operation: str, *texts: str, namespace: str = f"{API}.AI", ordered: bool = False, **others: Any
) -> Callable[[Request, Context], Values]:
    contract = Contract(operation, {**dict.fromkeys(texts, TEXT), **others}, namespace, ordered=ordered)
    return lambda request, context: bind(request, contract, strict=refuses_unknown(context))


def _user(caller: Caller) -> User:
    assert caller.user is not None  # the gate has asked
    return caller.user


def _authenticate(evovoice: EvoVoice, caller: Caller, command: tuple[str, Values]) -> Outcome:
    """Sign in or out by the provider that the path, the query or the body names."""
    method, values = command
    provider = values.get("provider", "").lower()
    if provider == _SIGN_OUT:
        return Outcome({}, evovoice.access.sign_out(caller))
    if not provider or (provider == "basic" and caller.user is not None):
        if caller.user is None:
            raise Problem(Kind.UNAUTHENTICATED)
        return Outcome(evovoice.welcome(caller.user, caller.session))
    if provider not in _PROVIDERS:
        raise Problem(Kind.NOT_FOUND, f"No configuration was added for OAuth provider '{provider}'")
    if method != "POST":
        raise Problem(Kind.SWITCHED_OFF, "GET Authenticate requests are disabled; sign in with POST", allow=("POST",))
    remember = values.get("RememberMe", False)
    value, cookies = evovoice.sign_in(values.get("UserName", ""), values.get("Password", ""), remember=remember)
    return Outcome(value, cookies)


_read_sign_in = _reads(
    "Authenticate", "provider", "UserName", "Password", namespace=FRAMEWORK, ordered=True, RememberMe=BOOLEAN
)
_OPEN, _SIGNED_IN, _ADMINISTRATOR = Gate(signed_in=False), Gate(), Gate(role=ADMINISTRATOR)
_ID = "SessionId"

# Name, verbs, path, what is read, who may, what is done, what comes back.
_ROWS = tuple(
    Row(*row)
    for row in (
        (
            "ListAISessions", ("GET",), "/ai/sessions", SESSION_LIST.parse, _ADMINISTRATOR,
            lambda evovoice, _, command: evovoice.sessions.find(command), SESSION_PAGE,
        ),
        (
            "NewAISession", ("POST",), "/ai/sessions", _reads("NewAISession", "AccountId", "Purpose"), _ADMINISTRATOR,
            lambda evovoice, caller, values: evovoice.sessions.create(_user(caller), values), SESSION,
        ),
        (
            "GetAISession", ("GET",), "/ai/sessions/<sessionId>", _reads("GetAISession", _ID), _ADMINISTRATOR,
            lambda evovoice, _, values: evovoice.sessions.get(values.get(_ID, "")), SESSION,
        ),
        (
            "PatchAISession", ("PATCH",), "/ai/sessions/<sessionId>", _reads("PatchAISession", _ID, "Purpose"),
            _ADMINISTRATOR,
            lambda evovoice, caller, values: evovoice.sessions.patch(_user(caller), values), SESSION,
        ),
        (
            "DeleteAISession", ("DELETE",), "/ai/sessions/<sessionId>", _reads("DeleteAISession", _ID), _ADMINISTRATOR,
            lambda evovoice, _, values: evovoice.sessions.delete(values.get(_ID, "")), None,
        ),
        (
            "ApplyAISession", ("POST",), "/ai/sessions/<sessionId>/apply", _reads("ApplyAISession", _ID),
            _ADMINISTRATOR,
            lambda evovoice, caller, values: evovoice.sessions.apply(_user(caller), values.get(_ID, "")), SESSION,
        ),
        (
            "ClearAISessionActions", ("DELETE",), "/ai/sessions/<sessionId>/actions",
            _reads("ClearAISessionActions", _ID), _ADMINISTRATOR,
            lambda evovoice, caller, values: evovoice.sessions.clear(_user(caller), values.get(_ID, "")), SESSION,
        ),
        (
            "DeleteAISessionAction", ("DELETE",), "/ai/sessions/<sessionId>/actions/<actionId>",
            _reads("DeleteAISessionAction", _ID, "ActionId"), _ADMINISTRATOR,
            lambda evovoice, caller, values: evovoice.sessions.drop(
                _user(caller), values.get(_ID, ""), values.get("ActionId", "")
            ),
            SESSION,
        ),
        (
            "GetAIUsage", _ALL_VERBS, "/ai/usage",
            _reads("GetAIUsage", "AccountId", "CustomerId", "StartDate", "EndDate"), _ADMINISTRATOR,
            lambda evovoice, _, values: evovoice.usage.total(values), USAGE,
        ),
        (
            "ListAccounts", ("GET",), "/accounts", ACCOUNT_LIST.parse, _SIGNED_IN,
            lambda evovoice, caller, command: evovoice.accounts.find(_user(caller), command), ACCOUNT_PAGE,
        ),
        (
            "GetAccount", ("GET",), "/accounts/<accountId>",
            _reads("GetAccount", "AccountId", namespace=f"{API}.Accounts"), _SIGNED_IN,
            lambda evovoice, caller, values: evovoice.accounts.get(_user(caller), values.get("AccountId", "")), ACCOUNT,
        ),
        (
            "GetAuthStatus", ("GET",), "/auth/status", _reads("GetAuthStatus", namespace=f"{API}.Authentication"),
            _OPEN,
            lambda evovoice, caller, _: evovoice.describe(caller.user), USER,
        ),
        *(
            (
                "Authenticate", ("GET", "POST"), path,
                lambda request, context: (request.method, _read_sign_in(request, context)), _OPEN,
                _authenticate, SIGN_IN,
            )
            for path in ("/auth", "/auth/<provider>")
        ),
    )
)  # fmt: skip


def _acting(row: Row) -> Callable[[EvoVoice, Caller, Any], tuple[Value | None, Cookies]]:
    """Admit the caller, do it, and let the ids that the caller lacks go with whatever comes of it."""
    admit, act = row.gate.admit, row.act

    def perform(evovoice: EvoVoice, caller: Caller, command: Any) -> tuple[Value | None, Cookies]:
        try:
            admit(caller)
            value = act(evovoice, caller, command)
        except Problem as problem:
            raise problem.with_headers(evovoice.access.fresh(caller.lacking)) from None
        if isinstance(value, Outcome):
            return value.value, value.cookies or evovoice.access.fresh(caller.lacking)
        return value, evovoice.access.fresh(caller.lacking)

    return perform


def _rendering(row: Row) -> Callable[[tuple[Value | None, Cookies], Any, Request, Context], Response]:
    kind, name = row.returns, row.name

    def render(outcome: tuple[Value | None, Cookies], _command: Any, request: Request, context: Context) -> Response:
        value, cookies = outcome
        if kind is None or value is None:
            return Response(status=204, media_type="", headers=STANDING + cookies)
        return reply(name, kind, value, request, context, cookies)

    return render


def _operation(row: Row, methods: tuple[str, ...], path: str, *, listed: bool = True) -> Operation[Any, Any, Any]:
    return Operation(
        name=row.name,
        methods=methods,
        path=path,
        parse=row.parse,
        act=_acting(row),
        render=_rendering(row),
        listed=listed,
    )


# Each at its own route, and once more, by any verb, at the route that every operation has in each format.
OPERATIONS = tuple(_operation(row, row.methods, row.path) for row in _ROWS) + tuple(
    _operation(row, _ALL_VERBS, _REPLY + row.name, listed=False) for row in {row.name: row for row in _ROWS}.values()
)
