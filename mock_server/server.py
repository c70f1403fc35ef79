"""A running server: binds in the caller, serves from threads of this process, stops when told."""

import asyncio
import errno
import ipaddress
import secrets
import socket
import sys
import threading
import weakref
from collections.abc import Callable
from time import sleep
from types import TracebackType
from typing import Any, Self

from granian import _granian
from granian.http import HTTP1Settings

from mock_server.access_log import AccessLog
from mock_server.app import create_app
from mock_server.core.system_time import monotonic
from mock_server.gateway import Gateway, Note
from mock_server.settings import Settings

_native: Any = _granian  # its stub lags behind the compiled module

_BACKLOG = 1024
_RUNTIME_THREADS = 1
_IDLE_SECONDS = 30
_GRACE_SECONDS = 5.0  # for requests under way when the server stops; a client may never send the rest of its own
_OWN_REFERENCES = 2  # to the signal: the worker's, and the argument of getrefcount


class AddressInUse(OSError):
    """The port is taken; the message says which and what to do."""


class MockServer:
    """The emulator on a socket. Keywords are those of Settings; the port defaults to a free one.

    It prints no line for each response unless `quiet` is False.

    A `listener` that `bind` made is served in place of a new one.

    Raises AddressInUse, SettingsError and DatabaseError on `start`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        progress: Callable[[int], None] = lambda _: None,
        listener: socket.socket | None = None,
        **values: Any,
    ) -> None:
        self.settings = settings or Settings.of({"port": 0, **values})
        self._progress = progress
        self._listener = listener
        self._url = ""
        self._worker: _Worker | None = None
        self._access_log: AccessLog | None = None
        self.app: Any = None

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end. Raises RuntimeError before `start`."""
        if not self._url:
            raise RuntimeError("The server was not started; call start() or use it in a with statement")
        return self._url

    def start(self) -> Self:
        """Bind, make the sessions, and accept requests."""
        listener = self._listener or bind(self.settings.host, self.settings.port)
        try:
            if self.settings.admin_token is None and not _is_loopback(listener):
                self.settings = self.settings.model_copy(update={"admin_token": secrets.token_urlsafe(18)})
            self.app = create_app(self.settings, self._progress)
        except BaseException:
            listener.close()
            raise
        host, port = listener.getsockname()[:2]
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if self.settings.quiet is False:
            self._access_log = AccessLog(sys.stderr)
        note = None if self._access_log is None else self._access_log.note
        self._worker = _Worker(self.app, listener, note, durable=self.settings.db is not None)
        self._worker.start()
        return self

    def stop(self) -> None:
        """Finish what is being answered, within reason, and let go of the port and the file."""
        if self._worker is not None:
            self.app.extensions["mock_server"].send_home()
            self._worker.stop()
            self._worker = None
            self.app.extensions["mock_server"].close()
        if self._access_log is not None:
            self._access_log.close()
            self._access_log = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def bind(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A socket that listens. Raises AddressInUse."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(
                f"Port {port} of {host} is in use; choose another with --port, or --port 0 for a free one"
            ) from error
        raise
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _is_loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


class _Worker:
    """granian's RSGI worker in threads of this process.

    Its own server starts a process for each worker, and our state would be in another process than its
    owner. The worker class is what that process runs; the release of granian is pinned for it.
    """

    def __init__(self, app: Any, listener: socket.socket, note: Note | None, *, durable: bool) -> None:
        self._gateway = Gateway(app, listener.getsockname(), note, durable=durable)
        self._listener = listener
        self._signal = _native.WorkerSignal()
        self._scheduler: Callable[[], Any] = lambda: None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="mock-server", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        deadline = monotonic() + _GRACE_SECONDS
        self._signal.set()
        self._thread.join(_GRACE_SECONDS)
        self._gateway.wait(deadline)
        self._wait_for_granian(deadline)

    def _wait_for_granian(self, deadline: float) -> None:
        """Wait until granian's native threads have called Python for the last time.

        One that asks for the interpreter while that shuts down is ended by Python, which aborts the process. granian
        has no call that joins them, but they hold the scheduler as long as a request may still come, and the signal
        until the last of them is done.
        """
        while (self._scheduler() or sys.getrefcount(self._signal) > _OWN_REFERENCES) and monotonic() < deadline:
            sleep(0.001)

    async def _run(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._signal.add_cb(lambda: loop.call_soon_threadsafe(stopped.set))
        worker = _native.RSGIWorker(
            1,  # worker id
            (None, _native.SocketHolder(self._listener.detach(), False, _BACKLOG)),  # it closes the socket
            None,  # no channel to a parent process
            _RUNTIME_THREADS,
            512,  # most threads of the runtime for blocking work, granian's default
            1,  # thread that calls
            _IDLE_SECONDS,
            _BACKLOG,  # requests held back at most
            "1",  # HTTP/1.1
            HTTP1Settings(),
            None,  # no HTTP/2
            False,  # no web sockets
            None,  # no static files
            *(False, None, None, None, "tls1.3", None, [], False),  # no TLS
            (None, None),  # no metrics
        )
        scheduler = _Scheduler.calling(self._gateway.on(loop), loop)
        self._scheduler = weakref.ref(scheduler)
        worker.serve_mtr(scheduler, loop, self._signal)
        del scheduler, worker
        await stopped.wait()
        self._gateway.refuse()
        await asyncio.sleep(0)  # so that what was called in time begins, and is cancelled like the rest


class _Scheduler(_native.CallbackScheduler):  # type: ignore[misc]
    """What granian hands requests to. Its own makes a task of each on the loop; ours calls at once."""

    @classmethod
    def calling(cls, call: Callable[[Any], None], loop: asyncio.AbstractEventLoop) -> Self:
        """A scheduler that calls `call` with each request."""
        scheduler = cls(loop, call, None, None, None)
        scheduler._schedule_fn = call
        return scheduler
