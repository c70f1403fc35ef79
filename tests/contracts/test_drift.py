"""A recording keeps rules and loses people; verify and drift find what was planted, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from contracts.cli import main
from tests.contracts.stubs import EvoVoiceStub, Stub, VapiStub

Serve = Callable[[Any], str]
KEYS = {
    "vapi": {"VAPI_API_KEY": VapiStub.KEY},
    "evovoice": {"EVOVOICE_USER": EvoVoiceStub.USER, "EVOVOICE_PASSWORD": EvoVoiceStub.PASSWORD},
}

STUBS: dict[str, Callable[[int], Stub]] = {"vapi": VapiStub, "evovoice": EvoVoiceStub}
ROWS = 12

PERSONAL: dict[str, Callable[[Stub], set[str]]] = {
    "vapi": lambda stub: {
        *(row["id"] for row in stub.rows), *(row["name"] for row in stub.rows),
        *(value for row in stub.rows for value in row["customer"].values() if len(value) > 3),
        *(message["content"] for row in stub.rows for message in row["messages"]), VapiStub.KEY,
    },
    # Its ids look like what stands in for an id.
    "evovoice": lambda stub: {
        *(row["purpose"] for row in stub.rows), *(row["accountName"] for row in stub.rows), EvoVoiceStub.USER,
        EvoVoiceStub.PASSWORD,
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contracts(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def record(vendor: str, url: str, out: str = "kept.har") -> str:
    options = ("--upstream", url, "--yes", "--rate", "1000", "--out", out)
    result = contracts("record", "--vendor", vendor, *options, **KEYS[vendor])
    assert result.exit_code == 0, result.output
    return Path(out).read_text()


Recorded = tuple[str, Stub, str]


@pytest.fixture(scope="module", params=STUBS)
def recorded(request: pytest.FixtureRequest, serve_module: Serve, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record a sound vendor, once for all tests; return its name, itself and the text of its recording."""
    stub = STUBS[request.param](ROWS)
    out = tmp_path_factory.mktemp(request.param) / "kept.har"
    return request.param, stub, record(request.param, serve_module(stub), str(out))


def test_a_recording_of_a_sound_vendor_is_verified_and_the_emulator_does_not_drift_from_it(
    recorded: Recorded, emulator_url: str
) -> None:
    vendor, stub, text = recorded
    Path("kept.har").write_text(text)

    verified = contracts("verify", "kept.har")
    drifted = contracts("drift", "kept.har", "--target", emulator_url, "--json", "drift.json")

    assert verified.exit_code == 0, verified.output
    assert (drifted.exit_code, drifted.output.splitlines()[-1][:13]) == (0, "0 differences"), drifted.output
    assert stub.methods == {"GET"}
    assert [each for each in PERSONAL[vendor](stub) if json.dumps(each)[1:-1] in text] == []
    rules = {
        each["rule"]: (each["recorded"], each["target"]) for each in json.loads(Path("drift.json").read_text())["rules"]
    }
    assert rules["filter-sound"] == ("holds", "holds")
    assert set(sum(rules.values(), ())) <= {"holds", "vacuous", "not asked"}


@pytest.mark.slow
def test_a_recording_with_a_secret_in_an_enum_is_not_saved(serve: Serve) -> None:
    stub = VapiStub(3)
    stub.change = lambda row: {**row, "status": "+14155550123"}

    result = contracts(
        "record",
        "--vendor",
        "vapi",
        "--upstream",
        serve(stub),
        "--yes",
        "--rate",
        "1000",
        "--out",
        "kept.har",
        **KEYS["vapi"],
    )

    assert result.exit_code == 3
    assert "which was not saved" in result.output
    assert not Path("kept.har").exists()


def planted(stub: VapiStub) -> None:
    """Seven differences from what the vendor documents."""

    def change(row: dict[str, Any]) -> dict[str, Any]:
        row = {**row, "region": "eu-west"}
        row.pop("orgId", None)
        if row.get("name") == "Booking 2":
            row["status"] = "paused"
        return {**row, "updatedAt": row["updatedAt"].removesuffix("Z")}

    def asked(query: dict[str, str]) -> dict[str, str]:
        renamed = {("createdAtGe" if name == "createdAtGt" else name): value for name, value in query.items()}
        return renamed if {"sortOrder", "sortBy"} & renamed.keys() else {**renamed, "sortOrder": "ASC"}

    def answered(response: Any) -> None:
        if response.status_code == 404:
            response.status_code = 410

    stub.change, stub.asked, stub.answered = change, asked, answered


def test_seven_planted_differences_are_reported_and_none_more(serve: Serve, emulator_url: str) -> None:
    stub = VapiStub(ROWS)
    planted(stub)
    record("vapi", serve(stub))

    verified = contracts("verify", "kept.har")
    files = ("--json", "drift.json", "--junit", "drift.xml", "--html", "drift.html")
    drifted = contracts("drift", "kept.har", "--target", emulator_url, *files)

    assert (verified.exit_code, drifted.exit_code) == (1, 1), verified.output
    found = [
        (each["layer"], each["place"], each["recorded"])
        for each in json.loads(Path("drift.json").read_text())["differences"]
    ]
    assert len(found) == 7, drifted.output
    for place in (
        "region",
        "orgId",
        "updatedAt",
        "paused",
        "createdAtGt",
        "an unknown id",
        "when none is asked",
    ):
        assert any(place in " ".join(each) for each in found), (place, drifted.output)
    assert len(ElementTree.parse("drift.xml").findall("testsuite/testcase/failure")) == 7
    page = Path("drift.html").read_text()
    assert (page.count("<article>"), page.count("$TOKEN")) == (7, page.count("curl -X"))
    assert "http" not in page.replace(emulator_url, "")


@pytest.fixture(scope="module")
def emulator_url(serve_module: Serve) -> str:
    import mock_server

    return serve_module(mock_server.create_app(mock_server.Settings(sessions=ROWS)))


def test_a_recording_may_begin_with_a_byte_order_mark(recorded: Recorded) -> None:
    *_, text = recorded
    Path("kept.har").write_text(text, "utf-8-sig")

    assert contracts("verify", "kept.har").exit_code == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"log": {"entries": []}}', "no json"])
def test_what_is_no_recording(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text(text)

    result = contracts("verify", "x.har")

    assert result.exit_code == 3
    assert "is no recording of this tool" in result.output
