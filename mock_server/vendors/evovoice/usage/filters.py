"""Which minutes are counted: of which account and customer, and from which day to which (FACTS.md E1.8)."""

from datetime import date

from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.query import AnyOf, Criterion
from mock_server.vendors.evovoice.binding import Values


def criteria(values: Values) -> tuple[Criterion, ...]:
    """Return the criteria for the customers whose minutes are counted."""
    fields = (("AccountId", "accountId"), ("CustomerId", "customerId"))
    return tuple(AnyOf(field, frozenset((values[name],))) for name, field in fields if name in values)


def period(values: Values) -> tuple[str, str]:
    """Return the first and the last day as text, which sorts as days do. Raises Problem with every violation."""
    violations = []
    for name, words in (("StartDate", "Start Date"), ("EndDate", "End Date")):
        text = values.get(name, "")
        if not text.strip():
            violations.append(Violation(name, f"'{words}' must not be empty.", "NotEmpty"))
        elif not _is_day(text):
            message = f"'{words}' must be a date such as 2026-01-31; received '{text}'."
            violations.append(Violation(name, message, "Predicate"))
    if violations:
        raise Problem(Kind.INVALID, violations[0].message, fields=tuple(violations))
    return values["StartDate"], values["EndDate"]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # fromisoformat also accepts 20260131 and 2026-W05-6
    except ValueError:
        return False
