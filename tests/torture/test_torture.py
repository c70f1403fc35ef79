"""The short form: each scenario a few times, from a fixed seed."""

import logging
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.torture import damage
from tests.torture.kills import SCENARIOS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_or_half_done_after_a_kill(tmp_path: Path, name: str, number: int) -> None:
    SCENARIOS[name](tmp_path, random.Random(f"{name} 1 {number}"), Counter())


@pytest.mark.parametrize("act", [damage.flips, damage.cuts])
def test_no_damage_changes_a_document(tmp_path: Path, act: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    assert callable(act)

    assert [verdict for verdict in act(tmp_path, random.Random(1), 40) if "CHANGED" in verdict] == []
