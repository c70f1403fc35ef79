"""The data types of signing in (FACTS.md E1.7, E4.3)."""

from mock_server.vendors.evovoice.schemas.entities import AUTHENTICATION_NAMESPACE, FRAMEWORK_NAMESPACE
from mock_server.vendors.evovoice.schemas.errors import STATUS
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

USER = DataType(
    "UserInfo",
    AUTHENTICATION_NAMESPACE,
    {
        "Id": Scalar.STRING,
        "IsAuthenticated": Scalar.BOOL,
        **dict.fromkeys(("FirstName", "LastName", "Name", "AvatarUrl", "EmailAddress"), Scalar.STRING),
        **dict.fromkeys(("Roles", "AccountIds", "AccountNames"), ListOf(Scalar.STRING)),
        "ManagerAccess": Scalar.STRING,
        "DashboardPermissions": ListOf(Scalar.STRING),
    },
)
SIGN_IN = DataType(
    "AuthenticateResponse",
    FRAMEWORK_NAMESPACE,
    {
        **dict.fromkeys(("UserId", "SessionId", "UserName", "DisplayName", "ReferrerUrl"), Scalar.STRING),
        **dict.fromkeys(("BearerToken", "RefreshToken", "ProfileUrl"), Scalar.STRING),
        **dict.fromkeys(("Roles", "Permissions"), ListOf(Scalar.STRING)),
        "ResponseStatus": STATUS,
    },
    ordered=True,
    secret=frozenset({"SessionId", "BearerToken", "RefreshToken"}),
)
