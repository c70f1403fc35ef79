"""Asks a list by every filter, order and page, with values from its own rows; judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product

from contracts.rules.laws import ListLaws, Sorting, askable, at, is_sendable
from contracts.rules.model import Answer, Ask, Probe, Row, Unreadable

AskFor = Callable[[Ask], Answer]
Sweep = Callable[[ListLaws, AskFor], Iterator[Probe]]
_Filter = tuple[str, str]  # parameter and value
_SMALL, _LARGER = 7, 20  # rows that are paged one by one, and by seven
_MOST_STEPS = 50  # of a walk by cursor
_MOST_PAGES, _FEW_PAGES = 20, 4  # of the default size: of the whole list, or of a part of a longer one


def with_universe(laws: ListLaws, ask: AskFor) -> ListLaws:
    """Return the laws with all rows, or with the newest of them where one answer does not hold all.

    Raises Unreadable when the answer is not a list.
    """
    answer = ask(Ask.of(laws.operation, laws.whole))
    rows, total = laws.rows(answer), laws.total(answer)
    full = laws.whole.get("limit") == str(len(rows))
    if laws.newest is None or not full or not isinstance(total, int) or total <= len(rows):
        return replace(laws, universe=tuple(rows))
    window = laws.newest(rows)
    newest = ask(Ask.of(laws.operation, {**laws.whole, **window}))
    return replace(laws, window=window, universe=tuple(laws.rows(newest)))


class _Asking:
    """Puts probes together."""

    def __init__(self, laws: ListLaws, ask: AskFor) -> None:
        self.laws = laws
        self._ask = ask

    def one(self, *queries: Mapping[str, str], fresh: int = 0) -> tuple[Ask, Answer]:
        """One request with these queries joined."""
        joined = {name: value for query in queries for name, value in query.items()}
        joined = {**joined, **{name: value for name, value in self.laws.window.items() if name not in joined}}
        sent = replace(Ask.of(self.laws.operation, joined), fresh=fresh)
        return sent, self._ask(sent)

    def probe(self, kind: str, *sent: tuple[Ask, Answer], **about: object) -> Probe:
        """A probe of the list."""
        return Probe(kind, self.laws.operation, sent, about)


def _filters(asking: _Asking) -> Iterator[Probe]:
    laws, whole = asking.laws, asking.laws.whole
    worth = [(name, text) for name, each in laws.filters.items() for text in each.values(laws.universe)]
    for name, text in worth:
        yield asking.probe("filtered", asking.one(whole, {name: text}))
        parts = text.split(",") if laws.filters[name].union_of and "," in text else []
        if parts:
            single = laws.filters[name].union_of
            apart = [asking.one(whole, {single: part}) for part in parts]
            yield asking.probe("united", asking.one(whole, {name: text}), *apart)
    for one, other in _crossing_pairs(laws, worth):
        both = asking.one(whole, dict((one, other)))
        yield asking.probe("filtered", both)
        yield asking.probe("narrowed", asking.one(whole, dict((one,))), both)
    yield from _likely_pairs(asking)


def _crossing_pairs(laws: ListLaws, worth: Sequence[_Filter]) -> Iterator[tuple[_Filter, _Filter]]:
    """Neighbouring filters with values of which each keeps rows that the other does not.

    Where one keeps no more than the other does, a server that forgets the other answers the same.
    """
    kept = {
        (name, text): {number for number, row in enumerate(laws.universe) if laws.keeps(name, text, row)}
        for name, text in worth
    }
    by_name = [[each for each in worth if each[0] == name] for name in dict.fromkeys(name for name, _ in worth)]
    for ones, others in pairwise(by_name):
        yield max(product(ones, others), key=lambda pair: _crossing(kept[pair[0]], kept[pair[1]]))


def _crossing(some: set[int], others: set[int]) -> int:
    """How many of the three parts of two overlapping sets are there."""
    return bool(some - others) + bool(others - some) + bool(some & others)


def _likely_pairs(asking: _Asking) -> Iterator[Probe]:
    """Two filters that some row satisfies both, since most pairs leave nothing."""
    laws, names = asking.laws, list(asking.laws.filters)
    for row in laws.universe[:: max(1, len(laws.universe) // 4)][:4]:
        fitting = [
            (name, text) for name in names for text in laws.filters[name].values([row]) if laws.keeps(name, text, row)
        ]
        for (name, text), (other, narrower) in list(pairwise(fitting))[:2]:
            both = asking.one(laws.whole, {name: text, other: narrower})
            yield asking.probe("filtered", both)


def _bounds(asking: _Asking) -> Iterator[Probe]:
    whole = asking.laws.whole
    for bounds in asking.laws.bounds:
        values = asking.laws.filters[bounds.greater].values(asking.laws.universe)
        for number, value in enumerate(values):
            for above, below in ((bounds.greater, bounds.less_equal), (bounds.greater_equal, bounds.less)):
                sent = asking.one(whole, {above: value}), asking.one(whole, {below: value})
                yield asking.probe("split", *sent, value=value)
                for name in (above, below) if number == 0 else ():
                    others = [asking.one(whole, {name: text}) for text in bounds.spellings(value)]
                    yield asking.probe("respelled", asking.one(whole, {name: value}), *others)


def _orders(asking: _Asking) -> Iterator[Probe]:
    laws, whole = asking.laws, asking.laws.whole
    for name, sorting in laws.sortings.items():
        up, down = asking.one(whole, sorting.ascending), asking.one(whole, sorting.descending)
        yield asking.probe("sorted", up, sorting=name, descending=False)
        yield asking.probe("sorted", down, sorting=name, descending=True)
        yield asking.probe("reversed", up, down, sorting=name)
    yield asking.probe("unsorted", asking.one(whole), sorting=laws.default_sorting, descending=True)
    yield asking.probe("repeated", asking.one(whole), asking.one(whole, fresh=1))
    few = asking.one({})
    yield asking.probe("unsorted", few, sorting=laws.default_sorting, descending=True)


def _pages(asking: _Asking) -> Iterator[Probe]:
    laws, rows = asking.laws, asking.laws.universe
    sorting = laws.sortings[laws.default_sorting]
    default, total = laws.paging.default_size, len(rows)
    many = total if total <= _MOST_PAGES * default else _FEW_PAGES * default
    plans = [(_SMALL, 1), (_LARGER, 7), (many, default), (total, total), (total, total + 1)]
    for number, (count, size) in enumerate(plans):
        chosen, shown = _part(laws, count)
        for order in (sorting.ascending, sorting.descending) if number < 3 else (sorting.descending,):
            if 0 < size <= 1000 and (shown or not rows):
                yield _paged(asking, {**chosen, **order}, shown, size)


def _paged(asking: _Asking, query: Mapping[str, str], count: int, size: int) -> Probe:
    whole = asking.one(asking.laws.whole, query)
    pages = [asking.one(query, asking.laws.paging.query(index, size)) for index in range(-(-count // size) or 1)]
    return asking.probe("paged", whole, *pages, size=size)


def _pages_of_another_order(asking: _Asking) -> Iterator[Probe]:
    """The order with the most ties, where a page is most easily cut in the wrong place."""
    laws = asking.laws

    def distinct(sorting: Sorting) -> int:
        try:
            return len({str(sorting.key(row)) for row in laws.universe})
        except Unreadable:
            return len(laws.universe)

    tied = min(laws.sortings.values(), key=distinct)
    chosen, shown = _part(laws, _LARGER)
    if shown or not laws.universe:
        yield _paged(asking, {**chosen, **tied.ascending}, shown, 7)


def _part(laws: ListLaws, count: int) -> tuple[Mapping[str, str], int]:
    """Return a query for at most `count` rows, and how many it matches; 0 if no row has an id that can be sent."""
    if count >= len(laws.universe):
        return {}, len(laws.universe)
    some = _some_ids(laws.universe, count)
    return {laws.ids: ",".join(some)}, len(some)


def _some_ids(rows: Sequence[Row], count: int) -> list[str]:
    """Ids from everywhere in the list, neighbours in time among them."""
    rows = askable(rows)
    step = max(1, len(rows) // count)
    return [str(row["id"]) for row in rows[::step][:count]]


def _edges(asking: _Asking) -> Iterator[Probe]:
    laws = asking.laws
    behind = laws.paging.query(len(laws.universe) + 1, 1)
    yield asking.probe("past", asking.one(behind))
    if laws.impossible:
        yield asking.probe("impossible", asking.one(laws.impossible))


def _count_only(asking: _Asking) -> Iterator[Probe]:
    yield asking.probe("counted", asking.one({"limit": "0"}))


def _cursor(asking: _Asking) -> Iterator[Probe]:
    laws = asking.laws
    chosen, shown = _part(laws, _LARGER)
    some = {**chosen, "limit": "6"}
    for sorting in laws.sortings.values() if shown or not laws.universe else ():
        for order in (sorting.ascending, sorting.descending):
            whole = asking.one(laws.whole, order, chosen)
            walk = [asking.one(some, order)]
            while is_sendable(cursor := at(walk[-1][1].json, "/metadata/nextCursor")) and len(walk) < _MOST_STEPS:
                walk.append(asking.one(some, order, {"cursor": cursor}))
            yield asking.probe("walked", whole, *walk)


def _all_at_once(asking: _Asking) -> Iterator[Probe]:
    total = {"CountPerPage": str(len(asking.laws.universe) or 1)}
    paged = {"All": "true", "Page": "2", "CountPerPage": "3"}
    yield asking.probe("everything", asking.one(total), asking.one({"All": "true"}), asking.one(paged))


def _simplified(asking: _Asking) -> Iterator[Probe]:
    for index, size in ((0, 25), (1, 7), (3, 5)):
        page = asking.laws.paging.query(index, size)
        yield asking.probe("simplified", asking.one(page), asking.one(page, {"SimplifiedPaging": "true"}))


def _has_more(asking: _Asking) -> Iterator[Probe]:
    """Both ways of paging, at the first page, at the last full one, and where the rows just fit."""
    laws = asking.laws
    chosen, count = _part(laws, _LARGER)
    if not count and laws.universe:
        return
    for simplified in ({}, {"SimplifiedPaging": "true"}):
        for size in (7, max(1, count // 2)):
            pages = [asking.one(chosen, simplified, laws.paging.query(index, size)) for index in range(4)]
            for here, next_ in pairwise(pages):
                yield asking.probe("more", here, next_)


def _ids_any_order(asking: _Asking) -> Iterator[Probe]:
    some = _some_ids(asking.laws.universe, _SMALL)
    if not some and asking.laws.universe:
        return
    spellings = (",".join(some), ",".join(reversed(some)), f"[{','.join(some[1:] + some[:1])}]")
    yield asking.probe("shuffled", *(asking.one({asking.laws.ids: text}) for text in spellings))


_SPECIAL: Mapping[str, Callable[[_Asking], Iterator[Probe]]] = {
    "count-only": _count_only,
    "cursor": _cursor,
    "all-at-once": _all_at_once,
    "simplified": _simplified,
    "has-more": _has_more,
    "ids-any-order": _ids_any_order,
}
_PLANS = (_filters, _bounds, _orders, _pages, _pages_of_another_order, _edges)


def sweeps_of(laws: ListLaws) -> Iterator[Sweep]:
    """Return the sweeps of the list, one after the other. The rows must have been read before."""
    special = (plan for rule, plan in _SPECIAL.items() if rule in laws.sources)
    return map(_sweep, (*_PLANS, *special))


def _sweep(plan: Callable[[_Asking], Iterator[Probe]]) -> Sweep:
    return lambda laws, ask: plan(_Asking(laws, ask))
