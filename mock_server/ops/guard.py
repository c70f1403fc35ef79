"""Access to the control API: for callers on this machine, and for pages of an allowed origin."""

import hmac
from collections.abc import Collection

from mock_server.core.problems import Kind, Problem
from mock_server.core.urls import is_loopback, parse_authority, parse_origin
from mock_server.core.vendor import Request

TOKEN = "X-Mock-Token"
_LOCAL_NAMES = frozenset({"testserver"})


class Guard:
    """Checks the token, and the Host and Origin headers, to block DNS rebinding and cross-site requests.

    In DNS rebinding, a page points its own host name at this machine, and its requests have that name as Host.
    `origins` are those whose pages are allowed; `*` allows none here.
    """

    def __init__(self, host: str, token: str | None, origins: Collection[str]) -> None:
        self._host = host
        self._token = token
        self._origins = frozenset(origins) - {"*"}

    def admit(self, request: Request) -> None:
        """Raise Problem unless the caller may use the control API."""
        if self._token is not None:
            given = request.headers.get(TOKEN.lower()) or ""
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise Problem(Kind.REJECTED_CREDENTIALS, f"{TOKEN} is {'wrong' if given else 'missing'}")
        elif not self._is_ours(request.headers.get("host") or ""):
            raise Problem(Kind.FORBIDDEN, "Host is not this machine; set --admin-token and send it as X-Mock-Token")
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._origins and not self._is_ours(_authority(origin)):
            raise Problem(Kind.FORBIDDEN, f"Origin {origin} may not use /_mock/{_hint(origin)}")

    def is_from_here(self, request: Request) -> bool:
        """Return whether an admitted change does not come from a page of another origin that is not allowed.

        Browsers send a page's cross-site requests without a preflight if they look like those of a form; they have
        an Origin header (Fetch, 3.2), or Sec-Fetch-Site if that was left out.
        """
        origin = request.headers.get("origin")
        if self._token is not None:  # a header that browsers send only after a preflight
            return True
        if origin is None:
            return request.headers.get("sec-fetch-site") in (None, "same-origin", "none")
        return origin in self._origins or _authority(origin).lower() == (request.headers.get("host") or "").lower()

    def _is_ours(self, authority: str) -> bool:
        try:
            host, _ = parse_authority(authority)
        except ValueError:
            return False
        return host in _LOCAL_NAMES or host == self._host or is_loopback(host)


def _hint(origin: str) -> str:
    try:
        return f"; start the server with --cors {parse_origin(origin)} to allow it"
    except ValueError:
        return ""


def _authority(origin: str) -> str:
    return origin.partition("://")[2]
