"""A local stand-in for voice-AI session APIs."""

from mock_server.app import create_app
from mock_server.server import MockServer
from mock_server.settings import Settings

__all__ = ["MockServer", "Settings", "create_app"]
