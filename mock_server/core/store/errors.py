"""The store's one error for files that cannot be used."""

WAY_OUT = "move it away or restore a copy of it; it was left as it is"


class DatabaseError(Exception):
    """The database cannot be used; the message names the file and the way out."""
