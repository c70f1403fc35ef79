"""A lock file that allows one process at a time to open a database. It holds the owner's process id."""

import os
from pathlib import Path

from mock_server.core.store.errors import DatabaseError

try:
    import fcntl
except ImportError:  # Windows refuses to remove or replace open files, so a second owner fails there anyway
    fcntl = None  # type: ignore[assignment]


class LockFile:
    """A held lock. The operating system releases it when the process dies, so it is never stale.

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
        """Remove the file and release the lock."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)
