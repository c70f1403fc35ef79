"""Signing in and out, and who is signed in (FACTS.md E4)."""

from typing import TYPE_CHECKING, Any, NamedTuple

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Context, Request, Resource
from mock_server.vendors.evovoice.access import ANYONE, Caller
from mock_server.vendors.evovoice.authentication.models import SIGN_IN, USER
from mock_server.vendors.evovoice.binding import Values, reads
from mock_server.vendors.evovoice.contract import BOOLEAN
from mock_server.vendors.evovoice.operations import Members, Outcome, operation
from mock_server.vendors.evovoice.schemas.entities import AUTHENTICATION_NAMESPACE, FRAMEWORK_NAMESPACE

if TYPE_CHECKING:
    from mock_server.vendors.evovoice.emulation import EvoVoiceEmulation

_SIGN_OUT = "logout"
_PROVIDERS = ("credentials", "basic")
_read_members = reads(
    "Authenticate",
    "provider",
    "UserName",
    "Password",
    namespace=FRAMEWORK_NAMESPACE,
    ordered=True,
    RememberMe=BOOLEAN,
)


class AuthenticateCommand(NamedTuple):
    """A request to sign in or out. `provider` is named by the path, the query or the body."""

    method: str
    provider: str
    user_name: str
    password: str
    remember: bool


def _parse(request: Request, context: Context) -> AuthenticateCommand:
    values: Values = _read_members(request, context)
    return AuthenticateCommand(
        request.method,
        values.get("provider", "").lower(),
        values.get("UserName", ""),
        values.get("Password", ""),
        values.get("RememberMe", False),
    )


def _authenticate(
    emulation: "EvoVoiceEmulation", caller: Caller, command: AuthenticateCommand
) -> Members | Outcome[Members]:
    """Sign in or out, or return who is signed in. Raises Problem."""
    provider, service = command.provider, emulation.authentication
    if provider == _SIGN_OUT:
        return Outcome({}, service.sign_out(caller))
    if not provider or (provider == "basic" and caller.user is not None):
        if caller.user is None:
            raise Problem(Kind.UNAUTHENTICATED)
        return service.describe_sign_in(caller.user, caller.session)
    if provider not in _PROVIDERS:
        raise Problem(Kind.NOT_FOUND, f"No configuration was added for OAuth provider '{provider}'")
    if command.method != "POST":
        raise Problem(Kind.SWITCHED_OFF, "GET Authenticate requests are disabled; sign in with POST", allow=("POST",))
    members, cookies = service.sign_in(command.user_name, command.password, remember=command.remember)
    return Outcome(members, cookies)


def _status(emulation: "EvoVoiceEmulation", caller: Caller, _command: Any) -> Members:
    return emulation.authentication.describe(caller.user)


_STATUS = operation(
    "GetAuthStatus",
    methods=("GET",),
    paths=("/auth/status",),
    parse=reads("GetAuthStatus", namespace=AUTHENTICATION_NAMESPACE),
    rule=ANYONE,
    act=_status,
    returns=USER,
)
_AUTHENTICATE = operation(
    "Authenticate",
    methods=("GET", "POST"),
    paths=("/auth", "/auth/<provider>"),
    parse=_parse,
    contract=_read_members.contract,
    rule=ANYONE,
    act=_authenticate,
    returns=SIGN_IN,
)

RESOURCE = Resource(name="authentication", operations=(*_STATUS, *_AUTHENTICATE))
