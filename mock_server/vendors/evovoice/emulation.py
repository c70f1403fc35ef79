"""The state behind the operations, put together."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mock_server.core.clock import Clock
from mock_server.core.ids import Ids
from mock_server.core.store import Document
from mock_server.core.vendor import Adjust, Context, Request, unadjusted
from mock_server.vendors.evovoice import seeding
from mock_server.vendors.evovoice.access import Access, Caller, Cookies, User
from mock_server.vendors.evovoice.accounts import ACCOUNTS, Accounts
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.evovoice.sessions import SESSIONS, USAGE, Sessions, Usage

_PERMISSIONS = (
    "ViewFiles", "ViewNotifications", "ViewSessions", "ViewEndpoints", "ViewReports", "ViewCustomers", "ViewFlows",
)  # fmt: skip


class EvoVoice:
    """Users, accounts, sessions and usage; a caller is an `access.Caller`."""

    def __init__(self, context: Context, _like: "EvoVoice | None" = None) -> None:
        options: EvoVoiceOptions = context.options
        database = context.database
        self.clock: Clock = context.clock
        self._seed = context.seed
        self._rows = database.collection(SESSIONS.name)
        self._account_rows = database.collection(ACCOUNTS.name)
        self._usage_rows = database.collection(USAGE.name)
        # A store that is opened again must not be given the ids that it already holds.
        ids = Ids("evovoice", context.seed, self._rows.count())
        self.access = Access(options, context.seed, context.clock)
        self.accounts = Accounts(self._account_rows)
        self.sessions = Sessions(self._rows, self.accounts, self.clock, ids, check=context.check_references)
        self.usage = Usage(self._usage_rows)

    def authenticate(self, request: Request) -> Caller:
        """Whoever is calling, nobody included: what the caller may do is asked after the request was read."""
        return self.access.identify(request)

    def advance(self) -> None:
        """Nothing falls due: sign-ins end when they are next used."""

    def is_due(self) -> bool:
        """Return False: nothing falls due."""
        return False

    def seed(self, count: int, progress: Callable[[int], None], adjust: Adjust = unadjusted) -> int:
        """Make the accounts, their usage and `count` sessions; how many sessions that were."""
        now = self.clock.now()
        self._account_rows.insert_many(seeding.accounts(seed=self._seed, now=now))
        self._usage_rows.insert_many(seeding.usage(seed=self._seed, now=now))
        authors = tuple(user.id for user in self.access.users)
        made = seeding.sessions(count, seed=self._seed, now=now, authors=authors)
        shaped = (adjust(session, number, now) for number, session in enumerate(made))
        return self._rows.insert_many(_seen(shaped, progress))

    def count(self) -> int:
        """How many sessions there are."""
        return self._rows.count()

    def churn(self, number: int) -> None:
        """Make sessions of the first user."""
        for _ in range(number):
            self.sessions.create(self.access.users[0], {"Purpose": "Made in between"})

    def describe(self, user: User | None) -> dict[str, Any]:
        """The UserInfo; of nobody only that nobody is signed in."""
        if user is None:
            return {"isAuthenticated": False}
        accounts = self.accounts.of(user)
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
        """The AuthenticateResponse and the cookies. Raises Problem."""
        user, session, cookies = self.access.sign_in(name, password, remember=remember)
        return self.welcome(user, session), cookies

    def welcome(self, user: User, session: str) -> dict[str, Any]:
        """The AuthenticateResponse of somebody who is signed in."""
        described = self.describe(user)
        return {
            "userId": user.id,
            **({"sessionId": session} if session else {}),
            "userName": user.name,
            "displayName": described["name"],
            "roles": described["roles"],
            "permissions": [],
        }


def _seen(documents: Iterable[Document], progress: Callable[[int], None]) -> Iterator[Document]:
    for number, document in enumerate(documents, 1):
        if number % 1000 == 0:
            progress(1000)
        yield document
