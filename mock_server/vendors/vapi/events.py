"""The messages about changes: when there is one, what is in it, and where it is sent (FACTS.md F3 and F7)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mock_server.core.clock import Clock
from mock_server.core.events import Backoff, Draft, Event, Target
from mock_server.core.store import Document
from mock_server.vendors.vapi.options import VapiOptions

VENDOR = "vapi"
_TIMEOUT = 20.0

MakeEvent = Callable[[Document, bytes], Draft]
"""Returns the event of a change, given the document and its JSON as responses show it."""


class EventFactory:
    """Makes the events of changes. `assistants` are those that a document may name by id."""

    def __init__(self, clock: Clock, options: VapiOptions, assistants: Mapping[str, Mapping[str, Any]]) -> None:
        self._clock = clock
        self._options = options
        self._assistants = assistants

    def of(self, type_: str) -> MakeEvent:
        """Return what makes events of this type; "session.created" has the document in its member `session`."""
        subject = type_.partition(".")[0]

        def make(document: Document, shown: bytes) -> Draft:
            now = self._clock.now()
            assistant = document.get("assistant") or self._assistants.get(document.get("assistantId", ""))
            message = {"type": type_, "timestamp": now, subject: orjson.Fragment(shown)}
            if assistant is not None:
                message["assistant"] = assistant
            if "customer" in document:
                message["customer"] = document["customer"]
            return Draft(
                vendor=VENDOR,
                type=type_,
                time=now,
                subject=document["id"],
                message=orjson.dumps(message),
                has_target=_target(type_, document, assistant, self._options) is not None,
            )

        return make


def target_of(event: Event, options: VapiOptions) -> Target | None:
    """Return where the event is sent; None if no server is set for it.

    It is worked out again from the message for each delivery, though `due` was known when the event was made: the
    server may have been restarted since, with another --webhook, and a target's headers hold secrets, which are not
    stored with events.
    """
    message = orjson.loads(event.draft.message)
    subject = event.draft.type.partition(".")[0]
    return _target(event.draft.type, message[subject], message.get("assistant"), options)


def _target(
    type_: str, document: Mapping[str, Any], assistant: Mapping[str, Any] | None, options: VapiOptions
) -> Target | None:
    """Return the server of the assistant, else of the phone number, else of the organisation.

    None unless the assistant's serverMessages list the type, or --webhook-all is set.
    """
    overrides = document.get("assistantOverrides") or {}
    listed = overrides.get("serverMessages") or (assistant or {}).get("serverMessages") or ()
    if type_ not in listed and not options.webhook_all:
        return None
    for source, owner in (
        ("assistant", overrides),
        ("assistant", assistant),
        ("phone number", document.get("phoneNumber")),
    ):
        server = (owner or {}).get("server") or {}
        if server.get("url"):
            return _target_at(server, source, options)
    if options.webhook is None:
        return None
    return Target(url=options.webhook, source="organisation", headers=_organisation_headers(options))


def _target_at(server: Mapping[str, Any], source: str, options: VapiOptions) -> Target:
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
