"""GET /_mock/health: whether the server is up, and what it serves."""

from functools import cache
from importlib.metadata import version
from typing import Any

from mock_server.ops.control import Anything, Call, Route

_release = cache(version)


def _health(call: Call) -> dict[str, Any]:
    sessions = {name: emulation.count() for name, emulation in call.world.emulations.items()}
    return {"status": "ok", "version": _release("voice-session-emulator"), "sessions": sessions}


HEALTH = (
    Route(
        method="GET", path="/_mock/health", summary="Check that the server is up, and count its sessions", act=_health,
        query=Anything, open=True,
    ),
)  # fmt: skip
