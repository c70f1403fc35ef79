"""The report for CI servers, one test case per operation and check; must not hold what XML cannot."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import IO
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from contracts.result import Finding, OperationResult, RunResult

# XML 1.0 cannot hold these characters, not even escaped, and generated cases are full of them.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(results: Sequence[RunResult], stream: IO[str]) -> None:
    """Write a test suite for each run."""
    root = Element("testsuites")
    root.extend(map(_suite, results))
    indent(root)
    ElementTree(root).write(stream, encoding="unicode", xml_declaration=True)
    stream.write("\n")


def _suite(result: RunResult) -> Element:
    suite = Element("testsuite", name=f"contracts.{result.vendor}", time=f"{result.seconds:.3f}")
    _properties(suite, result)
    found = _by_place(result.findings)
    for operation in result.operations:
        _operation(suite, operation, result, found)
    for error in result.errors:
        case = SubElement(suite, "testcase", classname=f"contracts.{result.vendor}", name="run")
        SubElement(case, "error", message=clean(error))
    if result.warnings:
        SubElement(suite, "system-out").text = clean("\n".join(result.warnings))
    for name, tag in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error")):
        suite.set(name, str(len(suite.findall(tag))))
    return suite


def _properties(suite: Element, result: RunResult) -> None:
    properties = SubElement(suite, "properties")
    for name in ("seed", "cases", "target", "document"):
        SubElement(properties, "property", name=name, value=clean(str(getattr(result, name))))


def _operation(
    suite: Element, operation: OperationResult, result: RunResult, found: dict[tuple[str, str], list[Finding]]
) -> None:
    for tally in operation.tallies:
        case = SubElement(
            suite,
            "testcase",
            classname=f"contracts.{result.vendor}.{operation.name}",
            name=f"{operation.label} {tally.check}",
            time=f"{operation.seconds / len(operation.tallies):.3f}",
        )
        findings = found.get((operation.label, tally.check), [])
        if findings:
            many = f"{len(findings)} findings, the first: " if len(findings) > 1 else ""
            message = many + findings[0].message
            failure = SubElement(case, "failure", message=clean(message), type=tally.check)
            failure.text = clean("\n\n".join(f"{finding.message}\n{finding.curl}" for finding in findings))


def _by_place(findings: tuple[Finding, ...]) -> dict[tuple[str, str], list[Finding]]:
    places: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        for check in finding.checks:
            places[finding.operation, check].append(finding)
    return places


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
