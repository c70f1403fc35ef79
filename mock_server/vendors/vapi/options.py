"""The settings that only Vapi has."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mock_server.core.urls import parse_url


def _key_text(key: str) -> str:
    if not key or any(letter.isspace() for letter in key):
        raise ValueError("a key has at least one letter and no spaces")
    return key


def _url_text(url: str | None) -> str | None:
    if url is not None and parse_url(url).scheme not in ("http", "https"):
        raise ValueError("it is a URL such as http://127.0.0.1:9000/hook")
    return url


def _header_text(text: str | None) -> str | None:
    if text is not None and not (text.isascii() and text.isprintable() and text.strip() == text != ""):
        raise ValueError("it is visible ASCII without spaces around it")
    return text


class VapiOptions(BaseModel):
    """Each field is the flag and the variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: tuple[Annotated[str, AfterValidator(_key_text)], ...] = Field(
        (), repr=False, description="Accept only this bearer token, as an organisation of its own; may be repeated."
    )
    lenient_query: bool = Field(False, description="Vapi: ignore unknown query parameters in place of answering 400.")
    export_all: bool = Field(
        False, description="Vapi: export every match where neither page nor limit is given, not the first 100."
    )
    webhook: Annotated[str | None, AfterValidator(_url_text)] = Field(
        None, description="The organisation's server URL, for messages that no assistant or phone number takes."
    )
    webhook_all: bool = Field(False, description="Send messages to it that no assistant has in its serverMessages.")
    webhook_secret: Annotated[str | None, AfterValidator(_header_text)] = Field(
        None, repr=False, description="Sent to the organisation's server URL as X-Vapi-Secret."
    )
    webhook_token: Annotated[str | None, AfterValidator(_header_text)] = Field(
        None, repr=False, description="Sent to it, and to servers with a credentialId, as a bearer token."
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
