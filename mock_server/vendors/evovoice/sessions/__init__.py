"""AI sessions: requests to change an account's set-up, and the actions that carry them out."""

from mock_server.vendors.evovoice.sessions.routes import RESOURCE

__all__ = ["RESOURCE"]
