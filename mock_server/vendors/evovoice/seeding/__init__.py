"""The data that a new server has, made from one seed."""

from mock_server.vendors.evovoice.seeding.accounts import accounts
from mock_server.vendors.evovoice.seeding.sessions import sessions
from mock_server.vendors.evovoice.seeding.usage import usage

__all__ = ["accounts", "sessions", "usage"]
