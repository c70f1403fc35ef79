"""The store's error for files that cannot be used."""

LEFT_UNCHANGED = "move it away or restore a copy of it; it was left unchanged"
ACCEPT = "restore a copy of both, or take what is there with: mock-server db accept {path}"


class DatabaseError(Exception):
    """The database cannot be used. The message names the file and says what to do."""
