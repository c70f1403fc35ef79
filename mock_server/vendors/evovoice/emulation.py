"""The state behind the operations: what all resources share, and one service for each of them."""

from collections.abc import Callable, Iterable, Iterator

from mock_server.core.ids import Ids
from mock_server.core.store import Document
from mock_server.core.vendor import Adjust, Context, Request, unadjusted
from mock_server.vendors.evovoice import seeding
from mock_server.vendors.evovoice.access import Access, Caller
from mock_server.vendors.evovoice.accounts.collection import ACCOUNTS
from mock_server.vendors.evovoice.accounts.service import AccountService
from mock_server.vendors.evovoice.authentication.service import AuthenticationService
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.evovoice.sessions.collection import SESSIONS
from mock_server.vendors.evovoice.sessions.service import SessionService
from mock_server.vendors.evovoice.usage.collection import CUSTOMER_USAGE
from mock_server.vendors.evovoice.usage.service import UsageService


class EvoVoiceEmulation:
    """One Evo Voice."""

    def __init__(self, context: Context, _like: "EvoVoiceEmulation | None" = None) -> None:
        options: EvoVoiceOptions = context.options
        database, self._clock, self._seed = context.database, context.clock, context.seed
        sessions = database.collection(SESSIONS.name)
        # Counted in, so that a store that is opened again does not draw the ids that it has drawn before.
        ids = Ids("evovoice", context.seed, sessions.next_doc_id - 1)
        self.access: Access = Access(options, context.seed, context.clock)
        self.accounts: AccountService = AccountService(database.collection(ACCOUNTS.name))
        self.sessions: SessionService = SessionService(
            sessions, self.accounts, context.clock, ids, check=context.check_references
        )
        self.usage: UsageService = UsageService(database.collection(CUSTOMER_USAGE.name))
        self.authentication: AuthenticationService = AuthenticationService(self.access, self.accounts)

    def authenticate(self, request: Request) -> Caller:
        """Return the caller, who may be anonymous: what a caller may do is decided after the request is parsed."""
        return self.access.identify(request)

    def advance(self) -> None:
        """Do nothing: sign-ins expire when they are next used, and nothing else depends on the clock."""

    def is_due(self) -> bool:
        """Return False: `advance` never has anything to do."""
        return False

    def seed(self, count: int, progress: Callable[[int], None], adjust: Adjust = unadjusted) -> int:
        """Add the accounts, their usage and `count` adjusted sessions, and return how many sessions were added."""
        now = self._clock.now()
        self.accounts.add(seeding.accounts(seed=self._seed, now=now))
        self.usage.add(seeding.usage(seed=self._seed, now=now))
        authors = tuple(user.id for user in self.access.users)
        made = seeding.sessions(count, seed=self._seed, now=now, authors=authors)
        adjusted = (adjust(session, number, now) for number, session in enumerate(made))
        return self.sessions.add(_reported(adjusted, progress))

    def count(self) -> int:
        """Return the number of sessions."""
        return self.sessions.count()

    def churn(self, number: int) -> None:
        """Create sessions as the first user, as another client would."""
        for _ in range(number):
            self.sessions.create(self.access.users[0], None, "Made in between")


def _reported(documents: Iterable[Document], progress: Callable[[int], None]) -> Iterator[Document]:
    """Yield the documents, and report progress after every thousand."""
    for number, document in enumerate(documents, 1):
        if number % 1000 == 0:
            progress(1000)
        yield document
