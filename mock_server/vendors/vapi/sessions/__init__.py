"""Sessions: conversations that keep their messages from one chat or call to the next."""

from mock_server.vendors.vapi.sessions.routes import RESOURCE

__all__ = ["RESOURCE"]
