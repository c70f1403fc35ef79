"""The namespaces of the data types, and the types that several resources build on (FACTS.md E3)."""

from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

API_NAMESPACE = "http://schemas.datacontract.org/2004/07/Voice.Api"
AI_NAMESPACE = f"{API_NAMESPACE}.AI"
ACCOUNTS_NAMESPACE = f"{API_NAMESPACE}.Accounts"
AUTHENTICATION_NAMESPACE = f"{API_NAMESPACE}.Authentication"
FRAMEWORK_NAMESPACE = "http://schemas.servicestack.net/types"

ENTITY = DataType(
    "EntityInfo",
    API_NAMESPACE,
    dict.fromkeys(("Id", "DateCreated", "DateLastModified", "CreatedBy", "LastModifiedBy"), Scalar.STRING),
)


def page_of(item: DataType) -> DataType:
    """Return the type of a page of a list."""
    return DataType(
        f"ListResponseOf{item.name}",
        API_NAMESPACE,
        {"Items": ListOf(item), "TotalCount": Scalar.INT, "TotalPages": Scalar.INT, "HasMorePages": Scalar.BOOL},
    )
