"""Vapi's section of the settings."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mock_server.core.urls import parse_url


def _key_text(key: str) -> str:
    if not key or any(letter.isspace() for letter in key):
        raise ValueError("use at least one character, and no spaces")
    return key


def _url_text(url: str | None) -> str | None:
    if url is not None and parse_url(url).scheme not in ("http", "https"):
        raise ValueError("give a URL such as http://127.0.0.1:9000/hook")
    return url


def _header_text(text: str | None) -> str | None:
    if text is not None and not (text.isascii() and text.isprintable() and text.strip() == text != ""):
        raise ValueError("use visible ASCII without spaces around it")
    return text


class VapiOptions(BaseModel):
    """Vapi's settings. Each field is the flag and the variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: tuple[Annotated[str, AfterValidator(_key_text)], ...] = Field(
        (),
        repr=False,
        description="Accept only this bearer token; it opens an organisation of its own. May be repeated.",
        json_schema_extra={"metavar": "KEY"},
    )
    lenient_query: bool = Field(False, description="Vapi: ignore unknown query parameters instead of answering 400.")
    export_all: bool = Field(
        False,
        description="Vapi: export every match when neither page nor limit is given, instead of the first 100.",
    )
    webhook: Annotated[str | None, AfterValidator(_url_text)] = Field(
        None,
        description="The organisation's server URL: receives messages of sessions whose assistant and phone number "
        "have no server URL.",
        json_schema_extra={"metavar": "URL"},
    )
    webhook_all: bool = Field(
        False, description="Send it every message, including those that are in no assistant's serverMessages."
    )
    webhook_secret: Annotated[str | None, AfterValidator(_header_text)] = Field(
        None,
        repr=False,
        description="Sent to the organisation's server URL as X-Vapi-Secret.",
        json_schema_extra={"metavar": "SECRET"},
    )
    webhook_token: Annotated[str | None, AfterValidator(_header_text)] = Field(
        None,
        repr=False,
        description="Sent to that URL, and to servers with a credentialId, as a bearer token.",
        json_schema_extra={"metavar": "TOKEN"},
    )


class VapiKeywords(TypedDict, total=False):
    """The fields of VapiOptions as keyword arguments."""

    api_key: Sequence[str]
    lenient_query: bool
    export_all: bool
    webhook: str | None
    webhook_all: bool
    webhook_secret: str | None
    webhook_token: str | None


def count_organisations(options: VapiOptions) -> int:
    """Return the number of organisations; each has its own sessions."""
    return len(options.api_key) or 1


def describe_access(options: VapiOptions) -> str:
    """Return which credentials are accepted, in words."""
    return "one of --api-key" if options.api_key else "any bearer token"


def sample_request(options: VapiOptions, url: str) -> str:
    """Return a command that lists one session."""
    key = "API-KEY" if options.api_key else "any-token"
    return f"curl -H 'Authorization: Bearer {key}' '{url}/session?limit=1'"
