"""The settings that only Vapi has."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _key_text(key: str) -> str:
    if not key or any(letter.isspace() for letter in key):
        raise ValueError("a key has at least one letter and no spaces")
    return key


class VapiOptions(BaseModel):
    """Each field is the flag and the variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: tuple[Annotated[str, AfterValidator(_key_text)], ...] = Field(
        (), repr=False, description="Accept only this bearer token, as an organisation of its own; may be repeated."
    )


def count_organisations(options: VapiOptions) -> int:
    """How many organisations there are; each has sessions of its own."""
    return len(options.api_key) or 1


def describe_access(options: VapiOptions) -> str:
    """Who is let in."""
    return "one of --api-key" if options.api_key else "any bearer token"


def sample_request(options: VapiOptions, url: str) -> str:
    """A command that lists one session."""
    key = options.api_key[0] if options.api_key else "any-token"
    return f"curl -H 'Authorization: Bearer {key}' '{url}/session?limit=1'"
