"""Where requests go: a served URL or a WSGI application in this process; knows no contract and no check."""

from __future__ import annotations

import importlib
import inspect
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import urlsplit

from contracts.result import USAGE, CannotRun
from contracts.transport import Transport

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CONNECT_SECONDS = 5.0
_Headers = list[tuple[str, str]]
_PORTS = {"http": 80, "https": 443}


class TargetError(CannotRun):
    """The target cannot be reached or imported."""


class TargetUsageError(TargetError):
    """The target is not spelt in a way that can be used."""

    exit_code = USAGE


@dataclass(frozen=True, slots=True)
class Connection:
    """A target that answers: the address cases are built for and, in process, the application itself."""

    base_url: str
    app: WSGIApplication | None = None
    transport: Transport = field(default_factory=Transport)


class Target(Protocol):
    """Anything that can be opened for a run."""

    @property
    def label(self) -> str:
        """The target as reports name it."""

    def open(self) -> Connection:
        """Make sure that it answers; raises TargetError."""


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """A served target."""

    url: str
    transport: Transport = field(default_factory=Transport)

    @property
    def label(self) -> str:
        """The URL as given."""
        return self.url

    def open(self) -> Connection:
        """Connect once, so that a wrong port is one clear line and not a thousand failed cases."""
        host, port = _address(self.url)
        proxy = self.transport.proxy(self.url)
        if proxy is not None:
            host, port = self.transport.proxy_address(self.url)
        try:
            socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            advice = "Correct the proxy, or name the target in NO_PROXY" if proxy else "Start the server first"
            way = self.transport.way(self.url)
            raise TargetError(
                f"Nothing answers at {self.url}{way} ({reason}). {advice}, or correct --target."
            ) from error
        return Connection(self.url.rstrip("/"), transport=self.transport)


@dataclass(frozen=True, slots=True)
class AppTarget:
    """A WSGI application of this process, named `module:attribute`."""

    name: str

    @property
    def label(self) -> str:
        """The name as given."""
        return self.name

    def open(self) -> Connection:
        """Import the application and call its factory when it is one."""
        module_name, separator, path = self.name.partition(":")
        if not (module_name and separator and path):
            raise TargetUsageError(
                f"--app got {self.name!r}; it takes module:attribute, for example mock_server:create_app."
            )
        found = _attribute(_module(module_name, self.name), path, self.name)
        return Connection("http://localhost", served(_application(found, self.name)))


@dataclass(slots=True)
class Opened:
    """A target whose application is made once, however often it is opened."""

    target: Target
    _connection: Connection | None = None

    @property
    def label(self) -> str:
        """The name of the target behind."""
        return self.target.label

    def open(self) -> Connection:
        """A served target is reached for again; raises TargetError."""
        if self._connection is None or self._connection.app is None:
            self._connection = self.target.open()
        return self._connection


def served(app: WSGIApplication) -> WSGIApplication:
    """Treat an exception of the application as any WSGI server does: a 500, so that it is judged like one.

    Wrapping also hides the framework. Schemathesis would otherwise re-raise what Flask has already handled,
    and feed literals from the application's source into the cases, so that cases change with the code.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started: list[tuple[str, _Headers]] = []
        written: list[bytes] = []

        def start(status: str, headers: _Headers, _exc_info: object = None) -> Callable[[bytes], object]:
            started.append((status, headers))
            return written.append

        try:
            body = _whole(app(environ, start), written)
            status, headers = started[-1]
        except Exception as error:
            status, headers = "500 Internal Server Error", [("Content-Type", "text/plain")]
            body = f"The application raised {type(error).__name__}.".encode()
        start_response(status, headers)
        return [body]

    return answer


def _whole(parts: Iterable[bytes], written: list[bytes]) -> bytes:
    try:
        rest = b"".join(parts)
        return b"".join(written) + rest
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise TargetUsageError(f"--target got {url!r}: {error}.") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise TargetUsageError(f"--target got {url!r}; it takes a URL such as http://127.0.0.1:8400.")
    if parts.username or parts.password:
        raise TargetUsageError("--target holds a user or password; a token belongs in --token, never in the URL.")
    if parts.query or parts.fragment:
        raise TargetUsageError(f"--target got {url!r}; leave out what follows the path.")
    try:
        return parts.hostname, parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise TargetUsageError(f"--target got {url!r}: {error}.") from error


def _module(name: str, spec: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # importing runs foreign code, which may raise anything
        raise TargetError(
            f"--app {spec}: importing {name!r} failed with {type(error).__name__}: {error}. "
            "Run from the folder that holds it, or install it."
        ) from error


def _attribute(module: ModuleType, path: str, spec: str) -> object:
    found: object = module
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise TargetError(f"--app {spec}: {error}. Check the name after the colon.") from error
    return found


def _application(found: object, spec: str) -> WSGIApplication:
    if not callable(found):
        raise TargetError(f"--app {spec} is a {type(found).__name__}, not a WSGI application or its factory.")
    if _required_arguments(found) > 0:
        return cast("WSGIApplication", found)
    try:
        made = found()
    except Exception as error:  # a factory is foreign code, which may raise anything
        raise TargetError(f"--app {spec}: the factory raised {type(error).__name__}: {error}.") from error
    if not callable(made):
        raise TargetError(f"--app {spec}: the factory made a {type(made).__name__}, not a WSGI application.")
    return cast("WSGIApplication", made)


def _required_arguments(found: Callable[..., object]) -> int:
    """A WSGI application requires two arguments, a factory none."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(found).parameters.values()
    return sum(1 for item in parameters if item.kind in kinds and item.default is inspect.Parameter.empty)
