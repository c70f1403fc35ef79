"""XML as .NET's DataContractSerializer writes it (facts E6)."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import orjson

from mock_server.vendors.evovoice.formats import jsv
from mock_server.vendors.evovoice.formats.rows import Template, write_each
from mock_server.vendors.evovoice.models import DataType, ListOf, Member, Scalar

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
_ESCAPED = re.compile(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Prefixes = dict[str, str]
"""Namespace -> prefix in scope, with the colon; none for the default namespace."""


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """A document of one line."""
    name, namespace = _root_name(kind), kind.namespace
    inner = "".join(_element(base, member, value, {namespace: ""}, 2) for base, member in _ordered(kind))
    return f'{_DECLARATION}<{name} xmlns:i="{_INSTANCE}" xmlns="{namespace}">{inner}</{name}>'.encode()


def _root_name(kind: DataType) -> str:
    """The name, for a generic type with a digest of its argument's namespace."""
    first = kind.members[0].kind if kind.members else None
    if kind.name.startswith("ListResponseOf") and isinstance(first, ListOf) and isinstance(first.item, DataType):
        digest = hashlib.md5(f" 1 {first.item.namespace}".encode(), usedforsecurity=False).digest()
        return kind.name + base64.b64encode(digest[:6]).decode()
    return kind.name


@lru_cache(maxsize=64)
def _ordered(kind: DataType) -> tuple[tuple[DataType, Member], ...]:
    """Members with the class that declares them: the base's first, each class by the alphabet unless it says else."""
    own = {member.name: member for member in kind.members}
    return tuple(
        (declaring, own[name])
        for declaring in kind.lineage
        for name in (declaring.own if declaring.ordered else sorted(declaring.own))
    )


def _element(declaring: DataType, member: Member, value: Mapping[str, Any], scope: Prefixes, depth: int) -> str:
    found = value.get(member.key)
    prefix, attribute = scope.get(declaring.namespace), ""
    if prefix is None:  # a base class from elsewhere
        prefix, attribute = "", f' xmlns="{declaring.namespace}"'
    tag = f"{prefix}{member.name}"
    if found is None:
        return f'<{tag} i:nil="true"{attribute} />'
    if isinstance(member.kind, Scalar):
        inner = _text(found)
    else:
        inner, declared = _nested(member.kind, found, scope, depth)
        attribute += declared
    return f"<{tag}{attribute}>{inner}</{tag}>" if inner else f"<{tag}{attribute} />"


def _nested(kind: ListOf | DataType, value: Any, scope: Prefixes, depth: int) -> tuple[str, str]:
    """What is in an object or a list, and the declaration of its namespace unless that is in scope."""
    item = kind.item if isinstance(kind, ListOf) else kind
    namespace = item.namespace if isinstance(item, DataType) else _ARRAYS
    declared = ""
    if namespace not in scope:
        scope = {**scope, namespace: f"d{depth}p1:"}
        declared = f' xmlns:d{depth}p1="{namespace}"'
    if isinstance(kind, DataType):
        return _members(kind, value, scope, depth + 1), declared
    return "".join(_items(item, value, scope, depth + 1)), declared


def _items(kind: Scalar | DataType, values: Sequence[Any], scope: Prefixes, depth: int) -> list[str]:
    if isinstance(kind, Scalar):
        tag = f"{scope[_ARRAYS]}{kind.value}"
        return [f"<{tag}>{_text(value)}</{tag}>" for value in values]
    write_one = partial(_item, kind, scope, depth)
    if values and isinstance(values[0], bytes):  # then all are, as the store gives them
        rows = b"[%b]" % b",".join(values)
        if not _is_special(rows):
            template = partial(_template, kind, tuple(scope.items()), depth)
            return write_each(rows, write_one, template, escape=_named, filled=True)  # an empty text is another tag
        values = orjson.loads(rows)
    return [write_one(value) for value in values]


def _item(kind: DataType, scope: Prefixes, depth: int, value: Mapping[str, Any]) -> str:
    tag = f"{scope[kind.namespace]}{kind.name}"
    return f"<{tag}>{_members(kind, value, scope, depth + 1)}</{tag}>"


@lru_cache(maxsize=256)
def _template(kind: DataType, scope: tuple[tuple[str, str], ...], depth: int, keys: tuple[str, ...]) -> Template:
    return Template.of(partial(_item, kind, dict(scope), depth), keys)


def _is_special(rows: bytes) -> bool:
    """Whether a text may hold a character that XML writes by its number.

    JSON escapes those, but for two that begin with 0xEF; it escapes quotes and line feeds too, which are none of them.
    """
    if b"\xef" in rows:
        return True
    at = rows.find(b"\\")
    while at >= 0:
        if rows[at + 1] not in b'"n':
            return True
        at = rows.find(b"\\", at + 2)
    return False


def _named(rows: bytes) -> bytes:
    """The rows with the characters escaped that have a name, in all texts at once."""
    for character, name in _NAMED.items():
        rows = rows.replace(character.encode(), name.encode())
    return rows


def _members(kind: DataType, value: Mapping[str, Any], scope: Prefixes, depth: int) -> str:
    return "".join([_element(base, member, value, scope, depth) for base, member in _ordered(kind)])


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _ESCAPED.sub(_escape, value) if _ESCAPED.search(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return jsv.plain(value)


def _escape(match: re.Match[str]) -> str:
    return _NAMED.get(match[0]) or f"&#x{ord(match[0]):X};"
