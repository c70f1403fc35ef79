"""Our own document store: indexed, safe between threads, in memory or in a file of TinyDB's format.

Stock TinyDB opens the file once the database is closed. `tinydb_api.as_tinydb` gives TinyDB's API to an open database.
"""

from mock_server.core.store.check import Report, check
from mock_server.core.store.collection import Collection
from mock_server.core.store.database import Database
from mock_server.core.store.errors import DatabaseError
from mock_server.core.store.spec import CollectionSpec, Document
from mock_server.core.store.write_ahead_log import Durability

__all__ = ["Collection", "CollectionSpec", "Database", "DatabaseError", "Document", "Durability", "Report", "check"]
