"""Patterns with the wildcards `*` and `?`, which clients choose."""

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from mock_server.core import bounds

Pattern = Annotated[str, Field(max_length=bounds.LONGEST_PATTERN)]
"""A pattern of a bounded length. (fnmatch itself keeps up to 32,768 patterns of any length.)"""


def fits(text: str, pattern: str) -> bool:
    """Return whether the pattern matches the whole text."""
    return _compiled(pattern)(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(translate(pattern)).match
