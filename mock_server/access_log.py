"""The access log: a line for each response, written by a separate thread, so no request waits for the terminal."""

import os
import queue
import threading
from collections.abc import Iterator
from typing import TextIO
from urllib.parse import quote

import click

from mock_server.core.redaction import Redactor

_MOST_WAITING = 10_000  # lines; while the terminal is too slow, further ones are dropped
_MOST_AT_ONCE = 100  # lines in one write
_LONGEST = 300  # characters of a path with its query
_FLUSH_SECONDS = 1.0
_COLOURS = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}  # by the first digit of the status
_PLAIN = "/:@!$&'()*+,;=~?%[]"  # not escaped; control characters are, because a terminal would act on them

_Noted = tuple[str, str, str, int, float]


class AccessLog:
    """Writes a line to `stream` for each response. A terminal gets colours, unless NO_COLOR is set."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._redactor = redactor
        self._stream = stream
        self._coloured = stream.isatty() and not os.environ.get("NO_COLOR")
        self._waiting: queue.SimpleQueue[_Noted | None] = queue.SimpleQueue()
        self._closed = False
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="access-log", daemon=True)
        self._thread.start()

    def note(self, method: str, path: str, query: str, status: int, seconds: float) -> None:
        """Queue the line of a response. Never waits for the terminal."""
        if self._closed or self._waiting.qsize() >= _MOST_WAITING:
            self._left_out += 1
            return
        self._waiting.put((method, *self._redactor.of_address(path, query), status, seconds))

    def close(self) -> None:
        """Write the queued lines, for at most a second."""
        self._waiting.put(None)
        self._thread.join(_FLUSH_SECONDS)

    def _write(self) -> None:
        try:
            while lines := "".join(self._lines()):
                self._stream.write(lines)
                self._stream.flush()
        except (OSError, ValueError):  # the terminal was closed
            self._closed = True

    def _lines(self) -> Iterator[str]:
        """Wait for a line, then yield it and those queued after it. Yield nothing once the log is closed."""
        for _ in range(_MOST_AT_ONCE):
            noted = self._waiting.get()
            if noted is None:
                self._waiting.put(None)  # for the next call
                return
            yield self._line(*noted)
            if self._waiting.empty():
                break
        if self._left_out:
            yield f"... {self._left_out:,} more, left out because the terminal was too slow\n"
            self._left_out = 0

    def _line(self, method: str, path: str, query: str, status: int, seconds: float) -> str:
        asked = quote(f"{path}?{query}" if query else path, safe=_PLAIN, errors="surrogatepass")
        if len(asked) > _LONGEST:
            asked = f"{asked[:_LONGEST]}..."
        code = click.style(status, fg=_COLOURS.get(status // 100)) if self._coloured else str(status)
        return f"{method} {asked} {code} {seconds * 1000:.1f} ms\n"
