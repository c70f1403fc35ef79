"""The data types of the answers: members in declared order, with the vendor's own names (facts E3).

JSON, JSV and XML need different parts of a declaration, so it is data and no class of its own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Union


class Scalar(Enum):
    """The simple types; null is only possible for a string."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"


@dataclass(frozen=True)
class ListOf:
    """A list of one type."""

    item: Union["Scalar", "DataType"]


@dataclass(frozen=True, eq=False)
class DataType:
    """A class of the vendor. Own members come before those of the base, except in XML."""

    name: str
    namespace: str
    own: Mapping[str, Union[Scalar, ListOf, "DataType"]]
    base: Union["DataType", None] = None
    ordered: bool = field(default=False)
    """Whether XML keeps the declared order instead of the alphabet's."""

    @cached_property
    def members(self) -> tuple["Member", ...]:
        """All members in the order of JSON, JSV and CSV."""
        return tuple(self._members())

    @property
    def lineage(self) -> tuple["DataType", ...]:
        """The class with its bases, the furthest base first."""
        return (*(self.base.lineage if self.base else ()), self)

    def _members(self) -> Iterator["Member"]:
        for name, kind in self.own.items():
            yield Member(name, camel_case(name), kind)
        if self.base is not None:
            yield from self.base.members


@dataclass(frozen=True)
class Member:
    """One member: the declared name, the name in JSON and JSV, and the type."""

    name: str
    key: str
    kind: Scalar | ListOf | DataType


_CAPITALS = re.compile(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+")


def camel_case(name: str) -> str:
    """ServiceStack's rule: the leading capitals, but not the one that begins the next word (facts E3)."""
    return _CAPITALS.sub(lambda match: match[0].lower(), name)


_STRING, _INT, _DOUBLE, _BOOL = Scalar
API = "http://schemas.datacontract.org/2004/07/Voice.Api"
FRAMEWORK = "http://schemas.servicestack.net/types"

ENTITY = DataType(
    "EntityInfo",
    API,
    dict.fromkeys(("Id", "DateCreated", "DateLastModified", "CreatedBy", "LastModifiedBy"), _STRING),
)
ACTION = DataType(
    "AISessionActionInfo",
    f"{API}.AI",
    dict.fromkeys(("Date", "Id", "FunctionName", "Arguments", "Description"), _STRING) | {"CanBeApplied": _BOOL},
)
# The page of the list knows neither actions nor log (facts E3).
LISTED_SESSION = DataType(
    "AISessionInfo", f"{API}.AI", dict.fromkeys(("AccountId", "AccountName", "Purpose"), _STRING), ENTITY
)
SESSION = DataType(
    "AISessionInfo",
    f"{API}.AI",
    {**LISTED_SESSION.own, "Actions": ListOf(ACTION), "Log": _STRING},
    ENTITY,
)
BILLING_ITEM = DataType(
    "BillingItem",
    f"{API}.Accounts",
    {"BaseCost": _DOUBLE, "RawUnitMultiplier": _DOUBLE, "UnitCost": _DOUBLE, "Allowance": _INT},
)
BILLING_SETTINGS = DataType(
    "BillingSettings",
    f"{API}.Accounts",
    dict.fromkeys(
        (
            "Base", "LocalNumbers", "TollFreeNumbers", "InboundVoiceCalls", "OutboundVoiceCalls", "InboundFaxes",
            "OutboundFaxes", "InboundSmsMessages", "OutboundSmsMessages", "AIInsights", "AILiveMinutes", "AIMessages",
        ),
        BILLING_ITEM,
    ),
)  # fmt: skip
ACCOUNT = DataType(
    "AccountInfo",
    f"{API}.Accounts",
    {
        "Name": _STRING,
        "ParentAccountId": _STRING,
        "TwilioAccountSid": _STRING,
        "AncestorIds": ListOf(_STRING),
        "MaxPhoneNumbers": _INT,
        "IsBYOA": _BOOL,
        "TrustHubProfileSid": _STRING,
        "LogoId": _STRING,
        "LogoUri": _STRING,
        "BillingSettings": BILLING_SETTINGS,
    },
    ENTITY,
)
ACCOUNT_USAGE = DataType("AIAccountUsage", f"{API}.AI", {"AccountId": _STRING, "AIMinutes": _INT})
CUSTOMER_USAGE = DataType(
    "AICustomerUsage", f"{API}.AI", {"AccountId": _STRING, "CustomerId": _STRING, "AIMinutes": _INT}
)
USAGE = DataType(
    "AIUsage", f"{API}.AI", {"AccountUsage": ListOf(ACCOUNT_USAGE), "CustomerUsage": ListOf(CUSTOMER_USAGE)}
)
USER = DataType(
    "UserInfo",
    f"{API}.Authentication",
    {
        "Id": _STRING,
        "IsAuthenticated": _BOOL,
        **dict.fromkeys(("FirstName", "LastName", "Name", "AvatarUrl", "EmailAddress"), _STRING),
        **dict.fromkeys(("Roles", "AccountIds", "AccountNames"), ListOf(_STRING)),
        "ManagerAccess": _STRING,
        "DashboardPermissions": ListOf(_STRING),
    },
)
_ERROR = DataType(
    "ResponseError", FRAMEWORK, dict.fromkeys(("ErrorCode", "FieldName", "Message"), _STRING), ordered=True
)
_STATUS = DataType(
    "ResponseStatus",
    FRAMEWORK,
    {"ErrorCode": _STRING, "Message": _STRING, "StackTrace": _STRING, "Errors": ListOf(_ERROR)},
    ordered=True,
)
ERROR = DataType("ErrorResponse", FRAMEWORK, {"ResponseStatus": _STATUS}, ordered=True)
SIGN_IN = DataType(
    "AuthenticateResponse",
    FRAMEWORK,
    {
        **dict.fromkeys(("UserId", "SessionId", "UserName", "DisplayName", "ReferrerUrl"), _STRING),
        **dict.fromkeys(("BearerToken", "RefreshToken", "ProfileUrl"), _STRING),
        **dict.fromkeys(("Roles", "Permissions"), ListOf(_STRING)),
        "ResponseStatus": _STATUS,
    },
    ordered=True,
)


def _page_of(item: DataType) -> DataType:
    return DataType(
        f"ListResponseOf{item.name}",
        API,
        {"Items": ListOf(item), "TotalCount": _INT, "TotalPages": _INT, "HasMorePages": _BOOL},
    )


SESSION_PAGE = _page_of(LISTED_SESSION)
ACCOUNT_PAGE = _page_of(ACCOUNT)
