"""The party that serves a seeded session: a stored or inline assistant, a squad, a workflow, or none."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mock_server.vendors.vapi.seeding.arrivals import middle
from mock_server.vendors.vapi.seeding.businesses import Catalogue, Document
from mock_server.vendors.vapi.seeding.scenarios import Scenario
from mock_server.vendors.vapi.sessions.creation import settle


class Scene(NamedTuple):
    """What the members of a participant are made from."""

    scenario: Scenario
    slots: dict[str, str]
    catalogue: Catalogue


Participant = Callable[[Scene], Document]


def _assistant(context: Scene) -> Document:
    return {"assistantId": context.scenario.assistant_id}


def _substituted(context: Scene) -> Document:
    return _settled(context, {"assistantId": context.scenario.assistant_id})


def _inline_substituted(context: Scene) -> Document:
    return _settled(context, {"assistant": context.scenario.assistant})


def _inline(context: Scene) -> Document:
    return {"assistant": _inline_substituted(context)["assistant"]}


def _squad(context: Scene) -> Document:
    squad_id = context.scenario.squad_id
    return _assistant(context) if squad_id is None else {"squadId": squad_id}


def _inline_squad(context: Scene) -> Document:
    return {"squad": {"members": [_assistant(context), _inline(context)], "name": "For this session only"}}


def _workflow(number: int) -> Participant:
    def serve(context: Scene) -> Document:
        workflows = context.scenario.workflow_ids
        return {"workflowId": workflows[number]} if workflows else _assistant(context)

    return serve


PARTICIPANTS: dict[str, Participant] = {
    "assistant": _assistant,
    "substituted": _substituted,
    "inline": _inline,
    "inline substituted": _inline_substituted,
    "squad": _squad,
    "inline squad": _inline_squad,
    "workflow": _workflow(0),
    "other workflow": _workflow(1),
    "nobody": lambda _: {},
}
NAMED = frozenset({"substituted", "inline", "inline substituted"})  # these greet the customer by name


def _weighted(weights: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(participant for participant, weight in weights.items() for _ in range(weight))


# How often each occurs.
FREQUENT = _weighted({"assistant": 65, "squad": 22, "workflow": 5, "other workflow": 3, "nobody": 5})

# The vendor's Python SDK takes more than a second of processor time to read one of these.
_INLINE = ("inline", "substituted", "inline squad", "inline substituted")
_WITHOUT_INLINE = 250  # sessions of the default set, which has to stay quick to list
_SPACING = 3


def places_inline(count: int) -> range:
    """Return which of `count` sessions have an assistant or squad of their own.

    They are in the middle, off the first pages of lists by date, and sets up to the default size have none.
    """
    return middle(count)[::_SPACING] if count > _WITHOUT_INLINE else range(0)


def inline_participant(place: int) -> str:
    """Return the key of the participant at one of these positions."""
    return _INLINE[place // _SPACING % len(_INLINE)]


def _settled(context: Scene, body: Document) -> Document:
    """Return what the emulator stores for a request with these variables."""
    assistant = context.scenario.assistant
    variables = {"customerName": context.slots["name"], "today": context.slots["today"]}
    overrides = {"voice": assistant["voice"], "variableValues": variables}
    settled = settle({**body, "assistantOverrides": overrides}, context.catalogue.assistants)
    overrides, metadata = settled.pop("assistantOverrides"), settled.pop("metadata")
    return {**settled, "assistantOverrides": overrides, "metadata": {"variableValues": {**metadata["variableValues"]}}}
