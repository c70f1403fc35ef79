"""Customers."""

import re
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from mock_server.vendors.vapi.schemas.assistants import AssistantOverrides
from mock_server.vendors.vapi.schemas.fields import Body, Boolean, Name, Text, broken

_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_LOOSE_NUMBER = re.compile(r"\+?[a-zA-Z0-9]+")


class CreateCustomerDTO(Body):
    numberE164CheckEnabled: Boolean | None = None
    extension: Annotated[Text, Field(max_length=10)] | None = None
    assistantOverrides: AssistantOverrides | None = None
    squadOverrides: AssistantOverrides | None = None
    number: Annotated[Text, Field(min_length=3, max_length=40)] | None = None
    sipUri: Text | None = None
    name: Name | None = None
    email: Name | None = None
    externalId: Name | None = None

    @field_validator("number")
    @classmethod
    def _number_form(cls, number: str | None, info: ValidationInfo) -> str | None:
        loose = info.data.get("numberE164CheckEnabled") is False
        if number is not None and not (_LOOSE_NUMBER if loose else _E164).fullmatch(number):
            raise broken("loose_number" if loose else "e164")
        return number
