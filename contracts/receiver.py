"""Takes in the messages that a target sends while it is checked, on a port of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

_LARGEST, _MOST, _DIGITS = 8 << 20, 1000, 9
"""Bytes of a message, messages that are kept, digits of a length: a target may send anything."""
_POLL = 0.01  # seconds that it takes at most to see that it is to stop


class Receiver:
    """An HTTP server on loopback that answers 200 and keeps what it is sent."""

    def __init__(self) -> None:
        self._bodies: list[Any] = []
        self._turn = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), name="receiver", daemon=True)

    @property
    def url(self) -> str:
        """Where messages are sent."""
        return f"http://127.0.0.1:{self._server.server_port}/messages"

    def messages(self) -> list[Mapping[str, Any]]:
        """The messages so far, without the object around them; {} for a body that is no message."""
        with self._turn:
            found = [body.get("message") if isinstance(body, dict) else None for body in self._bodies]
            return [message if isinstance(message, dict) else {} for message in found]

    def wait(self, enough: Callable[[list[Mapping[str, Any]]], bool], seconds: float) -> bool:
        """Wait until there are enough of them; whether that came to pass."""
        with self._turn:
            return self._turn.wait_for(lambda: enough(self.messages()), seconds)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, body: bytes) -> None:
        with self._turn:
            try:
                message = json.loads(body)
            except (ValueError, RecursionError):
                message = None
            if len(self._bodies) < _MOST:
                self._bodies.append(message)
            self._turn.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5  # seconds that a kept-alive connection may be idle

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length") or "0"
                if not length.isdecimal() or len(length) > _DIGITS or int(length) > _LARGEST:
                    self.close_connection = True
                    self.send_response(413)
                else:
                    take(self.rfile.read(int(length)))
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
