"""What is done about a target that cannot be reached, and what leaves: by which way and with whose credentials."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from requests.utils import get_environ_proxies
from werkzeug.wrappers import Response

from contracts.cli import main
from contracts.credentials import bearer
from contracts.harness import Order, check
from contracts.targets import HttpTarget
from contracts.transport import Transport, is_local
from mock_server import Settings, create_app
from tests.contracts.stubs import EvoVoiceStub, Stub, VapiStub

Serve = Callable[[Any], str]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
KEYS = {
    "vapi": {"VAPI_API_KEY": VapiStub.KEY},
    "evovoice": {"EVOVOICE_USER": EvoVoiceStub.USER, "EVOVOICE_PASSWORD": EvoVoiceStub.PASSWORD},
}
STUBS: dict[str, Callable[..., Stub]] = {"vapi": VapiStub, "evovoice": EvoVoiceStub}
CHECK = ("check", "--vendor", "vapi", "--target")
LIST = "SessionController_findAllPaginated"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*PROXIES, *map(str.upper, PROXIES), *KEYS["vapi"], *KEYS["evovoice"], "NETRC"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def dead() -> str:
    """The URL of a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def contracts(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def record(vendor: str, upstream: str, *options: str, **environment: str) -> Result:
    whole = ("record", "--vendor", vendor, "--upstream", upstream, "--yes", "--rate", "1000", "--out", "kept.har")
    return contracts(*whole, *options, **KEYS[vendor], **environment)


# Proxies


@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_no_proxy_is_used_on_this_machine(serve: Serve, dead: str, spell: Callable[[str], str]) -> None:
    url = serve(create_app(Settings(vendor=("vapi",), sessions=10))).replace("127.0.0.1", "localhost")

    proxies = dict.fromkeys(map(spell, PROXIES[:3]), dead)
    result = contracts("check", "--vendor", "vapi", "--target", url, "--level", "wire", **proxies)

    assert result.exit_code == 0, result.output


def test_no_proxy_is_used_for_generated_cases_on_this_machine(
    serve: Serve, dead: str, monkeypatch: pytest.MonkeyPatch, tiny_api: Callable[[], Any], tiny_vendor: Any
) -> None:
    monkeypatch.setenv("HTTP_PROXY", dead)
    monkeypatch.setenv("ALL_PROXY", dead)
    one = {"operations": ("getThing",), "level": "full", "max_examples": 2, "seed": 1}

    result = check(Order(vendor=tiny_vendor, credential=bearer("t"), **one), HttpTarget(serve(tiny_api())))

    assert (result.findings, result.errors) == ((), ())


@pytest.mark.parametrize("vendor", STUBS)
def test_no_proxy_is_used_by_the_gate_on_this_machine(serve: Serve, dead: str, vendor: str) -> None:
    live = ("--live", "--yes", "--rate", "1000", "--level", "wire", "--upstream", serve(STUBS[vendor](9)))

    result = contracts("check", "--vendor", vendor, *live, **KEYS[vendor], HTTP_PROXY=dead, ALL_PROXY=dead)

    assert result.exit_code == 0, result.output


def test_a_proxy_that_is_not_there_is_named(dead: str) -> None:
    proxy = dead.replace("http://", "http://ann:s3cret@")

    result = contracts(
        "check", "--vendor", "vapi", "--target", "http://target.invalid", "--use-proxy", HTTP_PROXY=proxy
    )

    assert result.exit_code == 3
    assert f"Nothing answers at http://target.invalid by the proxy {dead} that HTTP_PROXY" in result.output
    assert "s3cret" not in result.output


@pytest.mark.parametrize("status", [407, 502, 503, 504])
def test_a_proxy_that_does_not_reach_the_target_is_named(serve: Serve, status: int) -> None:
    proxy = serve(Response("no", status))

    result = contracts(
        "check", "--vendor", "vapi", "--target", "http://target.invalid", "--use-proxy", HTTP_PROXY=proxy
    )

    assert result.exit_code == 3
    assert f"http://target.invalid cannot be reached by the proxy {proxy}" in result.output
    assert f"it answers {status}" in result.output


def test_a_proxy_that_opens_no_tunnel_is_named(serve: Serve) -> None:
    proxy = serve(Response("no", 502))

    result = contracts(
        "check", "--vendor", "vapi", "--target", "https://target.invalid", "--use-proxy", HTTPS_PROXY=proxy
    )

    assert result.exit_code == 3
    assert f"https://target.invalid cannot be reached by the proxy {proxy}" in result.output


@pytest.mark.parametrize("target", ["http://[", "http://127.0.0.1:0x", f"http://{'a' * 70}.example"])
def test_an_odd_target_is_told_in_a_line(target: str) -> None:
    result = contracts("check", "--vendor", "vapi", "--target", target)

    assert result.exit_code in (2, 3)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8400", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:8400", True),
        ("http://localhost:1", True),
        ("http://api.localhost", True),
        ("http://127.0.0.1.example.com", False),
        ("http://notlocalhost", False),
        ("https://api.vapi.ai", False),
    ],
)
def test_what_is_on_this_machine(monkeypatch: pytest.MonkeyPatch, url: str, local: bool) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")

    asked, plain = Transport(use_proxy=True), Transport()
    assert is_local(url) is local
    assert (asked.proxy(url) is None) is local
    assert ("proxy.example:3128" in asked.way(url)) is not local
    assert plain.proxy(url) is None
    assert ("without the proxy of ALL_PROXY" in plain.way(url)) is not local
    for transport, used in ((asked, not local), (plain, False)):
        with transport.environment(url), transport.session(url) as session:
            assert not session.trust_env
            assert bool(session.proxies) is used
            assert bool(get_environ_proxies(url)) is used


# ~/.netrc


@pytest.mark.parametrize("vendor", STUBS)
def test_credentials_of_netrc_are_never_sent(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vendor: str
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login evil password evil\ndefault login evil password evil\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    through_the_gate, plain = STUBS[vendor](9), STUBS[vendor](9)
    wire = ("--vendor", vendor, "--level", "wire", "--token", VapiStub.KEY)
    live = ("--live", "--yes", "--rate", "1000", "--upstream", serve(through_the_gate))

    contracts("check", *wire, *live, **KEYS[vendor])
    contracts("check", *wire, "--target", serve(plain), **KEYS[vendor])

    for stub in (through_the_gate, plain):
        sent = {authorization for _, _, authorization in stub.seen}
        assert {"", stub.authorization} <= sent
        assert "Basic ZXZpbDpldmls" not in sent


# Signing in


@pytest.mark.parametrize(
    ("vendor", "environment", "said"),
    [
        pytest.param("vapi", {}, "signing in with the token was refused (401)", id="token"),
        pytest.param(
            "evovoice",
            {"EVOVOICE_USER": "ann", "EVOVOICE_PASSWORD": "x7"},
            "signing in as ann was refused (401)",
            id="ann",
        ),
        pytest.param("evovoice", {}, "signing in as admin@example.com was refused (401)", id="seeded user"),
    ],
)
def test_a_refused_sign_in_says_so(serve: Serve, vendor: str, environment: dict[str, str], said: str) -> None:
    result = contracts("check", "--vendor", vendor, "--target", serve(STUBS[vendor]()), **environment)

    assert result.exit_code == 3
    assert said in result.output
    assert "x7" not in result.output


def test_a_user_without_the_role_is_told_from_a_finding(serve: Serve) -> None:
    agent = {"EVOVOICE_USER": "agent@example.com", "EVOVOICE_PASSWORD": "agent"}
    url = serve(create_app(Settings(vendor=("evovoice",), sessions=5)))

    result = contracts("check", "--vendor", "evovoice", "--target", url, **agent)

    assert result.exit_code == 3
    assert "was refused (403)" in result.output


@pytest.mark.parametrize(
    ("vendor", "wrong", "said"),
    [
        ("vapi", {"VAPI_API_KEY": "sk-wrong"}, "signing in with the key in VAPI_API_KEY was refused (401)"),
        ("evovoice", {"EVOVOICE_USER": "ann", "EVOVOICE_PASSWORD": "x7"}, "signing in as ann was refused (401)"),
    ],
)
def test_a_refused_key_sends_one_request_and_says_so(
    serve: Serve, vendor: str, wrong: dict[str, str], said: str
) -> None:
    stub = STUBS[vendor]()
    options = ("--yes", "--rate", "1000", "--upstream", serve(stub))

    checked = contracts("check", "--vendor", vendor, "--live", *options, **wrong)
    recorded = contracts("record", "--vendor", vendor, "--out", "kept.har", *options, **wrong)

    assert (checked.exit_code, recorded.exit_code, len(stub.seen)) == (3, 3, 2)
    assert said in checked.output
    assert said in recorded.output
    assert not Path("kept.har").exists()


# Nothing recorded, judged or compared


def failing(status: int) -> Callable[[], Any]:
    return lambda: Response("{}", status, content_type="application/json")


@pytest.mark.parametrize("vendor", STUBS)
@pytest.mark.parametrize(
    ("make", "options", "said"),
    [
        pytest.param(None, (), "gives no answer", id="nothing listens"),
        pytest.param(failing(502), (), "3 answers of 429 or 5xx in a row, the last one 502", id="502"),
        pytest.param(failing(429), (), "3 answers of 429 or 5xx in a row, the last one 429", id="429"),
        pytest.param(VapiStub, ("--budget", "3"), "The budget of 3 requests is used up", id="budget"),
    ],
)
def test_nothing_recorded_is_no_success(
    serve: Serve, dead: str, vendor: str, make: Callable[[], Any] | None, options: tuple[str, ...], said: str
) -> None:
    app = STUBS[vendor]() if make is VapiStub else make() if make else None

    result = record(vendor, dead if app is None else serve(app), *options)

    assert result.exit_code == 3
    assert "Nothing was recorded." in result.output
    assert said in result.output
    assert not Path("kept.har").exists()


def test_a_dead_proxy_is_named_when_nothing_is_recorded(dead: str) -> None:
    result = record("vapi", "https://target.invalid", "--use-proxy", HTTPS_PROXY=dead)

    assert result.exit_code == 3
    assert f"https://target.invalid gives no answer by the proxy {dead}" in result.output


def test_a_vendor_whose_list_cannot_be_read_is_no_success(serve: Serve) -> None:
    result = record("vapi", serve(failing(200)()))

    assert result.exit_code == 3
    assert "The recording is not complete. GET /session: the rules of its rows could not be judged" in result.output


def test_a_recording_that_was_cut_short_is_kept_and_says_so(serve: Serve) -> None:
    result = record("vapi", serve(VapiStub()), "--budget", "60")

    assert result.exit_code == 3
    assert "The recording is not complete. The budget of 60 requests is used up." in result.output
    assert json.loads(Path("kept.har").read_text())["log"]["_probes"]


def recording(vendor: str, *kinds: str, answer: object = None) -> None:
    """A recording with a probe of each kind, all of one row, which is what was answered unless `answer` is."""
    row = {"id": "00000000-0000-4000-8000-000000000001"}
    text = json.dumps(row if answer is None else answer)
    entry = {
        "request": {"queryString": []},
        "response": {"status": 200, "content": {"mimeType": "application/json", "text": text}},
        "_operation": "SessionController_findOne",
        "_path": row,
        "_fresh": 0,
    }
    probe = {"list": LIST, "operation": entry["_operation"], "entries": [0], "about": {"row": row}}
    log = {
        "_vendor": vendor,
        "_day": "2026-01-31",
        "entries": [entry],
        "_probes": [{**probe, "kind": kind} for kind in kinds],
        "_universes": {LIST: [row]},
    }
    Path("kept.har").write_text(json.dumps({"log": log}))


def test_an_empty_recording_is_neither_judged_nor_compared(dead: str) -> None:
    recording("vapi")

    for result in (contracts("verify", "kept.har"), contracts("drift", "kept.har", "--target", dead)):
        assert result.exit_code == 3
        assert "kept.har has no probes" in result.output


def test_a_recording_that_a_rule_cannot_read_says_so() -> None:
    recording("vapi", "got", answer=[])

    result = contracts("verify", "kept.har")

    assert result.exit_code == 1
    assert "GET /session/{id}: could not be judged: row-by-id; the answer is not an object." in result.output


@pytest.mark.parametrize("name", ["nobody", "", "Vapi"])
def test_a_recording_of_an_unknown_vendor_is_wrong_usage(dead: str, name: str) -> None:
    recording(name, "got")

    for result in (contracts("verify", "kept.har"), contracts("drift", "kept.har", "--target", dead)):
        assert result.exit_code == 2
        assert f"Unknown vendor {str(name)!r}." in result.output
        assert "Known: evovoice, vapi." in result.output


def test_a_target_that_does_not_answer_is_not_compared(dead: str) -> None:
    recording("vapi", "got")

    result = contracts("drift", "kept.har", "--target", dead)

    assert result.exit_code == 3
    assert "Nothing answers" in result.output


def test_a_recording_and_a_target_without_a_rule_in_common_are_not_compared(serve: Serve) -> None:
    recording("vapi", "got")
    empty = serve(create_app(Settings(vendor=("vapi",), sessions=0)))

    result = contracts("drift", "kept.har", "--target", empty)

    assert result.exit_code == 3
    assert "Nothing was compared. The recording and the target have no rule in common." in result.output
