"""Usage: the minutes of AI by account and customer."""

from mock_server.vendors.evovoice.usage.routes import RESOURCE

__all__ = ["RESOURCE"]
