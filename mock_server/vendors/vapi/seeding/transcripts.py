"""Conversations as messages: the chat form, and the spoken form with the times of each turn."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from mock_server.vendors.vapi.seeding.dialogue import Call, Say

Message = dict[str, Any]
Turns = Sequence[Say | Call]


class Transcript(NamedTuple):
    """The messages, when the last one ended, and how much was heard and spoken (in characters)."""

    messages: list[Message]
    end: int
    heard: int = 0
    spoken: int = 0
    turns: int = 0  # of the assistant


def write_chat(
    turns: Turns, slots: dict[str, str], opening: list[Message], start: int, now: int, source: random.Random
) -> Transcript:
    """Return a chat that begins at `start` and is cut off at `now`."""
    messages = opening
    chance = source.random
    at = end = start
    lengths = {"user": 0, "assistant": 0}
    replies = 0
    for turn in turns:
        at += 3000 + int(chance() * 27_000)
        if at > now:
            break
        end = at
        if isinstance(turn, Call):
            messages += _exchange(turn, slots, source)
        else:
            text = _word(turn.texts, slots, source)
            messages.append({"role": turn.role, "content": text})
            lengths[turn.role] += len(text)
            replies += turn.role == "assistant"
    return Transcript(messages, end, lengths["user"], lengths["assistant"], replies)


def write_call(
    turns: Turns, slots: dict[str, str], opening: list[Message], start: int, now: int, source: random.Random
) -> Transcript:
    """Return a phone call that begins at `start` and is cut off at `now`; times and durations are milliseconds."""
    messages = opening
    chance = source.random
    at = start
    lengths = {"user": 0, "bot": 0}
    replies = 0
    for turn in turns:
        if isinstance(turn, Call):  # sessions have no spoken form of a tool call
            continue
        text = _word(turn.texts, slots, source)
        role = "user" if turn.role == "user" else "bot"
        begin = at + 300 + int(chance() * 1500)
        duration = 400 + 60 * len(text)
        if begin + duration > now:
            break
        at = begin + duration
        messages.append(
            {
                "role": role,
                "message": text,
                "time": begin,
                "endTime": at,
                "secondsFromStart": (begin - start) / 1000,
                "duration": duration,
            }
        )
        lengths[role] += len(text)
        replies += role == "bot"
    return Transcript(messages, at, lengths["user"], lengths["bot"], replies)


def _word(texts: tuple[str, ...], slots: dict[str, str], source: random.Random) -> str:
    text = texts[0] if len(texts) == 1 else texts[int(source.random() * len(texts))]
    return text.format_map(slots) if "{" in text else text


def _exchange(call: Call, slots: dict[str, str], source: random.Random) -> tuple[Message, Message]:
    key = f"call_{source.getrandbits(96):024x}"
    function = {"arguments": call.arguments.format_map(slots), "name": call.tool}
    return (
        {"role": "assistant", "tool_calls": [{"id": key, "type": "function", "function": function}]},
        {"role": "tool", "content": call.result.format_map(slots), "tool_call_id": key},
    )
