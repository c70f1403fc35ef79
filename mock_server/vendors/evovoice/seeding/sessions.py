"""The seeded sessions, written one after another."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from mock_server.core.clock import format_instant
from mock_server.vendors.evovoice.seeding.accounts import QUIET, Document, accounts, neighbour, object_id
from mock_server.vendors.evovoice.seeding.purposes import WISHES, Cast, Slots, fill_slots, gather_cast, queue_actions

_HOUR = 3_600_000
_WINDOW = 90 * 24 * _HOUR
_BATCH = 12  # sessions of one instant
_ENOUGH = 20  # fewer sessions have no oddities

# Purposes to be mistaken for each other by a sloppy filter, or for something else by a reader.
ODD_PURPOSES = (
    "",
    "0",
    "null",
    "=SUM(A1:A9)",
    "Change the Greeting",
    "change the greeting",
    "<b>&amp;</b> ]]>",
    "[a,b]{c:d}",
    'Say "hi", then hang up',
    "Line one\r\nline two\ttabbed",
    "Größe prüfen – サイズ交換 – تبديل 😀",
)


def sessions(count: int, *, seed: object, now: int, authors: Sequence[str]) -> Iterator[Document]:
    """`count` documents, oldest first, of the 90 days before `now`; the same arguments give the same ones."""
    author = _Author(seed, now, authors)
    odd = _place(ODD_PURPOSES, count)
    tied = range(count // 3, count // 3 + _BATCH) if count >= _ENOUGH else range(0)
    previous = now - _WINDOW
    for index in range(count):
        if index not in tied[1:]:
            aim = now - _WINDOW + int((index + author.source.random()) / count * _WINDOW)
            previous = max(previous, min(_by_day(aim), now))
        yield author.write(previous, odd.get(index), beside=index in tied[1:2])


def _place(texts: Sequence[str], count: int) -> dict[int, str]:
    """Which of `count` sessions have which text: each once, evenly spread, and none when there are too few."""
    if count < _ENOUGH:
        return {}
    return {(2 * number + 1) * count // (2 * len(texts)): text for number, text in enumerate(texts)}


def _by_day(instant: int) -> int:
    """Nights move to the day after: most people work from eight to six."""
    hour = instant // _HOUR % 24
    return instant if 8 <= hour < 18 else instant + (8 - hour) % 24 * _HOUR // 2


class _Author:
    """Knows the accounts and the people."""

    def __init__(self, seed: object, now: int, authors: Sequence[str]) -> None:
        self.source = random.Random(f"evovoice sessions:{seed}")
        self._chance = self.source.random
        self._now = now
        self._authors = tuple(authors)
        busy = [account for number, account in enumerate(accounts(seed=seed, now=now)) if number != QUIET]
        self._accounts = [(account["id"], account["name"]) for account in busy]
        self._cast: Cast = gather_cast(seed)
        self._id = object_id(self.source)

    def write(self, created: int, odd: str | None, *, beside: bool) -> Document:
        """The next session; `beside` gives it almost the id of the one before."""
        self._id = neighbour(self._id) if beside else object_id(self.source)
        chance = self._chance
        busy = chance() if chance() < 0.7 else 1.0  # the first accounts ask more often
        account, name = self._accounts[int(chance() * busy * len(self._accounts))]
        slots = fill_slots(self._cast, chance)
        function, wish = WISHES[int(chance() * len(WISHES))]
        document: Document = {"accountId": account, "accountName": name}
        if odd is not None:
            document["purpose"] = odd
        elif chance() > 0.03:
            document["purpose"] = wish.format_map(slots)
        document.update(self._changes(function, slots, created))
        changed = min(self._now, created + int(chance() * chance() * 48 * _HOUR))
        document["id"] = self._id
        document["dateCreated"] = format_instant(created)
        if chance() > 0.05:
            document["dateLastModified"] = format_instant(changed)
        document["createdBy"] = self._somebody()
        if "dateLastModified" in document:
            document["lastModifiedBy"] = self._somebody()
        return document

    def _changes(self, function: str, slots: Slots, created: int) -> dict[str, Any]:
        """Queued actions on a third of the sessions; a tenth has applied them already."""
        roll = self._chance()
        if roll > 0.43:
            return {}
        actions = queue_actions(function, slots, self.source)
        if roll < 0.1:
            log = "\n".join(f"Applied {action['functionName']}: {action['description']}" for action in actions)
            return {"log": log}
        at = format_instant(min(self._now, created + int(self._chance() * _HOUR)))
        return {"actions": [{"date": at, "id": object_id(self.source), **action} for action in actions]}

    def _somebody(self) -> str:
        return self._authors[int(self._chance() * len(self._authors))]
