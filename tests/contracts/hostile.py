"""Raw servers whose responses have no end, and the forms that a key can come back in."""

from __future__ import annotations

import base64
import html
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from urllib.parse import quote

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_BLOCK = b" " * (64 << 10)
_BLOCKS = 1000  # of 64 KiB
_GZIP, _DEFLATE = 31, -15

Send = Callable[[socket.socket, Event], None]


def _packed(wbits: int, times: int = 1) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    body = b"".join(packer.compress(_BLOCK) for _ in range(_BLOCKS)) + packer.flush()
    for _ in range(times - 1):
        packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
        body = packer.compress(body) + packer.flush()
    return body


def _whole(encoding: str, body: bytes) -> Send:
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda client, _: client.sendall(head + body)


def _repeated(head: bytes, part: bytes) -> Send:
    def send(client: socket.socket, stop: Event) -> None:
        client.sendall(head)
        for _ in range(_BLOCKS):
            if not stop.is_set():
                client.sendall(part)

    return send


def _dripping(head: bytes, part: bytes) -> Send:
    def send(client: socket.socket, stop: Event) -> None:
        client.sendall(head)
        while not stop.wait(0.02):
            client.sendall(part)

    return send


_CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TOO_LARGE: dict[str, Send] = {
    "chunked": _repeated(_CHUNKED, b"10000\r\n" + _BLOCK + b"\r\n"),
    "without a length": _repeated(HEAD + b"\r\n", _BLOCK),
    "with a length": _repeated(HEAD + b"Content-Length: 99999999\r\n\r\n", _BLOCK),
    "trailers": _repeated(_CHUNKED + b"0\r\n", b"a: b\r\n" * 10_000),
    "gzip": _whole("gzip", _packed(_GZIP)),
    "gzip twice": _whole("gzip, gzip", _packed(_GZIP, 2)),
    "deflate": _whole("deflate", _packed(_DEFLATE)),
}
TOO_SLOW: dict[str, Send] = {
    "body": _dripping(HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
    "chunks": _dripping(_CHUNKED, b"1\r\n \r\n"),
    "status line": _dripping(b"HTTP/1.1 200 ", b"O"),
    "header": _dripping(HEAD + b"X: ", b"x"),
    "100 Continue": _dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@contextmanager
def serving(send: Send) -> Iterator[str]:
    """Serve one response to every connection; the URL."""
    stop = Event()

    def respond(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(1 << 16)
            send(client, stop)

    def accept() -> None:
        with suppress(OSError):
            while True:
                Thread(target=respond, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def forms(key: str) -> dict[str, str]:
    """What a vendor may spell a key as, by name."""
    units = [f"\\u{ord(character):04X}" for character in key]
    escaped = "".join(unit.lower() if number % 2 else unit for number, unit in enumerate(units))
    return {
        "plain": key,
        "upper case": key.upper(),
        "JSON escapes": escaped,
        "JSON in JSON": json.dumps(escaped)[1:-1],
        "some escapes": key[:5] + "".join(units[5:]),
        "code points": "".join(f"\\u{{{ord(character):x}}}" for character in key),
        "percent": "".join(f"%{byte:02x}" for byte in key.encode()),
        "percent twice": quote("".join(f"%{byte:02X}" for byte in key.encode())),
        "Basic": base64.b64encode(f"user:{key}".encode()).decode(),
        "Base64": base64.b64encode(key.encode()).decode(),
        "Base64 within": base64.b64encode(f"<{key}>".encode()).decode(),
        "Base64 for URLs": base64.urlsafe_b64encode(f"?>{key}".encode()).decode(),
        "entities": "".join(f"&#{ord(character)};" for character in key),
        "hexadecimal entities": "".join(f"&#x{ord(character):X};" for character in key),
        "HTML": html.escape(key),
        "hexadecimal": key.encode().hex(),
        "cut off": f"{key[:-2]}...",
    }
