"""Deadlines become due in order as the clock advances."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.core.deadlines import Deadlines


def deadlines_of(**at: int) -> Deadlines:
    deadlines = Deadlines()
    for subject, instant in at.items():
        deadlines.set(subject, instant)
    return deadlines


@pytest.mark.parametrize(
    ("now", "due"),
    [
        pytest.param(9, [], id="too-early"),
        pytest.param(10, ["b"], id="to-the-millisecond"),
        pytest.param(20, ["b", "a", "c"], id="equal-ones-by-name"),
        pytest.param(99, ["b", "a", "c", "d"], id="all-in-order-of-time"),
    ],
)
def test_returns_what_is_due(now: int, due: list[str]) -> None:
    deadlines = deadlines_of(c=20, a=20, d=30, b=10)

    assert deadlines.due(now, 9) == due
    assert deadlines.due(now, 2) == due[:2]


def test_a_subject_stays_due_until_its_deadline_is_set_again_or_discarded() -> None:
    deadlines = deadlines_of(a=1, b=2)

    assert [deadlines.due(5, 9), deadlines.due(5, 9), deadlines.is_due(5)] == [["a", "b"], ["a", "b"], True]
    deadlines.set("a", 9)
    assert deadlines.due(5, 9) == ["b"]
    deadlines.discard("b")
    assert (deadlines.due(5, 9), deadlines.is_due(5)) == ([], False)


@pytest.mark.parametrize(("again", "due"), [(30, [0, 0, 1]), (5, [1, 1, 1]), (20, [0, 1, 1])])
def test_a_new_deadline_replaces_the_old_one(again: int, due: list[int]) -> None:
    deadlines = deadlines_of(a=20)

    deadlines.set("a", again)

    assert [len(deadlines.due(now, 9)) for now in (10, 20, 30)] == due


def test_a_discarded_subject_is_never_due() -> None:
    deadlines = deadlines_of(a=1, b=1)

    deadlines.discard("a")
    deadlines.discard("unknown")

    assert deadlines.due(1, 9) == ["b"]


def test_an_empty_set_has_nothing_due() -> None:
    assert Deadlines().due(1_000_000, 9) == []


def test_many_replacements_leave_one_deadline_per_subject() -> None:
    deadlines, source = Deadlines(), random.Random(7)
    last: dict[str, int] = {}
    for _ in range(3000):
        subject, at = f"s{source.randrange(20)}", source.randrange(1000)
        deadlines.set(subject, at)
        last[subject] = at

    due = deadlines.due(1000, 99)

    assert due == [subject for _, subject in sorted((at, subject) for subject, at in last.items())]


def test_concurrent_threads_lose_no_deadline() -> None:
    deadlines = Deadlines()

    def set_and_read(worker: int) -> None:
        for number in range(500):
            deadlines.set(f"{worker}.{number}", number)
            assert f"{worker}.{number}" in deadlines.due(number, 5000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(set_and_read, range(4)))

    assert sorted(deadlines.due(500, 5000)) == sorted(f"{w}.{number}" for w in range(4) for number in range(500))
