"""Strict parsing of URLs, origins and hosts that come from outside.

urllib.parse accepts spaces, NULs and ports that are not numbers, and raises some errors only on access.
"""

import ipaddress
import re
from typing import NamedTuple

_AUTHORITY = re.compile(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@/?#\\%\x00-\x20\x7f]+))(?::(?P<port>[0-9]{0,5}))?"
)
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<userinfo>[^/?#\\@]*)@)?(?P<authority>[^/?#\\@]+)"
    r"(?P<path>(?:/[^?#]*)?)(?P<query>\?[^#]*)?(?:#.*)?"
)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*)(?:\.[a-z0-9_-]+)*")
_LARGEST_PORT = 65_535
_PORTS = {"http": 80, "https": 443}


class Url(NamedTuple):
    """An absolute URL. `scheme` and `host` are in lower case, the host as DNS resolves it."""

    scheme: str
    host: str
    port: int | None
    authority: str
    """Host and port as they were written, without user and password."""
    path: str
    query: str
    """With its question mark; empty when there is none."""

    def __str__(self) -> str:
        """Return the URL without user, password and fragment."""
        return f"{self.scheme}://{self.authority}{self.path}{self.query}"


def parse_url(text: str) -> Url:
    """Return the parts of an absolute URL. Raise ValueError if the text is not one."""
    match = _URL.fullmatch(text)
    if match is None or _UNPRINTABLE.search(text):
        raise ValueError("it is not a URL such as https://example.com/hook")
    host, port = parse_authority(match["authority"])
    return Url(match["scheme"].lower(), host, port, match["authority"], match["path"], match["query"] or "")


def parse_authority(text: str) -> tuple[str, int | None]:
    """Return the host in lower case, without brackets and final dot, and the port. Raise ValueError."""
    match = _AUTHORITY.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port or 0) > _LARGEST_PORT:
        raise ValueError(f"{text!r} is not a host, or a host and a port")
    if match["address"]:
        return str(ipaddress.IPv6Address(match["address"])), port
    return parse_host(match["name"]), port


def parse_host(text: str) -> str:
    """Return a host name or IPv4 address in the form that is compared and resolved. Raise ValueError."""
    name = text.encode("idna").decode().lower().removesuffix(".")
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{text!r} is not a host name")
    return name


def is_loopback(host: str) -> bool:
    """Return whether a parsed host always means this machine (RFC 6761, 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_origin(text: str) -> str:
    """Return an origin as browsers send it (RFC 6454, 6.2). Raise ValueError for what no browser sends."""
    try:
        url = parse_url(text)
    except ValueError:
        raise ValueError("it is not an origin such as https://app.example or http://localhost:3000") from None
    host = f"[{url.host}]" if ":" in url.host else url.host
    origin = f"{url.scheme}://{host}" + (f":{url.port}" if url.port not in (None, _PORTS.get(url.scheme)) else "")
    if url.authority + url.path + url.query != text.partition("://")[2] or url.path or url.query:
        raise ValueError(f"an origin ends with its host and port; write {origin}")
    return origin
