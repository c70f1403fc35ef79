"""A recording of any world is verified, does not drift from its own server, and holds nobody's words or names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mock_server
from contracts.cli import main
from contracts.redaction import Redactor
from tests.contracts.stubs import EvoVoiceStub, Stub, VapiStub

Serve = Callable[[Any], str]
WORLDS = ("empty", "one", "page", "page-plus-one", "ties", "unicode", "expired", "near-miss", "demo")
KEYS = {
    "vapi": {"VAPI_API_KEY": VapiStub.KEY},
    "evovoice": {"EVOVOICE_USER": EvoVoiceStub.USER, "EVOVOICE_PASSWORD": EvoVoiceStub.PASSWORD},
}
OF_THE_EMULATOR = {
    "vapi": KEYS["vapi"],
    "evovoice": {"EVOVOICE_USER": "admin@example.com", "EVOVOICE_PASSWORD": "admin"},
}
PERSON = "Ann Lee of 5 Harbor Street"
SLOW = pytest.mark.slow


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contracts(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def record(vendor: str, url: str, keys: dict[str, str], out: str = "kept.har") -> Result:
    options = ("--upstream", url, "--yes", "--rate", "1000", "--budget", "900", "--out", out)
    return contracts("record", "--vendor", vendor, *options, **keys)


def assert_recorded(vendor: str, url: str, keys: dict[str, str]) -> str:
    """What was recorded, once it is verified and does not differ from the server it is of."""
    recorded = record(vendor, url, keys)
    assert recorded.exit_code == 0, recorded.output
    verified = contracts("verify", "kept.har")
    assert verified.exit_code == 0, verified.output
    drifted = contracts("drift", "kept.har", "--target", url, **keys)
    assert (drifted.exit_code, drifted.output.splitlines()[-1][:13]) == (0, "0 differences"), drifted.output
    return Path("kept.har").read_text("utf-8")


# In a quick run the tests below record Vapi's world "one", and those of test_drift.py a small vendor of each kind.
@SLOW
@pytest.mark.parametrize("vendor", KEYS)
@pytest.mark.parametrize(("seed", "world"), [*enumerate(WORLDS, 1)])
def test_every_world_is_recorded(vendor: str, world: str, seed: int, serve: Serve) -> None:
    url = serve(mock_server.create_app(mock_server.Settings(world=world, seed=seed)))

    assert_recorded(vendor, url, OF_THE_EMULATOR[vendor])


@SLOW
@pytest.mark.timeout(900)
@pytest.mark.parametrize("vendor", KEYS)
@pytest.mark.parametrize(
    ("world", "seed"), [*((world, seed) for world in WORLDS for seed in (1, 20, 300, 4000)), ("10k", 1)]
)
def test_every_world_is_recorded_at_any_seed(vendor: str, world: str, seed: int, serve: Serve) -> None:
    url = serve(mock_server.create_app(mock_server.Settings(world=world, seed=seed)))

    assert_recorded(vendor, url, OF_THE_EMULATOR[vendor])


@SLOW
def test_a_list_that_one_answer_does_not_hold_is_recorded_as_far_as_its_newest_rows(serve: Serve) -> None:
    recorded = record("vapi", serve(VapiStub(1010)), KEYS["vapi"])
    verified = contracts("verify", "kept.har")

    assert recorded.exit_code == 0, recorded.output
    assert verified.exit_code == 0, verified.output
    universes = json.loads(Path("kept.har").read_text("utf-8"))["log"]["_universes"]
    assert len(universes["SessionController_findAllPaginated"]) == 998  # two at each instant, and none of the oldest


PERSONAL: dict[str, dict[str, Any]] = {
    "variable": {"assistantOverrides": {"variableValues": {PERSON: "yes"}}},
    "nested": {"assistantOverrides": {"variableValues": {"caller": {PERSON: [{PERSON: 1}]}}}},
    "value": {"assistantOverrides": {"variableValues": {"role": PERSON, "status": PERSON}}},
    "message": {"messages": [{"role": "user", "content": "Hi", "metadata": {PERSON: 1}}]},
    "metadata": {"customer": {"assistantOverrides": {"metadata": {PERSON: 1}}}},
    "header": {"assistant": {"server": {"headers": {PERSON: "1"}}}},
    "model": {"assistant": {"model": {"provider": "openai", "model": PERSON}}},
    "plan": {"assistant": {"artifactPlan": {PERSON: 1}}},
}


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param([*PERSONAL.values()], id="all"),
        *(pytest.param([body], id=name, marks=SLOW) for name, body in PERSONAL.items()),
    ],
)
def test_names_of_members_that_are_anybodys_are_replaced(bodies: list[dict[str, Any]], serve: Serve) -> None:
    app = mock_server.create_app(mock_server.Settings(world="one"))
    for body in bodies:
        made = app.test_client().post("/session", json=body, headers={"Authorization": "Bearer any"})
        assert made.status_code == 201, made.text

    text = assert_recorded("vapi", serve(app), OF_THE_EMULATOR["vapi"])

    assert PERSON not in text


@SLOW
def test_a_new_member_of_the_vendor_keeps_its_name_and_none_of_its_values(serve: Serve) -> None:
    stub = VapiStub(3)
    stub.change = lambda row: {**row, "regionHint": {PERSON: PERSON}, PERSON: 1}

    assert record("vapi", serve(stub), KEYS["vapi"]).exit_code == 0

    text = Path("kept.har").read_text("utf-8")
    assert "regionHint" in text
    assert PERSON not in text


@pytest.mark.parametrize(
    ("make", "member", "values"),
    [
        pytest.param(
            EvoVoiceStub,
            "purpose",
            ["$5", "100", "Zed", "a@example.com", "+14155550123", "2026-01-31", "true", "[1]", '{"a": 1}', ""],
            id="an-order-of-many-kinds",
            marks=SLOW,
        ),
        pytest.param(
            EvoVoiceStub,
            "purpose",
            ["billing", "purpose", "message", "id", "Ascend"],
            id="names-of-members",
            marks=SLOW,
        ),
        pytest.param(EvoVoiceStub, "accountName", ["none", "nobody", "UP", "csv"], id="own-words", marks=SLOW),
        pytest.param(
            VapiStub,
            "name",
            ["cost", "cost,id", "DESC", "csv", "name", "number"],
            id="values-of-parameters",
            marks=SLOW,
        ),
        pytest.param(
            VapiStub, "name", ["[1]", '["a"]', "{}", "null", "1234567", "1.50", "true", "-"], id="json", marks=SLOW
        ),
        pytest.param(
            VapiStub, "name", ["must", "page", "an integer number", "limit"], id="words-of-refusals", marks=SLOW
        ),
        pytest.param(VapiStub, "name", ["Ann, Lee", "[Ann]", "=1+1", '"', "a\nb", "\u202eann\x1b"], id="signs"),
    ],
)
def test_texts_that_look_like_something_else(make: type[Stub], member: str, values: list[str], serve: Serve) -> None:
    stub = make(10)
    for number, row in enumerate(stub.rows):
        row[member] = values[number % len(values)]
    vendor = "vapi" if make is VapiStub else "evovoice"

    recorded = record(vendor, serve(stub), KEYS[vendor])
    verified = contracts("verify", "kept.har")

    assert recorded.exit_code == 0, recorded.output
    assert verified.exit_code == 0, verified.output


@SLOW
def test_a_part_of_a_name_that_is_also_a_name_finds_the_same_rows(serve: Serve) -> None:
    stub = EvoVoiceStub(9)
    for number, account in enumerate(stub.accounts):
        account["name"] = ("Harborside", "Harbo", "hARBO")[number % 3]

    recorded = record("evovoice", serve(stub), KEYS["evovoice"])
    verified = contracts("verify", "kept.har")

    assert recorded.exit_code == 0, recorded.output
    assert verified.exit_code == 0, verified.output


@SLOW
def test_what_a_refusal_repeats_of_a_row_is_replaced(serve: Serve) -> None:
    stub = VapiStub(3)

    def answered(response: Any) -> None:
        if response.status_code == 404:
            response.set_data(json.dumps({**json.loads(response.get_data()), "message": 'No, "Ann Lee" is not known'}))

    stub.answered = answered

    assert record("vapi", serve(stub), KEYS["vapi"]).exit_code == 0

    text = Path("kept.har").read_text("utf-8")
    assert "Ann Lee" not in text
    assert "is not known" in text


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param("+14155550123", "A phone number or an address", marks=SLOW),
        (PERSON, "A text that the vendor's document does not list"),
    ],
)
def test_a_refusal_to_save_names_the_place(status: str, kind: str, serve: Serve) -> None:
    stub = VapiStub(3)
    stub.change = lambda row: {**row, "status": status}

    result = record("vapi", serve(stub), KEYS["vapi"])

    assert result.exit_code == 3
    assert f"{kind} is left in the recording, which was not saved." in result.output
    assert "an answer of SessionController_findAllPaginated, status 200, at /results/0/status" in result.output
    assert status not in result.output
    assert not Path("kept.har").exists()


def test_a_key_that_the_gate_does_not_recognise_is_not_saved(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = VapiStub(3)
    stub.change = lambda row: {**row, "status": VapiStub.KEY}
    monkeypatch.setattr(Redactor, "of_bytes", lambda _, body: body)

    result = record("vapi", serve(stub), KEYS["vapi"])

    assert result.exit_code == 3
    assert "A secret is left in the recording, which was not saved." in result.output
    assert VapiStub.KEY not in result.output


@SLOW
def test_members_of_a_map_are_data_and_no_difference(serve: Serve) -> None:
    def holding(variable: str, value: object) -> str:
        app = mock_server.create_app(mock_server.Settings(world="one"))
        body = {"assistantOverrides": {"variableValues": {variable: value}}}
        made = app.test_client().post("/session", json=body, headers={"Authorization": "Bearer any"})
        assert made.status_code == 201, made.text
        return serve(app)

    assert record("vapi", holding("caller", {"age": "30"}), KEYS["vapi"]).exit_code == 0
    drifted = contracts("drift", "kept.har", "--target", holding("guest", {"size": "4"}))

    assert (drifted.exit_code, drifted.output.splitlines()[-1][:13]) == (0, "0 differences"), drifted.output


@pytest.fixture(scope="module")
def kept(serve_module: Serve, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the recording of a small vendor, as JSON; tests change copies of it."""
    out = tmp_path_factory.mktemp("kept") / "kept.har"
    assert record("vapi", serve_module(VapiStub(3)), KEYS["vapi"], str(out)).exit_code == 0
    return json.loads(out.read_text("utf-8"))


@pytest.fixture(scope="module")
def emulator_url(serve_module: Serve) -> str:
    return serve_module(mock_server.create_app(mock_server.Settings(sessions=20)))


@pytest.mark.parametrize(
    "value", [None, *(pytest.param(value, marks=SLOW) for value in (5, "x", {}, [], [5], {"a": 5}, -1, True))]
)
def test_a_recording_with_any_member_of_another_type(value: Any, kept: Any) -> None:
    places = [
        ["log"], ["log", "_day"], ["log", "entries"], ["log", "_probes"], ["log", "_universes"],
        ["log", "_universes", "SessionController_findAllPaginated"], ["log", "entries", 0],
        ["log", "entries", 0, "request"], ["log", "entries", 0, "request", "queryString"],
        ["log", "entries", 0, "response"], ["log", "entries", 0, "response", "status"],
        ["log", "entries", 0, "response", "content"], ["log", "entries", 0, "response", "content", "text"],
        ["log", "entries", 0, "_operation"], ["log", "entries", 0, "_path"], ["log", "entries", 0, "_fresh"],
        ["log", "_probes", 0], ["log", "_probes", 0, "kind"], ["log", "_probes", 0, "operation"],
        ["log", "_probes", 0, "list"], ["log", "_probes", 0, "entries"], ["log", "_probes", 0, "about"],
    ]  # fmt: skip

    for steps in places:
        document = replaced(kept, steps, value)
        Path("odd.har").write_text(json.dumps(document))
        verified = contracts("verify", "odd.har")
        assert isinstance(verified.exception, SystemExit | None), (steps, verified.exception)
        assert "Traceback" not in verified.output, (steps, verified.output)


def replaced(document: Any, steps: list[Any], value: Any) -> Any:
    """A copy with another value at a place."""
    if not steps:
        return value
    first, *rest = steps
    if isinstance(document, list):
        return [replaced(item, rest, value) if number == first else item for number, item in enumerate(document)]
    return {name: replaced(item, rest, value) if name == first else item for name, item in document.items()}


@pytest.mark.parametrize(
    ("steps", "value", "message"),
    [
        (["log", "_vendor"], 5, "at /log/_vendor, the value is not of type"),
        (["log", "_universes"], 5, "at /log/_universes, the value is not of type"),
        (
            ["log", "entries", 0, "response", "status"],
            "x",
            "at /log/entries/0/response/status, the value is not of type",
        ),
        (["log", "_probes", 0, "entries"], [], "at /log/_probes/0/entries, the value has less than 1 item"),
        (["log", "_probes", 0, "entries"], [999_999], "is no recording of this tool"),
        (["log", "_probes", 0, "kind"], "unheard", "at /log/_probes/0/kind, the value is not one of"),
        (["log", "_vendor"], ["vapi"], "at /log/_vendor, the value is not of type"),
    ],
)
def test_a_hostile_recording_is_refused(
    steps: list[Any], value: Any, message: str, kept: Any, emulator_url: str
) -> None:
    Path("odd.har").write_text(json.dumps(replaced(kept, steps, value)))

    for command in (["verify", "odd.har"], ["drift", "odd.har", "--target", emulator_url]):
        result = contracts(*command)
        assert (result.exit_code, result.output.startswith("Error: ")) == (3, True), result.output
        assert message in result.output


def test_a_recording_of_an_operation_that_the_vendor_does_not_have(kept: Any) -> None:
    Path("odd.har").write_text(json.dumps(replaced(kept, ["log", "entries", 0, "_operation"], "unheard")))

    result = contracts("verify", "odd.har")

    assert (result.exit_code, result.output.startswith("Error: ")) == (3, True), result.output
    assert "odd.har cannot be judged (KeyError('unheard'))" in result.output


def test_rows_that_cannot_be_judged_are_named(kept: Any) -> None:
    steps: list[Any] = ["log", "_universes", "SessionController_findAllPaginated"]
    Path("odd.har").write_text(json.dumps(replaced(kept, steps, [{"id": 1}])))

    result = contracts("verify", "odd.har")

    assert result.exit_code == 1
    assert "could not be judged: filter-sound, filter-complete, count; createdAt is missing or null" in result.output


@pytest.mark.parametrize("levels", [2_000, pytest.param(100_000, marks=SLOW)])
@pytest.mark.parametrize("inside", [pytest.param(True, marks=SLOW), False])
def test_a_recording_nested_too_deeply(levels: int, inside: bool, kept: Any, emulator_url: str) -> None:
    text = '{"a":' * levels + "1" + "}" * levels
    if inside:
        steps = ["log", "entries", 0, "response", "content", "text"]
        text = json.dumps(replaced(kept, steps, text))
    Path("odd.har").write_text(text)

    for command in (["verify", "odd.har"], ["drift", "odd.har", "--target", emulator_url]):
        result = contracts(*command)
        assert result.exit_code in {1, 3}, result.output
        assert isinstance(result.exception, SystemExit), result.exception


def test_what_a_recording_holds_reaches_the_terminal_escaped(kept: Any, emulator_url: str) -> None:
    text = json.dumps(kept).replace("completed", "\\\\u001b]0;owned\\\\u0007\\\\u202epaused")
    Path("kept.har").write_text(text, "utf-8")

    result = contracts("drift", "kept.har", "--target", emulator_url)

    assert result.exit_code == 1
    assert "  recorded: \\x1b]0;owned\\x07\\u202epaused\n" in result.output
    assert {character for character in result.output if not character.isprintable()} == {"\n"}
