"""A local stand-in for voice-AI session APIs.

The names are imported when they are first used, so that importing one part does not import all of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.app import create_app
    from mock_server.server import MockServer
    from mock_server.settings import Settings

__all__ = ["MockServer", "Settings", "create_app"]

_HOMES = {"MockServer": "server", "Settings": "settings", "create_app": "app"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"mock_server.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
