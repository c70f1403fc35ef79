"""Documents that load, documents that cannot, and the choice of operations."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.catalog import VENDORS, Vendor
from contracts.generation import configuration
from contracts.loading import Contract, DocumentError, SelectionError, load

_HEAD = 'openapi: 3.1.0\ninfo: {title: T, version: "1"}\n'
_ANSWER = 'responses: {"200": {description: ok}}'
_TWIN = f"{{operationId: x, {_ANSWER}}}"


def loaded(vendor: Vendor) -> Contract:
    return load(vendor, configuration(seed=1, max_examples=1))


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
def test_each_document_of_the_catalogue_loads_and_every_operation_is_walked(vendor: Vendor) -> None:
    contract = loaded(vendor)

    assert contract.chosen == tuple(contract.operations)
    assert {step.operation for step in vendor.walk} == set(contract.operations)


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())
def test_each_value_that_a_walk_needs_is_taken_by_an_earlier_step(vendor: Vendor) -> None:
    taken: set[str] = set()
    for step in vendor.walk:
        assert step.needs <= taken
        taken |= step.take.keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(None, "Cannot read the contract", id="missing"),
        pytest.param("openapi: [", "not a usable OpenAPI document", id="broken YAML"),
        pytest.param("just words", "not a usable OpenAPI document", id="no object"),
        pytest.param("a: 1", "not a usable OpenAPI document", id="no OpenAPI"),
        pytest.param(f"{_HEAD}paths: {{}}", "declares no operation", id="no operation"),
        pytest.param(f"{_HEAD}paths: {{/a: {{get: {{{_ANSWER}}}}}}}", "operationId None", id="no operationId"),
        pytest.param(
            f"{_HEAD}paths: {{/a: {{get: {_TWIN}, put: {_TWIN}}}}}",
            "operationId 'x'",
            id="operationId twice",
        ),
        pytest.param(
            f'{_HEAD}paths: {{/a: {{$ref: "#/components/pathItems/gone"}}}}',
            "cannot be read",
            id="lost reference",
        ),
        pytest.param(
            f"{_HEAD}paths: {{/a: {{get: {{operationId: x, {_ANSWER}}}}}}}",
            "Unknown operation 'listThings'",
            id="walk elsewhere",
        ),
    ],
)
def test_a_document_that_cannot_be_used_is_a_clear_error(
    tiny_vendor: Vendor, tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "openapi.yaml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(DocumentError, match=message):
        loaded(dataclasses.replace(tiny_vendor, document=path))


def test_operations_are_chosen_in_the_order_of_the_document(tiny_vendor: Vendor) -> None:
    contract = loaded(tiny_vendor)

    assert contract.select(("getThing", "listThings")).chosen == ("listThings", "getThing")
    assert contract.select(()).chosen == contract.chosen


def test_an_unknown_operation_is_answered_with_the_nearest_name(tiny_vendor: Vendor) -> None:
    with pytest.raises(SelectionError, match="Did you mean 'listThings'") as caught:
        loaded(tiny_vendor).select(("listThing",))

    assert caught.value.exit_code == 2


def test_requests_never_go_to_the_server_that_the_document_names(tiny_vendor: Vendor) -> None:
    contract = loaded(tiny_vendor).aimed_at("http://127.0.0.1:1", None, {})

    assert {operation.base_url for operation in contract.operations.values()} == {"http://127.0.0.1:1"}


def test_help_does_not_wait_for_schemathesis() -> None:
    script = "import sys, contracts.cli; sys.exit('schemathesis' in sys.modules or 'hypothesis' in sys.modules)"

    root = Path(__file__).parents[2]

    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=root).returncode == 0
