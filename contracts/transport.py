"""How requests leave: without what ~/.netrc holds, and to this machine never by a proxy; knows no target."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests

_Request = TypeVar("_Request")
_PORTS = {"http": 80, "https": 443}


def is_local(url: str) -> bool:
    """Return whether a URL leads to this machine and nowhere else."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for a URL, None when there is none or it is not to be used."""
    from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

    if is_local(url):
        return None
    found = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    return prepend_scheme_if_needed(found, "http") if found else None


def by_proxy(url: str) -> str:
    """Return words for the proxy that requests to a URL go by, without its password; nothing when they go by none."""
    proxy = proxy_for(url)
    if proxy is None:
        return ""
    parts = urlsplit(proxy)
    place = parts.netloc.rpartition("@")[2]
    return f" by the proxy {parts.scheme}://{place} that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names"


def proxy_address(url: str) -> tuple[str, int]:
    """Return host and port of the proxy for a URL that has one."""
    parts = urlsplit(proxy_for(url) or "")
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.hostname or "", port or _PORTS.get(parts.scheme, 1080)


def session_for(url: str) -> requests.Session:
    """Return a session for requests to a URL, which sends the credentials it is given and no others."""
    import requests

    session = requests.Session()
    session.trust_env = not is_local(url)
    session.auth = _as_given
    return session


def _as_given(request: _Request) -> _Request:
    """Stand in for an authentication, since `requests` asks ~/.netrc where there is none."""
    return request


@contextmanager
def environment_for(url: str) -> Iterator[None]:
    """Set the environment for sessions that somebody else makes, as Schemathesis does, while the context lasts."""
    host = urlsplit(url).hostname or ""
    changes = {"NETRC": os.devnull}
    if is_local(url):
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
