"""Authentication: signing in and out, and who is signed in."""

from mock_server.vendors.evovoice.authentication.routes import RESOURCE

__all__ = ["RESOURCE"]
