"""The path that every emulated request takes."""

from collections.abc import Callable

from mock_server.core.nesting import DEEPEST, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.system_time import monotonic
from mock_server.core.vendor import Answer, Emulation, Operation, Request, Vendor
from mock_server.web import faults
from mock_server.web.worlds import World, Worlds


def server_of(vendor: Vendor, operation: Operation, worlds: Worlds) -> Callable[[Request], Answer]:
    """What serves the requests for an operation."""
    place = vendor.name, operation.name

    def serve(request: Request) -> Answer:
        """Find the world, let go wrong what shall, authenticate, parse, query or mutate, render, and keep a record."""
        started, world, fault = monotonic(), worlds.default, None
        try:
            world = worlds.of(request)
            _refuse_deep_body(request)
            fault = world.faults.meet(vendor.name, operation.name, request)
            if fault is not None:
                faults.before(fault, world.faults, world.emulations[vendor.name].churn)
            answer = _answer(operation, world, world.emulations[vendor.name], request)
            if fault is not None:
                answer = faults.after(fault, answer)
        except Problem as problem:
            answer = vendor.render_problem(problem, request, world.surroundings)
        if world.journal.most:
            told = "" if fault is None else fault.model_dump_json(exclude_defaults=True)
            world.journal.note(place, request, answer, started, told)
        return answer

    return serve


def _refuse_deep_body(request: Request) -> None:
    """Raise Problem for JSON or JSV that is nested too deeply, also where nobody reads the body: it is journaled."""
    media_type = (request.headers.get("content-type") or "json").partition(";")[0].lower()
    if request.body and ("json" in media_type or "jsv" in media_type) and is_nested_deeper(request.body):
        raise Problem(Kind.MALFORMED, f"The body is nested deeper than {DEEPEST} levels")


def _answer(operation: Operation, world: World, emulation: Emulation, request: Request) -> Answer:
    """Raises Problem."""
    caller = emulation.authenticate(request)
    emulation.advance()
    command = operation.parse(request, world.surroundings)
    outcome = operation.act(emulation, caller, command)
    return operation.render(outcome, request, world.surroundings)
