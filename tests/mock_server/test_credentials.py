"""Nothing that outlives a request holds a credential which that request carried."""

import gc
import secrets
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from threading import get_ident
from typing import Any

import pytest

from mock_server import MockServer

# Each is sent with a text that nobody else knows in place of MARK.
CARRIERS = {
    "bearer": ("GET /session?limit=1", "Authorization: Bearer MARK"),
    "refused bearer": ("GET /session", "Authorization: Bearer MARK\r\nX-Mock-Fault: error=401"),
    "basic": ("GET /ai/sessions", "Authorization: Basic MARK"),
    "cookie": ("GET /ai/sessions?countPerPage=1", "Cookie: ss-id=MARK; ss-pid=MARK; other=MARK"),
    "session header": ("GET /accounts", "X-ss-id: MARK\r\nX-ss-pid: MARK"),
    "control token": ("GET /_mock/state", "X-Mock-Token: MARK"),
    "key header": ("GET /session", "X-Api-Key: MARK\r\nProxy-Authorization: Basic MARK"),
    "query of a list": ("GET /session?token=MARK&limit=1", "Authorization: Bearer any"),
    "query of an export": ("GET /session/export?access_token=MARK", "Authorization: Bearer any"),
    "query of a list of Evo Voice": ("GET /ai/sessions?apiKey=MARK&format=csv", "Authorization: Basic ADMIN"),
    "query, spelled otherwise": ("GET /accounts?%70assword=MARK", "Authorization: Basic ADMIN"),
    "query of another path": ("GET /nothing?token=MARK", "Accept: */*"),
    "query by another name": ("GET /session?key=MARK&code=MARK", "Authorization: Bearer any"),
    "query without a name": ("GET /ai/sessions?jwt=MARK&format=csv", "Authorization: Basic ADMIN"),
    "other header": ("GET /session", "X-Auth-Token: MARK\r\nReferer: http://here/?token=MARK\r\nCookie2: MARK"),
    "no scheme": ("GET /session", "Authorization: MARK rest"),
    "id of a fault": ("GET /session", "Authorization: Bearer any\r\nX-Mock-Fault: error=500; times=1; id=MARK"),
    "invalid fault": ("GET /session", "Authorization: Bearer any\r\nX-Mock-Fault: secret=MARK"),
    "limited caller": ("GET /session?limit=2", "Authorization: Bearer MARK"),
}
LIMIT = b'{"rules": [{"match": {"operation": "list"}, "act": {"limit": {"requests": 100, "seconds": 60}}}]}'


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(sessions=5) as server:
        ask(server, b"PUT /_mock/faults", b"Content-Type: application/json\r\nContent-Length: %d" % len(LIMIT), LIMIT)
        yield server


def ask(server: MockServer, line: bytes, headers: bytes, body: bytes = b"") -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(line + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers + b"\r\n\r\n" + body)
        while client.recv(65_536):
            pass


def holders(backwards: str) -> list[type]:
    """Return the types of what holds a text with the mark, of all that this process and other threads' frames hold.

    The mark is given backwards, so that the test itself holds none.
    """
    mark = backwards[::-1]
    gc.collect()
    frames = [frame for thread, frame in sys._current_frames().items() if thread != get_ident()]
    waiting: list[Any] = [*gc.get_objects(), *frames]
    seen, found = {id(item) for item in waiting}, []
    while waiting:
        item = waiting.pop()
        keys = list(item) if isinstance(item, dict) else []  # which the collector leaves out if they are texts
        for part in [*keys, *gc.get_referents(item)]:  # also of dicts and tuples that the collector does not track
            if isinstance(part, str | bytes):
                text = part if isinstance(part, str) else part.decode("latin-1")
                if mark in text:
                    found.append(type(item))
            elif id(part) not in seen:
                seen.add(id(part))
                waiting.append(part)
    return found


def send_twice(server: MockServer, carrier: str, backwards: str) -> None:
    """The second time finds what the first has left in a cache. Nothing here keeps the mark, only its letters."""
    line, headers = (part.replace("MARK", backwards[::-1]).encode() for part in CARRIERS[carrier])
    headers = headers.replace(b"ADMIN", b64encode(b"admin@example.com:admin"))
    for _ in range(3):
        ask(server, line, headers)


def test_no_object_holds_a_credential_after_its_requests(server: MockServer) -> None:
    common = secrets.token_hex(4)  # of all marks, so that one search goes through the memory
    backwards = {carrier: secrets.token_hex(8) + common for carrier in CARRIERS}

    for carrier, text in backwards.items():
        send_twice(server, carrier, text)
        send_twice(server, "bearer", secrets.token_hex(8))  # threads let go of what they had served before

    assert holders(common) == []


@pytest.mark.slow
@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_object_holds_a_credential_after_its_request(server: MockServer, carrier: str) -> None:
    backwards = secrets.token_hex(8)

    send_twice(server, carrier, backwards)
    send_twice(server, "bearer", secrets.token_hex(8))  # threads let go of what they had served before

    assert holders(backwards) == []


def test_a_text_that_is_kept_is_found() -> None:
    backwards = secrets.token_hex(8)
    text = backwards[::-1]
    kept = [{"Authorization": f"Bearer {text}"}, {"a": text}, {text: 1}]
    del text

    assert holders(backwards) == [dict] * len(kept)
