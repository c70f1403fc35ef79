"""The operation on usage (FACTS.md E1.8)."""

from mock_server.core.vendor import Resource
from mock_server.vendors.evovoice.access import ADMINISTRATORS
from mock_server.vendors.evovoice.binding import reads
from mock_server.vendors.evovoice.operations import ALL_METHODS, operation
from mock_server.vendors.evovoice.schemas.entities import AI_NAMESPACE
from mock_server.vendors.evovoice.usage.collection import CUSTOMER_USAGE
from mock_server.vendors.evovoice.usage.models import USAGE

_GET = operation(
    "GetAIUsage",
    methods=ALL_METHODS,
    paths=("/ai/usage",),
    parse=reads("GetAIUsage", "AccountId", "CustomerId", "StartDate", "EndDate", namespace=AI_NAMESPACE),
    rule=ADMINISTRATORS,
    act=lambda emulation, _, values: emulation.usage.total(values),
    returns=USAGE,
)

RESOURCE = Resource(name="usage", operations=_GET, collections=(CUSTOMER_USAGE,))
