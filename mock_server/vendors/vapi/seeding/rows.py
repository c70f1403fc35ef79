"""The seeded sessions of one organisation, written one after another."""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from mock_server.core.clock import format_instant
from mock_server.core.ids import uuid4
from mock_server.vendors.vapi.secrets import PLACEHOLDER
from mock_server.vendors.vapi.seeding.arrivals import HOUR, Arrival, Relation, plan_arrivals
from mock_server.vendors.vapi.seeding.businesses import Document, catalogue, neighbour, twilio_sid
from mock_server.vendors.vapi.seeding.costs import Analysis, fee_of, list_costs
from mock_server.vendors.vapi.seeding.edge_cases import EdgeCase, place_edge_cases
from mock_server.vendors.vapi.seeding.lookalikes import LOOKALIKES, gather_lookalikes
from mock_server.vendors.vapi.seeding.participants import (
    FREQUENT,
    NAMED,
    PARTICIPANTS,
    Scene,
    inline_participant,
    places_inline,
)
from mock_server.vendors.vapi.seeding.people import Person, gather_people
from mock_server.vendors.vapi.seeding.scenarios import Scenario, Timetable, assemble_scenarios
from mock_server.vendors.vapi.seeding.transcripts import Message, Transcript, write_call, write_chat

_LIFETIMES = (86_400,) * 14 + (3_600, 3_600, 1_800, 604_800, 604_800, 2_592_000)
_PLAIN = EdgeCase()
_LAST: tuple[str, ...] = ("metadata", "workflowId")  # the declared fields come first


def sessions(count: int, *, seed: object, org_id: str, now: int) -> Iterator[Document]:
    """Yield `count` session documents of one organisation, oldest first; all dates are relative to `now`.

    The same arguments give the same documents; another `count` gives other ones, since they share
    the same thirty days. `workflowId` is on some of them and no field of a session on the wire.
    """
    writer = _Writer(f"vapi sessions:{seed}:{org_id}", seed, org_id, now, count)
    edge_cases, inline = place_edge_cases(count), places_inline(count)
    for index, arrival in enumerate(plan_arrivals(count, now, writer.weights, writer.source)):
        edge = edge_cases.get(index) or (EdgeCase(participant=inline_participant(index)) if index in inline else _PLAIN)
        yield writer.write(arrival, edge, ongoing=index == count - 1)


class _Scene(NamedTuple):
    """What one session is made from."""

    scenario: Scenario
    person: Person
    slots: dict[str, str]
    participant: str
    start: int
    active: bool


class _Writer:
    """Writes one session after another, and remembers the previous one."""

    def __init__(self, own_seed: str, seed: object, org_id: str, now: int, count: int) -> None:
        self.source = random.Random(own_seed)
        self._chance = self.source.random
        self._org_id = org_id
        self._now = now
        self._catalogue = catalogue(seed)
        self._lookalikes = gather_lookalikes(own_seed)
        taken = [line["number"] for line in self._catalogue.phone_numbers.values()]
        for person in self._lookalikes.values():
            taken += [person.name, person.record.get("number", "")]
        people = gather_people(own_seed, taken, count)
        scenarios = assemble_scenarios(self._catalogue, people, now, self.source)
        self._timetable = Timetable(scenarios)
        self.weights = self._timetable.weights
        self._id = uuid4(self.source)
        self._updated = now
        self._scenario = scenarios[0]

    def write(self, arrival: Arrival, edge: EdgeCase, *, ongoing: bool) -> Document:
        """Return the next session."""
        lifetime = edge.lifetime or self._choose(_LIFETIMES)
        scene = self._set_scene(arrival, edge, lifetime, ongoing)
        transcript, spoken = self._converse(scene, edge, arrival.campaign)
        if arrival.relation is not Relation.SAME:
            self._updated = self._end(transcript, spoken or arrival.campaign)
        self._id = neighbour(self._id) if arrival.relation is Relation.NEXT else uuid4(self.source)
        document: Document = {
            "id": self._id,
            "orgId": self._org_id,
            "createdAt": format_instant(scene.start),
            "updatedAt": format_instant(self._updated),
        }
        state = {"status": "active" if scene.active else "completed", "expirationSeconds": lifetime}
        if edge.bare:
            return document | state
        artifact, analysis = self._analyse(scene, transcript)
        self._add_costs(document, scene, edge, transcript, analysis, spoken)
        self._add_name(document, scene, edge)
        document.update(state)
        participant = PARTICIPANTS[scene.participant](Scene(scene.scenario, scene.slots, self._catalogue))
        last = {key: participant.pop(key) for key in _LAST if key in participant}
        document.update(participant)
        if transcript.messages or edge.messages is False or self._chance() < 0.5:
            document["messages"] = transcript.messages
        self._add_customer(document, scene, edge)
        self._add_number(document, scene, edge, spoken)
        document.update(artifact)
        document.update(last)
        return document

    def _choose(self, values: tuple[Any, ...]) -> Any:
        return values[int(self._chance() * len(values))]

    def _set_scene(self, arrival: Arrival, edge: EdgeCase, lifetime: int, ongoing: bool) -> _Scene:
        start = arrival.instant
        scenario, person = self._meet(arrival, edge)
        slots = {"name": person.name, "first": person.first, "account": person.account}
        scenario.fill(slots, person, start, self._now, self.source)
        age = self._now - start
        likely = 1.0 if ongoing else 0.6 if age < 6 * HOUR else 0.3
        active = age < lifetime * 1000 and self._chance() < likely
        return _Scene(scenario, person, slots, edge.participant or self._choose(FREQUENT), start, active)

    def _meet(self, arrival: Arrival, edge: EdgeCase) -> tuple[Scenario, Person]:
        """Return the scenario and the customer; all sessions of a campaign have the same scenario."""
        if edge.customer is not None:
            audience = LOOKALIKES[edge.customer].audience
            scenario = self._timetable.choose_for(audience, arrival.instant, self.source)
            return scenario, self._lookalikes[edge.customer]
        if arrival.relation is not Relation.SAME:
            self._scenario = self._timetable.choose(arrival.instant, self.source, campaign=arrival.campaign)
        return self._scenario, next(self._scenario.people)

    def _converse(self, scene: _Scene, edge: EdgeCase, campaign: bool) -> tuple[Transcript, bool]:
        """Return the conversation, and whether it was a call; a campaign has no replies."""
        scenario = scene.scenario
        if edge.messages is False or (not campaign and self._chance() < 0.03):
            return Transcript([], scene.start), False
        spoken = not campaign and "number" in scene.person.record and self._chance() < 0.35
        turns = scenario.turns
        if campaign:
            turns = turns[:1]
        elif scene.active and self._chance() < 0.7:
            turns = turns[: 1 + int(self._chance() * len(turns))]
        if scenario.script.greeted and (spoken or scenario.outbound or self._chance() < 0.5):
            turns = (scenario.greetings[scene.participant in NAMED], *turns)
        write = write_call if spoken else write_chat
        return write(turns, scene.slots, self._open(scene, spoken), scene.start, self._now, self.source), spoken

    def _open(self, scene: _Scene, spoken: bool) -> list[Message]:
        roll = self._chance()
        if roll > 0.3:
            return []
        text = scene.scenario.prompt.format_map(scene.slots)
        if spoken:
            return [{"role": "system", "message": text, "time": scene.start, "secondsFromStart": 0}]
        return [{"role": "developer" if roll < 0.07 else "system", "content": text}]

    def _end(self, transcript: Transcript, finished: bool) -> int:
        """Return when the session last changed: some customers come back to a chat."""
        if finished or not transcript.messages or self._chance() > 0.15:
            return transcript.end
        return min(transcript.end + int(self._chance() * HOUR), self._now)

    def _analyse(self, scene: _Scene, transcript: Transcript) -> tuple[Document, Analysis | None]:
        if scene.active or transcript.turns < 2 or not transcript.heard or self._chance() > 0.45:
            return {}, None
        name, template = scene.scenario.script.output
        text = template.format_map(scene.slots)
        key = scene.scenario.output_id
        artifact = {
            "structuredOutputs": {key: {"name": name, "result": orjson.loads(text)}},
            "structuredOutputsLastUpdatedAt": format_instant(self._updated),
        }
        return {"artifact": artifact}, Analysis(key, name, len(text))

    def _add_costs(
        self,
        document: Document,
        scene: _Scene,
        edge: EdgeCase,
        transcript: Transcript,
        analysis: Analysis | None,
        spoken: bool,
    ) -> None:
        unbilled = self._chance() < (0.25 if scene.active else 0.03)
        unused = not transcript.turns
        if not edge.billed or ((unbilled or unused) and edge.dollars is None):
            return
        total = None if edge.dollars is None else round(edge.dollars * 1_000_000)
        fee = fee_of(transcript, scene.start, spoken)
        document["cost"], document["costs"] = list_costs(scene.scenario.tariff, transcript, analysis, fee, total)

    def _add_name(self, document: Document, scene: _Scene, edge: EdgeCase) -> None:
        if edge.name is not None:
            document["name"] = edge.name
        elif self._chance() < 0.8:
            document["name"] = scene.scenario.script.name.format_map(scene.slots)[:40]

    def _add_customer(self, document: Document, scene: _Scene, edge: EdgeCase) -> None:
        roll = 1.0 if edge.customer is not None else self._chance()
        if roll > 0.06:
            document["customer"] = dict(scene.person.record)
        if 0.03 < roll < 0.2:
            document["customerId"] = scene.person.id

    def _add_number(self, document: Document, scene: _Scene, edge: EdgeCase, spoken: bool) -> None:
        roll = self._chance()
        own = edge.number == "inline" or (edge.number is None and roll < 0.03)
        if own and scene.scenario.line["provider"] == "twilio":
            document["phoneNumber"] = {
                "smsEnabled": True,
                "twilioPhoneNumber": scene.scenario.line["number"],
                "twilioAccountSid": twilio_sid(uuid4(self.source)),
                "twilioAuthToken": PLACEHOLDER,
                "name": scene.scenario.line["name"],
            }
        elif edge.number == "line" or spoken or roll < 0.4:
            document["phoneNumberId"] = scene.scenario.line_id
