"""Files that only their owner may read, and names that survive a crash of the machine."""

import os
from pathlib import Path


def private(path: str, flags: int) -> int:
    """Open a file, made for its owner alone if it is new: the opener for `open`."""
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
