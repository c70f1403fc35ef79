"""Deadlines become due once, in order, as the clock advances."""

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

    assert deadlines.due(now) == due


def test_returns_no_more_than_asked_for() -> None:
    deadlines = deadlines_of(c=20, a=20, d=30, b=10)

    assert [deadlines.due(20, most=2), deadlines.due(20, most=2), deadlines.due(20, most=2)] == [["b", "a"], ["c"], []]


def test_returns_each_subject_once() -> None:
    deadlines = deadlines_of(a=1, b=2)

    assert [deadlines.due(1), deadlines.due(5), deadlines.due(5)] == [["a"], ["b"], []]


@pytest.mark.parametrize(("again", "due"), [(30, [[], [], ["a"]]), (5, [["a"], [], []]), (20, [[], ["a"], []])])
def test_a_new_deadline_replaces_the_old_one(again: int, due: list[list[str]]) -> None:
    deadlines = deadlines_of(a=20)

    deadlines.set("a", again)

    assert [deadlines.due(now) for now in (10, 20, 30)] == due


def test_a_subject_can_get_a_new_deadline_after_it_was_due() -> None:
    deadlines = deadlines_of(a=1)
    deadlines.due(1)

    deadlines.set("a", 2)

    assert deadlines.due(2) == ["a"]


def test_a_discarded_subject_is_never_due() -> None:
    deadlines = deadlines_of(a=1, b=1)

    deadlines.discard("a")
    deadlines.discard("unknown")

    assert deadlines.due(1) == ["b"]


def test_an_empty_set_has_nothing_due() -> None:
    assert Deadlines().due(1_000_000) == []


def test_many_replacements_leave_one_deadline_per_subject() -> None:
    deadlines, source = Deadlines(), random.Random(7)
    last: dict[str, int] = {}
    for _ in range(3000):
        subject, at = f"s{source.randrange(20)}", source.randrange(1000)
        deadlines.set(subject, at)
        last[subject] = at

    due = [(now, subject) for now in range(1000) for subject in deadlines.due(now)]

    assert due == sorted((at, subject) for subject, at in last.items())


def test_concurrent_threads_get_each_subject_once() -> None:
    deadlines = Deadlines()

    def set_and_take(worker: int) -> list[str]:
        taken = []
        for number in range(500):
            deadlines.set(f"{worker}.{number}", number)
            taken += deadlines.due(number)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [subject for part in pool.map(set_and_take, range(8)) for subject in part]
    taken += deadlines.due(500)

    assert sorted(taken) == sorted(f"{worker}.{number}" for worker in range(8) for number in range(500))
