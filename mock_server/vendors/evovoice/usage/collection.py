"""The collection of minutes and its indexes: one document for each customer."""

from mock_server.core.store import CollectionSpec
from mock_server.vendors.evovoice.usage.models import STORED_USAGE

CUSTOMER_USAGE = CollectionSpec(
    name="evovoice.usage",
    equality={
        "id": lambda row: (row["id"],),
        "accountId": lambda row: (row["accountId"],),
        "customerId": lambda row: (row["customerId"],),
    },
    ordered={"accountId": lambda row: row["accountId"]},
    schema=STORED_USAGE,
)
