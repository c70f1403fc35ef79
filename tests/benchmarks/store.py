"""What the store costs by number of sessions, beside stock TinyDB where that can finish."""

import argparse
import itertools
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import tinydb
from tinydb.storages import MemoryStorage

from mock_server.core.query import AnyOf, Bound, Comparison, Query, Sort, Window
from mock_server.core.store import Collection, Database, Durability
from mock_server.vendors.vapi import seeding
from mock_server.vendors.vapi.sessions.collection import SESSIONS
from tests.benchmarks.measuring import in_fresh_process, median_of_each, median_time, once, paired_ratio
from tests.benchmarks.report import Target, judge, plot, save, show

NOW = 1_790_000_000_000
DAY = 86_400_000
STOCK_SIZES = (1_000, 10_000, 20_000)
INSERTS = 400  # of each writer, and of the measurement in memory
FILE_INSERTS = 300
PAGES = {"first": 0.0, "middle": 0.5, "last": 1.0}
LARGEST_FILE = 100_000  # beyond it only the engine is measured
FRESH = """
from tests.benchmarks import store
from tests.benchmarks.measuring import resident
empty = resident()
database, things = store.seeded({size})
text = sum(len(row.stored) for row in things.rows())
print(text, resident(), empty)
"""

ASSISTANTS = tuple(seeding.catalogue(1).assistants)

Row = dict[str, float | None]


def seeded(
    size: int, path: Path | None = None, durability: Durability = Durability.PROCESS
) -> tuple[Database, Collection]:
    """Return a database with `size` believable sessions, and their collection."""
    database = Database([SESSIONS], path, durability)
    things = database.collection(SESSIONS.name)
    things.insert_many(seeding.sessions(size, seed=1, org_id="org", now=NOW))
    return database, things


def page_query(offset: int) -> Query:
    """A page of 100 of one assistant's sessions, newest first."""
    return Query((org(), one_of("assistantId", ASSISTANTS[0])), Sort("createdAt", True), Window(100, offset))


def hard_query(shift: int) -> Query:
    """Two equalities, a range of creation dates, by cost, page 50; `shift` ms make it one never asked before."""
    criteria = (
        org(),
        one_of("assistantId", *ASSISTANTS),
        one_of("status", "completed"),
        Bound("createdAt", Comparison.GE, NOW - 25 * DAY + shift),
        Bound("createdAt", Comparison.LT, NOW - DAY),
    )
    return Query(criteria, Sort("cost", True), Window(100, 4_900))


def org() -> AnyOf:
    return one_of("orgId", "org")


def one_of(field: str, *values: str) -> AnyOf:
    return AnyOf(field, frozenset(values))


def session(number: int) -> dict[str, Any]:
    """A new session, created after all seeded ones."""
    (made,) = seeding.sessions(1, seed=f"new {number}", org_id="org", now=NOW + number)
    return made


def measure(size: int, folder: Path) -> tuple[Row, Collection]:
    """Microseconds a call, except where the name says otherwise; and the sessions it was measured on."""
    holder: dict[str, Any] = {}
    seconds = once(lambda: holder.update(zip(("database", "things"), seeded(size), strict=True)))
    things: Collection = holder["things"]
    total = things.find(page_query(0)).total
    some = things.rows()[size // 2]
    key = str(orjson.loads(some.stored)["id"])
    first, middle, last, hard = page_query(0), page_query(total // 2), page_query(max(0, total - 100)), hard_query(0)
    counting = Query(first.criteria, first.sort, Window(0))
    fresh = (_asking(things, shift) for shift in itertools.count())
    new = iter([session(number) for number in range(INSERTS)])
    changes = itertools.count()
    row: Row = {
        "page, first": 1e6 * median_time(lambda: things.find(first)),
        "page, middle": 1e6 * median_time(lambda: things.find(middle)),
        "page, last": 1e6 * median_time(lambda: things.find(last)),
        "count": 1e6 * median_time(lambda: things.find(counting)),
        "get": 1e6 * median_time(lambda: things.get(key)),
        "two filters, range, by cost, page 50: cold": 1e6 * median_of_each(fresh, 50),
        "the same, repeated": 1e6 * median_time(lambda: things.find(hard)),
        "insert, memory": 1e6 * median_of_each((_inserting(things, made) for made in new), INSERTS),
        "update": 1e6 * median_time(lambda: things.replace(key, lambda old: {**old, "name": str(next(changes))})),
        "seed, sessions/s": size / seconds,
    }
    return ({**row, **_file_costs(size, folder), **_memory(size)} if size <= LARGEST_FILE else row), things


def flatness(small: Collection, large: Collection) -> Row:
    """How much more a page costs of many sessions than of few; both in turn, so that noise meets both."""
    return {name: paired_ratio(_page(large, share), _page(small, share)) for name, share in PAGES.items()}


def _page(things: Collection, share: float) -> Callable[[], object]:
    total = things.find(page_query(0)).total
    query = page_query(int(share * max(0, total - 100)))
    return lambda: things.find(query)


def _asking(things: Collection, shift: int) -> Callable[[], object]:
    query = hard_query(shift)
    return lambda: things.find(query)


def _inserting(things: Any, made: dict[str, Any]) -> Callable[[], object]:
    return lambda: things.insert(made)


def _file_costs(size: int, folder: Path) -> Row:
    path = folder / f"{size}.json"
    database, things = seeded(size, path)
    database.compact()
    new = iter([session(number) for number in range(FILE_INSERTS)])
    insert = median_of_each((_inserting(things, made) for made in new), FILE_INSERTS)
    database.close()
    opened: list[Database] = []
    opening = once(lambda: opened.append(Database([SESSIONS], path)))
    opened[0].close()
    path.unlink()
    return {"insert, process": 1e6 * insert, "open, seconds": opening}


def _memory(size: int) -> Row:
    text, resident, empty = map(int, in_fresh_process(FRESH.format(size=size)).split())
    return {
        "memory by JSON text": resident / text,
        "memory beyond the empty process by JSON text": (resident - empty) / text,
    }


def grouped_fsync(folder: Path) -> Row:
    """Inserts a second with `disk`, from one writer and from eight."""
    rates: Row = {}
    for writers in (1, 8):
        database, things = seeded(20_000, folder / f"disk{writers}.json", Durability.DISK)
        database.compact()  # so that none runs beside the writers
        new = [[session(1000 * writer + number) for number in range(INSERTS)] for writer in range(writers)]
        threads = [threading.Thread(target=_insert_all, args=(things, batch)) for batch in new]
        seconds = once(lambda threads=threads: _run(threads))  # type: ignore[misc]
        rates[f"{writers} writers, disk, inserts/s"] = writers * INSERTS / seconds
        database.close()
    return rates


def _insert_all(things: Collection, batch: list[dict[str, Any]]) -> None:
    for made in batch:
        things.insert(made)


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure_stock(size: int, folder: Path) -> Row:
    """The same of stock TinyDB: a page by scan and sort, an insert in memory and in its JSON file."""
    documents = list(seeding.sessions(size, seed=1, org_id="org", now=NOW))
    memory = tinydb.TinyDB(storage=MemoryStorage)
    memory.insert_multiple(documents)
    on_disk = tinydb.TinyDB(folder / f"stock{size}.json")
    on_disk.insert_multiple(documents)
    new = iter([session(number) for number in range(20)])
    where = tinydb.where("assistantId") == ASSISTANTS[0]

    def page() -> list[Any]:
        memory.clear_cache()  # the query cache would answer the second time
        return sorted(memory.search(where), key=lambda found: (found["createdAt"], found["id"]), reverse=True)[:100]

    row = {
        "stock TinyDB: page": 1e6 * median_time(page),
        "stock TinyDB: insert, memory": 1e6 * median_of_each((_inserting(memory, made) for made in new), 5),
        "stock TinyDB: insert, JSON file": 1e6 * median_of_each((_inserting(on_disk, made) for made in new), 5),
    }
    on_disk.close()
    return row


def transposed(rows: dict[str, Row]) -> dict[str, Row]:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    return {name: {size: row.get(name) for size, row in rows.items()} for name in names}


def targets(rows: dict[str, Row], disk: Row, flat: Row) -> Iterator[Target]:
    hundred, twenty = rows.get("100000", {}), rows.get("20000", {})
    for page, ratio in flat.items():
        yield Target(f"page, {page}: most sessions against fewest", ratio or 0, 2, more_is_better=False)
    for name, reach in (("two filters, range, by cost, page 50: cold", 5), ("the same, repeated", 1)):
        if value := hundred.get(name):
            yield Target(f"{name}, 100k", value / 1000, reach, "ms", more_is_better=False)
    if (ours := twenty.get("insert, process")) and (stock := twenty.get("stock TinyDB: insert, JSON file")):
        yield Target("durable insert against stock TinyDB's file, 20k", stock / ours, 100)
    if opening := hundred.get("open, seconds"):
        yield Target("open, 100k", opening, 3, "s", more_is_better=False)
    if memory := hundred.get("memory by JSON text"):
        yield Target("resident memory by JSON text, 100k", memory, 2.5, more_is_better=False)
    if disk:
        one, eight = disk["1 writers, disk, inserts/s"], disk["8 writers, disk, inserts/s"]
        yield Target("8 writers against one, disk, 20k", (eight or 0) / (one or 1), 4)


def main() -> None:
    """Measure, print, save and plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,20000,100000,1000000")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    rows: dict[str, Row] = {}
    held: dict[int, Collection] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            rows[str(size)], held[size] = measure(size, Path(folder))
            held = {kept: held[kept] for kept in (min(held), max(held))}
            if size in STOCK_SIZES:
                rows[str(size)].update(measure_stock(size, Path(folder)))
        flat = flatness(held[min(held)], held[max(held)]) if len(held) > 1 else {}
        disk = grouped_fsync(Path(folder)) if max(sizes) >= 20_000 else {}
    results = transposed(rows)
    show("The store by number of sessions (microseconds a call unless named)", results, list(rows))
    show("Grouped fsync, 20,000 sessions", {name: {"": value} for name, value in disk.items()}, [""])
    judge(targets(rows, disk, flat))
    save(options.out, "store", {"results": results, "disk": disk, "flatness": flat})
    plot(options.out / "store.svg", "Cost of a call by number of sessions", plotted(results), list(rows))


def plotted(results: dict[str, Row]) -> dict[str, Row]:
    """The rows that tell the story, by the name in the legend."""
    named = {name: name for name in ("page, first", "page, last", "insert, process", "get")}
    named["the same, repeated"] = "page 50 by cost, two filters"
    return {named.get(name, name): row for name, row in results.items() if name in named or "TinyDB" in name}


if __name__ == "__main__":
    main()
