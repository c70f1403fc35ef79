"""How well each behaviour is known: the one place for what we guess about Vapi, shown in the README."""

from mock_server.core.vendor import Basis, Claim

_DOCUMENTED, _OBSERVED, _ASSUMED, _ABSENT = Basis.DOCUMENTED, Basis.OBSERVED, Basis.ASSUMED, Basis.ABSENT

FIDELITY = tuple(
    Claim(topic, behaviour, basis)
    for topic, behaviour, basis in (
        ("operations", "create, list, get, update and delete a session: paths, methods, 200 and 201", _DOCUMENTED),
        ("operations", "GET /session/export; it stood in the vendor's document in December 2025 only", _DOCUMENTED),
        ("operations", "a method that a path does not take is 405 with Allow", _ASSUMED),
        ("fields", "types, limits, enums and defaults of every field of a session", _DOCUMENTED),
        ("fields", "metadata.variableValues beside the declared fields", _DOCUMENTED),
        ("fields", "an optional field without a value is left out; null in a request counts as left out", _ASSUMED),
        ("fields", "a new session is active, keeps 86400 seconds, and has no cost", _ASSUMED),
        ("fields", "customer.number is E.164 unless numberE164CheckEnabled is false", _DOCUMENTED),
        ("filters", "names and meanings of all filters; several together are AND", _DOCUMENTED),
        ("filters", "name is the session's name, compared exactly; the customer's is customer[name]", _ASSUMED),
        ("filters", "customer fields flattened (number=) or nested (customer[number]=, customer.number=)", _ASSUMED),
        ("filters", "phoneNumberIdAny repeated, bracketed or joined by commas", _ASSUMED),
        ("filters", "an empty value counts as left out; blank items of a list do not count", _ASSUMED),
        ("filters", "a leading space in a phone number is an unencoded +", _ASSUMED),
        ("filters", "bounds compare instants cut to milliseconds; a date alone is its midnight in UTC", _ASSUMED),
        ("filters", "unknown query parameters are ignored; --strict-query answers 400", _ASSUMED),
        ("filters", "numberE164CheckEnabled, assistantOverrides and squadOverrides filter nothing", _ASSUMED),
        ("pages", "page, limit 0 to 1000, sortBy, sortOrder and their defaults", _DOCUMENTED),
        ("pages", "limit=0 is an empty page with the real totalItems and totalPages 0", _ASSUMED),
        ("pages", "a page past the end is 200 and empty; page and limit must be whole numbers", _ASSUMED),
        ("pages", "ties go by id in the direction of the order", _ASSUMED),
        ("pages", "sortBy=duration is updatedAt minus createdAt; a missing cost sorts as 0", _ASSUMED),
        ("pages", "nextCursor is sent back as cursor, with the same filters and order, and wins over page", _ASSUMED),
        ("export", "CSV with a header row, messages as JSON text; JSON as an array of objects", _ASSUMED),
        ("export", "without page and limit every match is exported, not the first 100", _ASSUMED),
        ("export", "the file is the answer; email is accepted and nothing is sent", _ASSUMED),
        ("errors", "401 texts, unknown body keys, UUIDs in bodies, dotted names of nested fields", _OBSERVED),
        ("errors", "server.url must be https or wss", _OBSERVED),
        ("errors", "server.url may be http on this machine, for receivers under development", _ASSUMED),
        ("errors", "wording of the other rules (class-validator's), of 404, of malformed JSON and ids", _ASSUMED),
        ("errors", "415 for another media type, 413 over 1 MiB, 400 for more than 100 nested levels", _ASSUMED),
        ("access", "every operation needs a bearer token", _DOCUMENTED),
        ("access", "without --api-key any token opens one organisation; each --api-key is its own", _ASSUMED),
        ("access", "a session of another organisation is 404", _ASSUMED),
        ("sessions", "assistant is ignored beside assistantId, squad beside squadId", _DOCUMENTED),
        ("sessions", "variableValues fill {{name}} in the assistant's texts when a session is created", _DOCUMENTED),
        ("sessions", "only plain {{name}} is filled, no other Liquid; unknown names stay", _ASSUMED),
        ("sessions", "references may lead nowhere; --check-references answers 400 for assistantId", _ASSUMED),
        ("sessions", "expirationSeconds after updatedAt an active session becomes completed", _ASSUMED),
        ("sessions", "every PATCH moves updatedAt; null clears name and messages", _ASSUMED),
        ("sessions", "Twilio secrets and credentials are replaced by a placeholder before they are stored", _ASSUMED),
        ("beyond", "chats, calls, assistants, squads and phone numbers as resources of their own", _ABSENT),
        ("beyond", "rate limits, billing, retention windows, artifacts of sessions that clients complete", _ABSENT),
        ("beyond", "messages session.created, session.updated and session.deleted", _ABSENT),
    )
)
