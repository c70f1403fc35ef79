"""What people ask the assistant to change, and the changes that it queues."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

Slots = dict[str, str]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TEAMS = ("reception", "billing", "sales", "support", "the night desk", "scheduling", "returns")
_FLOWS = ("Main line", "After hours", "Holiday greeting", "Appointment line", "Emergency line", "Sales queue")
_MONTHS = ("January", "March", "April", "May", "July", "October", "December")
_SURNAMES = 40

# Each wish names the function that would carry it out.
WISHES = (
    ("SetMissedCallRule", "Send missed calls to {team} after {seconds} seconds."),
    ("SetMissedCallRule", "When nobody answers at {extension}, text {name} and leave the voicemail."),
    ("SetMissedCallRule", "Missed calls on {day} should ring {name}'s mobile {number} first."),
    ("UpdateFlow", 'In the flow "{flow}", move {team} to option {digit}.'),
    ("UpdateFlow", 'Add an option to "{flow}": press {digit} for {team}.'),
    ("UpdateFlow", "Callers in {flow} wait too long. Offer a callback after {seconds} seconds."),
    ("UpdateFlow", "Put {name} in front of everyone else in {flow} while {team} is on holiday."),
    ("UpdateFlow", "Remove the second greeting from {flow}; people hang up there."),
    ("UpdateFlow", "Spanish callers should reach {name} without going through {flow}."),
    ("CreateFlow", "Make a new flow for {team}: greet, ask for the account number, then ring {extension}."),
    ("CreateFlow", 'Copy "{flow}" and use the copy for our second location.'),
    ("CreateFlow", "We need an emergency flow for burst pipes: ring {name}, then {number}, then everybody."),
    ("SetBusinessHours", "We close at {time} on {day} from now on."),
    ("SetBusinessHours", "Open from {time} on {day}, for {team} only."),
    ("SetBusinessHours", "Change the hours of {flow} to {time}-{later}, Monday to Friday."),
    ("SetBusinessHours", "{day} is inventory: treat the whole day as closed, but let {name} through."),
    ("SetHolidaySchedule", "Closed from the 23rd to the 27th of {month}, and half a day on the 31st."),
    ("SetHolidaySchedule", "Add all public holidays of next year, except the one in {month}."),
    ("SetHolidaySchedule", "Play the holiday greeting on {day} only, and send urgent calls to {number}."),
    ("UpdatePrompt", 'Say "{month} appointments are full, please call again" before the menu.'),
    ("UpdatePrompt", "The greeting still names the old address. Take it out.\nThe new one is on the website."),
    ("UpdatePrompt", "Record the welcome again with a friendlier voice, and shorter: at most {digit} sentences."),
    ("UpdatePrompt", "Greet callers from {flow} in English and Spanish."),
    ("UpdateVoicemail", "{name} left. Change the voicemail greeting of {extension} to {team}."),
    ("UpdateVoicemail", "Send voicemails of {team} as text to {email}, with the recording attached."),
    ("UpdateVoicemail", "Delete voicemails older than {seconds} days, but keep those of {name}."),
    ("PatchEndpoint", "{name} has a new desk phone, same extension {extension}."),
    ("PatchEndpoint", "Forward extension {extension} to {number} until the end of {month}."),
    ("PatchEndpoint", "Turn off call waiting for {name}, {extension}."),
    ("CreateEndpoint", "Set up {name} as extension {extension} in {team}, with voicemail to {email}."),
    ("CreateEndpoint", "Two new phones for {team}: {extension} and the next free one."),
    ("PortNumber", "Port {number} from our old carrier, if possible on a {day} after {time}."),
    ("PortNumber", "What is still missing to bring {number} over? Start whatever can be started."),
    ("BuyNumber", "We need a toll-free number for {team}, easy to remember."),
    ("BuyNumber", "Get {digit} local numbers in the area of {number} for the campaign in {month}."),
    ("ExplainInvoice", "Why is the invoice of {month} ${amount} higher than the one before?"),
    ("ExplainInvoice", "Which calls of {team} cost more than ${amount} in {month}? 🤔"),
    ("ExplainInvoice", "How many AI minutes did we use in {month}, and what would twice as many cost?"),
    ("ListCalls", "Show all calls from {number} to {team} in {month} and who answered."),
    ("ListCalls", "Who did {name} call back on {day}, and who is still waiting?"),
    ("CreateReport", 'Every {day} at {time}, mail a report "calls per hour" to {email}.'),
    ("CreateReport", "A report of missed calls by team for {month}; leave out calls under {digit} seconds."),
    ("SetCallRecording", "Stop recording calls of {team}; legal asked for it. Keep the old ones."),
    ("SetCallRecording", "Record calls to {extension} for training, and say so before the call starts."),
    ("UpdateFlow", "Bitte leiten Sie {team} ab {time} Uhr an {name} weiter – auch am {day}."),
    ("UpdatePrompt", "営業時間の案内を {time} 閉店に変更してください。"),
)
_FREE_NUMBERS = ("+150355501", "+172055501", "+121255501")  # 555-01xx, kept free for fiction


class Cast(NamedTuple):
    """People whom the wishes are about."""

    names: tuple[str, ...]
    emails: tuple[str, ...]


def gather_cast(seed: object) -> Cast:
    """Names from Faker, read straight from its provider: a whole `Faker` takes ten times as long."""
    from faker.generator import Generator  # 50 ms that only seeding has to pay
    from faker.providers.person.en_US import Provider

    generator = Generator()
    generator.seed_instance(f"evovoice names:{seed}")
    person = Provider(generator)
    names = tuple(f"{person.first_name()} {person.last_name()}" for _ in range(_SURNAMES))
    emails = tuple(f"{name.lower().replace(' ', '.').replace(chr(39), '')}@example.com" for name in names)
    return Cast(names, emails)


def fill_slots(cast: Cast, chance: Callable[[], float]) -> Slots:
    """A value for everything that a wish may mention."""
    person = int(chance() * len(cast.names))
    hour = 7 + int(chance() * 9)
    return {
        "name": cast.names[person],
        "email": cast.emails[person],
        "team": _TEAMS[int(chance() * len(_TEAMS))],
        "flow": _FLOWS[int(chance() * len(_FLOWS))],
        "day": _DAYS[int(chance() * len(_DAYS))],
        "month": _MONTHS[int(chance() * len(_MONTHS))],
        "time": f"{hour}:{'00' if chance() < 0.6 else '30'}",
        "later": f"{hour + 4}:00",
        "extension": str(100 + int(chance() * 80)),
        "digit": str(1 + int(chance() * 9)),
        "seconds": str(10 + 5 * int(chance() * 9)),
        "amount": f"{5 + chance() * 200:.2f}",
        "number": f"{_FREE_NUMBERS[int(chance() * 3)]}{int(chance() * 100):02d}",
    }


def queue_actions(function: str, slots: Slots, source: random.Random) -> list[dict[str, Any]]:
    """Up to four changes without id and date, of which `function` makes the first."""
    others = [name for name in _VERBS if name != function]
    functions = [function, *source.sample(others, int(source.random() * 4))]
    return [_action(name, slots, source) for name in functions]


def _action(function: str, slots: Slots, source: random.Random) -> dict[str, Any]:
    """The function, its arguments as JSON text, and what it does in words."""
    arguments = {
        "team": slots["team"], "flow": slots["flow"], "extension": slots["extension"], "from": slots["time"],
    }  # fmt: skip
    for name in list(arguments)[1 + source.randrange(3) :]:
        del arguments[name]
    subject = f"{slots['flow']}, {slots['team']}" if source.random() < 0.5 else f"extension {slots['extension']}"
    return {
        "functionName": function,
        "arguments": orjson.dumps(arguments).decode(),
        "description": f"{_VERBS[function]} for {subject}.",
        "canBeApplied": source.random() < 0.85,
    }


_VERBS = {
    "SetMissedCallRule": "Set the rule for missed calls",
    "UpdateFlow": "Change the flow",
    "CreateFlow": "Create a flow",
    "SetBusinessHours": "Set the business hours",
    "SetHolidaySchedule": "Set the holidays",
    "UpdatePrompt": "Replace the prompt",
    "UpdateVoicemail": "Change the voicemail",
    "PatchEndpoint": "Change the phone",
    "CreateEndpoint": "Create a phone",
    "PortNumber": "Start the porting",
    "BuyNumber": "Buy a number",
    "ExplainInvoice": "Send the invoice's details",
    "ListCalls": "Send the list of calls",
    "CreateReport": "Create the report",
    "SetCallRecording": "Change call recording",
}
