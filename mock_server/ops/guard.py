"""Who may use the control API: this machine's own callers, and pages of an origin that was let in."""

import hmac
import ipaddress
from urllib.parse import urlsplit

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Request

TOKEN = "X-Mock-Token"
_LOCAL_NAMES = frozenset({"localhost", "testserver"})


class Guard:
    """Checks the token, and the Host and Origin headers, by which a browser gives away who makes it ask.

    A page may point a name of its own at this machine (DNS rebinding): its requests carry that name as Host.
    """

    def __init__(self, host: str, token: str | None, cors: str | None) -> None:
        self._host = host
        self._token = token
        self._cors = cors

    def admit(self, request: Request) -> None:
        """Raises Problem for who may not."""
        if self._token is not None:
            given = request.headers.get(TOKEN.lower()) or ""
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise Problem(Kind.REJECTED_CREDENTIALS, f"{TOKEN} is {'wrong' if given else 'missing'}")
        elif not self._is_ours(request.headers.get("host") or ""):
            raise Problem(Kind.FORBIDDEN, "Host is not this machine; set --admin-token and send it as X-Mock-Token")
        origin = request.headers.get("origin")
        if origin is not None and origin != self._cors and not self._is_ours(urlsplit(origin).netloc):
            raise Problem(Kind.FORBIDDEN, f"Origin {origin} may not use /_mock/; --cors {origin} lets it")

    def _is_ours(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        if name in _LOCAL_NAMES or name == self._host:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False
