"""Says in words what failed and how to send it again, without bodies or tokens; knows no run, no report."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import PreparedRequest
    from schemathesis.core.failures import Failure
    from schemathesis.core.transport import Response
    from schemathesis.openapi.checks import JsonSchemaError

    from contracts.loading import AnyCase
    from contracts.redaction import Redactor

_VALUE_LIMIT = 120
_BODY_LIMIT = 4000
# What every request carries, or what only Schemathesis reads.
_NOISE = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "user-agent",
        "x-schemathesis-testcaseid",
    }
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A failure in words; failures of one check with the same `key` are one finding."""

    message: str
    key: str


def describe(failure: Failure, case: AnyCase, response: Response) -> Wording:
    """Word a failure of a Schemathesis check."""
    from schemathesis.core.failures import AcceptedNegativeData
    from schemathesis.openapi.checks import JsonSchemaError, RejectedPositiveData

    if isinstance(failure, JsonSchemaError):
        return _schema_wording(failure)
    status = response.status_code
    message = " ".join(failure.message.split())
    if isinstance(failure, RejectedPositiveData):
        # The rest of the message lists the statuses that would have done.
        return Wording(f"{failure.title}, answered {status}{_stated_reason(response)}.", str(status))
    if isinstance(failure, AcceptedNegativeData):
        broken = message.partition("Invalid component: ")[2] or message
        # Coverage breaks one thing at a time, fuzzing several: its message is different for every case.
        at_random = case.meta is not None and case.meta.phase.name.value != "coverage"
        return Wording(f"{failure.title}, answered {status}: {broken}", "random" if at_random else broken)
    told = f": {message}" if message else ""
    return Wording(f"{failure.title}, answered {status}{told}", f"{failure.title} {status}")


def curl_line(request: PreparedRequest, *, redact: Redactor, local_base: str | None) -> str:
    """One shell line that sends the request again, with `$TOKEN` for the token.

    `local_base` is the address that means "in this process"; `$BASE_URL` takes its place.
    """
    words = ["curl", "-X", str(request.method)]
    for name, value in request.headers.items():
        if name.lower() not in _NOISE:
            words += ["-H", _header_word(f"{name}: {_as_text(value)}", redact)]
    body = _as_text(request.body)
    if body:
        words += ["--data-raw", _quoted(redact(shortened(body, _BODY_LIMIT)))]
    url = str(request.url)
    if local_base is not None and url.startswith(local_base):
        words.append('"$BASE_URL"' + _quoted(redact(url.removeprefix(local_base))))
    else:
        words.append(_quoted(redact(url)))
    return " ".join(words)


def shortened(text: str, limit: int = _VALUE_LIMIT) -> str:
    """Cut a text that is too long to read."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def _schema_wording(failure: JsonSchemaError) -> Wording:
    place = "".join("[*]" if isinstance(part, int) else f".{part}" for part in failure.instance_path)
    keyword = str(failure.schema_path[-1]) if failure.schema_path else "schema"
    reason = failure.validation_message
    if isinstance(failure.instance, dict | list) and reason[:1] in "{[":
        # The validator writes the whole object or array out; a report must not.
        reason = f"{_outline(failure.instance)} does not satisfy {keyword!r}"
    message = f"{failure.title}: at ${place}, {shortened(' '.join(reason.split()), 2 * _VALUE_LIMIT)}"
    missing = reason if keyword in ("required", "additionalProperties", "unevaluatedProperties") else ""
    return Wording(message, f"{place} {keyword} {missing}")


def _outline(value: object) -> str:
    if isinstance(value, list):
        return f"an array of {len(value)}"
    names = ", ".join(value) if isinstance(value, dict) else ""
    return f"an object with {shortened(names) or 'no members'}"


def _stated_reason(response: Response) -> str:
    """The vendor's own words for a refusal, which hold the offending value and nothing else."""
    try:
        stated = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        return ""
    return f": {shortened(json.dumps(stated, ensure_ascii=False), 2 * _VALUE_LIMIT)}"


def _as_text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    # A JSON body is bytes or text; anything else is a stream, which no case here has.
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else ""


def _header_word(line: str, redact: Redactor) -> str:
    shown = redact(line)
    if shown == line:
        return _quoted(line)
    # In double quotes, so that the shell fills the variable in.
    return '"' + re.sub(r'(["\\`])', r"\\\1", shown) + '"'


def _quoted(text: str) -> str:
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(_escaped(text)) + "'"


def _escaped(text: str) -> Iterator[str]:
    for character in text:
        if character in "'\\":
            yield "\\" + character
        elif character.isprintable():
            yield character
        elif ord(character) < 0x80:
            yield f"\\x{ord(character):02x}"
        else:
            yield f"\\U{ord(character):08x}"
