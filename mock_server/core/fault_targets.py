"""Checks that faults name vendors and operations that exist."""

from collections.abc import Iterable, Iterator, Sequence

from mock_server.core.faults import Rule
from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.vendor import Vendor


def check_targets(rules: Iterable[Rule], vendors: Sequence[Vendor]) -> None:
    """Raise Problem if a rule matches a vendor or an operation that is not one of these vendors'."""
    violations = tuple(_violations(rules, vendors))
    if violations:
        raise Problem(
            Kind.INVALID, "; ".join(f"{each.field}: {each.message}" for each in violations), fields=violations
        )


def _violations(rules: Iterable[Rule], vendors: Sequence[Vendor]) -> Iterator[Violation]:
    for number, rule in enumerate(rules):
        place, name, operation = f"rules.{number}.match", rule.match.vendor, rule.match.operation
        matching = [vendor for vendor in vendors if name in (None, vendor.name)]
        if not matching:
            choices = ", ".join(vendor.name for vendor in vendors)
            yield Violation(f"{place}.vendor", f"unknown vendor {name!r}; choose from {choices}")
        known = {each.name: None for vendor in matching for each in vendor.operations}
        if matching and operation is not None and operation not in known:
            yield Violation(f"{place}.operation", f"unknown operation {operation!r}; choose from {', '.join(known)}")
