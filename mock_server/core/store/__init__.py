"""Documents in TinyDB tables, safe to share between threads."""

from mock_server.core.store.collection import Collection, CollectionSpec, Document
from mock_server.core.store.database import Database
from mock_server.core.store.storage import DatabaseError

__all__ = ["Collection", "CollectionSpec", "Database", "DatabaseError", "Document"]
