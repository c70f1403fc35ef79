"""A TinyDB storage that replaces its file as a whole, so that an interrupt leaves the old or the new one."""

import os
import tempfile
from pathlib import Path
from typing import Any

import orjson
from tinydb.storages import Storage


class DatabaseError(Exception):
    """The database file cannot be used; the message names it and the way out."""


class SnapshotStorage(Storage):
    """TinyDB's own JSON layout in one file, written by temp file, fsync and rename."""

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        folder = self._path.parent
        if not os.access(folder, os.W_OK):
            raise DatabaseError(f"{folder} is not a folder that can be written; choose another path for --db")

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables, or None for a file that does not exist yet. Raises DatabaseError if it is no database."""
        try:
            tables = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, orjson.JSONDecodeError) as error:
            raise DatabaseError(f"{self._path} cannot be read as a database: {error}; {_WAY_OUT}") from error
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise DatabaseError(f"{self._path} is JSON but no TinyDB database; {_WAY_OUT}")
        return tables

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replace the file by `data`. Raises OSError and leaves the old file when that fails."""
        encoded = orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(encoded)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path)
        except BaseException:
            os.unlink(name)
            raise


_WAY_OUT = "move it away or restore a copy of it; it was left as it is"
