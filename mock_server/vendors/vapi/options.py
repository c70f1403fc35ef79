"""The settings of Vapi."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mock_server.core.urls import parse_url


def _key_text(key: str) -> str:
    if not key or any(letter.isspace() for letter in key):
        raise ValueError("expected at least one character and no spaces")
    return key


def _url_text(url: str | None) -> str | None:
    if url is not None and parse_url(url).scheme not in ("http", "https"):
        raise ValueError("expected an http or https URL such as http://127.0.0.1:9000/hook")
    return url


def _header_text(text: str | None) -> str | None:
    if text is not None and not (text.isascii() and text.isprintable() and text.strip() == text != ""):
        raise ValueError("expected visible ASCII characters, without spaces at either end")
    return text


class VapiOptions(BaseModel):
    """Each field is set by the flag and the environment variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: tuple[Annotated[str, AfterValidator(_key_text)], ...] = Field(
        (),
        repr=False,
        description="Accept only this bearer token; each one opens an organisation of its own. May be repeated.",
    )
    lenient_query: bool = Field(False, description="Vapi: ignore unknown query parameters instead of answering 400.")
    export_all: bool = Field(
        False, description="Vapi: export all matches, not the first 100, when neither page nor limit is given."
    )
    webhook: Annotated[str | None, AfterValidator(_url_text)] = Field(
        None, description="The organisation's server URL, for messages whose assistant and phone number have no server."
    )
    webhook_all: bool = Field(
        False, description="Send all messages, whether or not an assistant's serverMessages list them."
    )
    webhook_secret: Annotated[str | None, AfterValidator(_header_text)] = Field(
        None, repr=False, description="Sent to --webhook as X-Vapi-Secret."
    )
    webhook_token: Annotated[str | None, AfterValidator(_header_text)] = Field(
        None, repr=False, description="Sent to --webhook, and to servers with a credentialId, as a bearer token."
    )


def count_organisations(options: VapiOptions) -> int:
    """Return the number of organisations; each has its own sessions."""
    return len(options.api_key) or 1


def describe_access(options: VapiOptions) -> str:
    """Return which tokens are accepted, in a few words."""
    return "one of --api-key" if options.api_key else "any bearer token"


def sample_request(options: VapiOptions, url: str) -> str:
    """Return a command that lists one session."""
    key = options.api_key[0] if options.api_key else "any-token"
    return f"curl -H 'Authorization: Bearer {key}' '{url}/session?limit=1'"
