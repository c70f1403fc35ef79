"""What becomes of the assistant, squad and phone number in a new session (facts F5)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mock_server.core.problems import Kind, Problem

SECRET_PLACEHOLDER = "mock-secret-not-stored"
LARGEST = 1 << 20  # bytes that substitution may make; a short template can repeat a long value many times

_VARIABLE = re.compile(r"{{-?\s*([A-Za-z_][\w.-]*?)\s*-?}}")
_SECRETS = frozenset({"twilioAuthToken", "twilioApiKey", "twilioApiSecret", "serverUrlSecret"})
_AS_SENT = frozenset({"messages", "metadata", "variableValues"})
_NO_SECRETS = frozenset({"provider", "type", "name", "id"})


def settle(body: Mapping[str, Any], catalogue: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The fields of a new session: ids win over inline objects, variables are filled in, secrets dropped."""
    settled = {key: value if key in _AS_SENT else _cleaned(key, value) for key, value in body.items()}
    if "assistantId" in settled:
        settled.pop("assistant", None)
    if "squadId" in settled:
        settled.pop("squad", None)
    variables = (settled.get("assistantOverrides") or {}).get("variableValues")
    if not variables:
        return settled
    assistant = settled.get("assistant") or catalogue.get(settled.get("assistantId", ""))
    if assistant is not None:
        settled["assistant"] = _Substitution(variables).apply(assistant)
    return {**settled, "metadata": {"variableValues": variables}}


class _Substitution:
    """Fills `{{ name }}` in every text of a value. Unknown names stay as they are."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._left = LARGEST

    def apply(self, value: Any) -> Any:
        """A copy of the value with its texts filled. Raises Problem when that grows too large."""
        if isinstance(value, str):
            return _VARIABLE.sub(self._fill, value)
        if isinstance(value, Mapping):
            return {key: self.apply(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.apply(item) for item in value]
        return value

    def _fill(self, match: re.Match[str]) -> str:
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


def _cleaned(key: str, value: Any) -> Any:
    """The value without nulls, and with a placeholder for each named secret and secret of a credential."""
    if key in _SECRETS:
        return SECRET_PLACEHOLDER
    if key == "credentials" and isinstance(value, list):
        return [dict(_blanked(item)) for item in value if isinstance(item, Mapping)]
    if isinstance(value, Mapping):
        return {
            name: item if name in _AS_SENT else _cleaned(name, item) for name, item in value.items() if item is not None
        }
    if isinstance(value, list):
        return [_cleaned("", item) for item in value]
    return value


def _blanked(credential: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in credential.items():
        yield name, value if name in _NO_SECRETS else SECRET_PLACEHOLDER
