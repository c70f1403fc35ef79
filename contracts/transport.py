"""How requests leave and how much of a response is taken: no ~/.netrc, no proxy unless asked; knows no target.

A response is bounded in bytes, as sent and as unpacked, and in time from the first byte of its head to the last of its
body.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests

MAX_BYTES = 16 << 20
MAX_SECONDS = 60.0
_PORTS = {"http": 80, "https": 443}
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def is_local(url: str) -> bool:
    """Return whether a URL leads to this machine and nowhere else."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """The largest and the longest response that is taken, and whether the environment's proxies are used."""

    max_bytes: int = MAX_BYTES
    max_seconds: float = MAX_SECONDS
    use_proxy: bool = False

    def proxy(self, url: str) -> str | None:
        """Return the proxy for a URL, None when it has none or none is to be used."""
        return _proxy_of_environment(url) if self.use_proxy else None

    def way(self, url: str) -> str:
        """Return words for the way to a URL that is not reached: its proxy, or the variable that is not used."""
        proxy = self.proxy(url)
        if proxy is not None:
            parts = urlsplit(proxy)
            place = parts.netloc.rpartition("@")[2]
            return f" by the proxy {parts.scheme}://{place} that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names"
        if _proxy_of_environment(url) is None:
            return ""
        names = (name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.lower()))
        return f" without the proxy of {' and '.join(names)}, which is used with --use-proxy only"

    def proxy_address(self, url: str) -> tuple[str, int]:
        """Return host and port of the proxy for a URL that has one."""
        parts = urlsplit(self.proxy(url) or "")
        try:
            port = parts.port
        except ValueError:
            port = None
        return parts.hostname or "", port or _PORTS.get(parts.scheme, 1080)

    def session(self, url: str) -> requests.Session:
        """Return a session for one request, which sends the credentials it is given and no others.

        Its requests raise contracts.metering.Unbounded for a response that is too large or takes too long.
        """
        from contracts.metering import metered_session  # here, so that `contracts --help` does not wait for requests

        session = metered_session(self.max_bytes, self.max_seconds)
        proxy = self.proxy(url)
        if proxy is not None:
            session.proxies = {"http": proxy, "https": proxy}
        session.verify = next(filter(None, map(os.environ.get, _CERTIFICATES)), True)
        return session

    @contextmanager
    def environment(self, url: str) -> Iterator[None]:
        """Set the environment for the sessions that Schemathesis makes itself, while the context lasts."""
        host = urlsplit(url).hostname or ""
        changes = {"NETRC": os.devnull}
        if self.proxy(url) is None:
            given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
            changes |= dict.fromkeys(("no_proxy", "NO_PROXY"), f"{given},{host}" if given else host)
        before = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _proxy_of_environment(url: str) -> str | None:
    from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

    if is_local(url):
        return None
    found = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    return prepend_scheme_if_needed(found, "http") if found else None
