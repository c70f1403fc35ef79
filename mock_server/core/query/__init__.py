"""Queries: criteria, sort order and window, independent of HTTP and of vendors."""

from mock_server.core.query.model import (
    AnyOf,
    Bound,
    Comparison,
    Containing,
    Criterion,
    Explanation,
    Page,
    Position,
    Query,
    Sort,
    Step,
    Window,
)

__all__ = [
    "AnyOf",
    "Bound",
    "Comparison",
    "Containing",
    "Criterion",
    "Explanation",
    "Page",
    "Position",
    "Query",
    "Sort",
    "Step",
    "Window",
]
