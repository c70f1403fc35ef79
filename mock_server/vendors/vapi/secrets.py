"""Secrets in what clients send: they are neither stored nor returned (FACTS.md C4.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

PLACEHOLDER = "mock-secret-not-stored"
AS_SENT = frozenset({"messages", "metadata", "variableValues"})
"""The members of a body that are stored as they were sent, whatever they hold."""

_SECRETS = frozenset({"twilioAuthToken", "twilioApiKey", "twilioApiSecret", "serverUrlSecret"})
_NOT_SECRET_IN_CREDENTIALS = frozenset({"provider", "type", "name", "id"})


def without_secrets(value: Any, key: str = "") -> Any:
    """Return the value of the member `key` without nulls, and with a placeholder in the place of each secret."""
    if key in AS_SENT:
        return value
    if key in _SECRETS:
        return PLACEHOLDER
    if key == "credentials" and isinstance(value, list):
        return [dict(_masked(credential)) for credential in value if isinstance(credential, Mapping)]
    if isinstance(value, Mapping):
        return {
            name: without_secrets(item, name) for name, item in value.items() if name in AS_SENT or item is not None
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _masked(credential: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in credential.items():
        yield name, value if name in _NOT_SECRET_IN_CREDENTIALS else PLACEHOLDER
