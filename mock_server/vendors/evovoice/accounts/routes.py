"""The operations on accounts (FACTS.md E1)."""

from mock_server.core.vendor import Resource
from mock_server.vendors.evovoice.access import SIGNED_IN
from mock_server.vendors.evovoice.accounts.collection import ACCOUNTS
from mock_server.vendors.evovoice.accounts.filters import ACCOUNT_LIST
from mock_server.vendors.evovoice.accounts.models import ACCOUNT, ACCOUNT_PAGE
from mock_server.vendors.evovoice.binding import reads
from mock_server.vendors.evovoice.operations import list_operation, operation
from mock_server.vendors.evovoice.schemas.entities import ACCOUNTS_NAMESPACE

_LIST = list_operation(
    ACCOUNT_LIST,
    path="/accounts",
    rule=SIGNED_IN,
    act=lambda emulation, caller, command: emulation.accounts.find(caller.signed_in_user, command),
    returns=ACCOUNT_PAGE,
)
_GET = operation(
    "GetAccount",
    methods=("GET",),
    paths=("/accounts/<accountId>",),
    parse=reads("GetAccount", "AccountId", namespace=ACCOUNTS_NAMESPACE),
    rule=SIGNED_IN,
    act=lambda emulation, caller, values: emulation.accounts.get(caller.signed_in_user, values.get("AccountId", "")),
    returns=ACCOUNT,
)

RESOURCE = Resource(name="accounts", operations=(*_LIST, *_GET), collections=(ACCOUNTS,))
