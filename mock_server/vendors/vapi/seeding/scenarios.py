"""Each script together with the assistant, the customers and the numbers that it needs."""

import random
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, cycle
from typing import NamedTuple
from zlib import crc32

from mock_server.vendors.vapi.seeding.arrivals import BATCH, DAYS, HOUR, HOURS_OF_WEEK, WINDOW, hour_of_week
from mock_server.vendors.vapi.seeding.businesses import (
    ASSISTANTS,
    BUSINESSES,
    LINES,
    RATES,
    SQUADS,
    WORKFLOW_OWNER,
    Assistant,
    Catalogue,
    Document,
)
from mock_server.vendors.vapi.seeding.costs import Tariff
from mock_server.vendors.vapi.seeding.dialogue import Call, Say, Script
from mock_server.vendors.vapi.seeding.people import Person
from mock_server.vendors.vapi.seeding.scripts import SCRIPTS
from mock_server.vendors.vapi.seeding.slots import DAY, Calendar, Drawing, plan_drawing
from mock_server.vendors.vapi.seeding.transcripts import Turns


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script with everything that it needs."""

    script: Script
    audience: str
    assistant_id: str
    assistant: Document
    squad_id: str | None
    workflow_ids: tuple[str, ...]
    line_id: str
    line: Document
    output_id: str
    people: Iterator[Person]  # all customers once, then all of them again
    drawing: Drawing
    calendar: Calendar
    computed: "tuple[tuple[str, Callable[[_Moment], str]], ...]"
    tariff: Tariff
    prompt: str
    greetings: tuple[Say, Say]  # for a stranger, and by name
    turns: Turns
    outbound: bool  # whether the assistant makes the call
    campaign: bool  # whether there are enough customers for a campaign

    def fill(self, slots: dict[str, str], person: Person, instant: int, now: int, source: random.Random) -> None:
        """Add the values of the slots for this customer at that time."""
        slots.update(person.facts.slots)
        month = self.calendar.fill(slots, instant, source)
        for slot, compute in self.computed:
            slots[slot] = compute(_Moment(person, month, instant, now))
        self.drawing.fill(slots, 1 - (now - instant) / WINDOW, source)


class _Moment(NamedTuple):
    """The customer, the instant, and the month before it."""

    person: Person
    month: int
    instant: int
    now: int

    @property
    def outage(self) -> int:
        """The number of the power cut in the customer's street on that day, in Colorado."""
        day = (self.instant // HOUR + BUSINESSES["Cedar Valley Power"].offset) // 24
        return crc32(f"{self.person.facts.slots['street']} {day}".encode())


_CAUSES = ("a fallen branch on the line", "a fault in a transformer", "a damaged cable")

# Slots that depend on the customer and the time. The emergency slot of the practice in London is two hours ahead in
# winter, when its time is UTC, and one in summer.
_COMPUTED: dict[str, Callable[[_Moment], str]] = {
    "more": lambda moment: moment.person.facts.high_bill(moment.month),
    "reading": lambda moment: str(
        moment.person.facts.meter - (moment.now - moment.instant) // DAY * moment.person.facts.daily
    ),
    "soon": lambda moment: f"{moment.instant // HOUR % 24 + 2}:{moment.instant // 1000 % 4 * 15:02d}",
    "cause": lambda moment: _CAUSES[moment.outage % 3],
    "homes": lambda moment: str(40 + moment.outage // 3 % 860),
    "hours": lambda moment: str(2 + moment.outage // 7 % 4),
}


class Timetable:
    """How likely each scenario is in each hour of the week."""

    def __init__(self, scenarios: tuple[Scenario, ...]) -> None:
        self._all = _Choices(scenarios)
        self._campaigns = _Choices(tuple(scenario for scenario in scenarios if scenario.campaign))
        self._of_audience: dict[str, _Choices] = {}
        self._scenarios = scenarios
        self.weights = self._all.totals

    def choose(self, instant: int, source: random.Random, *, campaign: bool) -> Scenario:
        """Return a scenario that fits the instant; `campaign` asks for one that can be a campaign."""
        choices = self._campaigns if campaign else self._all
        return choices.choose(hour_of_week(instant), source.random())

    def choose_for(self, audience: str, instant: int, source: random.Random) -> Scenario:
        """Return a scenario that fits these people, and if possible the instant."""
        if audience not in self._of_audience:
            wanted = tuple(scenario for scenario in self._scenarios if scenario.audience == audience)
            self._of_audience[audience] = _Choices(wanted)
        return self._of_audience[audience].choose(hour_of_week(instant), source.random())


class _Choices:
    """Scenarios, and their weights added up for each hour of the week."""

    def __init__(self, scenarios: tuple[Scenario, ...]) -> None:
        self._scenarios = scenarios
        self._sums = [list(accumulate(column)) for column in zip(*map(_rate, scenarios), strict=True)]
        self.totals = [sums[-1] for sums in self._sums]

    def choose(self, hour: int, chance: float) -> Scenario:
        """Return one of those that are open in this hour, or any if none is."""
        sums = self._sums[hour]
        if not sums[-1]:
            return self._scenarios[int(chance * len(self._scenarios))]
        return self._scenarios[bisect(sums, chance * sums[-1])]


def _rate(scenario: Scenario) -> list[float]:
    """Return how likely the scenario is in each hour of the week (UTC)."""
    business = BUSINESSES[scenario.assistant["metadata"]["business"]]
    script = scenario.script
    first, last = script.hours
    local = [
        weight * script.weight * day * (first <= hour <= last and number < script.days)
        for number, day in enumerate(business.days)
        for hour, weight in enumerate(business.hours)
    ]
    return [local[(hour + business.offset) % HOURS_OF_WEEK] for hour in range(HOURS_OF_WEEK)]


def assemble_scenarios(
    catalogue: Catalogue, people: Mapping[str, tuple[Person, ...]], now: int, source: random.Random
) -> tuple[Scenario, ...]:
    """Return one scenario for each script."""
    assistants = {each.name: each for each in ASSISTANTS}
    calendars = {locale: Calendar(locale, now - WINDOW, DAYS) for locale in {each.locale for each in ASSISTANTS}}
    return tuple(
        _assemble(script, assistants[script.assistant], catalogue, people, calendars, source) for script in SCRIPTS
    )


def _assemble(
    script: Script,
    assistant: Assistant,
    catalogue: Catalogue,
    people: Mapping[str, tuple[Person, ...]],
    calendars: Mapping[str, Calendar],
    source: random.Random,
) -> Scenario:
    assistant_id = _key(catalogue.assistants, assistant.name)
    document = catalogue.assistants[assistant_id]
    line_id = _key(catalogue.phone_numbers, _line_name(assistant))
    squad = next((name for name, members in SQUADS if assistant.name in members), None)
    provider, model = assistant.model
    templates = _templates(script)
    prompt = document["model"]["messages"][0]["content"]
    asked = _share(people[assistant.audience], script.share)
    outbound = script.lines[0][0] == "assistant"
    return Scenario(
        script=script,
        audience=assistant.audience,
        assistant_id=assistant_id,
        assistant=document,
        squad_id=squad and _key(catalogue.squads, squad),
        workflow_ids=tuple(catalogue.workflows) if assistant.business == WORKFLOW_OWNER else (),
        line_id=line_id,
        line=catalogue.phone_numbers[line_id],
        output_id=_key(catalogue.structured_outputs, script.output[0]),
        people=cycle(source.sample(asked, len(asked))),
        drawing=plan_drawing(templates),
        calendar=calendars[assistant.locale],
        computed=tuple((slot, compute) for slot, compute in _COMPUTED.items() if f"{{{slot}}}" in " ".join(templates)),
        tariff=Tariff(provider, model, RATES[model], len(prompt)),
        prompt=prompt.replace("{{today}}", "{today}"),
        greetings=(
            Say("assistant", (assistant.greeting.replace(" {{customerName}}", ""),)),
            Say("assistant", (assistant.greeting.replace("{{customerName}}", "{name}"),)),
        ),
        turns=script.lines,
        outbound=outbound,
        campaign=outbound and len(asked) >= BATCH,
    )


def _share(people: tuple[Person, ...], share: tuple[float, float]) -> tuple[Person, ...]:
    first, last = (round(each * len(people)) for each in share)
    return people[first:last]


def _key(documents: Mapping[str, Document], name: str) -> str:
    return next(key for key, document in documents.items() if document["name"] == name)


def _line_name(assistant: Assistant) -> str:
    """Return the assistant's own number, or else the first one of its business."""
    businesses = {each.name: each.business for each in ASSISTANTS}
    own = [line.name for line in LINES if line.assistant == assistant.name]
    shared = [line.name for line in LINES if businesses[line.assistant] == assistant.business]
    return (own + shared)[0]


def _templates(script: Script) -> list[str]:
    texts = [script.name, script.output[1]]
    for turn in script.lines:
        texts += (turn.arguments, turn.result) if isinstance(turn, Call) else turn.texts
    return texts
