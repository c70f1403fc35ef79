"""Receivers and URLs of every kind: what is wrong is a failed or refused delivery with its reason, and others go on."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mock_server import Settings
from mock_server.core.events import Draft
from mock_server.settings import SettingsError
from tests.mock_server.events.conftest import Api, Receiver

Serve = Callable[..., Api]
CREATED = "session.created"
RULE = "must be an https:// or wss:// URL, or http:// on this machine"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
PLAN = {"type": "fixed", "maxRetries": 1, "baseDelaySeconds": 3}


def assistant(url: str, **server: Any) -> dict[str, Any]:
    return {"serverMessages": [CREATED], "server": {"url": url, **server}}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def answering(stack: ExitStack) -> Callable[..., str]:
    """Receivers that answer each connection with the next of some bytes; returns their address."""

    def start(*answers: bytes | Iterator[bytes], host: str = "127.0.0.1") -> str:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = stack.enter_context(socket.create_server((host, 0), family=family))

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                connection.settimeout(10)
                with connection:
                    try:
                        take_request(connection)
                        for part in [answer] if isinstance(answer, bytes) else answer:
                            connection.sendall(part)
                    except OSError:
                        pass  # the dispatcher has had enough

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        stack.callback(thread.join, 10)
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{listener.getsockname()[1]}"

    return start


def take_request(connection: socket.socket) -> None:
    """Read a request to its end: a connection that is closed before is reset, and the response may be lost."""
    taken = connection.recv(65_536)
    while taken.startswith(b"POST ") and not is_whole(taken):
        taken += connection.recv(65_536)


def is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and (length is None or len(body) >= int(length[1]))


ODD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the connection was closed without a response"),
    "no HTTP": (b"SSH-2.0-s3cret\r\n", "the response is not HTTP/1.1"),
    "binary": (bytes(range(256)) * 4, "the response is not HTTP/1.1"),
    "HTTP/2": (b"HTTP/2 200\r\n\r\n", "the response is not HTTP/1.1"),
    "HTTP/0.9": (b"<html>s3cret</html>", "the response is not HTTP/1.1"),
    "no status": (b"HTTP/1.1 s3cret\r\n\r\n", "the response is not HTTP/1.1"),
    "odd status": (b"HTTP/1.1 9999 OK\r\n\r\n", "the response is not HTTP/1.1"),
    "150 headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 150 + b"\r\n", "HTTPException: got more than 100 headers"),
    "long header": (
        b"HTTP/1.1 200 OK\r\nX: " + b"s3cret" * 12_000 + b"\r\n\r\n",
        "LineTooLong: got more than 65536 bytes when reading header line",
    ),
    "long status": (
        b"HTTP/1.1 200 " + b"s3cret" * 12_000 + b"\r\n\r\n",
        "LineTooLong: got more than 65536 bytes when reading status line",
    ),
    "cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "the response is cut off or malformed"),
    "bad chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cret\r\n",
        "the response is cut off or malformed",
    ),
}


@pytest.mark.parametrize(("answer", "reason"), ODD.values(), ids=ODD)
def test_an_odd_answer_is_a_failed_attempt_with_its_reason(
    serve: Serve, answering: Callable[..., str], answer: bytes, reason: str
) -> None:
    api = serve()
    api.create(assistant=assistant(f"http://{answering(answer, GOOD)}/hook", backoffPlan=PLAN))
    api.attempted(1)

    api.pass_(3_000)
    api.settle()

    (delivery,) = api.deliveries()
    assert [each["status"] for each in delivery["attempts"]] == [None, 200]
    assert delivery["attempts"][0]["error"].startswith(reason)
    assert delivery["state"] == "delivered"
    assert "s3cret" not in str(delivery)


@pytest.mark.parametrize(
    "answer",
    [b"\x15\x03\x01\x00\x02\x02\x28", b"HTTP/1.1 200 OK\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 600],
    ids=["alert", "no TLS", "garbage"],
)
def test_a_broken_handshake_is_a_failed_attempt(serve: Serve, answering: Callable[..., str], answer: bytes) -> None:
    api = serve()

    api.create(assistant=assistant(f"https://{answering(answer)}/hook"))
    api.settle()

    (delivery,) = api.deliveries()
    assert (delivery["state"], len(delivery["attempts"])) == ("failed", 1)
    assert "SSL" in delivery["attempts"][0]["error"]


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", b"HTTP/1.0 204 Fine\r\n\r\n"],
    ids=["not gzip", "HTTP/1.0"],
)
def test_nobody_minds_the_body_of_an_answer(serve: Serve, answering: Callable[..., str], answer: bytes) -> None:
    api = serve()

    api.create(assistant=assistant(f"http://{answering(answer)}/hook"))
    api.settle()

    assert api.deliveries()[0]["state"] == "delivered"


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["status", "head", "body"]
)
def test_an_answer_that_drips_is_given_up_after_its_time(
    serve: Serve, answering: Callable[..., str], start: bytes
) -> None:
    ended = threading.Event()

    def drip() -> Iterator[bytes]:
        yield start
        for letter in b"H" * 1_000:
            yield bytes([letter])
            if ended.wait(0.02):
                return

    api = serve()
    api.create(assistant=assistant(f"http://{answering(drip())}/hook", timeoutSeconds=1))
    try:
        api.settle()
    finally:
        ended.set()

    (attempt,) = api.deliveries()[0]["attempts"]
    assert (attempt["status"], attempt["error"]) == (None, "no response in time")


NO_URLS = [
    "https://[", "https://[::1", "https://]", "https://a b", "https://127.0.0.1:9/a b", "http://127.0.0.1:9/a b",
    "http://127.0.0.1:9/\0", "http://127.0.0.1/\r\nX: y", "https://", "https:///hook", "https://:9/", "https://a:x/",
    "https://a:99999/", "https://a..b/", "http://[::1]x/", " https://a/", "https://a/ ", "", "hook", "/hook",
    "http://127.0.0.1@evil.example/", "http://localhost:x@evil.example/", "http://evil.example/",
    "http://localhost.evil.example/", "http://0.0.0.0/", "ftp://127.0.0.1/", "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_server_url_is_refused_when_it_is_posted(unchanged: Api, url: str) -> None:
    api, server = unchanged, {"server": {"url": url}}
    number = {"twilioPhoneNumber": "+14155550100", "twilioAccountSid": "AC1"}
    places = {
        "assistant": server,
        "assistantOverrides": server,
        "phoneNumber": number | server,
        "customer": {"assistantOverrides": server},
        "squad": {"members": [{"assistant": server}]},
    }

    for place, value in places.items():
        answer = api.client.post("/session", json={place: value})

        assert answer.status_code == 400, (place, url)
        assert [each.endswith(f"server.url {RULE}") for each in answer.json()["message"]] == [True]


def test_a_body_without_an_end_is_not_read_to_it(serve: Serve, answering: Callable[..., str]) -> None:
    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b"x" * 65_536

    api = serve()
    api.create(assistant=assistant(f"http://{answering(endless())}/hook"))
    api.settle()

    assert api.deliveries()[0]["state"] == "delivered"


@pytest.mark.parametrize(
    "form",
    [
        "HTTP://{}/h",
        "Http://u:s3cret@{}/h",
        "http://{}",
        "http://{}?q=s3cret",
        "http://{}/h#s3cret",
        "http://{}/ü/[x]|y",
    ],
)
def test_every_form_of_a_url_is_sent_to(serve: Serve, receiver: Receiver, form: str) -> None:
    api = serve()

    api.create(assistant=assistant(form.format(receiver.url.removeprefix("http://"))))
    api.settle()

    assert len(receiver.met) == 1
    delivery = api.deliveries()[0]
    assert delivery["state"] == "delivered"
    assert "s3cret" not in delivery["url"]


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", "hooks.localhost", "127.0.0.1"])
def test_names_of_this_machine_may_be_http(serve: Serve, receiver: Receiver, host: str) -> None:
    api = serve()

    api.create(assistant=assistant(f"http://{host}:{receiver.url.rpartition(':')[2]}/h"))
    api.settle()

    assert api.deliveries()[0]["state"] == "delivered"


def looked_up(monkeypatch: pytest.MonkeyPatch, **addresses: list[str]) -> None:
    """Let names stand for these addresses, whatever the machine's own files say."""
    own = socket.getaddrinfo

    def look_up(host: Any, port: Any, *others: Any, **options: Any) -> Any:
        found = addresses.get(str(host).replace(".", "_").replace("-", "_"))
        if found is None:
            return own(host, port, *others, **options)
        return [answer for address in found for answer in own(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("found", [["::1"], ["::1", "127.0.0.1"], ["127.0.0.1", "::1"], ["127.0.0.1"]])
@pytest.mark.parametrize("listening", ["127.0.0.1", "::1"])
def test_localhost_is_each_address_of_this_machine(
    serve: Serve, answering: Callable[..., str], monkeypatch: pytest.MonkeyPatch, found: list[str], listening: str
) -> None:
    try:
        port = answering(GOOD, host=listening).rpartition(":")[2]
    except OSError:
        pytest.skip("this machine has no IPv6")
    looked_up(monkeypatch, localhost=found)
    api = serve()

    api.create(assistant=assistant(f"http://localhost:{port}/h"))
    api.settle()

    assert api.deliveries()[0]["state"] == "delivered"


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("host.docker.internal", "host.docker.internal"),
        ("Host.Docker.Internal.", "host.docker.internal"),
        ("host.docker.internal", "HOST.docker.internal."),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "BÜCHER.example"),
    ],
)
def test_an_allowed_host_may_be_http(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, allowed: str, host: str
) -> None:
    here = ["127.0.0.1"]
    looked_up(monkeypatch, host_docker_internal=here, xn__bcher_kva_example=here)
    api = serve(webhook_allow=[allowed])

    api.create(assistant=assistant(f"http://{host}:{receiver.url.rpartition(':')[2]}/h"))
    api.settle()

    assert api.deliveries()[0]["state"] == "delivered"
    refused = api.client.post("/session", json={"assistant": assistant("http://other.example/h")})
    assert refused.json()["message"] == [f"assistant.server.url {RULE}"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("hooks.example:9000", "webhooks may go to every port of a host, so give it without one: hooks.example"),
        *(
            (text, "give a host such as host.docker.internal or 192.168.1.5")
            for text in ("http://hooks.example", "hooks.example/", "u@hooks.example", "*", "[", "", "a b", "a..b")
        ),
    ],
)
def test_what_is_no_host_is_an_error(text: str, rule: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.of({"webhook_allow": [text]})

    assert str(raised.value) == f"--webhook-allow {text!r}: {rule}"


@pytest.mark.parametrize("text", ["192.168.1.5", "::1", "[fe80::1]"])
def test_an_address_may_be_allowed(text: str) -> None:
    assert Settings.of({"webhook_allow": [text]}).webhook_allow == (text.strip("[]"),)


WRONG_SERVERS: list[Any] = [
    5, "x", [], {"url": 5}, {"url": []}, {"url": "https://["}, {"url": "http://a b"}, {"url": "hook"},
    {"timeoutSeconds": "x"}, {"timeoutSeconds": -1}, {"timeoutSeconds": 1e308}, {"headers": 5}, {"headers": ["a"]},
    {"backoffPlan": 5}, {"backoffPlan": {}}, {"backoffPlan": {**PLAN, "maxRetries": "x"}},
    {"backoffPlan": {**PLAN, "baseDelaySeconds": 1e308}}, {"backoffPlan": {**PLAN, "type": 5}},
    {"backoffPlan": {**PLAN, "excludedStatusCodes": 5}}, {"backoffPlan": {**PLAN, "excludedStatusCodes": [[]]}},
]  # fmt: skip


@pytest.mark.parametrize("owner", ["assistant", "assistantOverrides", "phoneNumber"])
def test_a_document_with_a_wrong_server_is_refused(unchanged: Api, owner: str) -> None:
    api = unchanged
    (row,) = api.client.get("/_mock/worlds/one").json()["collections"]["vapi.sessions"]

    wrong = [{"server": server} for server in WRONG_SERVERS]
    wrong += [{"serverMessages": messages} for messages in (5, "x", [5], {})]
    for value in wrong:
        documents = {"vapi.sessions": [{**row, owner: value}]}
        answer = api.client.put("/_mock/worlds/x", json={"collections": documents})

        assert answer.status_code == 400, value
        assert answer.json()["message"].startswith(f"vapi.sessions: document 0, {owner}.server"), value


@pytest.mark.parametrize("value", [None, "x", [], {}, -1, 1e308, True])
def test_a_document_with_a_wrong_expiry_is_refused(unchanged: Api, value: Any) -> None:
    api = unchanged
    (row,) = api.client.get("/_mock/worlds/one").json()["collections"]["vapi.sessions"]
    del row["expirationSeconds"]

    for changed in (row, {**row, "expirationSeconds": value}):
        answer = api.client.put("/_mock/worlds/x", json={"collections": {"vapi.sessions": [changed]}})

        assert answer.status_code == 400
        assert answer.json()["message"].startswith("vapi.sessions: document 0, expirationSeconds: ")


def test_a_header_that_cannot_be_sent_is_not_told(serve: Serve, receiver: Receiver) -> None:
    api = serve()
    for text in ("s3cret\r\nX: y", "s3cret\u2603"):
        api.create(assistant=assistant(f"{receiver.url}/h", headers={"X-Key": text}))
    api.settle()

    errors = {each["attempts"][0]["error"] for each in api.deliveries()}
    assert errors == {"a header is not valid in HTTP"}


def test_a_clock_that_was_far_away_and_is_back(serve: Serve, receiver: Receiver) -> None:
    api = serve(clock="real")
    receiver.statuses = [500, 500]
    plan = {**PLAN, "maxRetries": 2, "baseDelaySeconds": 10}
    api.client.put("/_mock/clock", json={"jump": "2400-01-01T00:00:00Z"})
    api.create(assistant=assistant(f"{receiver.url}/h", backoffPlan=plan))
    api.attempted(1)

    api.client.put("/_mock/clock", json={"run": True})
    for number in (2, 3):
        api.client.put("/_mock/clock", json={"advance": 10})
        receiver.wait_for(number)
    api.settle()

    assert [each["status"] for each in api.deliveries()[0]["attempts"]] == [500, 500, 200]


def test_what_nobody_foresaw_is_a_failed_delivery_and_others_go_on(serve: Serve, receiver: Receiver) -> None:
    api = serve(webhook=receiver.url, webhook_all=True)
    sessions = api.world.database.collection("vapi.sessions")
    now = "2026-01-31T09:00:00.000Z"
    message = b'{"session":{"assistantOverrides":{"server":{"url":"http://127.0.0.1","timeoutSeconds":"s3cret"}}}}'

    for number in range(20):  # more than there are workers
        draft = Draft(vendor="vapi", type=CREATED, time=0, subject=f"s{number}", message=message, has_target=True)
        row = {"id": f"s{number}", "createdAt": now, "updatedAt": now, "status": "completed"}
        sessions.insert(row, lambda _, __, draft=draft: draft)
    api.create()
    api.settle()

    deliveries = api.deliveries()
    assert {(each["state"], each["note"]) for each in deliveries[:-1]} == {
        ("failed", "it cannot be delivered: ValueError")
    }
    assert deliveries[-1]["state"] == "delivered"
