"""Who serves a seeded session: a stored or an inline assistant, a squad, a workflow, or nobody."""

from collections.abc import Callable
from typing import NamedTuple

from mock_server.vendors.vapi.assistants import settle
from mock_server.vendors.vapi.seeding.businesses import Catalogue, Document
from mock_server.vendors.vapi.seeding.scenarios import Scenario


class Context(NamedTuple):
    """What a participant is made from."""

    scenario: Scenario
    slots: dict[str, str]
    catalogue: Catalogue


Participant = Callable[[Context], Document]


def _assistant(context: Context) -> Document:
    return {"assistantId": context.scenario.assistant_id}


def _substituted(context: Context) -> Document:
    return _settled(context, {"assistantId": context.scenario.assistant_id})


def _inline_substituted(context: Context) -> Document:
    return _settled(context, {"assistant": context.scenario.assistant})


def _inline(context: Context) -> Document:
    return {"assistant": _inline_substituted(context)["assistant"]}


def _own_squad(context: Context) -> Document:
    squad_id = context.scenario.squad_id
    return _assistant(context) if squad_id is None else {"squadId": squad_id}


def _inline_squad(context: Context) -> Document:
    return {"squad": {"members": [_assistant(context)], "name": "For this session only"}}


def _squad(number: int) -> Participant:
    return lambda context: {"squadId": list(context.catalogue.squads)[number]}


def _workflow(number: int) -> Participant:
    return lambda context: {"workflowId": list(context.catalogue.workflows)[number]}


PARTICIPANTS: dict[str, Participant] = {
    "assistant": _assistant,
    "substituted": _substituted,
    "inline": _inline,
    "inline substituted": _inline_substituted,
    "own squad": _own_squad,
    "squad": _squad(0),
    "other squad": _squad(1),
    "inline squad": _inline_squad,
    "workflow": _workflow(0),
    "other workflow": _workflow(1),
    "nobody": lambda _: {},
}
NAMED = frozenset({"substituted", "inline", "inline substituted"})  # these greet the customer by name

# How often each is met. Sessions with an assistant of their own are few: the vendor's SDK takes a third of a
# second to read one.
FREQUENT = tuple(
    participant
    for participant, weight in {
        "assistant": 63,
        "own squad": 22,
        "substituted": 3,
        "inline": 1,
        "inline substituted": 1,
        "inline squad": 1,
        "workflow": 3,
        "other workflow": 2,
        "nobody": 4,
    }.items()
    for _ in range(weight)
)


def _settled(context: Context, body: Document) -> Document:
    """What a request with these variables would have left behind."""
    variables = {"customerName": context.slots["name"], "today": context.slots["today"]}
    asked = {**body, "assistantOverrides": {"variableValues": variables}}
    settled = settle(asked, context.catalogue.assistants)
    overrides, metadata = settled.pop("assistantOverrides"), settled.pop("metadata")
    return {**settled, "assistantOverrides": overrides, "metadata": {"variableValues": {**metadata["variableValues"]}}}
