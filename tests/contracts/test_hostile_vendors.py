"""Vendors that mean harm: responses without an end, the key in every form, odd ids, creates without an answer."""

from __future__ import annotations

import json
import signal
import socket
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import pytest
import requests
from click.testing import CliRunner, Result
from werkzeug.test import Client
from werkzeug.wrappers import Response

from contracts.catalog import VENDORS
from contracts.cli import main
from contracts.gate import Gate, Terms
from contracts.ledger import Ledger
from contracts.metering import Unbounded
from contracts.receiver import Receiver
from contracts.redaction import Redactor
from contracts.result import CannotRun
from contracts.transport import Transport
from tests.contracts.hostile import TOO_LARGE, TOO_SLOW, Send, forms, serving
from tests.contracts.stubs import EvoVoiceStub, Row, Stub, VapiStub
from tests.sampling import first_quick

Serve = Callable[[Any], str]
KEYS = {
    "vapi": {"VAPI_API_KEY": VapiStub.KEY},
    "evovoice": {"EVOVOICE_USER": EvoVoiceStub.USER, "EVOVOICE_PASSWORD": EvoVoiceStub.PASSWORD},
}
STUBS: dict[str, Callable[[int], Stub]] = {"vapi": VapiStub, "evovoice": EvoVoiceStub}
SECRETS = {"vapi": VapiStub.KEY, "evovoice": EvoVoiceStub.PASSWORD}
LEDGER = Path(".contracts-ledger")
MEGABYTE = 1 << 20


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*KEYS["vapi"], *KEYS["evovoice"]):
        monkeypatch.delenv(name, raising=False)


def contracts(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def live(vendor: str, url: str, *options: str) -> Result:
    files = ("--json", "r.json", "--junit", "r.xml", "--html", "r.html")
    through = ("--live", "--yes", "--rate", "1000", "--upstream", url)
    return contracts("check", "--vendor", vendor, *through, *files, *options, **KEYS[vendor])


# Responses without an end


def taken(send: Send, transport: Transport) -> None:
    with serving(send) as url, transport.session(url) as session:
        session.get(url, timeout=30)


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_response_that_is_too_large_is_not_taken(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Unbounded, match="larger than 1048576 bytes"):
            taken(TOO_LARGE[name], Transport(max_bytes=MEGABYTE))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * MEGABYTE


@pytest.mark.parametrize("name", TOO_SLOW)
def test_a_response_that_takes_too_long_is_not_waited_for(name: str) -> None:
    with pytest.raises(Unbounded, match=r"longer than 0\.2 seconds"):
        taken(TOO_SLOW[name], Transport(max_seconds=0.2))


def test_a_response_within_the_bounds_is_taken_as_it_is(serve: Serve) -> None:
    url = serve(Response(b"x" * MEGABYTE, 418, {"X-Two": "a"}, content_type="text/plain"))

    with Transport(max_bytes=MEGABYTE + 1000).session(url) as session:
        response = session.get(url)

    assert (response.status_code, len(response.content), response.headers["X-Two"]) == (418, MEGABYTE, "a")


BOUNDS = {
    "is larger than 2048 bytes (--max-response-bytes)": (TOO_LARGE["gzip"], ("--max-response-bytes", "2048")),
    "takes longer than 0.2 seconds (--max-response-seconds)": (TOO_SLOW["body"], ("--max-response-seconds", "0.2")),
}


@pytest.mark.parametrize("said", BOUNDS)
@pytest.mark.parametrize("through_the_gate", [False, True])
def test_a_response_without_an_end_is_a_finding(said: str, through_the_gate: bool) -> None:
    send, options = BOUNDS[said]

    with serving(send) as url:
        if through_the_gate:
            result = live("vapi", url, *options)
        else:
            result = contracts("check", "--vendor", "vapi", "--target", url, *options)

    assert result.exit_code == 1, result.output
    assert f"No answer: Unbounded: the response {said}" in result.output
    assert "Stopped after 3 responses in a row" in result.output
    assert VapiStub.KEY not in result.output


# The key


@pytest.mark.parametrize("key", [VapiStub.KEY, "pä-s/w+rd\"1'&"])
@pytest.mark.parametrize("name", forms("k"))
def test_the_key_is_masked_in_every_form(key: str, name: str) -> None:
    mask = Redactor({"KEY": key}, shown="***", word=6)
    form = forms(key)[name]

    for text in (form, f"a {form} b", f'{{"name": "{form}"}}'):
        masked = mask.of_bytes(text.encode()).decode()
        assert form[4:-4] not in masked
        assert "***" in masked
        assert len(masked) < len(text)


@pytest.mark.parametrize("code", ["utf-16", "utf-16-be", "utf-8", "latin-1"])
def test_the_key_is_masked_in_every_code(code: str) -> None:
    body = "ä name: pässword-1, more".encode(code)

    assert b"more" in Redactor({"KEY": "pässword-1"}, shown="***").of_bytes(body).replace(b"\0", b"")
    assert "pässword-1".encode(code)[4:] not in Redactor({"KEY": "pässword-1"}, shown="***").of_bytes(body)


def test_a_body_without_the_key_is_left_as_it_is() -> None:
    body = bytes(range(256)) * 4 + json.dumps({"name": 'a "quoted" \u00e9 \\ text', "url": "https://x/%2F"}).encode()

    assert Redactor({"KEY": VapiStub.KEY}, shown="***").of_bytes(body) == body


def echoing(vendor: str, stub: Stub) -> None:
    """Let a stub say the key in every form wherever a response has room for a text."""
    spelt = forms(SECRETS[vendor])
    one_line = " ".join(spelt.values())

    def change(row: Row) -> Row:
        raw = {f"note {form}": form for form in spelt.values()}
        return {**row, **raw, "cost": one_line, "dateCreated": one_line}

    def answered(response: Response) -> None:
        if response.status_code == 200 and len(stub.seen) % 3 == 0:
            response.status = f"200 {one_line}"
            response.headers["Content-Type"] = f"application/x; a={one_line}"
        response.headers["Location"] = f"https://elsewhere.example/?key={one_line}"
        response.headers["Allow"] = response.headers["WWW-Authenticate"] = one_line
        body = response.get_data().replace(rb"\\u", rb"\u")  # the escapes as escapes, and not as text
        response.set_data(body)

    stub.change, stub.answered = change, answered


PLACES: dict[str, Callable[[Response, str], None]] = {
    "reason": lambda response, text: setattr(response, "status", f"200 {text}"),
    **{
        name: lambda response, text, name=name: response.headers.set(name, text)  # type: ignore[misc]
        for name in ("Content-Type", "Location", "Allow", "WWW-Authenticate", "Retry-After", "X-Other")
    },
    "body": lambda response, text: response.set_data(text),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_gate_hands_on_no_key_from_any_place(place: str, serve: Serve, gate: Any) -> None:
    secret, stub = SECRETS["vapi"], VapiStub(1)
    stub.answered = lambda response: PLACES[place](response, " ".join(forms(secret).values()))

    response = Client(gate("vapi", serve(stub))).get("/session")

    whole = f"{response.status} {response.headers} {response.get_data(as_text=True)}"
    assert told_of(secret, whole) == []
    assert ("***" in whole) is (place != "X-Other")


def told_of(secret: str, text: str) -> list[str]:
    return [name for name, form in forms(secret).items() if form in text or form.replace("\\", "\\\\") in text]


@pytest.mark.parametrize("vendor", first_quick(STUBS))
def test_no_output_holds_the_key_that_a_vendor_says_in_every_place(vendor: str, serve: Serve) -> None:
    stub = STUBS[vendor](3)
    echoing(vendor, stub)
    url = serve(stub)

    checked = live(vendor, url, "--strict-fields")
    recorded = contracts(
        "record", "--vendor", vendor, "--upstream", url, "--yes", "--rate", "1000", "--out", "r.har", **KEYS[vendor]
    )

    assert checked.exit_code == 1, checked.output
    whole = checked.output + recorded.output + "".join(file.read_text() for file in Path().iterdir())
    assert told_of(SECRETS[vendor], whole) == []


@pytest.mark.parametrize("url", ["https://ann:s3cret@api.example", "https://api.example/?key=s3cret"])
def test_an_upstream_with_a_secret_is_refused_without_it(url: str) -> None:
    with pytest.raises(CannotRun, match="leave them out") as raised:
        Terms(upstream=url, budget=1, rate=1)

    assert "s3cret" not in str(raised.value)


# Proxies


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--vendor", "vapi", "--target", "http://target.invalid"),
        ("check", "--vendor", "vapi", "--live", "--yes", "--upstream", "https://target.invalid"),
        ("record", "--vendor", "vapi", "--yes", "--out", "r.har", "--upstream", "https://target.invalid"),
        ("docs-drift", "https://target.invalid/openapi.json"),
        ("sweep-up", "--vendor", "vapi", "--upstream", "https://target.invalid"),
    ],
)
def test_no_proxy_is_used_unless_asked(arguments: tuple[str, ...], serve: Serve) -> None:
    proxy = VapiStub(1)
    url = serve(proxy)
    LEDGER.write_text("+ a1\n")

    result = contracts(*arguments, **KEYS["vapi"], HTTP_PROXY=url, HTTPS_PROXY=url)

    assert (result.exit_code, proxy.seen) == (3, [])
    if arguments[0] != "sweep-up":
        assert "without the proxy of HTTP_PROXY and HTTPS_PROXY, which is used with --use-proxy only" in result.output


# The ledger


@pytest.mark.parametrize(
    "line",
    [
        *("+ a/../../admin", "+ ../session/x?y=", "+ ", "+", "+  a", "a", "* a", "- ..", "+ a b", "? a/b", "+ %2e%2e"),
        *("+ " + "a" * 200, "+ a\x00", "+ ä", "", "+ a\tb", "+a", "+ -a"),
    ],
)
def test_an_odd_line_of_the_ledger_is_named_and_nothing_is_sent(line: str, serve: Serve) -> None:
    stub = VapiStub()
    url = serve(stub)
    LEDGER.write_text(f"+ good\n{line}\n+ more\n", "utf-8")

    swept = contracts("sweep-up", "--vendor", "vapi", "--upstream", url, **KEYS["vapi"])
    checked = live("vapi", url, "--live-write")

    for result in (swept, checked):
        assert (result.exit_code, stub.seen) == (3, [])
        assert ".contracts-ledger, line 2, is" in result.output


@pytest.mark.parametrize("content", [b"+ good\n+ a\xff\n", b"+ good\n+ cut", b"+ good\r\n\n"])
def test_a_ledger_that_is_not_whole_text_names_the_line(content: bytes) -> None:
    LEDGER.write_bytes(content)

    with pytest.raises(CannotRun, match=r"line [12], is"):
        Ledger(LEDGER)


def test_a_ledger_that_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="is not a ledger"):
        Ledger(tmp_path)
    with pytest.raises(CannotRun, match="cannot be written"):
        Ledger(tmp_path / "none" / "ledger").add("a")


def test_sweep_up_deletes_below_the_list_and_nowhere_else(serve: Serve) -> None:
    stub = VapiStub(3)
    LEDGER.write_text("".join(f"+ {row['id']}\n" for row in stub.rows[:2]))

    result = contracts("sweep-up", "--vendor", "vapi", "--upstream", serve(stub), **KEYS["vapi"])

    assert (result.exit_code, result.output) == (0, "2 deleted, 0 left\n")
    assert {(method, path) for method, path, _ in stub.seen} == {
        ("DELETE", f"/session/{row['id']}") for row in stub.before[:2]
    }


# Creates that are interrupted, or not answered as they should be


def to_main_thread(number: int) -> None:
    """Send a signal to the thread that waits for the response; another one might take it, and later."""
    signal.pthread_kill(cast(int, threading.main_thread().ident), number)


def creating(stub: Stub, act: Callable[[Response], None]) -> None:
    """Do it when the first session is made, before that is answered."""
    made: list[None] = []

    def answered(response: Response) -> None:
        if stub.seen[-1][0] == "POST" and response.status_code < 300 and not made:
            made.append(None)
            act(response)

    stub.answered = answered


@pytest.mark.parametrize(
    ("vendor", "number"),
    [
        ("vapi", signal.SIGINT),
        ("evovoice", signal.SIGTERM),
        pytest.param("vapi", signal.SIGHUP, marks=pytest.mark.slow),
        pytest.param("vapi", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("evovoice", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_a_create_that_is_interrupted_is_cleaned_up(vendor: str, number: signal.Signals, serve: Serve) -> None:
    stub = STUBS[vendor](3)
    creating(stub, lambda _: to_main_thread(number))

    result = live(vendor, serve(stub), "--live-write")

    assert result.exit_code == 3, result.output
    assert "Waiting at most 60 seconds for the answer to a create" in result.output
    assert stub.rows == stub.before
    assert (Ledger(LEDGER).owned, Ledger(LEDGER).uncertain) == ((), ())


def test_a_second_interrupt_does_not_wait_and_what_was_made_is_found(serve: Serve) -> None:
    stub = VapiStub(9)

    def interrupt(_: Response) -> None:
        to_main_thread(signal.SIGTERM)
        to_main_thread(signal.SIGINT)

    creating(stub, interrupt)

    result = live("vapi", serve(stub), "--live-write")

    assert result.exit_code == 3
    assert stub.rows == stub.before
    assert (Ledger(LEDGER).owned, Ledger(LEDGER).uncertain) == ((), ())


SPOILT: dict[str, Callable[[Response], None]] = {
    "500": lambda response: setattr(response, "status_code", 500),
    "302": lambda response: setattr(response, "status_code", 302),
    "no JSON": lambda response: response.set_data(b"<html>"),
    "a list": lambda response: response.set_data(b"[]"),
    "deep": lambda response: response.set_data(b"[" * 100_000),
    "no id": lambda response: response.set_data(b"{}"),
    "odd id": lambda response: response.set_data(b'{"id": "../x?y=1#"}'),
    "long id": lambda response: response.set_data(json.dumps({"id": "x" * 10_000})),
    "a number": lambda response: response.set_data(b'{"id": 5}'),
    "too large": lambda response: response.set_data(b" " * 300_000),
}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("vendor", STUBS)
def test_what_a_create_without_a_usable_answer_made_is_found(vendor: str, name: str, serve: Serve, gate: Any) -> None:
    stub = STUBS[vendor](9)
    creating(stub, SPOILT[name])
    made = gate(vendor, serve(stub))

    with pytest.raises(Unbounded) if name == "too large" else nullcontext():
        create(made)
    assert len(made.ledger.uncertain) == 1
    swept = made.sweep_up()

    assert (len(swept.deleted), swept.left, swept.missing) == (1, (), ())
    assert stub.rows == stub.before
    assert (made.ledger.owned, made.ledger.uncertain) == ((), ())


def test_what_cannot_be_found_stays_in_the_ledger_and_is_told(serve: Serve) -> None:
    stub = VapiStub(9)

    def spoil(response: Response) -> None:
        stub.rows[-1]["name"] = "no mark"
        response.set_data(b"{}")

    creating(stub, spoil)
    url = serve(stub)

    checked = live("vapi", url, "--live-write")
    (mark,) = Ledger(LEDGER).uncertain
    swept = contracts("sweep-up", "--vendor", "vapi", "--upstream", url, **KEYS["vapi"])

    assert f"look for a session with {mark} in its name, or run contracts sweep-up" in checked.output
    assert f"Not listed by the vendor, so taken for never made: a session with {mark} in its name." in swept.output
    assert Ledger(LEDGER).uncertain == ()


def test_a_create_that_was_never_sent_is_not_looked_for(serve: Serve, gate: Any) -> None:
    made = gate("vapi", serve(VapiStub(3)), budget=1)
    create(made)

    with pytest.raises(CannotRun, match="budget of 1"):
        create(made)
    assert made.ledger.uncertain == ()


def test_a_create_that_is_refused_is_not_looked_for(serve: Serve, gate: Any) -> None:
    made = gate("vapi", serve(VapiStub(3)))

    create(made, {"metadata": {}})

    assert (made.ledger.owned, made.ledger.uncertain) == ((), ())


@pytest.fixture
def gate(tmp_path: Path) -> Callable[..., Gate]:
    def make(vendor: str, url: str, budget: int = 50) -> Gate:
        return Gate(
            vendor=VENDORS[vendor],
            terms=Terms(upstream=url, budget=budget, rate=1000.0, write=True),
            authorization=STUBS[vendor](0).authorization,
            secrets=(SECRETS[vendor],),
            ledger=Ledger(tmp_path / "ledger"),
            transport=Transport(max_bytes=200_000),
        )

    return make


def create(made: Gate, body: object = None) -> None:
    headers = {"Authorization": f"{made.vendor.signs_in.capitalize()} through-the-gate"}
    Client(made).post(made.vendor.live.create, json=body or {"name": "x"}, headers=headers)


# Odd rows


@pytest.mark.parametrize(
    "spoil",
    [
        {"id": "../x?y=1#"},
        {"id": "x" * 10_000},
        {},
        *(
            pytest.param(spoil, marks=pytest.mark.slow)
            for spoil in (*({"id": value} for value in (None, 5, "", "..", {"a": 1})), {"createdAt": None})
        ),
    ],
    ids=lambda spoil: str(spoil)[:24],
)
def test_odd_rows_are_findings(spoil: Row, serve: Serve) -> None:
    stub = VapiStub(3)
    stub.change = lambda row: {name: value for name, value in {**row, **spoil}.items() if spoil or name[-2:] != "At"}

    result = live("vapi", serve(stub))

    assert result.exit_code == 1, result.output
    assert "contracts itself failed" not in result.output


# Messages of a target


@pytest.mark.parametrize(
    ("length", "body"),
    [("-1", b""), ("x", b""), ("9" * 30, b""), ("\u00b2", b""), ("200000", b"[" * 200_000)],
)
def test_an_odd_message_of_a_target_is_answered_and_the_next_one_is_taken(
    length: str, body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with Receiver() as receiver:
        place = receiver.url.removeprefix("http://").removesuffix("/messages")
        with socket.create_connection((place.partition(":")[0], int(place.partition(":")[2]))) as client:
            client.sendall(f"POST /messages HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode("latin-1") + body)
            assert client.recv(1000).startswith(b"HTTP/1.1 ")
        requests.post(receiver.url, json={"message": {"type": "x"}}, timeout=30)

        assert receiver.messages()[-1] == {"type": "x"}
    assert "Traceback" not in capfd.readouterr().err


# Terminals

CONTROLS = "\x1b]0;title\x07\u202edrow\u2066\x9b31m"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--vendor", "vapi", "--app", f"mock{CONTROLS}:x"),
        ("check", "--vendor", "vapi", "--target", f"http://127.0.0.1:9/{CONTROLS}"),
        ("check", "--vendor", "vapi", "--live", "--yes", "--upstream", f"http://127.0.0.1:9/{CONTROLS}"),
        ("record", "--vendor", "vapi", "--yes", "--out", "x", "--upstream", f"http://127.0.0.1:9/{CONTROLS}"),
        ("sweep-up", "--vendor", "vapi", "--ledger", "odd"),
        ("docs-drift", "odd"),
        ("verify", "odd"),
        ("drift", "odd", "--target", "http://127.0.0.1:9"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_command_shows_controls_on_a_terminal(arguments: tuple[str, ...]) -> None:
    Path("odd").write_text(f"{CONTROLS}\n", "utf-8")

    result = contracts(*arguments, **KEYS["vapi"])

    assert result.exit_code == 3
    assert [line for line in result.output.splitlines() if not line.isprintable()] == []
