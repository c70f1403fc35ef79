"""The data types of AI sessions (FACTS.md E3)."""

from mock_server.vendors.evovoice.schemas.entities import AI_NAMESPACE, ENTITY, page_of
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

ACTION = DataType(
    "AISessionActionInfo",
    AI_NAMESPACE,
    dict.fromkeys(("Date", "Id", "FunctionName", "Arguments", "Description"), Scalar.STRING)
    | {"CanBeApplied": Scalar.BOOL},
)
# The published page of the list has neither actions nor log (FACTS.md E3.2).
LISTED_SESSION = DataType(
    "AISessionInfo", AI_NAMESPACE, dict.fromkeys(("AccountId", "AccountName", "Purpose"), Scalar.STRING), ENTITY
)
SESSION = DataType(
    "AISessionInfo", AI_NAMESPACE, {**LISTED_SESSION.own, "Actions": ListOf(ACTION), "Log": Scalar.STRING}, ENTITY
)
SESSION_PAGE = page_of(LISTED_SESSION)
