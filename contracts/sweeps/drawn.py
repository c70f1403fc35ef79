"""Lists asked at random, but directed: few filters, with values from rows, so that most pages have some."""

from __future__ import annotations

import random
from collections.abc import Iterator

from contracts.rules.laws import ListLaws
from contracts.rules.model import Ask, Probe
from contracts.sweeps.lists import AskFor


def draw(laws: ListLaws, ask: AskFor, source: random.Random, count: int) -> Iterator[Probe]:
    """`count` pages of filtered and ordered lists, each with the whole list in the same order."""
    for _ in range(count if laws.universe else 0):
        sorting = laws.sortings[source.choice(list(laws.sortings))]
        order = source.choice((sorting.ascending, sorting.descending))
        row = source.choice(laws.universe)
        filters = {}
        for name in source.sample(list(laws.filters), source.choice((0, 1, 1, 2))):
            values = laws.filters[name].values([row])
            if values:
                filters[name] = source.choice(values)
        size = source.choice((1, 3, 10, laws.paging.default_size))
        index = source.choice((0, 0, 0, 1, 2))
        whole = Ask.of(laws.operation, {**laws.window, **laws.whole, **order})
        page = Ask.of(laws.operation, {**laws.window, **filters, **order, **laws.paging.query(index, size)})
        sent = (whole, ask(whole)), (page, ask(page))
        yield Probe("drawn", laws.operation, sent, {"index": index, "size": size})
