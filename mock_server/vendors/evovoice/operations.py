"""Builds the operations of all resources: each at its own paths, and at the path that it has in each format."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from mock_server.core.problems import Problem
from mock_server.core.query import Page
from mock_server.core.vendor import Context, Operation, Request, Response
from mock_server.vendors.evovoice.access import AccessRule, Caller, Cookies
from mock_server.vendors.evovoice.binding import UNBOUND, Reads
from mock_server.vendors.evovoice.contract import Contract
from mock_server.vendors.evovoice.formats import FORMATS
from mock_server.vendors.evovoice.paging import ListCommand, ListOperation, page_members
from mock_server.vendors.evovoice.rendering import STANDING_HEADERS, reply
from mock_server.vendors.evovoice.schemas.types import DataType

if TYPE_CHECKING:
    from mock_server.vendors.evovoice.emulation import EvoVoiceEmulation

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REPLY = f"/<any({','.join(FORMATS)}):format>/reply/"

Command = TypeVar("Command")
Result = TypeVar("Result")
Members = Mapping[str, Any]


class Outcome(NamedTuple, Generic[Result]):
    """What an operation returned, and the cookies that go with the response."""

    result: Result
    cookies: Cookies


def operation(
    name: str,
    *,
    methods: tuple[str, ...],
    paths: tuple[str, ...],
    parse: Callable[[Request, Context], Command],
    rule: AccessRule,
    act: "Callable[[EvoVoiceEmulation, Caller, Command], Members | Outcome[Members]]",
    returns: DataType,
    contract: Contract | None = None,
) -> tuple[Operation[Caller, Command, Outcome[Members]], ...]:
    """Return an operation whose result are the members of a data type.

    The contract is that of `parse`; it need not be given if that comes from `reads`.
    """

    def render(outcome: Outcome[Members], _command: Command, request: Request, context: Context) -> Response:
        return reply(name, returns, outcome.result, request, context, outcome.cookies)

    names = _names(contract or _contract_of(parse)) | returns.shown_names
    return _at_all_paths(name, methods, paths, parse, rule, act, render, names)


def list_operation(
    listing: ListOperation,
    *,
    path: str,
    rule: AccessRule,
    act: "Callable[[EvoVoiceEmulation, Caller, ListCommand], Page]",
    returns: DataType,
) -> tuple[Operation[Caller, ListCommand, Outcome[Page]], ...]:
    """Return an operation that lists rows a page at a time."""
    name = listing.contract.name

    def render(outcome: Outcome[Page], command: ListCommand, request: Request, context: Context) -> Response:
        return reply(name, returns, page_members(outcome.result, command), request, context, outcome.cookies)

    names = _names(listing.contract) | returns.shown_names
    return _at_all_paths(name, ("GET",), (path,), listing.parse, rule, act, render, names)


def empty_operation(
    name: str,
    *,
    methods: tuple[str, ...],
    path: str,
    parse: Callable[[Request, Context], Command],
    rule: AccessRule,
    act: "Callable[[EvoVoiceEmulation, Caller, Command], None]",
) -> tuple[Operation[Caller, Command, Outcome[None]], ...]:
    """Return an operation whose response has no body."""

    def render(outcome: Outcome[None], _command: Command, _request: Request, _context: Context) -> Response:
        return Response(status=204, media_type="", headers=STANDING_HEADERS + outcome.cookies)

    return _at_all_paths(name, methods, (path,), parse, rule, act, render, _names(_contract_of(parse)))


def _contract_of(parse: Callable[[Request, Context], Any]) -> Contract | None:
    return parse.contract if isinstance(parse, Reads) else None


def _names(contract: Contract | None) -> frozenset[str]:
    """Return the names that a request with this contract may have."""
    return UNBOUND.union(contract.members if contract else ())


def _at_all_paths(
    name: str,
    methods: tuple[str, ...],
    paths: tuple[str, ...],
    parse: Callable[[Request, Context], Command],
    rule: AccessRule,
    act: "Callable[[EvoVoiceEmulation, Caller, Command], Result | Outcome[Result]]",
    render: Callable[[Outcome[Result], Command, Request, Context], Response],
    names: frozenset[str],
) -> tuple[Operation[Caller, Command, Outcome[Result]], ...]:
    def at(path: str, methods: tuple[str, ...], *, listed: bool) -> Operation[Caller, Command, Outcome[Result]]:
        return Operation(
            name=name,
            methods=methods,
            path=path,
            parse=parse,
            authorize=rule.authorize,
            act=_with_cookies(act),
            render=render,
            names=names,
            listed=listed,
        )

    return (*(at(path, methods, listed=True) for path in paths), at(_REPLY + name, ALL_METHODS, listed=False))


def _with_cookies(
    act: "Callable[[EvoVoiceEmulation, Caller, Command], Result | Outcome[Result]]",
) -> "Callable[[EvoVoiceEmulation, Caller, Command], Outcome[Result]]":
    """Return the step with the caller's cookies in its outcome and in its problems.

    Signing in and out return an Outcome themselves, whose cookies replace the caller's.
    """

    def run(emulation: "EvoVoiceEmulation", caller: Caller, command: Command) -> Outcome[Result]:
        try:
            result = act(emulation, caller, command)
        except Problem as problem:
            raise problem.with_headers(caller.cookies) from None
        return result if isinstance(result, Outcome) else Outcome(result, caller.cookies)

    return run
