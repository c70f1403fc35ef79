"""What documents from outside must be like, so that nothing that reads them later fails; more members are kept."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mock_server.core.urls import parse_url
from mock_server.vendors.vapi.models import Number, Server, Text


def _url(text: str) -> str:
    parse_url(text)
    return text


class _StoredServer(Server):
    """Where messages go. The vendor's own documents may name any host; sending refuses those that are not allowed."""

    url: Annotated[Text, AfterValidator(_url)] | None = None


class _Told(BaseModel):
    """What may say where messages go, and which."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    server: _StoredServer | None = None
    server_messages: list[str] | None = None


class StoredSession(BaseModel):
    """A session; the indexes refuse other members that they cannot read."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    status: str
    expiration_seconds: Annotated[Number, Field(ge=0, le=2_592_000)]
    assistant: _Told = _Told()
    assistant_overrides: _Told = _Told()
    phone_number: _Told = _Told()
