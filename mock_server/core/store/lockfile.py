"""One process a database: a file with the owner's pid, locked for as long as the owner lives."""

import os
from pathlib import Path

from mock_server.core.store.errors import DatabaseError

try:
    import fcntl
except ImportError:  # Windows refuses to remove or replace open files, so two owners meet there anyway
    fcntl = None  # type: ignore[assignment]


class LockFile:
    """A held lock. The operating system lets go of it when the process dies, so none is ever stale.

    Raises DatabaseError when another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DatabaseError(f"{path} cannot be written: {error.strerror}; choose another path for --db") from error
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._file, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            database = path.name.removesuffix(".lock")
            raise DatabaseError(
                f"{database} is in use by process {owner}; stop that process or choose another path for --db"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Remove the file and let go of the lock."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)
