"""The data types of accounts (FACTS.md E3)."""

from mock_server.vendors.evovoice.schemas.entities import ACCOUNTS_NAMESPACE, ENTITY, page_of
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

BILLING_ITEM = DataType(
    "BillingItem",
    ACCOUNTS_NAMESPACE,
    {
        "BaseCost": Scalar.DOUBLE,
        "RawUnitMultiplier": Scalar.DOUBLE,
        "UnitCost": Scalar.DOUBLE,
        "Allowance": Scalar.INT,
    },
)
BILLING_SETTINGS = DataType(
    "BillingSettings",
    ACCOUNTS_NAMESPACE,
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
    ACCOUNTS_NAMESPACE,
    {
        "Name": Scalar.STRING,
        "ParentAccountId": Scalar.STRING,
        "TwilioAccountSid": Scalar.STRING,
        "AncestorIds": ListOf(Scalar.STRING),
        "MaxPhoneNumbers": Scalar.INT,
        "IsBYOA": Scalar.BOOL,
        "TrustHubProfileSid": Scalar.STRING,
        "LogoId": Scalar.STRING,
        "LogoUri": Scalar.STRING,
        "BillingSettings": BILLING_SETTINGS,
    },
    ENTITY,
)
ACCOUNT_PAGE = page_of(ACCOUNT)
