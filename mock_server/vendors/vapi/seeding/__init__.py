"""The believable world that a fresh server holds, made from one seed."""

from mock_server.vendors.vapi.seeding.businesses import Catalogue, catalogue
from mock_server.vendors.vapi.seeding.rows import sessions

__all__ = ["Catalogue", "catalogue", "sessions"]
