"""Authentication: the organisation that a bearer token belongs to (FACTS.md F1.1 and F4.1)."""

import hmac
from collections.abc import Sequence

from mock_server.core.ids import Ids
from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Request


class Organisations:
    """The organisations by API key. Without keys there is one organisation, which any token opens."""

    def __init__(self, keys: Sequence[str], seed: int) -> None:
        self._ids = {key: Ids("vapi", "organisation", seed, key).uuid4() for key in keys or ("",)}
        self.ids = tuple(self._ids.values())

    def authenticate(self, request: Request) -> str:
        """Return the id of the organisation that the bearer token belongs to. Raises Problem if there is none."""
        header = request.headers.get("authorization")
        if not header:
            raise Problem(Kind.UNAUTHENTICATED)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem(Kind.REJECTED_CREDENTIALS)
        for key, organisation in self._ids.items():
            if not key or hmac.compare_digest(key.encode(), token.strip().encode()):
                return organisation
        raise Problem(Kind.REJECTED_CREDENTIALS)
