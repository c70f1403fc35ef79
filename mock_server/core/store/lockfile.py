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

    `left` is the note of the last owner if it ended without releasing the lock. Raises DatabaseError when another
    process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _acquire(path)
        self.left = os.pread(self._file, 80, 0).decode(errors="replace").strip().partition(" ")[2]
        self.note(self.left)

    def note(self, text: str) -> None:
        """Write a note for the next owner, which finds it if this process dies."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()} {text}".strip().encode() + b"\n", 0)

    def release(self) -> None:
        """Release the lock, and remove the file unless it holds a note of an earlier owner."""
        if not self.left:
            self._path.unlink(missing_ok=True)
        os.close(self._file)


def _acquire(path: Path) -> int:
    """Return the locked file. It may have been removed between opening and locking it, and is then opened again."""
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DatabaseError(f"{path} cannot be written: {error.strerror}; choose another path for --db") from error
        if fcntl is None:
            return file
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(file, 20).decode(errors="replace").partition(" ")[0].strip() or "unknown"
            os.close(file)
            database = path.name.removesuffix(".lock")
            raise DatabaseError(
                f"{database} is in use by process {owner}; stop that process or choose another path for --db"
            ) from error
        if os.fstat(file).st_nlink:
            return file
        os.close(file)
