"""Assistants, and what overrides them."""

from typing import Annotated, Literal

from pydantic import Field

from mock_server.vendors.vapi.schemas.fields import Body, Boolean, Name, Number, Open, OpenBody, Text, Uri
from mock_server.vendors.vapi.schemas.servers import Server

Phrase = Annotated[Text, Field(min_length=2, max_length=140)]

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
