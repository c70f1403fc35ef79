"""The report for programs; its keys are a promise, so they are spelt out and not taken from the classes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO

from contracts.result import Finding, OperationResult, RunResult

FORMAT_VERSION = 1


def write_json(results: Sequence[RunResult], stream: IO[str]) -> None:
    """Write one result as a JSON object, several as an object that has them under `runs`."""
    documents = [_document(result) for result in results]
    whole = documents[0] if len(documents) == 1 else {"version": FORMAT_VERSION, "runs": documents}
    json.dump(whole, stream, indent=2, ensure_ascii=False)
    stream.write("\n")


def _document(result: RunResult) -> dict[str, object]:
    return {
        "version": FORMAT_VERSION,
        "vendor": result.vendor,
        "document": result.document,
        "target": result.target,
        "seed": result.seed,
        "seconds": round(result.seconds, 3),
        "cases": result.cases,
        "exitCode": result.exit_code,
        "operations": [_operation(operation) for operation in result.operations],
        "findings": [_finding(finding) for finding in result.findings],
        "warnings": list(result.warnings),
        "errors": list(result.errors),
        "accepted": list(result.accepted),
        "checks": [{"name": use.name, "on": use.on, "reason": use.reason} for use in result.checks],
        "level": result.level,
        "rules": [
            {"rule": use.rule, "words": use.words, "judged": use.judged, "couldBite": use.bitten}
            for use in result.rules
        ],
        "coverage": [
            {
                "operation": row.operation,
                "parameter": row.parameter,
                "value": row.value,
                "times": row.times,
                "rules": list(row.rules),
            }
            for row in result.coverage
        ],
        "tolerated": [
            {"check": entry.check, "scope": entry.scope, "reason": entry.reason, "times": entry.times}
            for entry in result.tolerated
        ],
    }


def _operation(operation: OperationResult) -> dict[str, object]:
    return {
        "name": operation.name,
        "label": operation.label,
        "cases": operation.cases,
        "passed": operation.passed,
        "failed": operation.failed,
        "seconds": round(operation.seconds, 3),
        "checks": {tally.check: {"run": tally.run, "failed": tally.failed} for tally in operation.tallies},
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "operation": finding.operation,
        "message": finding.message,
        "curl": finding.curl,
        "phase": finding.phase,
        "status": finding.status,
        "times": finding.times,
        "also": list(finding.also),
    }
