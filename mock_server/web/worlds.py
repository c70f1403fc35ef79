"""A world: one data set with everything that moves in it, and how a request finds its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.core.clock import Clock
from mock_server.core.store import Database
from mock_server.core.store.ledger import Ledger
from mock_server.core.vendor import Emulation, Surroundings
from mock_server.web.webhooks import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that one set of callers shares."""

    surroundings: Surroundings
    emulations: Mapping[str, Emulation]
    sender: Sender

    @property
    def clock(self) -> Clock:
        """What time it is here."""
        return self.surroundings.clock

    @property
    def database(self) -> Database:
        """What is kept here."""
        return self.surroundings.database

    @property
    def ledger(self) -> Ledger:
        """What happened here."""
        return self.database.ledger

    def advance(self) -> None:
        """Let happen what the clock has made due."""
        for emulation in self.emulations.values():
            emulation.advance()

    def close(self) -> None:
        """Send everybody home, and let go of files."""
        self.ledger.close()
        self.sender.close()
        self.database.close()
