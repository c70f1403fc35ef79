"""The seeded sessions, made one after another."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from mock_server.core.clock import format_instant
from mock_server.vendors.evovoice.seeding.accounts import Document, account_ids, neighbour, object_id
from mock_server.vendors.evovoice.seeding.arrivals import Arrival, plan_arrivals
from mock_server.vendors.evovoice.seeding.businesses import PLACES, hire
from mock_server.vendors.evovoice.seeding.calendar import DAY, HOUR, local_day
from mock_server.vendors.evovoice.seeding.slots import Slots
from mock_server.vendors.evovoice.seeding.templates import ROLLOUT, Template, templates_of

_MINUTE = 60_000
_STEPS = (11, 13, 17, 19, 23, 29, 31)  # primes, so that every template is used
_ENOUGH = 100  # fewer sessions get no odd purposes

# Purposes that a wrong filter confuses with each other, or that a client takes for another type.
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
_ODD: tuple[str | None, ...] = (*ODD_PURPOSES, None, None, None)  # None is a session without a purpose


def sessions(count: int, *, seed: object, now: int, authors: Sequence[str]) -> Iterator[Document]:
    """Yield `count` documents of the 90 days before `now`, oldest first. The same arguments give the same ones."""
    author = _Author(seed, now, authors)
    odd = _place(_ODD, count)
    for index, arrival in enumerate(plan_arrivals(count, now, author.source)):
        yield author.write_odd(arrival, odd[index]) if index in odd else author.write(arrival)


def _place(texts: Sequence[str | None], count: int) -> dict[int, str | None]:
    """Return which of `count` sessions get which text. None is on the first page of either order by date."""
    if count < _ENOUGH:
        return {}
    first, width = count * 3 // 10, count * 4 // 10
    return {first + (2 * number + 1) * width // (2 * len(texts)): text for number, text in enumerate(texts)}


class _Author:
    """Makes sessions from the accounts, their people, and what each account asked for last."""

    def __init__(self, seed: object, now: int, authors: Sequence[str]) -> None:
        self.source = random.Random(f"evovoice sessions:{seed}")
        self._chance = self.source.random
        self._now = now
        self._authors = tuple(authors)
        self._accounts = [(key, place.name) for key, place in zip(account_ids(seed), PLACES, strict=True)]
        self._staff = hire(self.source)
        self._decks = [templates_of(place.language, place.trade) for place in PLACES]
        self._steps = [self.source.choice([step for step in _STEPS if len(deck) % step]) for deck in self._decks]
        self._asked = [int(self._chance() * len(deck)) for deck in self._decks]
        self._id = object_id(self.source)

    def write(self, arrival: Arrival) -> Document:
        """Return the next session."""
        document = self._begin(arrival)
        place = PLACES[arrival.account]
        slots = Slots(place, self._staff[arrival.account], local_day(place.zone, arrival.instant), self._chance)
        template = self._ask(arrival.account) if arrival.batched is None else ROLLOUT[place.language]
        document["purpose"] = template.text.format_map(slots)
        if self._chance() < 0.05:
            return self._end(document, arrival, None)
        changed = self._changed(arrival)
        if template.steps:
            document.update(self._changes(template, slots, arrival.instant, changed))
        return self._end(document, arrival, changed)

    def write_odd(self, arrival: Arrival, purpose: str | None) -> Document:
        """Return the next session, with this purpose or without one."""
        document = self._begin(arrival)
        if purpose is not None:
            document["purpose"] = purpose
        return self._end(document, arrival, self._changed(arrival))

    def _ask(self, account: int) -> Template:
        """Return the account's next template. None repeats before all others were used."""
        self._asked[account] += self._steps[account]
        deck = self._decks[account]
        return deck[self._asked[account] % len(deck)]

    def _begin(self, arrival: Arrival) -> Document:
        # The ids of the first two of a batch differ in one digit.
        self._id = neighbour(self._id) if arrival.batched == 1 else object_id(self.source)
        account, name = self._accounts[arrival.account]
        return {"accountId": account, "accountName": name}

    def _end(self, document: Document, arrival: Arrival, changed: int | None) -> Document:
        document["id"] = self._id
        document["dateCreated"] = format_instant(arrival.instant)
        if changed is not None:
            document["dateLastModified"] = format_instant(changed)
        # Most sessions of an account are made by the same user.
        usual = arrival.account if self._chance() < 0.9 else arrival.account + 1
        document["createdBy"] = self._authors[usual % len(self._authors)]
        if changed is not None:
            last = usual if self._chance() < 0.85 else usual + 1
            document["lastModifiedBy"] = self._authors[last % len(self._authors)]
        return document

    def _changed(self, arrival: Arrival) -> int:
        """Return when the session was last changed: within minutes, or at about that time on a later working day."""
        chance, created = self._chance, arrival.instant
        after = int((0.5 + 18 * chance() * chance()) * _MINUTE)
        if chance() < 0.2:
            day = local_day(PLACES[arrival.account].zone, created).weekday()
            later = created + (1 if day not in (4, 5) else 7 - day) * DAY + int((chance() - 0.5) * 3 * HOUR)
            if later <= self._now:
                return later
        return min(created + after, created + int((self._now - created) * chance()))

    def _changes(self, template: Template, slots: Slots, created: int, changed: int) -> dict[str, Any]:
        """Return queued actions for about a third of the sessions, or the log of a tenth that have applied them."""
        roll = self._chance()
        if roll > 0.52:
            return {}
        actions = [step.fill(slots) for step in template.steps]
        if roll < 0.12:
            return {"log": "\n".join(f"Applied {each['functionName']}: {each['description']}" for each in actions)}
        pause = min(changed - created, 8 * _MINUTE) // (len(actions) + 1)
        return {
            "actions": [
                {
                    "date": format_instant(created + number * pause),
                    "id": object_id(self.source),
                    **action,
                    "canBeApplied": self._chance() < 0.85,
                }
                for number, action in enumerate(actions, 1)
            ]
        }
