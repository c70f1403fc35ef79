"""Repeats over many values: the quick run makes one or a few of them, `--runslow` all."""

from collections.abc import Iterable
from typing import Any

import pytest


def first_quick(values: Iterable[Any], quick: int = 1) -> list[Any]:
    """Return the values as parameters of a test, with all but the first ones marked slow."""
    return [
        value if number < quick else pytest.param(value, marks=pytest.mark.slow) for number, value in enumerate(values)
    ]


def quick_if(values: Iterable[Any], quick: Iterable[Any]) -> list[Any]:
    """Return the values as parameters of a test, with all but those of `quick` marked slow."""
    chosen = list(quick)
    return [value if value in chosen else pytest.param(value, marks=pytest.mark.slow) for value in values]
