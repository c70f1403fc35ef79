"""What the seeded sessions cost, in micro-dollars, so that the parts add up exactly."""

from typing import Any, NamedTuple

from mock_server.vendors.vapi.seeding.businesses import Rate
from mock_server.vendors.vapi.seeding.transcripts import Transcript

Part = dict[str, Any]

_MICRO = 1_000_000
_CHARACTERS = 4  # of English text in one token, roughly
_CALL_MINUTE = 50_000
_CHAT_REPLY = 2_000
_CHAT = 5_000


class Tariff(NamedTuple):
    """The model behind an assistant."""

    provider: str
    model: str
    rate: Rate
    prompt: int  # characters of its instructions


class Analysis(NamedTuple):
    """The structured output of a conversation."""

    id: str
    name: str
    length: int


def fee_of(transcript: Transcript, start: int, spoken: bool) -> int:
    """Return the session's own fee: by time for a call, by replies for a chat."""
    if spoken:
        return (transcript.end - start) * _CALL_MINUTE // 60_000
    return _CHAT + transcript.turns * _CHAT_REPLY


def list_costs(
    tariff: Tariff, transcript: Transcript, analysis: Analysis | None, fee: int, total: int | None
) -> tuple[float, list[Part]]:
    """Return the sum and its parts. With a given `total`, the session's fee is what is left of it."""
    used = 0
    parts = []
    if transcript.turns:
        price, part = _model_cost(tariff, transcript)
        used += price
        parts.append(part)
    if analysis is not None:
        price, part = _analysis_cost(tariff, transcript, analysis)
        used += price
        parts.append(part)
    if total is None:
        total = used + fee
    parts.append({"type": "session", "cost": dollars(total - used)})
    return dollars(total), parts


def dollars(micros: int) -> float:
    """Return micro-dollars as dollars, whole ones as the vendor's JavaScript writes them: 10, not 10.0."""
    return micros // _MICRO if micros % _MICRO == 0 else micros / _MICRO


def _model_cost(tariff: Tariff, transcript: Transcript) -> tuple[int, Part]:
    """Return the cost of the model: each reply reads the instructions and, on average, half of the conversation."""
    read = transcript.turns * (tariff.prompt + (transcript.heard + transcript.spoken) // 2)
    prompt, completion = read // _CHARACTERS, transcript.spoken // _CHARACTERS + 1
    price = _price(tariff.rate, prompt, completion)
    part: Part = {
        "type": "model",
        "model": {"provider": tariff.provider, "model": tariff.model},
        "promptTokens": prompt,
        "completionTokens": completion,
    }
    if transcript.turns > 3:
        part["cachedPromptTokens"] = prompt // 2
    part["cost"] = dollars(price)
    return price, part


def _analysis_cost(tariff: Tariff, transcript: Transcript, analysis: Analysis) -> tuple[int, Part]:
    prompt = (tariff.prompt + transcript.heard + transcript.spoken) // _CHARACTERS
    completion = analysis.length // _CHARACTERS + 1
    price = _price(tariff.rate, prompt, completion)
    usage = {"promptTokens": prompt, "completionTokens": completion}
    output = {"structuredOutputId": analysis.id, "name": analysis.name, "cost": dollars(price), **usage}
    part: Part = {
        "type": "analysis",
        "analysisType": "structuredOutput",
        "model": {"provider": tariff.provider, "model": tariff.model},
        **usage,
        "structuredOutputBreakdown": [output],
        "cost": dollars(price),
    }
    return price, part


def _price(rate: Rate, prompt: int, completion: int) -> int:
    return (prompt * rate.prompt + completion * rate.completion) // 1000
