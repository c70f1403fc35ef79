"""The server's own API under /_mock/: one table of routes. Knows the core, names no vendor."""

from mock_server.ops.clock import CLOCK
from mock_server.ops.control import Route
from mock_server.ops.events import EVENTS
from mock_server.ops.faults import FAULTS
from mock_server.ops.health import HEALTH
from mock_server.ops.openapi import describer
from mock_server.ops.requests import REQUESTS
from mock_server.ops.worlds import WORLDS

_TABLE: tuple[Route, ...] = (*HEALTH, *WORLDS, *CLOCK, *FAULTS, *REQUESTS, *EVENTS)
ROUTES = (*_TABLE, *describer(_TABLE))
