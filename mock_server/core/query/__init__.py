"""What to find, in terms that know neither HTTP nor a vendor: criteria, sort and window."""

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
