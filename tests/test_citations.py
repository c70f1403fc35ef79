"""Every fact that code, tests or documentation cite by number stands in the FACTS.md of the vendor."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDORS = sorted(path.parent for path in (ROOT / "mock_server" / "vendors").glob("*/FACTS.md"))
CITATION = re.compile(r"\b(?:FACTS\.md|facts) ((?:[A-Z]\d+(?:\.\d+)*(?:, (?:and )?| and )?)+)")
NUMBER = re.compile(r"[A-Z]\d+(?:\.\d+)*")
STATED = re.compile(r"^(?:#+ |\| ?|[-*] )\**([A-Z]\d+(?:\.\d+)*)\b", re.MULTILINE)
BASES = {"documented", "observed", "assumed"}


def cited(text: str) -> set[str]:
    return {number for found in CITATION.findall(text) for number in NUMBER.findall(found)}


def readers(vendor: Path) -> Iterator[Path]:
    """Yield the files that speak of this vendor."""
    for folder in (vendor, ROOT / "tests" / "mock_server" / "vendors" / vendor.name, ROOT / "mock_server" / "docs"):
        yield from (path for path in folder.rglob("*") if path.suffix in {".py", ".md"} and path.name != "FACTS.md")


def test_citations_are_recognised() -> None:
    text = 'one (facts F3 and F4), another (FACTS.md C7.2), a list (FACTS.md F1, F2.3, and F9), but not "the facts are"'

    assert cited(text) == {"F3", "F4", "C7.2", "F1", "F2.3", "F9"}


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda path: path.name)
def test_every_citation_is_stated(vendor: Path) -> None:
    stated = set(STATED.findall((vendor / "FACTS.md").read_text("utf-8")))

    unknown = {
        (path.name, number)
        for path in readers(vendor)
        if path.is_relative_to(vendor) or "tests" in path.parts or path.stem == vendor.name
        for number in cited(path.read_text("utf-8"))
        if number not in stated
    }

    assert stated
    assert unknown == set()


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda path: path.name)
def test_every_fact_has_a_number_of_its_own(vendor: Path) -> None:
    stated = STATED.findall((vendor / "FACTS.md").read_text("utf-8"))

    assert [number for number in stated if stated.count(number) > 1] == []


def test_every_fact_of_vapi_has_a_basis_and_a_source_that_can_be_opened() -> None:
    text = (ROOT / "mock_server" / "vendors" / "vapi" / "FACTS.md").read_text("utf-8")
    sources = {label: where for label, where in re.findall(r"^- \[([^\]]+)\]: (.*)$", text, re.MULTILINE)}
    rows = re.findall(r"^\| ([A-Z]\d+\.\d+) \| .* \| (\w+) \| (.*) \|$", text, re.MULTILINE)

    unsourced = [
        number
        for number, basis, source in rows
        if basis not in BASES
        or not ("https://" in source or {label in sources for label in re.findall(r"\[([^\]]+)\]", source)} == {True})
    ]

    assert rows
    assert unsourced == []
    assert all("https://" in where for label, where in sources.items() if label != "ours")
