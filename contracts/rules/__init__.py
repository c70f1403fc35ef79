"""The laws that answers must keep beyond their schemas; each rule judges one facet of related answers."""

from contracts.rules import details, lists
from contracts.rules.model import Answer, Ask, Bite, Probe, Rule, Unjudged, Unreadable, Violation

RULES = (*lists.RULES, *details.RULES)

__all__ = ["RULES", "Answer", "Ask", "Bite", "Probe", "Rule", "Unjudged", "Unreadable", "Violation"]
