"""What the operations of authentication do (FACTS.md E1.7, E4)."""

from typing import Any

from mock_server.vendors.evovoice.access import Access, Caller, Cookies, User
from mock_server.vendors.evovoice.accounts.service import AccountService

_PERMISSIONS = (
    "ViewFiles", "ViewNotifications", "ViewSessions", "ViewEndpoints", "ViewReports", "ViewCustomers", "ViewFlows",
)  # fmt: skip


class AuthenticationService:
    """Signs users in and out, and describes them."""

    def __init__(self, access: Access, accounts: AccountService) -> None:
        self._access = access
        self._accounts = accounts

    def describe(self, user: User | None) -> dict[str, Any]:
        """Return the UserInfo. Without a user it only says that no one is signed in."""
        if user is None:
            return {"isAuthenticated": False}
        accounts = self._accounts.of(user)
        first = user.name.partition("@")[0].capitalize()
        return {
            "id": user.id,
            "isAuthenticated": True,
            "firstName": first,
            "lastName": "Example",
            "name": f"{first} Example",
            "emailAddress": user.name,
            "roles": list(user.roles),
            "accountIds": [account["id"] for account in accounts],
            "accountNames": [account["name"] for account in accounts],
            "managerAccess": "ReadWriteDelete" if user.roles else "ReadOnly",
            "dashboardPermissions": list(_PERMISSIONS),
        }

    def sign_in(self, name: str, password: str, *, remember: bool) -> tuple[dict[str, Any], Cookies]:
        """Return the AuthenticateResponse and the cookies of a new session. Raises Problem."""
        user, session, cookies = self._access.sign_in(name, password, remember=remember)
        return self.describe_sign_in(user, session), cookies

    def sign_out(self, caller: Caller) -> Cookies:
        """End the caller's session, and return the cookies that delete those of signing in."""
        return self._access.sign_out(caller)

    def describe_sign_in(self, user: User, session: str) -> dict[str, Any]:
        """Return the AuthenticateResponse of a user who is signed in."""
        described = self.describe(user)
        return {
            "userId": user.id,
            **({"sessionId": session} if session else {}),
            "userName": user.name,
            "displayName": described["name"],
            "roles": described["roles"],
            "permissions": [],
        }
