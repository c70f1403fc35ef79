"""What becomes of the assistant, squad and secrets that a new session is sent with (FACTS.md F5)."""

from collections.abc import Mapping
from typing import Any

from mock_server.vendors.vapi.secrets import without_secrets
from mock_server.vendors.vapi.templates import fill_variables


def settle(body: Mapping[str, Any], assistants: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a new session takes from the body: ids win over inline objects, variables are filled in."""
    settled = {key: without_secrets(value, key) for key, value in body.items()}
    if "assistantId" in settled:
        settled.pop("assistant", None)
    if "squadId" in settled:
        settled.pop("squad", None)
    variables = (settled.get("assistantOverrides") or {}).get("variableValues")
    if not variables:
        return settled
    assistant = settled.get("assistant") or assistants.get(settled.get("assistantId", ""))
    if assistant is not None:
        settled["assistant"] = fill_variables(assistant, variables)
    return {**settled, "metadata": {"variableValues": variables}}
