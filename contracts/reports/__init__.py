"""The forms a result can be written in, as one table; reports read results and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import IO

from contracts.reports.drift import DRIFT_REPORTERS as DRIFT_REPORTERS
from contracts.reports.html import write_html
from contracts.reports.json import write_json
from contracts.reports.junit import write_junit
from contracts.reports.text import write_text
from contracts.result import RunResult

Reporter = Callable[[Sequence[RunResult], IO[str]], None]

REPORTERS: Mapping[str, Reporter] = MappingProxyType(
    {"text": write_text, "json": write_json, "junit": write_junit, "html": write_html}
)
