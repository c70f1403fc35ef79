"""The messages of a session: five documented shapes and the two chat shapes that real clients send.

The shapes overlap (a role may be any text in two of them), so a message is right when any shape fits it
(facts F3.2). It is kept as it was sent.
"""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

Text = Annotated[str, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Name = Annotated[Text, Field(max_length=40)]
Content = Annotated[Text, Field(max_length=10_000)]
Metadata = dict[str, Any]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class VoiceMessage(_Shape):
    """A spoken message. The caller's has more fields, all beyond these, so whatever fits it fits here too."""

    role: Text
    message: Text
    time: Number
    secondsFromStart: Number


class ToolCallFunction(_Shape):
    arguments: Text
    name: Annotated[Text, Field(max_length=80)]


class ToolCall(_Shape):
    id: Text
    type: Text
    function: ToolCallFunction


class _ChatShape(_Shape):
    content: Content
    name: Name | None = None
    metadata: Metadata | None = None


class AssistantMessage(_Shape):
    role: Literal["assistant"]
    content: Content | None = None
    refusal: Content | None = None
    tool_calls: list[ToolCall] | None = None
    name: Name | None = None
    metadata: Metadata | None = None


class ToolMessage(_ChatShape):
    role: Literal["tool"]
    tool_call_id: Text


class DeveloperMessage(_ChatShape):
    role: Literal["developer"]


class ChatUserMessage(_ChatShape):
    role: Literal["user"]


class ChatSystemMessage(_ChatShape):
    role: Literal["system"]


_CHAT_SHAPES: dict[Any, type[_Shape]] = {
    "assistant": AssistantMessage,
    "tool": ToolMessage,
    "developer": DeveloperMessage,
    "user": ChatUserMessage,
    "system": ChatSystemMessage,
}


def _one_of_the_shapes(value: Any, _: Any) -> Any:
    """The message as sent when a shape fits it; else the errors of the shape it most looks like."""
    if not isinstance(value, dict):
        return _Shape.model_validate(value)
    role = value.get("role")
    chat = _CHAT_SHAPES.get(role) if isinstance(role, str) else None
    chat_first = "message" not in value
    if chat_first and chat is None:
        rule = f"must be one of the following values: {', '.join(_CHAT_SHAPES)}"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule, "field": "role"})
    shapes: tuple[type[_Shape] | None, ...] = (chat, VoiceMessage) if chat_first else (VoiceMessage, chat)
    first: ValidationError | None = None
    for shape in filter(None, shapes):
        try:
            shape.model_validate(value)
        except ValidationError as error:
            first = first or error
        else:
            return value
    raise cast(ValidationError, first)


Message = Annotated[dict[str, Any], WrapValidator(_one_of_the_shapes)]
