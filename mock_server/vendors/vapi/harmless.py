"""The members and parameters of Vapi whose values the request journal may show; see `core.redaction`."""

from mock_server.core.redaction import names_of
from mock_server.vendors.vapi.schemas import messages
from mock_server.vendors.vapi.secrets import AS_SENT
from mock_server.vendors.vapi.sessions.models import FIELDS, CreateSessionDTO

_MESSAGES = (
    messages.VoiceMessage, messages.ToolCall, messages.AssistantMessage, messages.ToolMessage,
    messages.DeveloperMessage,
)  # fmt: skip
_RESPONSES = (
    # pages
    "results", "itemsPerPage", "totalItems", "currentPage", "totalPages", "hasNextPage", "nextCursor", "sortOrder",
    "itemsBeyondRetention", "createdAtLe", "createdAtGe",
    # errors, and the messages about changes
    "message", "error", "statusCode", "timestamp", "session",
    # what a conversation costs, and what is made of it
    "analysisType", "cachedPromptTokens", "completionTokens", "cost", "minutes", "promptTokens",
    "structuredOutputBreakdown", "structuredOutputId", "structuredOutputsLastUpdatedAt",
    # spoken messages
    "duration", "endTime", "role", "secondsFromStart", "time",
)  # fmt: skip
# What the vendor's guides set most in models, voices, transcribers and plans, which are open objects here.
_SETTINGS = (
    "backoffSeconds", "description", "emotionRecognitionEnabled", "enabled", "endpointing", "fallbackPlan",
    "function", "inputMinCharacters", "keywords", "knowledgeBaseId", "language", "maxTokens", "messages", "model",
    "numFastTurns", "numWords", "parameters", "properties", "recordingEnabled", "required", "similarityBoost",
    "smartFormat", "speed", "stability", "structuredDataPrompt", "style", "successEvaluationPrompt",
    "summaryPrompt", "systemPrompt", "temperature", "toolIds", "tools", "transcriptPlan", "type",
    "useSpeakerBoost", "version", "videoRecordingEnabled", "voice", "voiceId", "voiceSeconds", "waitSeconds",
)  # fmt: skip

NAMES = names_of(CreateSessionDTO, *_MESSAGES).union(FIELDS, _RESPONSES, _SETTINGS)
FREE_NAMES = (AS_SENT - {"messages"}) | {"structuredOutputs"}
"""The members in which a client, or the output that it asked for, puts what it likes."""
