"""The state behind the operations: what all resources share, and one service for each of them."""

from collections.abc import Callable

from mock_server.core.ids import Ids
from mock_server.core.vendor import Adjust, Context, Request, unadjusted
from mock_server.vendors.vapi import seeding
from mock_server.vendors.vapi.access import Organisations
from mock_server.vendors.vapi.events import EventFactory
from mock_server.vendors.vapi.options import VapiOptions
from mock_server.vendors.vapi.sessions.collection import SESSIONS
from mock_server.vendors.vapi.sessions.service import SessionService


class VapiEmulation:
    """One Vapi. A caller is an organisation, given by its id.

    `like` is an emulation whose database holds the same documents; what was worked out there is taken over.
    """

    def __init__(self, context: Context, like: "VapiEmulation | None" = None) -> None:
        options: VapiOptions = context.options
        self._clock = context.clock
        self._seed = context.seed
        self.organisations: Organisations = like.organisations if like else Organisations(options.api_key, context.seed)
        self.catalogue: seeding.Catalogue = like.catalogue if like else seeding.catalogue(context.seed)
        assistants = self.catalogue.assistants
        events = EventFactory(context.clock, options, assistants)
        # Counted in, so that a store that is opened again does not draw the ids that it has drawn before.
        ids = Ids("vapi", context.seed, context.database.collection(SESSIONS.name).next_doc_id - 1)
        self.sessions: SessionService = SessionService(
            context, ids, events, assistants, like.sessions if like else None
        )

    def authenticate(self, request: Request) -> str:
        """Return the id of the calling organisation. Raises Problem."""
        return self.organisations.authenticate(request)

    def advance(self) -> None:
        """Complete the sessions that have expired."""
        self.sessions.complete_expired()

    def is_due(self) -> bool:
        """Return whether `advance` may have anything to do that no other thread is doing."""
        return self.sessions.has_expired()

    def seed(self, count: int, progress: Callable[[int], None], adjust: Adjust = unadjusted) -> int:
        """Give each organisation `count` adjusted sessions, and return how many were added."""
        added, now = 0, self._clock.now()
        for organisation in self.organisations.ids:
            made = seeding.sessions(count, seed=self._seed, org_id=organisation, now=now)
            adjusted = (adjust(session, number, now) for number, session in enumerate(made))
            added += self.sessions.add(adjusted, progress)
        return added

    def count(self) -> int:
        """Return the number of sessions of all organisations."""
        return self.sessions.count_all()

    def churn(self, number: int) -> None:
        """Create sessions in the first organisation, as another client would."""
        for _ in range(number):
            self.sessions.create(self.organisations.ids[0], {"name": "Made in between"})
