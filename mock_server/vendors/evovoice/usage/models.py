"""The data types of usage (FACTS.md E1.8)."""

from pydantic import create_model

from mock_server.vendors.evovoice.schemas.entities import AI_NAMESPACE
from mock_server.vendors.evovoice.schemas.stored import STRICT
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

_ACCOUNT_USAGE = DataType("AIAccountUsage", AI_NAMESPACE, {"AccountId": Scalar.STRING, "AIMinutes": Scalar.INT})
_CUSTOMER_USAGE = DataType(
    "AICustomerUsage", AI_NAMESPACE, {"AccountId": Scalar.STRING, "CustomerId": Scalar.STRING, "AIMinutes": Scalar.INT}
)
USAGE = DataType(
    "AIUsage", AI_NAMESPACE, {"AccountUsage": ListOf(_ACCOUNT_USAGE), "CustomerUsage": ListOf(_CUSTOMER_USAGE)}
)

STORED_USAGE = create_model(
    "CustomerUsage", __config__=STRICT, accountId=(str, ...), customerId=(str, ...), minutes=(dict[str, int], ...)
)
"""The minutes of one customer, by day."""
