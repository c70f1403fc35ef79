"""Each script together with the assistant, the customers and the numbers that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.vendors.vapi.seeding.arrivals import DAYS, WINDOW
from mock_server.vendors.vapi.seeding.businesses import (
    ASSISTANTS,
    LINES,
    RATES,
    SQUADS,
    Assistant,
    Catalogue,
    Document,
)
from mock_server.vendors.vapi.seeding.costs import Tariff
from mock_server.vendors.vapi.seeding.people import Person
from mock_server.vendors.vapi.seeding.scripts import SCRIPTS, Call, Say, Script
from mock_server.vendors.vapi.seeding.slots import Calendar, Drawing, plan_drawing
from mock_server.vendors.vapi.seeding.transcripts import Turns


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script that is ready to be played."""

    script: Script
    assistant_id: str
    assistant: Document
    squad_id: str | None
    line_id: str
    line: Document
    output_id: str
    people: tuple[Person, ...]
    drawing: Drawing
    calendar: Calendar
    tariff: Tariff
    prompt: str
    greetings: tuple[Say, Say]  # for a stranger, and by name
    turns: Turns
    outbound: bool  # it is the assistant who calls


def assemble_scenarios(
    catalogue: Catalogue, people: Mapping[str, tuple[Person, ...]], now: int
) -> tuple[Scenario, ...]:
    """One scenario for each script."""
    assistants = {each.name: each for each in ASSISTANTS}
    calendars = {
        language: Calendar(language, now - WINDOW, DAYS) for language in {each.language for each in ASSISTANTS}
    }
    return tuple(_assemble(script, assistants[script.assistant], catalogue, people, calendars) for script in SCRIPTS)


def _assemble(
    script: Script,
    assistant: Assistant,
    catalogue: Catalogue,
    people: Mapping[str, tuple[Person, ...]],
    calendars: Mapping[str, Calendar],
) -> Scenario:
    assistant_id = _key(catalogue.assistants, assistant.name)
    document = catalogue.assistants[assistant_id]
    line_id = _key(catalogue.phone_numbers, _line_name(assistant))
    squad = next((name for name, members in SQUADS if assistant.name in members), None)
    provider, model = assistant.model
    prompt = document["model"]["messages"][0]["content"]
    return Scenario(
        script=script,
        assistant_id=assistant_id,
        assistant=document,
        squad_id=squad and _key(catalogue.squads, squad),
        line_id=line_id,
        line=catalogue.phone_numbers[line_id],
        output_id=_key(catalogue.structured_outputs, script.output[0]),
        people=people[assistant.audience],
        drawing=plan_drawing(_templates(script)),
        calendar=calendars[assistant.language],
        tariff=Tariff(provider, model, RATES[model], len(prompt)),
        prompt=prompt.replace("{{today}}", "{today}"),
        greetings=(
            Say("assistant", (assistant.greeting.replace(" {{customerName}}", ""),)),
            Say("assistant", (assistant.greeting.replace("{{customerName}}", "{name}"),)),
        ),
        turns=script.lines,
        outbound=script.lines[0][0] == "assistant",
    )


def _key(documents: Mapping[str, Document], name: str) -> str:
    return next(key for key, document in documents.items() if document["name"] == name)


def _line_name(assistant: Assistant) -> str:
    """The assistant's own number, or else the first one of its business."""
    businesses = {each.name: each.business for each in ASSISTANTS}
    own = [line.name for line in LINES if line.assistant == assistant.name]
    shared = [line.name for line in LINES if businesses[line.assistant] == assistant.business]
    return (own + shared)[0]


def _templates(script: Script) -> list[str]:
    texts = [script.name, script.output[1]]
    for turn in script.lines:
        texts += (turn.arguments, turn.result) if isinstance(turn, Call) else turn.texts
    return texts
