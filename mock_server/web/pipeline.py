"""The path of every emulated request."""

from typing import Any

from mock_server.core.faults import Act
from mock_server.core.nesting import DEEPEST, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.system_time import monotonic
from mock_server.core.vendor import Context, Emulation, Operation, Request, Response, Vendor
from mock_server.web import faults
from mock_server.web.worlds import Worlds


def serve(
    vendor: Vendor, operation: Operation[Any, Any, Any], worlds: Worlds, request: Request, sleep: faults.Sleep | None
) -> Response:
    """Resolve the world, apply faults, run the operation, and record the request in the journal.

    Without `sleep` the request must not wait, because other requests wait for it: then it is not delayed, and leaves
    to others what the clock has made due. The server chooses that only where neither is to be expected.
    """
    started, world, fault = monotonic(), worlds.default, None
    target = vendor.name, operation.name
    try:
        world = worlds.of(request)
        _refuse_deep_body(request)
        fault = world.faults.meet(vendor.name, operation.name, request)
        emulation = world.emulations[vendor.name]
        if fault is not None:
            faults.before(fault, world.faults, emulation.churn, sleep or _no_sleep)
        response = _run(operation, world.contexts[vendor.name], emulation, request, may_wait=sleep is not None)
        if fault is not None:
            response = faults.after(fault, response, sleep or _no_sleep)
    except Problem as problem:
        response = vendor.render_problem(problem, request, world.contexts[vendor.name])
    except faults.ConnectionDropped:
        world.journal.record(target, request, Response(), started, _described(fault))
        raise
    world.journal.record(target, request, response, started, _described(fault))
    return response


def _described(fault: Act | None) -> str:
    return "" if fault is None else fault.model_dump_json(exclude_defaults=True)


def _no_sleep(_seconds: float) -> None:
    """Return at once."""


def _run(
    operation: Operation[Any, Any, Any], context: Context, emulation: Emulation, request: Request, *, may_wait: bool
) -> Response:
    """Authenticate, parse, authorize, act and render. Raises Problem."""
    caller = emulation.authenticate(request)
    if may_wait and emulation.is_due():
        emulation.advance()
    command = operation.parse(request, context)
    operation.authorize(emulation, caller, command)
    outcome = operation.act(emulation, caller, command)
    return operation.render(outcome, command, request, context)


def _refuse_deep_body(request: Request) -> None:
    """Raise Problem for JSON or JSV that is nested too deeply, whether or not it is read: the journal keeps it."""
    media_type = (request.headers.get("content-type") or "json").partition(";")[0].lower()
    if request.body and ("json" in media_type or "jsv" in media_type) and is_nested_deeper(request.body):
        raise Problem(Kind.MALFORMED, f"The body is nested deeper than {DEEPEST} levels")
