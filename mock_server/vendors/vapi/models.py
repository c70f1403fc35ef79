"""The request bodies of the session operations as pydantic models (facts F3).

Only what the vendor limits is spelled out; the unions of speech and model providers stay open objects.
Null counts as absent on every optional field, which is what the vendor's own SDK relies on (facts F8).
"""

import re
from typing import Annotated, Any, Literal, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mock_server.core.urls import is_loopback, parse_url
from mock_server.vendors.vapi.messages import Message

Text = Annotated[str, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Boolean = Annotated[bool, Strict()]
Open = dict[str, Any]
Name = Annotated[Text, Field(max_length=40)]
Phrase = Annotated[Text, Field(min_length=2, max_length=140)]

_SECURE = ("https", "wss")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_ABSOLUTE_URI = re.compile(
    r"[a-z][a-z0-9+.-]*:(?:[a-z0-9:/?#\[\]@!$&'()*+,;=._~-]|%[0-9a-f]{2})*", re.IGNORECASE | re.ASCII
)
_E164_RULE = (
    "must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1)."
)
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_LOOSE_NUMBER = re.compile(r"\+?[a-zA-Z0-9]+")


def _whole(value: Any) -> Any:
    """Return a whole number as an integer, however it is written: to JSON and to the vendor's JavaScript 4e2 is 400."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, Strict(), BeforeValidator(_whole)]


def is_uuid(text: str) -> bool:
    """Whether the text has the form of a UUID, in any case."""
    return _UUID.fullmatch(text) is not None


def _matching(pattern: re.Pattern[str], rule: str) -> AfterValidator:
    def check(value: str) -> str:
        if pattern.fullmatch(value) is None:
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return value

    return AfterValidator(check)


Uuid = Annotated[Text, _matching(_UUID, "must be a UUID")]
Uri = Annotated[Text, _matching(_ABSOLUTE_URI, "must be a URI")]


def _server_url(text: str, info: ValidationInfo) -> str:
    """Check the URL. The context of a validation is the hosts that may be http, beside this machine."""
    try:
        url = parse_url(text)
    except ValueError:
        url = None
    hosts = info.context or ()
    if url is None or not (
        url.scheme in _SECURE or (url.scheme == "http" and (is_loopback(url.host) or url.host in hosts))
    ):
        rule = "must be an https:// or wss:// URL, or http:// on this machine"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule})
    return text


ServerUrl = Annotated[Text, AfterValidator(_server_url)]


class Body(BaseModel):
    """An object whose unknown keys are refused (facts F4)."""

    model_config = ConfigDict(extra="forbid")


class OpenBody(BaseModel):
    """An object that may carry more than is documented."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _with_choices(cls, value: Any) -> Any:
        """Add null for each required choice that is missing, so that its error lists what to choose from."""
        if not isinstance(value, dict):
            return value
        choices = (
            name
            for name, field in cls.model_fields.items()
            if field.is_required() and get_origin(field.annotation) is Literal
        )
        return {**dict.fromkeys(choices), **value}


class BackoffPlan(OpenBody):
    type: Literal["fixed", "exponential"]
    maxRetries: Annotated[Number, Field(ge=0, le=10)]
    baseDelaySeconds: Annotated[Number, Field(ge=0, le=10)]
    excludedStatusCodes: list[Integer] | None = None


class Server(OpenBody):
    url: ServerUrl | None = None
    timeoutSeconds: Annotated[Number, Field(ge=1, le=300)] | None = None
    headers: Open | None = None
    credentialId: Text | None = None
    backoffPlan: BackoffPlan | None = None
    encryptedPaths: list[Text] | None = None
    staticIpAddressesEnabled: Boolean | None = None


ClientMessage = Literal[
    "conversation-update", "assistant.speechStarted", "function-call", "function-call-result", "hang",
    "language-changed", "metadata", "model-output", "speech-update", "status-update", "transcript",
    "tool-calls", "tool-calls-result", "tool.completed", "transfer-update", "user-interrupted",
    "voice-input", "workflow.node.started", "assistant.started", "session.created", "session.updated",
    "session.deleted",
]  # fmt: skip
ServerMessage = Literal[
    "assistant.started", "assistant.speechStarted", "conversation-update", "end-of-call-report",
    "function-call", "hang", "language-changed", "language-change-detected", "model-output",
    "phone-call-control", "speech-update", "status-update", "transcript",
    'transcript[transcriptType="final"]', "tool-calls", "transfer-destination-request",
    "handoff-destination-request", "transfer-update", "user-interrupted", "voice-input", "chat.created",
    "chat.deleted", "session.created", "session.updated", "session.deleted", "call.deleted",
    "call.delete.failed", "call.artifact.upload",
]  # fmt: skip


class Transcriber(OpenBody):
    provider: Literal[
        "assembly-ai", "azure", "custom-transcriber", "deepgram", "11labs", "gladia", "google", "speechmatics",
        "talkscriber", "openai", "cartesia", "soniox", "xai", "vapi",
    ]  # fmt: skip


class Model(OpenBody):
    provider: Literal[
        "anthropic", "anthropic-bedrock", "anyscale", "cerebras", "custom-llm", "deepinfra", "deep-seek", "google",
        "groq", "inflection-ai", "minimax", "openai", "openrouter", "perplexity-ai", "together-ai", "xai", "vapi",
    ]  # fmt: skip


class Voice(OpenBody):
    provider: Literal[
        "azure", "cartesia", "custom-voice", "deepgram", "11labs", "hume", "lmnt", "neuphonic", "openai", "playht",
        "wellsaid", "rime-ai", "smallest-ai", "tavus", "vapi", "sesame", "inworld", "minimax", "xai", "microsoft",
    ]  # fmt: skip


class CreateAssistantDTO(Body):
    transcriber: Transcriber | None = None
    model: Model | None = None
    voice: Voice | None = None
    firstMessage: Text | None = None
    firstMessageInterruptionsEnabled: Boolean | None = None
    firstMessageMode: (
        Literal[
            "assistant-speaks-first",
            "assistant-speaks-first-with-model-generated-message",
            "assistant-waits-for-user",
        ]
        | None
    ) = None
    voicemailDetection: Open | Literal["off"] | None = None
    clientMessages: list[ClientMessage] | None = None
    serverMessages: list[ServerMessage] | None = None
    maxDurationSeconds: Annotated[Number, Field(ge=10, le=43_200)] | None = None
    backgroundSound: Literal["off", "office"] | Uri | None = None
    modelOutputInMessagesEnabled: Boolean | None = None
    transportConfigurations: list[Open] | None = None
    observabilityPlan: Open | None = None
    credentials: list[Open] | None = None
    hooks: list[Open] | None = None
    name: Name | None = None
    voicemailMessage: Annotated[Text, Field(max_length=1000)] | None = None
    endCallMessage: Annotated[Text, Field(max_length=1000)] | None = None
    endCallPhrases: list[Phrase] | None = None
    compliancePlan: Open | None = None
    metadata: Open | None = None
    backgroundSpeechDenoisingPlan: Open | None = None
    analysisPlan: Open | None = None
    artifactPlan: Open | None = None
    startSpeakingPlan: Open | None = None
    stopSpeakingPlan: Open | None = None
    monitorPlan: Open | None = None
    credentialIds: list[Text] | None = None
    server: Server | None = None
    keypadInputPlan: Open | None = None
    # No longer documented, and still taken: older SDKs and the vendor's own tools send them.
    silenceTimeoutSeconds: Annotated[Number, Field(ge=10)] | None = None
    backgroundDenoisingEnabled: Boolean | None = None
    endCallFunctionEnabled: Boolean | None = None
    serverUrlSecret: Text | None = None
    messagePlan: Open | None = None


class AssistantOverrides(CreateAssistantDTO):
    tools_append: Annotated[list[Open] | None, Field(alias="tools:append")] = None
    variableValues: Open | None = None


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
            rule = "must be letters and digits after an optional +" if loose else _E164_RULE
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return number


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


class ImportTwilioPhoneNumberDTO(Body):
    fallbackDestination: Open | None = None
    hooks: list[Open] | None = None
    smsEnabled: Boolean | None = None
    twilioPhoneNumber: Text
    twilioAccountSid: Text
    twilioAuthToken: Text | None = None
    twilioApiKey: Text | None = None
    twilioApiSecret: Text | None = None
    name: Name | None = None
    assistantId: Text | None = None
    workflowId: Text | None = None
    squadId: Text | None = None
    server: Server | None = None


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
