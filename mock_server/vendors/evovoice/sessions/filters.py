"""How sessions are listed (FACTS.md E2)."""

from mock_server.vendors.evovoice.contract import TEXT_LIST, Contract
from mock_server.vendors.evovoice.paging import LIST_REQUEST, ListOperation, any_of, sort_fields
from mock_server.vendors.evovoice.schemas.entities import AI_NAMESPACE
from mock_server.vendors.evovoice.sessions.models import LISTED_SESSION

SESSION_LIST = ListOperation(
    contract=Contract("ListAISessions", {"AccountIds": TEXT_LIST}, AI_NAMESPACE, LIST_REQUEST),
    criteria={"AccountIds": any_of("accountId"), "SpecificIds": any_of("id")},
    sort_fields=sort_fields(LISTED_SESSION),
)
