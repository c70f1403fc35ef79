"""The bodies of a session's requests, and what a stored session must be like (FACTS.md F3)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mock_server.vendors.vapi.schemas.assistants import AssistantOverrides, CreateAssistantDTO
from mock_server.vendors.vapi.schemas.customers import CreateCustomerDTO
from mock_server.vendors.vapi.schemas.fields import Body, Name, Number, Text, Uuid
from mock_server.vendors.vapi.schemas.messages import Message
from mock_server.vendors.vapi.schemas.phone_numbers import ImportTwilioPhoneNumberDTO
from mock_server.vendors.vapi.schemas.squads import CreateSquadDTO
from mock_server.vendors.vapi.schemas.stored import StoredOwner

FIELDS = (
    "id", "orgId", "createdAt", "updatedAt", "cost", "costs", "name", "status", "expirationSeconds",
    "assistantId", "assistant", "assistantOverrides", "squadId", "squad", "messages", "customer",
    "customerId", "phoneNumberId", "phoneNumber", "artifact", "metadata", "workflowId",
)  # fmt: skip
"""The members of a session, in the order in which responses have them."""


class UpdateSessionDTO(Body):
    name: Name | None = None
    status: Literal["active", "completed"] | None = None
    expirationSeconds: Annotated[Number, Field(ge=60, le=2_592_000)] | None = None
    messages: list[Message] | None = None


class CreateSessionDTO(UpdateSessionDTO):
    assistantId: Uuid | None = None
    assistant: CreateAssistantDTO | None = None
    assistantOverrides: AssistantOverrides | None = None
    squadId: Text | None = None
    squad: CreateSquadDTO | None = None
    customer: CreateCustomerDTO | None = None
    customerId: Text | None = None
    phoneNumberId: Uuid | None = None
    phoneNumber: ImportTwilioPhoneNumberDTO | None = None


class StoredSession(BaseModel):
    """A session in a store that was written elsewhere; the indexes refuse other members that they cannot read."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    status: str
    expiration_seconds: Annotated[Number, Field(ge=0, le=2_592_000)]
    assistant: StoredOwner = StoredOwner()
    assistant_overrides: StoredOwner = StoredOwner()
    phone_number: StoredOwner = StoredOwner()
