"""Variables in templates: each `{{ name }}` in an assistant's texts becomes a value (FACTS.md F5.3)."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from mock_server.core.problems import Kind, Problem

LARGEST = 1 << 20  # bytes that variables may add; a short template can repeat a long value many times

_VARIABLE = re.compile(r"{{-?\s*([A-Za-z_][\w.-]*?)\s*-?}}")


def fill_variables(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return a copy of the value with the variables in its texts filled; unknown names stay as they are.

    Raises Problem when that adds more than LARGEST bytes.
    """
    return _Filler(variables).fill(value)


class _Filler:
    """Fills the variables of one value, and counts what it adds."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._left = LARGEST

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(self._replacement, value)
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value

    def _replacement(self, match: re.Match[str]) -> str:
        value: Any = self._variables
        for name in match[1].split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            return match[0]
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        self._left -= len(text)
        if self._left < 0:
            raise Problem(Kind.TOO_LARGE)
        return text
