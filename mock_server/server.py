"""A running server: binds in the calling thread, serves from threads of this process."""

import errno
import ipaddress
import math
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

import uvicorn

from mock_server.access_log import AccessLog
from mock_server.app import create_app
from mock_server.connections import Connections, Limits, connection_class
from mock_server.control_client import call_control
from mock_server.gateway import Gateway, Note
from mock_server.settings import Keywords, Settings

if TYPE_CHECKING:
    import httpx

_BACKLOG = 1024
_GRACE_SECONDS = 5  # for requests under way when the server stops; a client may never send the rest of its own


class AddressInUse(OSError):
    """The port is in use; the message says which port and what to do."""


class MockServer:
    """The emulator on a socket. Keywords are those of Settings; the port defaults to a free one.

    It prints a line for each response only if `quiet` is False. A `listener` made by `bind` replaces a new socket.

    Raises AddressInUse, SettingsError and DatabaseError on `start`, and TypeError for settings and keywords together.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        progress: Callable[[int], None] = lambda _: None,
        listener: socket.socket | None = None,
        **values: Unpack[Keywords],
    ) -> None:
        if settings is not None and values:
            raise TypeError(f"Give settings or keywords, not both; got {', '.join(values)} besides settings")
        self.settings = settings or Settings.of({"port": 0, **values})
        self._progress = progress
        self._listener = listener
        self._url = ""
        self._http: _Http | None = None
        self._access_log: AccessLog | None = None
        self.app: Any = None

    @property
    def url(self) -> str:
        """The address of the server, without a slash at the end. Raises RuntimeError before `start`."""
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
            self._access_log = AccessLog(sys.stderr, self.app.extensions["mock_server.redactor"])
        note = None if self._access_log is None else self._access_log.note
        self._http = _Http(self.app, listener, note, self.settings)
        self._http.start()
        return self

    def stop(self) -> None:
        """Finish the requests under way, for five seconds at most, and release the port and the file."""
        if self._http is not None:
            self.app.extensions["mock_server"].close_streams()
            self._http.stop()
            self._http = None
            self.app.extensions["mock_server"].close()
        if self._access_log is not None:
            self._access_log.close()
            self._access_log = None

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """Call the control API, such as `control("PUT", "/clock", {"advance": 60})`, and return the JSON it answers.

        `path` is what comes after /_mock. The admin token is sent. Raise ControlError if the request is refused, and
        RuntimeError unless the server is running.
        """
        return call_control(self._running_app(), self.settings.admin_token, method, path, json)

    def reset(self) -> None:
        """Return the default world to its initial state: sessions, clock, events, faults and request journal."""
        self.control("POST", "/reset")

    def client(self, **options: Any) -> "httpx.Client":
        """Return an httpx client with the server's base URL; `options` are passed to it. Close it when you are done.

        Proxies of the environment are ignored. Raise ImportError if httpx is not installed.
        """
        try:
            import httpx
        except ImportError:
            raise ImportError("MockServer.client() needs httpx; install it with: pip install httpx") from None
        self._running_app()
        return httpx.Client(**{"base_url": self.url, "trust_env": False, **options})

    def _running_app(self) -> Any:
        if self._http is None:
            raise RuntimeError("The server is not running; call start() or use it in a with statement")
        return self.app

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def bind(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a listening socket. Raises AddressInUse."""
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


class _Http:
    """uvicorn on a thread of this process."""

    def __init__(self, app: Any, listener: socket.socket, note: Note | None, settings: Settings) -> None:
        needs_worker = app.extensions["mock_server.needs_worker"]
        address = listener.getsockname()
        self._gateway = Gateway(app, needs_worker, address, note, slow=settings.slow_requests, streams=settings.streams)
        limits = Limits(
            connections=settings.connections,
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            head_bytes=settings.head_bytes,
        )
        self._connections = Connections(limits, self._gateway.refusal)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._gateway,
                access_log=False,
                backlog=_BACKLOG,
                http=connection_class(self._connections),
                lifespan="off",
                log_config=None,
                log_level="critical",  # the gateway logs defects; a dropped connection is none
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                timeout_keep_alive=math.ceil(settings.head_seconds),
                ws="none",
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="mock-server", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._connections.end_waits()
        self._server.should_exit = True
        self._thread.join()
        self._gateway.close()
