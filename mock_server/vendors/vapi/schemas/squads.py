"""Squads: several assistants that hand a conversation over to each other."""

from mock_server.vendors.vapi.schemas.assistants import AssistantOverrides, CreateAssistantDTO
from mock_server.vendors.vapi.schemas.fields import Body, Open, Text


class SquadMemberDTO(Body):
    assistantVersion: Text | None = None
    assistantDestinations: list[Open] | None = None
    assistantId: Text | None = None
    assistant: CreateAssistantDTO | None = None
    assistantOverrides: AssistantOverrides | None = None


class CreateSquadDTO(Body):
    name: Text | None = None
    members: list[SquadMemberDTO]
    membersOverrides: AssistantOverrides | None = None
