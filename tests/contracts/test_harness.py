"""The harness on a tiny real application: what it finds, what it passes, what it leaves behind."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from contracts.checks import BUILT_IN
from contracts.credentials import bearer
from contracts.harness import Order, check
from contracts.result import COULD_NOT_RUN, FOUND, PASSED, RunResult
from contracts.targets import HttpTarget, TargetError

if TYPE_CHECKING:
    from contracts.catalog import Vendor

Make = Callable[..., Any]
RunTiny = Callable[..., RunResult]
Spoil = Callable[[Request, Response], None]


def found(result: RunResult) -> set[tuple[str, str]]:
    return {(finding.operation, finding.check) for finding in result.findings}


def on(method: str, path: str, change: Callable[[Response], object]) -> Spoil:
    def spoil(request: Request, response: Response) -> None:
        if request.method == method and request.path.startswith(path) and response.status_code < 300:
            change(response)

    return spoil


def test_an_honest_application_passes(run_tiny: RunTiny, tiny_api: Make) -> None:
    result = run_tiny(tiny_api())

    assert result.exit_code == PASSED
    assert result.findings == ()
    assert [operation.name for operation in result.operations] == [
        "listThings",
        "createThing",
        "getThing",
        "deleteThing",
    ]
    assert all(operation.cases > 10 for operation in result.operations)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda row: row.pop("owner", None), '"owner" is a required property', id="field dropped"),
        pytest.param(
            lambda row: row.update(cost=str(row.get("cost"))),
            'is not of type "number"',
            id="string cost",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_wrong_row_is_found_in_every_answer_that_holds_rows(
    run_tiny: RunTiny,
    change: Callable[[dict[str, Any]], object],
    message: str,
    tiny_api: Make,
    change_rows: Make,
) -> None:
    result = run_tiny(change_rows(tiny_api(), change), max_examples=1)

    wrong = {(label, "response_schema_conformance") for label in ("GET /things", "GET /things/{id}", "POST /things")}
    assert result.exit_code == FOUND
    assert wrong <= found(result)
    assert any(message in finding.message for finding in result.findings)


@pytest.mark.parametrize(
    ("operation", "spoil", "expected"),
    [
        pytest.param(
            "getThing",
            on("GET", "/things/", lambda answer: setattr(answer, "status_code", 500)),
            ("GET /things/{id}", "not_a_server_error"),
            id="500",
        ),
        pytest.param(
            "createThing",
            on("POST", "/things", lambda answer: setattr(answer, "status_code", 202)),
            ("POST /things", "status_code_conformance"),
            id="undocumented status",
        ),
        pytest.param(
            "listThings",
            on("GET", "/things", lambda answer: setattr(answer, "content_type", "text/html")),
            ("GET /things", "content_type_conformance"),
            id="wrong content type",
        ),
        pytest.param(
            "deleteThing",
            on("DELETE", "/things/", lambda answer: answer.set_data(b"{")),
            ("DELETE /things/{id}", "response_schema_conformance"),
            id="broken JSON",
        ),
    ],
)
def test_a_spoilt_answer_is_found(
    run_tiny: RunTiny, operation: str, spoil: Spoil, expected: tuple[str, str], tiny_api: Make, rewrite: Make
) -> None:
    result = run_tiny(rewrite(tiny_api(), spoil), operations=(operation,))

    assert result.exit_code == FOUND
    assert expected in found(result)


def test_an_exception_of_the_application_is_found_as_a_server_error(run_tiny: RunTiny, tiny_api: Make) -> None:
    def raises(environ: Any, start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "DELETE":
            raise RuntimeError("boom")
        return api(environ, start_response)

    api = tiny_api()
    result = run_tiny(raises, operations=("deleteThing",))

    assert ("DELETE /things/{id}", "not_a_server_error") in found(result)
    assert result.errors == ()


def test_an_application_that_skips_the_token_is_found_on_every_operation(run_tiny: RunTiny, tiny_api: Make) -> None:
    api = tiny_api()

    def trusting(environ: Any, start_response: Any) -> Any:
        return api({**environ, "HTTP_AUTHORIZATION": "Bearer anyone"}, start_response)

    result = run_tiny(trusting, max_examples=1)

    unguarded = {operation for operation, name in found(result) if name == "token_required"}
    assert unguarded == {"GET /things", "POST /things", "GET /things/{id}", "DELETE /things/{id}"}


def test_a_key_that_must_be_refused_is_tried_only_when_given(run_tiny: RunTiny, tiny_api: Make) -> None:
    one = {"operations": ("getThing",), "max_examples": 1}
    assert run_tiny(tiny_api(), **one).exit_code == PASSED
    assert run_tiny(tiny_api(key="good-token"), **one, reject_token="bad").exit_code == PASSED

    result = run_tiny(tiny_api(), **one, reject_token="known-bad")

    assert ("GET /things/{id}", "token_refused") in found(result)
    assert "Bearer $REJECTED_TOKEN" in result.findings[0].curl


def test_the_walk_meets_a_wrong_row_that_generated_filters_never_show(
    run_tiny: RunTiny, tiny_api: Make, rewrite: Make
) -> None:
    def hide_and_spoil(request: Request, response: Response) -> None:
        if request.method == "GET" and request.path == "/things" and response.status_code == 200:
            rows = [] if request.args else [{"id": "no uuid", "owner": "Ann", "colour": "red"}]
            response.set_data(json.dumps({"rows": rows}))

    result = run_tiny(rewrite(tiny_api(), hide_and_spoil), operations=("listThings",))

    assert ("GET /things", "response_schema_conformance") in found(result)


@pytest.mark.slow
def test_the_state_machine_finds_what_is_deleted_in_vain(run_tiny: RunTiny, tiny_api: Make) -> None:
    honest, removed = tiny_api(), list[str]()

    def forgetful(environ: dict[str, Any], start_response: Any) -> Any:
        """Deletes what the walk deletes, and nothing after it."""
        if environ["REQUEST_METHOD"] == "DELETE" and environ.get("HTTP_AUTHORIZATION") == "Bearer good-token":
            removed.append(environ["PATH_INFO"])
            if len(removed) > 1:
                environ["REQUEST_METHOD"] = "GET"
        return honest(environ, start_response)

    result = run_tiny(forgetful, max_examples=50)

    assert ("GET /things/{id}", "use_after_free") in {(each.operation, each.check) for each in result.findings}


def test_an_empty_list_is_told_and_is_no_finding(run_tiny: RunTiny, tiny_api: Make) -> None:
    result = run_tiny(tiny_api(rows=0), max_examples=1)

    assert result.exit_code == PASSED
    assert result.warnings == ("Not exercised: GET /things/{id} with the listed thing; there was none.",)


def test_one_wrong_field_is_one_finding_however_often_it_is_seen(
    run_tiny: RunTiny, tiny_api: Make, change_rows: Make
) -> None:
    result = run_tiny(change_rows(tiny_api(), lambda row: row.pop("owner", None)), operations=("listThings",))

    (finding,) = [finding for finding in result.findings if finding.operation == "GET /things"]
    assert finding.times > 1
    assert finding.message == 'Response violates schema: at $.rows[*], "owner" is a required property'
    assert finding.curl == 'curl -X GET -H "Authorization: Bearer $TOKEN" "$BASE_URL"/things'


def test_one_operation_can_be_chosen_and_brings_what_it_needs(run_tiny: RunTiny, tiny_api: Make) -> None:
    result = run_tiny(tiny_api(), operations=("getThing",))

    cases = {operation.name: operation.cases for operation in result.operations}
    assert cases.keys() == {"listThings", "createThing", "getThing", "deleteThing"}
    assert cases["listThings"] == cases["createThing"] == cases["deleteThing"] == 1


def test_the_same_seed_sends_the_same_requests(run_tiny: RunTiny, tiny_api: Make) -> None:
    first, second, other = tiny_api(), tiny_api(), tiny_api()

    run_tiny(first, operations=("listThings",))
    run_tiny(second, operations=("listThings",))
    run_tiny(other, operations=("listThings",), seed=2)

    assert first.seen == second.seen
    assert first.seen != other.seen


def test_nothing_is_left_behind(run_tiny: RunTiny, tmp_path: Path, tiny_api: Make) -> None:
    from schemathesis.checks import CHECKS
    from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

    run_tiny(tiny_api(), max_examples=1)

    assert list(tmp_path.iterdir()) == []
    assert {name for name in CHECKS.get_all_names() if name not in {use.name for use in BUILT_IN}} == set()
    assert not any(GLOBAL_HOOK_DISPATCHER.get_all().values())


def test_every_check_of_schemathesis_is_on_or_off_for_a_reason() -> None:
    from schemathesis.checks import CHECKS, load_all_checks

    load_all_checks()

    assert set(CHECKS.get_all_names()) | {"max_response_time"} == {use.name for use in BUILT_IN}
    assert all(use.reason for use in BUILT_IN if not use.on)


def test_an_operation_that_cannot_be_generated_is_no_pass(
    run_tiny: RunTiny, tmp_path: Path, tiny_api: Make, tiny_vendor: Vendor
) -> None:
    document = tmp_path / "impossible.yaml"
    text = tiny_vendor.document.read_text().replace(
        "properties: {colour: {enum: [red, blue]}}", "properties: {colour: false}"
    )
    document.write_text(text.replace("            example: {colour: red}\n", ""))
    vendor: Vendor = dataclasses.replace(tiny_vendor, document=document, walk=())

    result = run_tiny(tiny_api(), vendor=vendor, operations=("createThing",))

    assert result.exit_code in (FOUND, COULD_NOT_RUN)
    assert result.errors


def test_the_target_is_opened_once(tiny_api: Make, in_process: Make, tiny_vendor: Vendor) -> None:
    target = in_process(tiny_api())

    check(
        Order(vendor=tiny_vendor, seed=1, max_examples=1, credential=bearer("t"), operations=("deleteThing",)), target
    )

    assert target.opened == 1


@contextmanager
def mortal(api: Any, last: int) -> Iterator[HttpTarget]:
    """Serve the API until it has answered `last` requests."""

    def answer(environ: Any, start_response: Any) -> Any:
        if len(api.seen) == last:
            server.socket.close()
            Thread(target=server.shutdown).start()
        return api(environ, start_response)

    server = make_server("127.0.0.1", 0, answer)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield HttpTarget(f"http://127.0.0.1:{server.server_port}")
    thread.join()
    server.server_close()


def test_a_server_that_goes_away_at_once_is_no_finding(tiny_api: Make, tiny_vendor: Vendor) -> None:
    order = Order(vendor=tiny_vendor, seed=1, max_examples=1, credential=bearer("t"), operations=("listThings",))

    with mortal(tiny_api(), last=2) as target, pytest.raises(TargetError, match="Nothing answers"):
        check(order, target)


def test_a_server_that_goes_away_later_is_no_pass(tiny_api: Make, tiny_vendor: Vendor) -> None:
    order = Order(vendor=tiny_vendor, seed=1, max_examples=5, credential=bearer("t"), operations=("listThings",))

    with mortal(tiny_api(), last=30) as target:
        result = check(order, target)

    assert result.exit_code == COULD_NOT_RUN
    assert "stopped responding" in " ".join(result.errors)
