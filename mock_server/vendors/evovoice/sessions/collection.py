"""The collection of AI sessions and its indexes."""

from mock_server.core.store import CollectionSpec
from mock_server.vendors.evovoice.paging import sort_keys
from mock_server.vendors.evovoice.schemas.stored import stored_model
from mock_server.vendors.evovoice.sessions.models import LISTED_SESSION, SESSION

SESSIONS = CollectionSpec(
    name="evovoice.sessions",
    equality={
        "id": lambda session: (session["id"],),
        "accountId": lambda session: (session["accountId"],) if "accountId" in session else (),
    },
    ordered=sort_keys(LISTED_SESSION),
    hidden=frozenset({"actions", "log"}),  # a list does not show them; see LISTED_SESSION
    schema=stored_model(SESSION),
)
