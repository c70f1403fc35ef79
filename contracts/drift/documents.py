"""Holds a vendor's OpenAPI document against ours: what was added, removed or changed, and no correction explains."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from contracts.drift.sides import Merged, Node, Side, branches, escaped
from contracts.result import Difference

_LIMITS = ("type", "format", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern", "default")
_METHODS = ("get", "post", "put", "patch", "delete")
_NARROW = 3  # steps of a pointer that is about one parameter, schema or operation
_KEYWORDS = {"property": "member"}  # as corrections call it
_MANY = 200  # departures of one object among which no rename is looked for, since each is compared with each
_ALIKE = 0.6  # names of one thing, where several have its form


_Pairs = list[tuple[Side, Side]]
"""Schemas of the vendor and of ours that are still to be compared."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One place where the documents differ: the pointer into ours, what it is about, and both forms."""

    pointer: str
    keyword: str
    vendor: str
    ours: str
    only: _Only | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Only:
    """A member or parameter that one of the documents has: what has it, its name, and its schema."""

    group: str
    name: str
    in_vendor: bool
    required: bool
    schema: Side | None


def departures(vendor: Node, ours: Node, corrections: Sequence[Mapping[str, Any]]) -> list[Departure]:
    """The differences that no correction explains, by the pointer into ours."""
    found = _compare(Side(vendor, ""), Side(ours, ""))
    kept = [each for each in found if not any(_explains(entry, each) for entry in corrections)]
    return sorted(_with_renames(kept), key=lambda each: (each.pointer, each.keyword, each.vendor))


def _with_renames(found: Iterable[Departure]) -> set[Departure]:
    """The departures, with one in place of two for what has another name and the same form."""
    kept = set[Departure]()
    groups = defaultdict[str, list[Departure]](list)
    for each in found:
        if each.only is None:
            kept.add(each)
        else:
            groups[each.only.group].append(each)
    for group in groups.values():
        kept |= set(_renamed(group))
    # A parameter of several operations is one thing, though a correction may explain its new name in one of them.
    renamed = {each.pointer for each in kept if each.keyword == "renamed"}
    return {each for each in kept if each.pointer not in renamed or each.keyword not in ("member", "parameter")}


def _renamed(group: Sequence[Departure]) -> Iterator[Departure]:
    """The departures of one object or operation; one that is gone and one that is new are a rename if it is clear."""
    if len(group) > _MANY:
        yield from group
        return
    new = [each for each in group if each.only and each.only.in_vendor]
    pairs = {
        (old, each): _likeness(old, each)
        for old in group
        if old not in new
        for each in new
        if each.only and old.only and _same_form(each.only, old.only)
    }
    renamed = [pair for pair in pairs if _is_clear(pair, pairs)]
    yield from (Departure(old.pointer, "renamed", _name(each), _name(old)) for old, each in renamed)
    yield from (each for each in group if not any(each in pair for pair in renamed))


def _is_clear(pair: tuple[Departure, Departure], pairs: Mapping[tuple[Departure, Departure], float]) -> bool:
    """Whether no other pair has one of these two, or none whose names are alike while these are."""
    others = [likeness for other, likeness in pairs.items() if other != pair and set(other) & set(pair)]
    return not others or (pairs[pair] >= _ALIKE and max(others) < _ALIKE)


def _likeness(old: Departure, new: Departure) -> float:
    return SequenceMatcher(None, _name(old).casefold(), _name(new).casefold(), autojunk=False).ratio()


def _name(departure: Departure) -> str:
    return departure.only.name if departure.only else ""


def _same_form(theirs: _Only, ours: _Only) -> bool:
    if theirs.required != ours.required or (theirs.schema is None) != (ours.schema is None):
        return False
    return theirs.schema is None or ours.schema is None or not any(_schemas([(theirs.schema, ours.schema)]))


def _compare(vendor: Side, ours: Side) -> Iterator[Departure]:
    pairs: _Pairs = []
    spelt = {_template(path): path for path in vendor.node["paths"]}
    for path in ours.node["paths"]:
        if _template(path) not in spelt:
            yield _presence(f"/paths/{escaped(path)}", "path", in_vendor=False)
            continue
        theirs, known = vendor.to("paths", spelt[_template(path)]), ours.to("paths", path)
        for method in _METHODS:
            if (method in theirs.node) != (method in known.node):
                yield _presence(f"{known.pointer}/{method}", "operation", in_vendor=method in theirs.node)
            elif method in known.node:
                yield from _operation(theirs.to(method), known.to(method), pairs)
    yield from _schemas(pairs)


def _operation(vendor: Side, ours: Side, pairs: _Pairs) -> Iterator[Departure]:
    yield from _parameters(vendor, ours, pairs)
    if "requestBody" in vendor.node and "requestBody" in ours.node:
        yield from _content(vendor.to("requestBody"), ours.to("requestBody"), pairs)
    elif ("requestBody" in vendor.node) != ("requestBody" in ours.node):
        yield _presence(f"{ours.pointer}/requestBody", "body", in_vendor="requestBody" in vendor.node)
    for status in map(str, vendor.node["responses"]):
        if status not in ours.node["responses"]:
            yield _presence(f"{ours.pointer}/responses/{status}", "response", in_vendor=True)
        else:
            yield from _content(vendor.to("responses", status), ours.to("responses", status), pairs)


def _parameters(vendor: Side, ours: Side, pairs: _Pairs) -> Iterator[Departure]:
    theirs, known = _by_name(vendor), _by_name(ours)
    for key in {**theirs, **known}:
        there, here = theirs.get(key), known.get(key)
        if there is None or here is None:
            pointer = f"{ours.pointer}/parameters/{escaped(key[1])}" if here is None else here.pointer
            side = there or known[key]
            schema = side.to("schema") if "schema" in side.node else None
            required = bool(side.node.get("required"))
            only = _Only(f"{ours.pointer} {key[0]}", key[1], here is None, required, schema)
            yield _presence(pointer, "parameter", in_vendor=here is None, only=only)
            continue
        if bool(there.node.get("required")) != bool(here.node.get("required")):
            yield _changed(here.pointer, "required", there.node.get("required"), here.node.get("required"))
        if "schema" in there.node and "schema" in here.node:
            pairs.append((there.to("schema"), here.to("schema")))


def _by_name(side: Side) -> dict[tuple[str, str], Side]:
    found = (side.to("parameters", str(number)) for number in range(len(side.node.get("parameters", ()))))
    return {(str(each.node["in"]), str(each.node["name"])): each for each in found}


def _content(vendor: Side, ours: Side, pairs: _Pairs) -> Iterator[Departure]:
    theirs, known = vendor.node.get("content", {}), ours.node.get("content", {})
    for media_type in theirs:
        if media_type not in known:
            yield _presence(f"{ours.pointer}/content/{escaped(media_type)}", "media type", in_vendor=True)
        elif "schema" in theirs[media_type] and "schema" in known[media_type]:
            pairs.append((vendor.to("content", media_type, "schema"), ours.to("content", media_type, "schema")))


def _schemas(pairs: _Pairs) -> Iterator[Departure]:
    """Compare these schemas, and all below them; each pair once, however often and in whatever circle it is met."""
    met: set[tuple[int, str]] = set()
    while pairs:
        vendor, ours = pairs.pop()
        key = id(vendor.node), ours.pointer
        if key not in met:
            met.add(key)
            yield from _schema(vendor, ours, pairs)


def _schema(vendor: Side, ours: Side, pairs: _Pairs) -> Iterator[Departure]:
    """Objects member by member; where ours stays open, the vendor may say what it likes."""
    theirs, known = Merged.of(vendor), Merged.of(ours)
    for keyword in _LIMITS:
        there, here = _plain(theirs.limits.get(keyword)), _plain(known.limits.get(keyword))
        if there != here and not (keyword == "type" and None in (there, here)):
            yield _changed(ours.pointer, keyword, there, here)
    yield from _unions(vendor, ours, pairs)
    if theirs.members is None or known.members is None:
        if theirs.items is not None and known.items is not None:
            pairs.append((theirs.items, known.items))
        return
    for name in {**theirs.members, **known.members}:
        there, here = theirs.members.get(name), known.members.get(name)
        pointer = f"{ours.pointer}/properties/{escaped(name)}"
        if there is None or here is None:
            required = name in (known if there is None else theirs).required
            only = _Only(f"{ours.pointer} member", name, here is None, required, there or here)
            yield _presence(pointer, "member", in_vendor=here is None, only=only)
            continue
        if (name in theirs.required) != (name in known.required):
            yield _changed(pointer, "required", name in theirs.required, name in known.required)
        pairs.append((there, here))


def _unions(vendor: Side, ours: Side, pairs: _Pairs) -> Iterator[Departure]:
    """Unions branch by branch, those of one name against each other."""
    theirs, known = branches(vendor), branches(ours)
    if not theirs or not known:
        return
    if theirs.keys() != known.keys():
        yield _changed(ours.pointer, "union", list(theirs), list(known))
    pairs.extend((theirs[name], known[name]) for name in theirs if name in known)


def _plain(value: Any) -> Any:
    """A form that does not depend on the version of the language: null is left out of types and enums."""
    if isinstance(value, list):
        kept = sorted((item for item in value if item not in (None, "null")), key=str)
        return kept[0] if len(kept) == 1 and isinstance(kept[0], str) and value != kept else kept
    return value


def _presence(pointer: str, keyword: str, *, in_vendor: bool, only: _Only | None = None) -> Departure:
    vendor, ours = ("present", "absent") if in_vendor else ("absent", "present")
    return Departure(pointer, keyword, vendor, ours, only)


def _changed(pointer: str, keyword: str, vendor: Any, ours: Any) -> Departure:
    return Departure(pointer, keyword, repr(vendor), repr(ours))


def _explains(entry: Mapping[str, Any], departure: Departure) -> bool:
    """Whether a correction is about this place or keyword, or about the parameter or operation it is part of."""
    pointer: str = entry["pointer"]
    if pointer.startswith(f"{departure.pointer}/") and departure.keyword in ("path", "operation"):
        return True
    place = f"{departure.pointer}/{departure.keyword}"
    excuses = entry.get("excuses")
    if excuses and not any(_covers(rule, departure) for name, rule in excuses.items() if _is_named(name, departure)):
        return False
    parts = re.split(r"(\*\*|\*)", pointer)
    pattern = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    narrow = not excuses and "**" not in pointer and pointer.count("/") >= _NARROW
    return (
        re.fullmatch(pattern + ("(?:/.*)?" if narrow else f"(?:/{re.escape(departure.keyword)})?"), place) is not None
    )


def _is_named(keyword: str, departure: Departure) -> bool:
    return _KEYWORDS.get(keyword, keyword) == departure.keyword


def _covers(rule: Any, departure: Departure) -> bool:
    """Whether what a correction excuses can be such a departure.

    Null is left out of what is compared, and what only ours has is nothing that the vendor says otherwise.
    """
    return rule != "nullable" and (rule != "added" or departure.vendor in ("None", "absent"))


def _template(path: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def told(found: Iterable[Departure]) -> list[Difference]:
    """The departures as reports show them."""
    return [
        Difference(layer=each.keyword, place=each.pointer, recorded=each.vendor, target=each.ours) for each in found
    ]
