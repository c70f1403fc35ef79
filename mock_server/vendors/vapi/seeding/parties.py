"""Who serves a seeded session: a stored or an inline assistant, a squad, a workflow, or nobody."""

from collections.abc import Callable
from typing import NamedTuple

from mock_server.vendors.vapi.assistants import settle
from mock_server.vendors.vapi.seeding.businesses import Catalogue, Document
from mock_server.vendors.vapi.seeding.casts import Cast


class Setting(NamedTuple):
    """What a party can draw on."""

    cast: Cast
    slots: dict[str, str]
    catalogue: Catalogue


Party = Callable[[Setting], Document]


def _assistant(setting: Setting) -> Document:
    return {"assistantId": setting.cast.assistant_id}


def _substituted(setting: Setting) -> Document:
    return _settled(setting, {"assistantId": setting.cast.assistant_id})


def _inline_substituted(setting: Setting) -> Document:
    return _settled(setting, {"assistant": setting.cast.assistant})


def _inline(setting: Setting) -> Document:
    return {"assistant": _inline_substituted(setting)["assistant"]}


def _own_squad(setting: Setting) -> Document:
    squad_id = setting.cast.squad_id
    return _assistant(setting) if squad_id is None else {"squadId": squad_id}


def _inline_squad(setting: Setting) -> Document:
    return {"squad": {"members": [_assistant(setting)], "name": "For this session only"}}


def _squad(number: int) -> Party:
    return lambda setting: {"squadId": list(setting.catalogue.squads)[number]}


def _workflow(number: int) -> Party:
    return lambda setting: {"workflowId": list(setting.catalogue.workflows)[number]}


PARTIES: dict[str, Party] = {
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
    party
    for party, weight in {
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


def _settled(setting: Setting, body: Document) -> Document:
    """What a request with these variables would have left behind."""
    variables = {"customerName": setting.slots["name"], "today": setting.slots["today"]}
    asked = {**body, "assistantOverrides": {"variableValues": variables}}
    settled = settle(asked, setting.catalogue.assistants)
    overrides, metadata = settled.pop("assistantOverrides"), settled.pop("metadata")
    return {**settled, "assistantOverrides": overrides, "metadata": {"variableValues": {**metadata["variableValues"]}}}
