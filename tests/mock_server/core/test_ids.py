"""Ids depend only on the seed."""

import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.core.ids import Ids, uuid4


class FixedBits(random.Random):
    """A random source that returns the same bit again and again."""

    def __init__(self, bit: int) -> None:
        super().__init__(0)
        self.bit = bit

    def getrandbits(self, k: int, /) -> int:
        return (1 << k) - 1 if self.bit else 0


@pytest.mark.parametrize(
    ("bit", "text"),
    [(0, "00000000-0000-4000-8000-000000000000"), (1, "ffffffff-ffff-4fff-bfff-ffffffffffff")],
)
def test_sets_the_version_and_variant_bits(bit: int, text: str) -> None:
    assert uuid4(FixedBits(bit)) == text


def test_ids_are_version_4_in_canonical_form() -> None:
    ids = Ids("seed")

    drawn = [ids.uuid4() for _ in range(200)]

    assert [str(uuid.UUID(text)) for text in drawn] == drawn
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in drawn} == {(4, uuid.RFC_4122)}


def test_equal_seeds_give_equal_ids() -> None:
    first, second = Ids("vendor", 1, 0), Ids("vendor", 1, 0)

    assert [first.uuid4() for _ in range(3)] == [second.uuid4() for _ in range(3)]


@pytest.mark.parametrize("other", [("vendor", 2, 0), ("vendor", 1, 1), ("other", 1, 0), ("vendor", 1), ()])
def test_different_seeds_give_different_ids(other: tuple[object, ...]) -> None:
    assert Ids(*other).uuid4() != Ids("vendor", 1, 0).uuid4()


def test_concurrent_threads_get_distinct_ids() -> None:
    shared, alone = Ids("shared"), Ids("shared")

    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: shared.uuid4(), range(4000)))

    assert sorted(drawn) == sorted(alone.uuid4() for _ in range(4000))
