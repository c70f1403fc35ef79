"""What a conversation is written with: turns, tool calls, and slots in braces."""

import json
import re
from typing import Any, NamedTuple


class Say(NamedTuple):
    """One turn, with the wordings to choose from."""

    role: str
    texts: tuple[str, ...]


class Call(NamedTuple):
    """A tool call and its result, both as JSON with slots."""

    tool: str
    arguments: str
    result: str


class Script(NamedTuple):
    """One conversation, after the greeting of the assistant."""

    assistant: str
    name: str
    output: tuple[str, str]  # name of a structured output, and its value as JSON with slots
    lines: tuple[Say | Call, ...]
    weight: float = 1.0
    hours: tuple[int, int] = (0, 23)  # the first and the last hour, local, in which it begins
    days: int = 7  # of the week, from Monday
    share: tuple[float, float] = (0.0, 1.0)  # of the customers; scripts that exclude each other have different ones
    greeted: bool = True  # whether the assistant's own greeting may come first


def user(*texts: str) -> Say:
    """Return a turn of the customer."""
    return Say("user", texts)


def agent(*texts: str) -> Say:
    """Return a turn of the assistant."""
    return Say("assistant", texts)


_NUMERIC = re.compile(r'"({(?:nights|euros|homes|hours|reading)})"')


def _json(value: dict[str, Any]) -> str:
    """Return a flat object as a template: its own braces are doubled, and slots of numbers lose their quotes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "{{" + _NUMERIC.sub(r"\1", text[1:-1]) + "}}"


def call(tool: str, arguments: dict[str, Any], result: dict[str, Any]) -> Call:
    """Return a tool call with flat arguments and a flat result."""
    return Call(tool, _json(arguments), _json(result))


def output(name: str, **value: Any) -> tuple[str, str]:
    """Return a structured output by the name, with a flat value."""
    return name, _json(value)
