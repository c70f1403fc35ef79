"""The collection of accounts and its indexes."""

from mock_server.core.store import CollectionSpec
from mock_server.vendors.evovoice.accounts.models import ACCOUNT
from mock_server.vendors.evovoice.paging import sort_keys
from mock_server.vendors.evovoice.schemas.stored import stored_model

ACCOUNTS = CollectionSpec(
    name="evovoice.accounts",
    equality={
        "id": lambda account: (account["id"],),
        "name": lambda account: (account["name"],),
    },
    ordered=sort_keys(ACCOUNT),
    schema=stored_model(ACCOUNT),
)
