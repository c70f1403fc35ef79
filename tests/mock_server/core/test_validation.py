"""Validation errors name the level of a value, the names that are valid there, and the closest match."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from mock_server.core.faults import Rules
from mock_server.core.validation import explain
from mock_server.ops.requests import Expectation

ACT = "churn, delay, drip, drop, empty, error, limit, retry_after, truncate"
RULE = "act, match, times"


@pytest.mark.parametrize(
    ("model", "value", "field", "text"),
    [
        (Rules, {"rule": []}, "rules",
         "rules: Field required; rule: unknown name (did you mean 'rules'?). Valid in it: rules"),
        (Rules, {"rules": [{"act": {"eror": "500"}}]}, "rules.0.act.eror",
         f"rules.0.act.eror: unknown name (did you mean 'error'?). Valid in rules.0.act: {ACT}"),
        (Rules, {"rules": [{"act": {"zzz": 1}}]}, "rules.0.act.zzz",
         f"rules.0.act.zzz: unknown name. Valid in rules.0.act: {ACT}"),
        (Rules, {"rules": [{"mach": {}, "act": {"drop": True}}]}, "rules.0.mach",
         f"rules.0.mach: unknown name (did you mean 'match'?). Valid in rules.0: {RULE}"),
        (Rules, {"rules": [{}]}, "rules.0.act", f"rules.0.act: Field required. Valid in rules.0: {RULE}"),
        (Rules, {"rules": [{"act": {"delay": {"kind": "fixed", "ms": 5, "milliseconds": 5}}}]}, "rules.0.act.delay.ms",
         "rules.0.act.delay.ms: unknown name. Valid in rules.0.act.delay: kind, milliseconds"),
        (Rules, {"rules": [{"act": {"limit": {"requests": 1}}}]}, "rules.0.act.limit.seconds",
         "rules.0.act.limit.seconds: Field required. Valid in rules.0.act.limit: requests, seconds"),
        (Rules, {"rules": [{"act": {}}]}, "rules.0.act", f"Valid in rules.0.act: {ACT}"),
        (Rules, {"rules": [{"act": {"drop": True}, "times": 0}]}, "rules.0.times", f"Valid in rules.0: {RULE}"),
        (Rules, {"rules": [{"act": 5}]}, "rules.0.act", f"Valid in rules.0.act: {ACT}"),
        (Rules, {"rules": 5}, "rules", "Valid in it: rules"),
        (Rules, [], "", "Valid in it: rules"),
        (Expectation, {"request": {"query": {"a": 5}}}, "request.query.a",
         "Valid in request: body, header, method, operation, path, query, status, vendor"),
    ],
)  # fmt: skip
def test_error_names_the_level_and_its_valid_names(model: type[BaseModel], value: Any, field: str, text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(value)

    explained = explain(model, raised.value, "it")

    assert explained.violations[0].field == field
    assert explained.text.endswith(text)
