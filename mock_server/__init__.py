"""A mock server for the session APIs of voice-AI vendors.

A name is imported when it is first used, so that importing one part does not import the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.app import create_app
    from mock_server.control_client import ControlError
    from mock_server.core.store import DatabaseError
    from mock_server.server import AddressInUse, MockServer
    from mock_server.settings import Settings, SettingsError

__all__ = [
    "AddressInUse",
    "ControlError",
    "DatabaseError",
    "MockServer",
    "Settings",
    "SettingsError",
    "create_app",
]

_MODULES = {
    "AddressInUse": "server",
    "ControlError": "control_client",
    "DatabaseError": "core.store",
    "MockServer": "server",
    "Settings": "settings",
    "SettingsError": "settings",
    "create_app": "app",
}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"mock_server.{module}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
