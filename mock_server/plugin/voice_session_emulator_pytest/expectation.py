"""The message of an expectation that was not met: a few lines, the cause first."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_REQUESTS = 3  # that are shown; the section of the test's report has more
_DIFFERENCES = 8
_WIDTH = 120
_COUNTS = {"exactly": "exactly", "at_least": "at least", "at_most": "at most"}


def describe_unmet(request: Mapping[str, Any], answer: Mapping[str, Any], received: Sequence[Mapping[str, Any]]) -> str:
    """Return the message for a response of POST /_mock/requests/expect that says 'not met'.

    `request` is what was expected, `received` the requests of the test, the oldest first.
    """
    counts = " and ".join(f"{_COUNTS[name]} {number}" for name, number in answer["expected"].items())
    plural = "" if list(answer["expected"].values())[-1] == 1 else "s"
    cause = f"expected {counts} request{plural} like {_short(request)}, received {answer['found']}"
    return "\n".join([cause, *_details(answer, received)])


def _details(answer: Mapping[str, Any], received: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if _too_many(answer):
        yield from _listed("matching", [each for each in received if each["number"] in answer["matching"]])
        return
    if "nearest" in answer:
        yield f"nearest: {_line(answer['nearest'])}"
        differences = answer["differences"]
        yield from map(_difference, differences[:_DIFFERENCES])
        if len(differences) > _DIFFERENCES:
            yield f"  and {len(differences) - _DIFFERENCES} more"
    yield from _listed("received", received)


def _too_many(answer: Mapping[str, Any]) -> bool:
    return any(answer["found"] > answer["expected"].get(name, answer["found"]) for name in ("exactly", "at_most"))


def _listed(title: str, requests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the last few requests."""
    if not requests:
        yield f"{title}: no requests"
        return
    last = requests[-_REQUESTS:]
    yield f"{title}:" if len(last) == len(requests) else f"{title}: {len(requests)} requests, the last {len(last)} are"
    yield from (f"  {_line(each)}" for each in last)


def _line(request: Mapping[str, Any]) -> str:
    query = f"?{request['query']}" if request["query"] else ""
    return _cut(f"{request['method']} {request['path']}{query} -> {request['status']}")


def _difference(found: Mapping[str, Any]) -> str:
    got = "nothing" if found["received"] is None else _short(found["received"])
    return f"  {found['field']}: expected {_short(found['expected'])}, received {got}"


def _short(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
