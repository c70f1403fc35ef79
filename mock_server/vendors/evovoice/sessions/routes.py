"""The operations on AI sessions (FACTS.md E1)."""

from mock_server.core.vendor import Resource
from mock_server.vendors.evovoice.access import ADMINISTRATORS
from mock_server.vendors.evovoice.binding import reads
from mock_server.vendors.evovoice.operations import empty_operation, list_operation, operation
from mock_server.vendors.evovoice.schemas.entities import AI_NAMESPACE
from mock_server.vendors.evovoice.sessions.collection import SESSIONS
from mock_server.vendors.evovoice.sessions.filters import SESSION_LIST
from mock_server.vendors.evovoice.sessions.models import SESSION, SESSION_PAGE

_ID = "SessionId"

_LIST = list_operation(
    SESSION_LIST,
    path="/ai/sessions",
    rule=ADMINISTRATORS,
    act=lambda emulation, _, command: emulation.sessions.find(command),
    returns=SESSION_PAGE,
)
_CREATE = operation(
    "NewAISession",
    methods=("POST",),
    paths=("/ai/sessions",),
    parse=reads("NewAISession", "AccountId", "Purpose", namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, caller, values: emulation.sessions.create(
        caller.signed_in_user, values.get("AccountId"), values.get("Purpose")
    ),
    returns=SESSION,
)
_GET = operation(
    "GetAISession",
    methods=("GET",),
    paths=("/ai/sessions/<sessionId>",),
    parse=reads("GetAISession", _ID, namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, _, values: emulation.sessions.get(values.get(_ID, "")),
    returns=SESSION,
)
_PATCH = operation(
    "PatchAISession",
    methods=("PATCH",),
    paths=("/ai/sessions/<sessionId>",),
    parse=reads("PatchAISession", _ID, "Purpose", namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, caller, values: emulation.sessions.patch(
        caller.signed_in_user, values.get(_ID, ""), values.get("Purpose")
    ),
    returns=SESSION,
)
_DELETE = empty_operation(
    "DeleteAISession",
    methods=("DELETE",),
    path="/ai/sessions/<sessionId>",
    parse=reads("DeleteAISession", _ID, namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, _, values: emulation.sessions.delete(values.get(_ID, "")),
)
_APPLY = operation(
    "ApplyAISession",
    methods=("POST",),
    paths=("/ai/sessions/<sessionId>/apply",),
    parse=reads("ApplyAISession", _ID, namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, caller, values: emulation.sessions.apply(caller.signed_in_user, values.get(_ID, "")),
    returns=SESSION,
)
_CLEAR_ACTIONS = operation(
    "ClearAISessionActions",
    methods=("DELETE",),
    paths=("/ai/sessions/<sessionId>/actions",),
    parse=reads("ClearAISessionActions", _ID, namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, caller, values: emulation.sessions.clear_actions(caller.signed_in_user, values.get(_ID, "")),
    returns=SESSION,
)
_DELETE_ACTION = operation(
    "DeleteAISessionAction",
    methods=("DELETE",),
    paths=("/ai/sessions/<sessionId>/actions/<actionId>",),
    parse=reads("DeleteAISessionAction", _ID, "ActionId", namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, caller, values: emulation.sessions.delete_action(
        caller.signed_in_user, values.get(_ID, ""), values.get("ActionId", "")
    ),
    returns=SESSION,
)

RESOURCE = Resource(
    name="sessions",
    operations=(*_LIST, *_CREATE, *_GET, *_PATCH, *_DELETE, *_APPLY, *_CLEAR_ACTIONS, *_DELETE_ACTION),
    collections=(SESSIONS,),
)
