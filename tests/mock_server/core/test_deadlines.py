"""Deadlines fall due once, in order, when the clock says so."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.core.deadlines import Deadlines


def watched(**at: int) -> Deadlines:
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
def test_hands_out_what_is_due(now: int, due: list[str]) -> None:
    deadlines = watched(c=20, a=20, d=30, b=10)

    assert deadlines.due(now) == due


def test_hands_out_each_subject_once() -> None:
    deadlines = watched(a=1, b=2)

    assert [deadlines.due(1), deadlines.due(5), deadlines.due(5)] == [["a"], ["b"], []]


@pytest.mark.parametrize(("again", "due"), [(30, [[], [], ["a"]]), (5, [["a"], [], []]), (20, [[], ["a"], []])])
def test_the_last_deadline_set_counts(again: int, due: list[list[str]]) -> None:
    deadlines = watched(a=20)

    deadlines.set("a", again)

    assert [deadlines.due(now) for now in (10, 20, 30)] == due


def test_a_subject_can_be_watched_again_after_it_was_due() -> None:
    deadlines = watched(a=1)
    deadlines.due(1)

    deadlines.set("a", 2)

    assert deadlines.due(2) == ["a"]


def test_forgets_a_discarded_subject() -> None:
    deadlines = watched(a=1, b=1)

    deadlines.discard("a")
    deadlines.discard("never watched")

    assert deadlines.due(1) == ["b"]


def test_an_empty_set_has_nothing_due() -> None:
    assert Deadlines().due(1_000_000) == []


def test_many_changes_of_mind_leave_one_deadline_each() -> None:
    deadlines, source = Deadlines(), random.Random(7)
    last: dict[str, int] = {}
    for _ in range(3000):
        subject, at = f"s{source.randrange(20)}", source.randrange(1000)
        deadlines.set(subject, at)
        last[subject] = at

    due = [(now, subject) for now in range(1000) for subject in deadlines.due(now)]

    assert due == sorted((at, subject) for subject, at in last.items())


def test_threads_that_ask_together_get_each_subject_once() -> None:
    deadlines = Deadlines()

    def change_and_ask(worker: int) -> list[str]:
        taken = []
        for number in range(500):
            deadlines.set(f"{worker}.{number}", number)
            taken += deadlines.due(number)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [subject for part in pool.map(change_and_ask, range(8)) for subject in part]
    taken += deadlines.due(500)

    assert sorted(taken) == sorted(f"{worker}.{number}" for worker in range(8) for number in range(500))
