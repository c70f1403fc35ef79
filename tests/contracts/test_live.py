"""Runs against recording stubs of the vendors: what leaves, how fast, with which key, and what is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts.catalog import VENDORS
from contracts.cli import main
from contracts.gate import Gate, Terms
from contracts.ledger import Ledger
from contracts.result import CannotRun, Closed
from tests.contracts.stubs import EvoVoiceStub, Stub, VapiStub
from tests.patience import PATIENCE

KEYS = {
    "vapi": {"VAPI_API_KEY": VapiStub.KEY},
    "evovoice": {"EVOVOICE_USER": EvoVoiceStub.USER, "EVOVOICE_PASSWORD": EvoVoiceStub.PASSWORD},
}
STUBS: dict[str, Callable[[int], Stub]] = {"vapi": VapiStub, "evovoice": EvoVoiceStub}
ROWS = 20


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*KEYS["vapi"], *KEYS["evovoice"]):
        monkeypatch.delenv(name, raising=False)


def live(vendor: str, url: str, *arguments: str, **environment: str) -> Result:
    options = ("--live", "--yes", "--rate", "1000", "--upstream", url, "--junit", "r.xml", "--json", "r.json")
    return CliRunner().invoke(
        main, ["check", "--vendor", vendor, *options, *arguments], env={**KEYS[vendor], **environment}
    )


@dataclass(frozen=True)
class Reading:
    """A live run that only reads, against a stub that keeps what it got."""

    vendor: str
    stub: Stub
    result: Result
    files: str
    """The text of all files that the run wrote."""


@pytest.fixture(scope="module", params=STUBS)
def reading(
    request: pytest.FixtureRequest, serve_module: Callable[[Any], str], tmp_path_factory: pytest.TempPathFactory
) -> Reading:
    stub, folder = STUBS[request.param](60), tmp_path_factory.mktemp("reading")
    with contextlib.chdir(folder):
        result = live(request.param, serve_module(stub))
    return Reading(request.param, stub, result, "".join(path.read_text() for path in folder.iterdir()))


def test_a_live_run_reads_and_no_more(reading: Reading) -> None:
    vendor, stub, result = reading.vendor, reading.stub, reading.result

    assert result.exit_code == 0, result.output
    assert stub.methods == {"GET"}
    assert len(stub.seen) <= 300
    assert stub.rows == stub.before
    assert "At most 300 requests to http://127.0.0.1:" in result.output
    told = result.output + reading.files
    secrets = (*KEYS[vendor].values(), stub.authorization.partition(" ")[2])
    assert [secret for secret in secrets if secret in told and secret != EvoVoiceStub.USER] == []


def test_the_key_is_only_sent_where_it_belongs(reading: Reading) -> None:
    stub = reading.stub

    sent = {authorization for _, _, authorization in stub.seen}
    assert stub.authorization in sent
    assert {"", stub.authorization, "Basic nobody", "Bearer not-a-key"} >= sent
    assert not any("auth/logout" in path for _, path, _ in stub.seen)


@pytest.mark.parametrize("vendor", STUBS)
def test_without_the_key_nothing_is_sent_and_nothing_passes(vendor: str, serve: Callable[[Any], str]) -> None:
    stub = STUBS[vendor](ROWS)

    result = live(vendor, serve(stub), **dict.fromkeys(KEYS[vendor], ""))

    assert (result.exit_code, stub.seen) == (3, [])
    assert "Skipped: " in result.output


def test_it_asks_first(serve: Callable[[Any], str]) -> None:
    stub = VapiStub()
    arguments = ["check", "--vendor", "vapi", "--live", "--upstream", serve(stub)]

    result = CliRunner().invoke(main, arguments, env=KEYS["vapi"], input="n\n")

    assert (result.exit_code, stub.seen) == (3, [])
    assert "1.0 minutes: GET." in result.output


def test_the_budget_is_kept(serve: Callable[[Any], str]) -> None:
    stub = VapiStub()

    result = live("vapi", serve(stub), "--budget", "20")

    assert (result.exit_code, len(stub.seen)) == (3, 20)
    assert "The budget of 20 requests is used up." in result.output


def test_it_stops_when_the_endpoint_has_had_enough(serve: Callable[[Any], str]) -> None:
    stub = VapiStub()

    def overloaded(response: Any) -> None:
        if len(stub.seen) > 10:
            response.status_code = 429

    stub.answered = overloaded

    result = live("vapi", serve(stub))

    assert len(stub.seen) == 13
    assert "3 answers of 429 or 5xx in a row, the last one 429" in result.output
    assert result.exit_code != 0


@pytest.mark.parametrize("vendor", ["vapi", pytest.param("evovoice", marks=pytest.mark.slow)])
def test_live_write_leaves_everything_as_it_was(vendor: str, serve: Callable[[Any], str], tmp_path: Path) -> None:
    stub = STUBS[vendor](ROWS)

    result = live(vendor, serve(stub), "--live-write")

    assert result.exit_code == 0, result.output
    assert {"GET", "POST", "PATCH", "DELETE"} == stub.methods
    assert stub.rows == stub.before
    assert Ledger(tmp_path / ".contracts-ledger").owned == ()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_write_is_cleaned_up(
    serve: Callable[[Any], str], tmp_path: Path, number: signal.Signals
) -> None:
    """By the run itself on Ctrl-C, and by sweep-up when it had no time to."""
    stub = VapiStub()
    url = serve(stub)
    options = ["--live", "--live-write", "--yes", "--rate", "1000", "--upstream", url]
    command = [sys.executable, "-m", "contracts", "check", "--vendor", "vapi", *options]
    environment = {**os.environ, **KEYS["vapi"]}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        deadline = time.monotonic() + PATIENCE
        while "PATCH" not in stub.methods and time.monotonic() < deadline:
            time.sleep(0.005)
        run.send_signal(number)
        run.communicate(timeout=PATIENCE)
    if number is signal.SIGKILL:
        assert stub.rows != stub.before
        swept = CliRunner().invoke(main, ["sweep-up", "--vendor", "vapi", "--upstream", url], env=KEYS["vapi"])
        assert (swept.exit_code, swept.output) == (0, "1 deleted, 0 left\n")

    assert stub.rows == stub.before
    assert Ledger(tmp_path / ".contracts-ledger").owned == ()


# The gate itself


@pytest.fixture
def gate(serve: Callable[[Any], str], tmp_path: Path) -> Callable[..., tuple[Gate, Stub]]:
    def make(**terms: Any) -> tuple[Gate, Stub]:
        stub = VapiStub()
        settled = Terms(upstream=serve(stub), **{"budget": 50, "rate": 50.0, **terms})
        ledger = Ledger(tmp_path / "ledger")
        authorization = f"Bearer {VapiStub.KEY}"
        return Gate(
            vendor=VENDORS["vapi"], terms=settled, authorization=authorization, secrets=(VapiStub.KEY,), ledger=ledger
        ), stub

    return make


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/session"),
        ("DELETE", "/session/x"),
        ("PATCH", "/session/x"),
        ("PUT", "/session"),
        ("GET", "/assistant"),
        ("GET", "/session/x/y"),
        ("GET", "/session/../assistant"),
        ("GET", "/session/.."),
        ("GET", "/session/."),
        ("OPTIONS", "/session"),
        ("HEAD", "/session"),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_what_the_gate_keeps_back(gate: Callable[..., tuple[Gate, Stub]], method: str, path: str, write: bool) -> None:
    made, _ = gate(write=write)

    assert made.allows(method, path) is (write and (method, path) == ("POST", "/session"))


def test_a_path_that_was_quoted_is_quoted_again(gate: Callable[..., tuple[Gate, Stub]]) -> None:
    made, stub = gate()

    list(made({"REQUEST_METHOD": "GET", "PATH_INFO": "/session/x?y=1#"}, lambda *_: None))  # type: ignore[arg-type, typeddict-item]

    assert [path for _, path, _ in stub.seen] == ["/session/x?y=1#"]  # without quotes the rest would not be the path


def test_what_is_not_owned_is_not_touched(gate: Callable[..., tuple[Gate, Stub]]) -> None:
    made, _ = gate(write=True)
    made.ledger.add("own")

    assert made.allows("DELETE", "/session/own")
    assert not made.allows("DELETE", "/session/other")
    assert not made.allows("POST", "/session/own")


def test_the_rate_is_kept(gate: Callable[..., tuple[Gate, Stub]]) -> None:
    made, _ = gate(rate=4.0)
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    made.sleep, made.clock = sleep, lambda: now[0]
    for _ in range(5):
        list(made({"REQUEST_METHOD": "GET", "PATH_INFO": "/session"}, lambda *_: None))  # type: ignore[arg-type, typeddict-item]

    assert slept == [0.25] * 4


def test_a_secret_in_an_answer_goes_no_further(gate: Callable[..., tuple[Gate, Stub]]) -> None:
    made, stub = gate()
    stub.change = lambda row: {**row, "name": VapiStub.KEY}

    body = b"".join(
        made(
            {"REQUEST_METHOD": "GET", "PATH_INFO": "/session", "HTTP_AUTHORIZATION": "Bearer through-the-gate"},
            lambda *_: None,
        )
    )  # type: ignore[arg-type, typeddict-item]

    assert VapiStub.KEY.encode() not in body
    assert json.loads(body)["results"][0]["name"] == "***"


@pytest.mark.parametrize("upstream", ["http://api.vapi.ai", "ftp://x", "api.vapi.ai", "http://127.0.0.1.evil.example"])
def test_the_key_goes_nowhere_in_the_clear(upstream: str) -> None:
    with pytest.raises(CannotRun, match="must be https"):
        Terms(upstream=upstream, budget=1, rate=1)


def test_nothing_answers(tmp_path: Path) -> None:
    terms = Terms(upstream="http://127.0.0.1:9", budget=5, rate=50)
    made = Gate(vendor=VENDORS["vapi"], terms=terms, authorization="", secrets=(), ledger=Ledger(tmp_path / "x"))

    with pytest.raises(Closed, match="gives no answer"):
        made({"REQUEST_METHOD": "GET", "PATH_INFO": "/session"}, lambda *_: None)  # type: ignore[arg-type, typeddict-item]
