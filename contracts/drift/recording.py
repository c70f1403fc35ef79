"""A recording: the sweep's requests and answers, and what they were asked for, as a HAR without people in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.catalog import Vendor
from contracts.drift.anonymizer import Anonymizer
from contracts.drift.places import Places
from contracts.judging import BY_KIND
from contracts.result import CannotRun
from contracts.rules import Answer, Ask, Probe
from contracts.rules.laws import ListLaws

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


def _array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT, _COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
_CONTENT = _object(mimeType=_TEXT, text=_TEXT)
_ENTRY = _object(
    request=_object(queryString=_array(_object(name=_TEXT, value=_TEXT))),
    response=_object(status=_COUNT, content=_CONTENT),
    _operation=_TEXT,
    _path=_TEXTS,
    _fresh=_COUNT,
)
_PROBE = _object(
    list=_TEXT,
    kind={"enum": sorted(BY_KIND)},
    operation=_TEXT,
    entries={**_array(_COUNT), "minItems": 1},
    about={"type": "object", "properties": {"envelope": _TEXTS}},
)
_UNIVERSES = {"type": "object", "additionalProperties": _array(_object(id={}))}
_FORMAT = _object(
    log=_object(_vendor=_TEXT, _day=_TEXT, entries=_array(_ENTRY), _probes=_array(_PROBE), _universes=_UNIVERSES)
)
"""What a recording must have, in the language of JSON Schema."""
_TYPES = {"int": int, "str": str, "list": list}
_NOT_KEPT = frozenset({"formatted"})  # other formats than JSON and CSV are compared while they are fresh


@dataclass(frozen=True, slots=True)
class Recording:
    """Probes of one vendor; `universes` are all rows of each list, by operation."""

    vendor: str
    day: str
    probes: tuple[tuple[str, Probe], ...]
    """With the operation of the list that each is about."""
    universes: Mapping[str, tuple[dict[str, Any], ...]]


@dataclass
class Recorder:
    """Listens to a run."""

    vendor: Vendor
    heard: list[tuple[ListLaws, Probe]] = field(default_factory=list)

    def __call__(self, laws: ListLaws, probe: Probe) -> None:
        if probe.kind not in _NOT_KEPT:
            self.heard.append((laws, probe))

    def recording(self, day: str, document: Mapping[str, Any], secrets: Sequence[str]) -> Recording:
        """What was heard, without people. Raises Leak."""
        lists = {laws.operation: laws for laws, _ in self.heard}
        anonymizer = Anonymizer(Places(document), lists, (pair for _, probe in self.heard for pair in probe.sent))
        named = [(laws.operation, anonymizer.probe(laws, probe)) for laws, probe in self.heard]
        kept = tuple((operation, probe) for operation, probe in named if probe is not None)
        anonymizer.check([probe for _, probe in kept], secrets)
        return Recording(self.vendor.name, day, kept, anonymizer.universes)


def as_text(recording: Recording) -> str:
    """The recording as a HAR; what HAR has no place for stands in members that begin with an underscore."""
    numbers: dict[tuple[Ask, Answer], int] = {}
    for _, probe in recording.probes:
        for pair in probe.sent:
            numbers.setdefault(pair, len(numbers))
    log = {
        "version": "1.2",
        "creator": {"name": "voice-session-emulator", "version": "1"},
        "_vendor": recording.vendor,
        "_day": recording.day,
        "entries": [_entry(recording.vendor, ask, answer) for ask, answer in numbers],
        "_probes": [
            {
                "list": operation,
                "kind": probe.kind,
                "operation": probe.operation,
                "entries": [numbers[pair] for pair in probe.sent],
                "about": _plain(probe.about),
            }
            for operation, probe in recording.probes
        ],
        "_universes": recording.universes,
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=1)


def read(path: Path) -> Recording:
    """A recording from a file. Raises CannotRun when it is none."""
    try:
        document = json.loads(path.read_text("utf-8-sig"))
        _check_format(document)
        log = document["log"]
        pairs = [_pair(entry) for entry in log["entries"]]
        probes = tuple((each["list"], _probe(each, pairs)) for each in log["_probes"])
        universes = {operation: tuple(rows) for operation, rows in log["_universes"].items()}
        return Recording(log["_vendor"], log["_day"], probes, universes)
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, LookupError) as error:
        raise CannotRun(f"{path} is no recording of this tool: {error}; make one with contracts record.") from error


def _check_format(document: Any) -> None:
    """Raise ValueError with the first place that a recording does not have so."""
    import jsonschema_rs  # here, so that `contracts --help` does not wait for it

    validator = jsonschema_rs.Draft202012Validator(_FORMAT, mask="the value")
    error = next(iter(validator.iter_errors(document)), None)
    if error is not None:
        raise ValueError(f"at /{'/'.join(map(str, error.instance_path))}, {error.message}")


def _probe(each: Mapping[str, Any], pairs: Sequence[tuple[Ask, Answer]]) -> Probe:
    sent = tuple(pairs[number] for number in each["entries"])
    return Probe(each["kind"], each["operation"], sent, _typed(each["about"]))


def _entry(vendor: str, ask: Ask, answer: Answer) -> dict[str, Any]:
    query = [{"name": name, "value": value} for name, value in ask.query]
    return {
        "request": {
            "method": "GET",
            "url": f"https://{vendor}.invalid/{ask.operation}",
            "queryString": query,
            "headers": [{"name": "Authorization", "value": "(good)"}],
        },
        "response": {"status": answer.status, "content": {"mimeType": answer.media_type, "text": answer.text}},
        "_operation": ask.operation,
        "_path": dict(ask.path),
        "_fresh": ask.fresh,
    }


def _pair(entry: Mapping[str, Any]) -> tuple[Ask, Answer]:
    query = tuple((each["name"], each["value"]) for each in entry["request"]["queryString"])
    ask = Ask(entry["_operation"], query, tuple(entry["_path"].items()), None, entry["_fresh"])
    response = entry["response"]
    return ask, Answer(response["status"], response["content"]["mimeType"], response["content"]["text"])


def _plain(about: Mapping[str, Any]) -> dict[str, Any]:
    """What a probe is about, with types by their names."""
    return {
        name: {pointer: kind.__name__ for pointer, kind in value.items()} if name == "envelope" else value
        for name, value in about.items()
    }


def _typed(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {pointer: _TYPES[kind] for pointer, kind in value.items()} if name == "envelope" else value
        for name, value in about.items()
    }
