"""The benchmark commands work; what they measure is not judged here."""

import json
import shutil
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks import events, load, measuring, report, serve, store


@pytest.mark.slow
def test_the_store_command_leaves_a_table_a_file_and_a_plot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["store", "--sizes", "100,1000", "--out", str(tmp_path)])
    monkeypatch.setattr(measuring, "_BATCH_SECONDS", 0.001)
    monkeypatch.setattr(store, "paired_ratio", partial(measuring.paired_ratio, pairs=1, calls=1))
    monkeypatch.setattr(store, "INSERTS", 5)
    monkeypatch.setattr(store, "FILE_INSERTS", 5)

    store.main()

    results = json.loads((tmp_path / "store.json").read_text())["results"]
    assert results["page, first"]["1000"] > 0
    assert results["stock TinyDB: page"]["1000"] > results["page, first"]["1000"]
    assert (tmp_path / "store.svg").read_text().startswith("<svg")
    assert "page, first" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(None in map(shutil.which, ("wrk", "granian")), reason="wrk or granian is not installed")
def test_the_serve_command_leaves_ratios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = ["--sessions", "300", "--seconds", "1", "--rounds", "1", "--starts", "1", "--only", "page, first"]
    arguments = ["serve", *few, "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)

    serve.main()

    results = json.loads((tmp_path / "serve.json").read_text())["results"]
    assert 0 < results["filtered page, first"]["ratio"] < 3


def test_events_are_delivered_under_load() -> None:
    measured = events.deliver(160)

    assert (measured["events"], measured["settled"]) == (160, 1)
    assert measured["lost"] == measured["twice"] == measured["out of order"] == 0


def test_a_missing_program_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        load.require("no-such-program")

    assert raised.value.code == 3
    assert "no-such-program" in capsys.readouterr().err


@pytest.mark.parametrize(("measured", "more", "met"), [(2, True, True), (1, True, False), (2, False, False)])
def test_a_target_is_met_or_missed(measured: float, more: bool, met: bool) -> None:
    assert report.Target("x", measured, 1.5, more_is_better=more).met is met
