"""The framework's error types (FACTS.md E4.13)."""

from mock_server.vendors.evovoice.schemas.entities import FRAMEWORK_NAMESPACE
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

_FIELD_ERROR = DataType(
    "ResponseError",
    FRAMEWORK_NAMESPACE,
    dict.fromkeys(("ErrorCode", "FieldName", "Message"), Scalar.STRING),
    ordered=True,
)
STATUS = DataType(
    "ResponseStatus",
    FRAMEWORK_NAMESPACE,
    {
        **dict.fromkeys(("ErrorCode", "Message", "StackTrace"), Scalar.STRING),
        "Errors": ListOf(_FIELD_ERROR),
    },
    ordered=True,
)
ERROR = DataType("ErrorResponse", FRAMEWORK_NAMESPACE, {"ResponseStatus": STATUS}, ordered=True)
