"""How accounts are listed (FACTS.md E2)."""

from mock_server.core.query import Containing
from mock_server.vendors.evovoice.accounts.models import ACCOUNT
from mock_server.vendors.evovoice.contract import TEXT, Contract
from mock_server.vendors.evovoice.paging import LIST_REQUEST, ListOperation, any_of, sort_fields
from mock_server.vendors.evovoice.schemas.entities import ACCOUNTS_NAMESPACE

ACCOUNT_LIST = ListOperation(
    contract=Contract("ListAccounts", {"NameFilter": TEXT}, ACCOUNTS_NAMESPACE, LIST_REQUEST),
    criteria={"NameFilter": lambda text: Containing("name", text), "SpecificIds": any_of("id")},
    sort_fields=sort_fields(ACCOUNT),
)
