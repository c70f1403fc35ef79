"""Which messages tell of a session's changes, what is in them, and where they go (facts F3 and F7)."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from mock_server.core.clock import Clock
from mock_server.core.events import Backoff, Draft, Event, Target
from mock_server.core.store import Document
from mock_server.vendors.vapi.options import VapiOptions

VENDOR = "vapi"
CREATED, UPDATED, DELETED = "session.created", "session.updated", "session.deleted"
_TIMEOUT = 20.0
_Tell = Callable[[Document, bytes], Draft]


class Messages:
    """Makes the message of a change. `catalogue` holds the assistants that sessions may name."""

    def __init__(self, clock: Clock, options: VapiOptions, catalogue: Mapping[str, Mapping[str, Any]]) -> None:
        self._clock = clock
        self._options = options
        self._catalogue = catalogue
        self._anywhere = options.webhook is not None and options.webhook_all
        self._known = lru_cache(maxsize=64)(lambda key: orjson.dumps(catalogue[key]))

    def of(self, kind: str) -> _Tell:
        """What tells of a change of this kind, given the session and what is shown of it."""

        def tell(session: Document, shown: bytes) -> Draft:
            now = self._clock.now()
            parts = [b'{"type":"%b","timestamp":%d,"session":%b' % (kind.encode(), now, shown)]
            key = session.get("assistantId")
            assistant = session.get("assistant") or self._catalogue.get(key or "")
            if assistant is not None:
                text = orjson.dumps(assistant) if "assistant" in session else self._known(key)
                parts.append(b',"assistant":%b' % text)
            if "customer" in session:
                parts.append(b',"customer":%b' % orjson.dumps(session["customer"]))
            parts.append(b"}")
            due = self._anywhere or _target(kind, session, assistant, self._options) is not None
            return Draft(vendor=VENDOR, type=kind, time=now, subject=session["id"], message=b"".join(parts), due=due)

        return tell


def target_of(event: Event, options: VapiOptions) -> Target | None:
    """Where the event is sent; None when nobody wants it."""
    message = orjson.loads(event.draft.message)
    return _target(event.draft.type, message["session"], message.get("assistant"), options)


def _target(
    kind: str, session: Mapping[str, Any], assistant: Mapping[str, Any] | None, options: VapiOptions
) -> Target | None:
    """The assistant's server before the phone number's before the organisation's, if the assistant lists the type."""
    overrides = session.get("assistantOverrides") or {}
    listed = overrides.get("serverMessages") or (assistant or {}).get("serverMessages") or ()
    if kind not in listed and not options.webhook_all:
        return None
    for source, owner in (
        ("assistant", overrides),
        ("assistant", assistant),
        ("phone number", session.get("phoneNumber")),
    ):
        server = (owner or {}).get("server") or {}
        if server.get("url"):
            return _of_server(source, server, options)
    if options.webhook is None:
        return None
    return Target(url=options.webhook, source="organisation", headers=_organisation_headers(options))


def _of_server(source: str, server: Mapping[str, Any], options: VapiOptions) -> Target:
    own = {name: str(value) for name, value in (server.get("headers") or {}).items()}
    headers = {}
    if server.get("secret"):
        headers["X-Vapi-Secret"] = str(server["secret"])
    if server.get("credentialId") and options.webhook_token:
        headers["Authorization"] = f"Bearer {options.webhook_token}"
    given = {name.lower() for name in own}
    headers = {name: value for name, value in headers.items() if name.lower() not in given} | own
    return Target(
        url=server["url"],
        source=source,
        headers=headers,
        timeout=float(server.get("timeoutSeconds") or _TIMEOUT),
        backoff=_backoff(server.get("backoffPlan")),
    )


def _organisation_headers(options: VapiOptions) -> dict[str, str]:
    headers = {}
    if options.webhook_secret:
        headers["X-Vapi-Secret"] = options.webhook_secret
    if options.webhook_token:
        headers["Authorization"] = f"Bearer {options.webhook_token}"
    return headers


def _backoff(plan: Mapping[str, Any] | None) -> Backoff | None:
    if not plan:
        return None
    return Backoff(
        retries=int(plan["maxRetries"]),
        base=float(plan["baseDelaySeconds"]),
        doubling=plan["type"] == "exponential",
        excluded=frozenset(plan.get("excludedStatusCodes") or ()),
    )
