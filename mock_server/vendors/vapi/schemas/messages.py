"""The messages of a conversation: the five documented forms, and the two chat forms that real clients send.

The forms overlap (a role may be any text in two of them), so a message is valid when any form fits it
(FACTS.md F3.2). It is stored as it was sent.
"""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WrapValidator

from mock_server.vendors.vapi.schemas.fields import Name, Number, Open, Text, broken

Content = Annotated[Text, Field(max_length=10_000)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="allow")


class VoiceMessage(_Form):
    """A spoken message. A caller's has more fields, none of them required, so it fits this form too."""

    role: Text
    message: Text
    time: Number
    secondsFromStart: Number


class ToolCallFunction(_Form):
    arguments: Text
    name: Annotated[Text, Field(max_length=80)]


class ToolCall(_Form):
    id: Text
    type: Text
    function: ToolCallFunction


class _ChatForm(_Form):
    content: Content
    name: Name | None = None
    metadata: Open | None = None


class AssistantMessage(_Form):
    role: Literal["assistant"]
    content: Content | None = None
    refusal: Content | None = None
    tool_calls: list[ToolCall] | None = None
    name: Name | None = None
    metadata: Open | None = None


class ToolMessage(_ChatForm):
    role: Literal["tool"]
    tool_call_id: Text


class DeveloperMessage(_ChatForm):
    role: Literal["developer"]


class ChatUserMessage(_ChatForm):
    role: Literal["user"]


class ChatSystemMessage(_ChatForm):
    role: Literal["system"]


_CHAT_FORMS: dict[Any, type[_Form]] = {
    "assistant": AssistantMessage,
    "tool": ToolMessage,
    "developer": DeveloperMessage,
    "user": ChatUserMessage,
    "system": ChatSystemMessage,
}


def _fit_any_form(value: Any, _: Any) -> Any:
    """Return the message as sent when a form fits it; else raise the errors of the form it is most like."""
    if not isinstance(value, dict):
        return _Form.model_validate(value)
    role = value.get("role")
    chat = _CHAT_FORMS.get(role) if isinstance(role, str) else None
    chat_first = "message" not in value
    if chat_first and chat is None:
        raise broken("literal_error", expected=", ".join(_CHAT_FORMS), field="role")
    forms: tuple[type[_Form] | None, ...] = (chat, VoiceMessage) if chat_first else (VoiceMessage, chat)
    first: ValidationError | None = None
    for form in filter(None, forms):
        try:
            form.model_validate(value)
        except ValidationError as error:
            first = first or error
        else:
            return value
    raise cast(ValidationError, first)


Message = Annotated[dict[str, Any], WrapValidator(_fit_any_form)]
