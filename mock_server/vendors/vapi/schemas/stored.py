"""What stored documents must be like, so that no code that reads them later fails; other members are kept."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from mock_server.core.urls import parse_url
from mock_server.vendors.vapi.schemas.fields import Text
from mock_server.vendors.vapi.schemas.servers import Server


def _url(text: str) -> str:
    parse_url(text)
    return text


class StoredServer(Server):
    """A server of any host: the vendor's own documents may name any, and hosts not allowed are refused when sending."""

    url: Annotated[Text, AfterValidator(_url)] | None = None


class StoredOwner(BaseModel):
    """An object that may carry a server URL: an assistant, its overrides, or a phone number."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    server: StoredServer | None = None
    server_messages: list[str] | None = None
