"""The path that every emulated request takes."""

from mock_server.core.vendor import Answer, Emulation, Operation, Request, Surroundings


def serve(operation: Operation, emulation: Emulation, request: Request, surroundings: Surroundings) -> Answer:
    """Authenticate, parse, query or mutate, render. Raises Problem."""
    caller = emulation.authenticate(request)
    emulation.advance()
    command = operation.parse(request, surroundings)
    outcome = operation.act(emulation, caller, command)
    return operation.render(outcome, request, surroundings)
