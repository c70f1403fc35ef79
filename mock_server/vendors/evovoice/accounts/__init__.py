"""Accounts: the tree of organisations that sessions belong to."""

from mock_server.vendors.evovoice.accounts.routes import RESOURCE

__all__ = ["RESOURCE"]
