"""The four invented businesses whose assistants hold the seeded sessions."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_server.core.ids import uuid4

SERVER_MESSAGES = ["status-update", "tool-calls", "end-of-call-report", "session.created", "session.updated"]


class Assistant(NamedTuple):
    """One assistant and the people who talk to it."""

    name: str
    audience: str  # a key of people.AUDIENCES
    business: str
    model: tuple[str, str]
    voice: tuple[str, str]
    locale: str
    greeting: str
    duty: str


class Line(NamedTuple):
    """One phone number and the assistant that answers it."""

    name: str
    provider: str
    number: str
    assistant: str


class Business(NamedTuple):
    """When people talk to a business: weights of the hours, and of the days from Monday, in its winter time.

    No hour is the first or the last one that is open, so that summer time keeps them within opening hours.
    """

    zone: str
    offset: int  # hours from UTC in winter
    hours: tuple[int, ...]
    days: tuple[float, ...]


class Rate(NamedTuple):
    """Micro-dollars for a thousand tokens."""

    prompt: int
    completion: int


# Rounded list prices of 2025: believable, not a promise.
RATES = {
    "gpt-4.1": Rate(2000, 8000),
    "gpt-4.1-mini": Rate(400, 1600),
    "gpt-4o-mini": Rate(150, 600),
    "claude-sonnet-4-5": Rate(3000, 15000),
}

_GPT = ("openai", "gpt-4.1")
_MINI = ("openai", "gpt-4.1-mini")
_SMALL = ("openai", "gpt-4o-mini")
_CLAUDE = ("anthropic", "claude-sonnet-4-5")

ASSISTANTS = (
    Assistant(
        "Brightwater Reception", "dental", "Brightwater Dental", _GPT, ("vapi", "Elliot"), "en-GB",
        "Hello {{customerName}}, this is Brightwater Dental. How can I help?",
        "You answer the phone of a dental practice in London. Book, move and cancel appointments, and send "
        "anyone in severe pain to the emergency slot of the same day. Never give medical advice.",
    ),
    Assistant(
        "Brightwater Recall", "dental", "Brightwater Dental", _MINI, ("vapi", "Savannah"), "en-GB",
        "Hello {{customerName}}, Brightwater Dental here with a short reminder.",
        "You remind patients that their check-up is due and offer two dates. Accept a no at once.",
    ),
    Assistant(
        "Northpine Orders", "shop", "Northpine Outfitters", _SMALL, ("11labs", "sarah"), "en-US",
        "Hi {{customerName}}, you have reached Northpine Outfitters. What can I do for you?",
        "You help customers of an outdoor shop with open orders. Look the order up before you promise "
        "anything, and read the number back.",
    ),
    Assistant(
        "Northpine Returns", "shop", "Northpine Outfitters", _SMALL, ("11labs", "adam"), "en-US",
        "Hi {{customerName}}, Northpine returns desk. What would you like to send back?",
        "You arrange returns and exchanges within 60 days. Refunds take five working days.",
    ),
    Assistant(
        "Lindenhof Reception", "hotel", "Hotel Lindenhof", _CLAUDE, ("cartesia", "reception-en"), "en-GB",
        "Hello {{customerName}}, Hotel Lindenhof in Berlin. How may I help you?",
        "You are the front desk of a small hotel in Berlin. Quote prices in euros with breakfast.",
    ),
    Assistant(
        "Lindenhof Rezeption", "hotel-de", "Hotel Lindenhof", _CLAUDE, ("cartesia", "reception-de"), "de-DE",
        "Guten Tag {{customerName}}, Hotel Lindenhof Berlin. Was kann ich für Sie tun?",
        "Du bist die Rezeption eines kleinen Hotels in Berlin. Antworte höflich, kurz und auf Deutsch.",
    ),
    Assistant(
        "Lindenhof Réception", "hotel-fr", "Hotel Lindenhof", _CLAUDE, ("cartesia", "reception-fr"), "fr-FR",
        "Bonjour {{customerName}}, Hotel Lindenhof à Berlin. Que puis-je faire pour vous ?",
        "Tu es la réception d'un petit hôtel à Berlin. Réponds avec courtoisie, en peu de mots et en français.",
    ),
    Assistant(
        "Cedar Valley Billing", "utility", "Cedar Valley Power", _GPT, ("azure", "en-US-AvaNeural"), "en-US",
        "Hello {{customerName}}, Cedar Valley Power, billing. How can I help you today?",
        "You explain electricity bills, take meter readings and set up payment plans. Check the account "
        "number first and never read out a full card number.",
    ),
    Assistant(
        "Cedar Valley Outages", "utility", "Cedar Valley Power", _MINI, ("azure", "en-US-GuyNeural"), "en-US",
        "Hello {{customerName}}, Cedar Valley Power outage line. How can I help?",
        "You take reports of power cuts and say when the crew expects to be done. Danger to life goes to "
        "the emergency number at once.",
    ),
)  # fmt: skip

# Some hour of the day is open somewhere: the hotel opens in Berlin as the shop closes in Portland.
BUSINESSES = {
    "Brightwater Dental": Business(
        "Europe/London", 0,
        (0, 0, 0, 0, 0, 0, 0, 0, 16, 24, 26, 20, 14, 16, 20, 19, 15, 7, 0, 0, 0, 0, 0, 0),
        (1.2, 1.1, 1.0, 1.0, 0.8, 0.2, 0.0),
    ),
    "Northpine Outfitters": Business(
        "America/Los_Angeles", -8,
        (0, 0, 0, 0, 0, 0, 0, 1, 5, 9, 12, 13, 13, 12, 11, 10, 10, 9, 8, 7, 4, 1, 0, 0),
        (1.2, 1.05, 1.0, 1.0, 0.95, 0.5, 0.4),
    ),
    "Hotel Lindenhof": Business(
        "Europe/Berlin", 1,
        (0, 0, 0, 0, 0, 0, 1, 4, 7, 9, 10, 9, 7, 7, 8, 9, 9, 8, 6, 4, 3, 1, 1, 0),
        (1.1, 1.05, 1.0, 1.0, 1.0, 0.55, 0.5),
    ),
    "Cedar Valley Power": Business(
        "America/Denver", -7,
        (0, 0, 0, 0, 0, 0, 0, 3, 9, 14, 15, 14, 12, 12, 13, 12, 10, 8, 4, 2, 0, 0, 0, 0),
        (1.25, 1.1, 1.0, 1.0, 0.9, 0.3, 0.2),
    ),
}  # fmt: skip

SQUADS = (
    ("Brightwater Front Desk", ("Brightwater Reception", "Brightwater Recall")),
    ("Cedar Valley Care", ("Cedar Valley Billing", "Cedar Valley Outages")),
)

# Every number is in a range that its country reserves for fiction.
LINES = (
    Line("Brightwater main line", "twilio", "+442079460018", "Brightwater Reception"),
    Line("Brightwater outbound", "twilio", "+442079460019", "Brightwater Recall"),
    Line("Northpine care", "twilio", "+15035550143", "Northpine Orders"),
    Line("Lindenhof front desk", "vonage", "+493023125500", "Lindenhof Rezeption"),
    Line("Cedar Valley hotline", "twilio", "+17205550166", "Cedar Valley Billing"),
)

WORKFLOW_OWNER = "Brightwater Dental"
WORKFLOWS = ("Brightwater intake", "Brightwater intake, short")


_CLOSING = {
    "en": "You speak for {}. Today is {{{{today}}}}.",
    "de": "Du sprichst für: {}. Datum: {{{{today}}}}.",
    "fr": "Tu parles au nom de : {}. Date : {{{{today}}}}.",
}

OUTPUTS = (
    "Appointment", "Triage", "Enquiry", "Recall", "Order question", "Return", "Reservation", "Lost property",
    "Billing", "Outage",
)  # fmt: skip

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What sessions refer to, each by id; the documents are creation DTOs without an id."""

    assistants: Mapping[str, Document]
    squads: Mapping[str, Document]
    phone_numbers: Mapping[str, Document]
    workflows: Mapping[str, Document]
    structured_outputs: Mapping[str, Document]


def catalogue(seed: object) -> Catalogue:
    """Return the assistants, squads and numbers of this seed, the same for every organisation."""
    source = random.Random(f"vapi catalogue:{seed}")
    ids = dict(zip((each.name for each in ASSISTANTS), _draw_ids(source, len(ASSISTANTS)), strict=True))
    return Catalogue(
        assistants={ids[each.name]: _describe_assistant(each) for each in ASSISTANTS},
        squads={
            key: _describe_squad(*squad, ids) for key, squad in zip(_draw_ids(source, len(SQUADS)), SQUADS, strict=True)
        },
        phone_numbers={
            key: _describe_line(line, uuid4(source), ids[line.assistant])
            for key, line in zip(_draw_ids(source, len(LINES)), LINES, strict=True)
        },
        workflows=_name_all(source, WORKFLOWS),
        structured_outputs=_name_all(source, OUTPUTS),
    )


def neighbour(key: str) -> str:
    """Return the id that differs in its last digit only."""
    return f"{key[:-1]}{int(key[-1], 16) ^ 1:x}"


def twilio_sid(credential: str) -> str:
    """Return an account id of Twilio's form, made from a uuid."""
    return "AC" + credential.replace("-", "")


def _draw_ids(source: random.Random, count: int) -> list[str]:
    """Return `count` ids, of which the first two differ in the last digit only."""
    first = uuid4(source)
    return [first, neighbour(first), *(uuid4(source) for _ in range(count - 2))]


def _name_all(source: random.Random, names: tuple[str, ...]) -> dict[str, Document]:
    return {key: {"name": name} for key, name in zip(_draw_ids(source, len(names)), names, strict=True)}


def _describe_assistant(assistant: Assistant) -> Document:
    provider, model = assistant.model
    prompt = f"{assistant.duty} {_CLOSING[assistant.locale[:2]].format(assistant.business)}"
    return {
        "transcriber": {"provider": "deepgram", "model": "nova-3", "language": assistant.locale[:2]},
        "model": {
            "provider": provider,
            "model": model,
            "temperature": 0.3,
            "messages": [{"role": "system", "content": prompt}],
        },
        "voice": dict(zip(("provider", "voiceId"), assistant.voice, strict=True)),
        "firstMessage": assistant.greeting,
        "firstMessageMode": "assistant-speaks-first",
        "serverMessages": list(SERVER_MESSAGES),
        "maxDurationSeconds": 900,
        "name": assistant.name,
        "metadata": {"business": assistant.business},
    }


def _describe_line(line: Line, credential: str, assistant_id: str) -> Document:
    accounts: dict[str, Document] = {
        "twilio": {"smsEnabled": True, "number": line.number, "twilioAccountSid": twilio_sid(credential)},
        "vonage": {"number": line.number, "credentialId": credential},
    }
    return {
        "provider": line.provider,
        **accounts[line.provider],
        "name": line.name,
        "assistantId": assistant_id,
    }


def _describe_squad(name: str, members: tuple[str, ...], ids: Mapping[str, str]) -> Document:
    handover = {"type": "assistant", "message": "One moment, I'll put you through."}
    return {
        "members": [
            {
                "assistantId": ids[member],
                "assistantDestinations": [{**handover, "assistantName": other} for other in members if other != member],
            }
            for member in members
        ],
        "name": name,
    }
