"""What the fixtures need to know of each vendor, read from the file `pytest.json` in the vendor's folder.

`rows` is the member of a list response that holds the rows, and `headers` authenticate a request that the plugin makes
itself. `client` describes a fixture that makes the vendor's own client: the name of the fixture, the class, and which
of token, url and http_client each argument takes. The files are data, because the plugin is loaded by every pytest of
an environment and must not import our package for runs without its fixtures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve()
_FOLDERS = (  # of our package: next to the plugin once installed, above it in the source tree
    _HERE.parents[1] / "mock_server" / "vendors",
    _HERE.parents[2] / "vendors",
)


def vendors() -> dict[str, dict[str, Any]]:
    """Return the data of each vendor by its name."""
    files = [file for folder in _FOLDERS for file in sorted(folder.glob("*/pytest.json"))]
    return {file.parent.name: json.loads(file.read_bytes()) for file in files}


def clients() -> Iterator[dict[str, Any]]:
    """Yield the description of each vendor's client."""
    for vendor in vendors().values():
        if "client" in vendor:
            yield vendor["client"]
