"""Documents in TinyDB tables: indexed, journaled, safe to share between threads."""

from mock_server.core.store.check import Report, check
from mock_server.core.store.collection import Collection
from mock_server.core.store.database import Database
from mock_server.core.store.errors import DatabaseError
from mock_server.core.store.journal import Durability
from mock_server.core.store.spec import CollectionSpec, Document

__all__ = ["Collection", "CollectionSpec", "Database", "DatabaseError", "Document", "Durability", "Report", "check"]
