"""The laws of lists: filters, orders, pages, totals. Each judges one facet of what a list answered."""

from __future__ import annotations

from itertools import pairwise

from contracts.rules.laws import ListLaws, at, cut, ids_of
from contracts.rules.model import Bite, Probe, Verdict, Violation, bite
from contracts.rules.model import rule as _rule


def _filters(laws: ListLaws, probe: Probe, place: int = 0) -> list[tuple[str, str]]:
    return [(name, text) for name, text in probe.sent[place][0].query if name in laws.filters]


def _sound(laws: ListLaws, probe: Probe) -> Verdict:
    filters, rows = _filters(laws, probe), laws.rows(probe.answers[0])
    for name, text in filters:
        kept = laws.filters[name]
        wrong = [cut(row, kept.member) for row in rows if not kept.holds(row, text)]
        if wrong:
            return Violation(f"{len(wrong)} of {len(rows)} rows break {name}={text!r}", tuple(wrong))
    return bite(len(laws.matching(filters)) < len(laws.universe))


def _complete(laws: ListLaws, probe: Probe) -> Verdict:
    filters = _filters(laws, probe)
    expected = laws.matching(filters)
    found = set(ids_of(laws.rows(probe.answers[0])))
    missing = [
        cut(row, *(laws.filters[name].member for name, _ in filters))
        for row, key in zip(expected, ids_of(expected), strict=True)
        if key not in found
    ]
    if missing:
        asked = ", ".join(f"{name}={text!r}" for name, text in filters)
        return Violation(f"{len(missing)} of {len(expected)} rows that satisfy {asked} are missing", tuple(missing))
    return bite(expected)


def _counted(laws: ListLaws, probe: Probe) -> Verdict:
    laws.rows(probe.answers[0])
    expected = len(laws.matching(_filters(laws, probe)))
    told = laws.total(probe.answers[0])
    if told != expected:
        return Violation(f"it says {told!r} in all, {expected} rows match", about=laws.total_at)
    return bite(0 < expected < len(laws.universe))


def _narrowed(laws: ListLaws, probe: Probe) -> Verdict:
    wide, narrow = (laws.rows(answer) for answer in probe.answers)
    known = set(ids_of(wide))
    added = [cut(row) for row, key in zip(narrow, ids_of(narrow), strict=True) if key not in known]
    if added:
        return Violation(f"with one filter more there are {len(added)} rows more", tuple(added))
    return bite(len(wide) > len(narrow))


def _united(laws: ListLaws, probe: Probe) -> Verdict:
    together, *apart = (laws.rows(answer) for answer in probe.answers)
    union = {key for rows in apart for key in ids_of(rows)}
    found = set(ids_of(together))
    if found != union:
        return Violation(f"together {len(found)} rows, one by one {len(union)}; {len(found ^ union)} differ")
    return bite(all(apart) and len(union) > max(map(len, apart)))


def _split(laws: ListLaws, probe: Probe) -> Verdict:
    above, below = (set(ids_of(laws.rows(answer))) for answer in probe.answers)
    everything = set(ids_of(laws.universe))
    if above & below:
        return Violation(f"rows on both sides of {probe.about['value']}: {len(above & below)}")
    if above | below != everything:
        return Violation(f"rows on no side of {probe.about['value']}: {len(everything - above - below)}")
    return bite(above and below)


def _respelled(laws: ListLaws, probe: Probe) -> Verdict:
    usual, *others = (ids_of(laws.rows(answer)) for answer in probe.answers)
    for other, (ask, _) in zip(others, probe.sent[1:], strict=True):
        if other != usual:
            return Violation(f"{len(usual)} rows, and {len(other)} when the same value is spelled {ask}")
    return bite(0 < len(usual) < len(laws.universe))


def _ordered(laws: ListLaws, probe: Probe) -> Verdict:
    sorting, descending = laws.sortings[probe.about["sorting"]], probe.about["descending"]
    rows = laws.rows(probe.answers[0])
    keys = [sorting.key(row) for row in rows]
    for place, (one, next_) in enumerate(pairwise(keys)):
        if (one < next_) if descending else (one > next_):
            direction = "descending" if descending else "ascending"
            shown = tuple(cut(row, sorting.member) for row in rows[place : place + 2])
            return Violation(f"rows {place} and {place + 1} are not in {direction} order of {sorting.member}", shown)
    return bite(len(set(keys)) > 1)


def _whole(laws: ListLaws, probe: Probe) -> Verdict:
    """An order leaves nothing out and adds nothing."""
    found, everything = ids_of(laws.rows(probe.answers[0])), ids_of(laws.universe)
    if sorted(found) != sorted(everything):
        return Violation(f"{len(found)} rows in this order, {len(everything)} without it")
    return bite(len(everything) > 1)


def _reversed(laws: ListLaws, probe: Probe) -> Verdict:
    key = laws.sortings[probe.about["sorting"]].key
    up, down = ([key(row) for row in laws.rows(answer)] for answer in probe.answers)
    if up != down[::-1]:
        place = next(i for i, (a, b) in enumerate(zip(up, down[::-1], strict=False)) if a != b) if up and down else 0
        return Violation(f"one order is not the other reversed, from row {place} on")
    return bite(len(set(up)) > 1)


def _partitioned(laws: ListLaws, probe: Probe) -> Verdict:
    whole, *pages = (ids_of(laws.rows(answer)) for answer in probe.answers)
    joined = [key for page in pages for key in page]
    if joined != whole:
        twice = len(joined) - len(set(joined))
        missing, added = len(set(whole) - set(joined)), len(set(joined) - set(whole))
        return Violation(
            f"pages of {probe.about['size']} joined have {len(joined)} rows, the whole list {len(whole)}: "
            f"{twice} twice, {missing} missing, {added} that are not in it"
            + (", in another order" if not (twice or missing or added) else "")
        )
    return bite(len(pages) > 1 and whole)


def _sized(laws: ListLaws, probe: Probe) -> Verdict:
    whole, *pages = (laws.rows(answer) for answer in probe.answers)
    size = probe.about["size"]
    for index, page in enumerate(pages):
        expected = max(0, min(size, len(whole) - index * size))
        if len(page) != expected:
            return Violation(f"page {index} of {size} has {len(page)} rows instead of {expected}")
    return bite(len(whole) > size)


def _told(laws: ListLaws, probe: Probe) -> Verdict:
    size, total = probe.about["size"], len(laws.rows(probe.answers[0]))
    for index, answer in enumerate(probe.answers[1:]):
        laws.rows(answer)
        for pointer, expected in laws.paging.told(index, size, total).items():
            found = at(answer.json, pointer)
            if found != expected or isinstance(found, bool) != isinstance(expected, bool):
                name = pointer.rpartition("/")[2]
                message = f"page {index} of {size} out of {total} rows says {name} {found!r}, not {expected!r}"
                return Violation(message, about=pointer)
    return bite(total > size)


def _past_the_end(laws: ListLaws, probe: Probe) -> Verdict:
    rows = laws.rows(probe.answers[0])
    if at(probe.answers[0].json, laws.rows_at) != []:
        return Violation(f"a page behind the last one has {len(rows)} rows", tuple(map(cut, rows)))
    return bite(laws.universe)


def _nothing(laws: ListLaws, probe: Probe) -> Verdict:
    answer = probe.answers[0]
    rows = laws.rows(answer)
    if at(answer.json, laws.rows_at) != []:
        return Violation(f"a filter that nothing satisfies gives {len(rows)} rows")
    return bite(laws.universe)


def _counted_only(laws: ListLaws, probe: Probe) -> Verdict:
    answer = probe.answers[0]
    rows, told = laws.rows(answer), laws.total(answer)
    if at(answer.json, laws.rows_at) != [] or told != len(laws.universe):
        about = "" if rows else laws.total_at
        return Violation(f"{len(rows)} rows and {told!r} in all instead of none and all", about=about)
    return bite(laws.universe)


def _repeated(laws: ListLaws, probe: Probe) -> Verdict:
    first, second = (laws.rows(answer) for answer in probe.answers)
    if first != second:
        return Violation("the same request twice gives different rows")
    return bite(len(first) > 1)


def _walked(laws: ListLaws, probe: Probe) -> Verdict:
    whole, *pages = (ids_of(laws.rows(answer)) for answer in probe.answers)
    joined = [key for page in pages for key in page]
    if joined != whole:
        return Violation(f"a walk by cursor met {len(joined)} rows, page by page there are {len(whole)}")
    return bite(len(pages) > 1)


def _alike(laws: ListLaws, probe: Probe) -> Verdict:
    """The same rows in the same order, whatever is said about them."""
    first, *others = (laws.rows(answer) for answer in probe.answers)
    for other, (ask, _) in zip(others, probe.sent[1:], strict=True):
        if other != first:
            return Violation(f"{len(first)} rows, and other ones for {ask}")
    return bite(first)


def _more(laws: ListLaws, probe: Probe) -> Verdict:
    """hasMorePages of the first exactly when the second has rows."""
    here, next_ = probe.answers
    laws.rows(here)
    told, rows = at(here.json, "hasMorePages"), laws.rows(next_)
    if told is not bool(rows):
        return Violation(f"hasMorePages is {told!r} and the next page has {len(rows)} rows")
    return Bite.YES if laws.rows(here) else Bite.NO


def _window(laws: ListLaws, probe: Probe) -> Verdict:
    """The page is exactly the part of the ordered rows that the filters keep."""
    ordered, page = (laws.rows(answer) for answer in probe.answers)
    filters, (index, size) = _filters(laws, probe, 1), (probe.about["index"], probe.about["size"])
    kept = [row for row in ordered if all(laws.filters[name].holds(row, text) for name, text in filters)]
    expected = kept[index * size : (index + 1) * size]
    if ids_of(page) != ids_of(expected):
        return Violation(f"page {index} of {size} for {probe.sent[1][0]} has {len(page)} rows, not the {len(expected)}")
    if laws.total(probe.answers[1]) != len(kept):
        message = f"{probe.sent[1][0]} says {laws.total(probe.answers[1])!r} in all, {len(kept)} rows match"
        return Violation(message, about=laws.total_at)
    return bite(expected)


RULES = (
    _rule("filter-sound", "every row satisfies every filter", "filtered narrowed", _sound),
    _rule("filter-complete", "every row that satisfies the filters is there", "filtered", _complete),
    _rule("count", "the total is the number of rows that match", "filtered", _counted),
    _rule("filter-narrows", "another filter never adds rows", "narrowed", _narrowed),
    _rule("any-of", "several values give what each of them gives, together", "united", _united),
    _rule("bounds-split", "what is above and what is not are all rows, and none twice", "split", _split),
    _rule("same-instant", "the same instant in another spelling finds the same rows", "respelled", _respelled),
    _rule("order", "rows come in the order asked for", "sorted", _ordered),
    _rule("order-default", "rows come in the documented order when none is asked for", "unsorted", _ordered),
    _rule("order-whole", "an order neither leaves rows out nor adds any", "sorted", _whole),
    _rule("order-reversed", "one order is the other one reversed, ties aside", "reversed", _reversed),
    _rule("pages-joined", "the pages joined are the whole list", "paged", _partitioned),
    _rule("page-size", "every page but the last is full", "paged", _sized),
    _rule("page-facts", "what a page says of itself and of the others is so", "paged", _told),
    _rule("page-exact", "a page is its part of the ordered rows that the filters keep", "drawn", _window),
    _rule("past-the-end", "a page behind the last one is empty", "past", _past_the_end),
    _rule("nothing-found", "a filter that nothing satisfies gives an empty list", "impossible", _nothing),
    _rule("count-only", "a page of no rows still counts all", "counted", _counted_only),
    _rule("stable", "the same request gives the same rows", "repeated", _repeated),
    _rule("cursor", "a walk by cursor meets what the pages hold", "walked", _walked),
    _rule("all-at-once", "everything on one page is all pages", "everything", _alike),
    _rule("simplified", "simplified paging gives the same rows", "simplified", _alike),
    _rule("has-more", "hasMorePages is true exactly when the next page has rows", "more", _more),
    _rule("ids-any-order", "ids in any order find the same rows", "shuffled", _alike),
)
