"""XML as .NET's DataContractSerializer writes it (FACTS.md E6)."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from mock_server.vendors.evovoice.formats import jsv
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Member, Scalar

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
_ESCAPED = re.compile(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Prefixes = dict[str, str]
"""The prefixes in scope by namespace, with the colon; empty for the default namespace."""


def write(kind: DataType, value: Mapping[str, Any]) -> bytes:
    """Return a document of one line."""
    name, namespace = _root_name(kind), kind.namespace
    inner = "".join(_element(base, member, value, {namespace: ""}, 2) for base, member in _ordered(kind))
    return f'{_DECLARATION}<{name} xmlns:i="{_INSTANCE}" xmlns="{namespace}">{inner}</{name}>'.encode()


def _root_name(kind: DataType) -> str:
    """Return the name of the root. A generic type's ends in a digest of its argument's namespace."""
    first = kind.members[0].kind if kind.members else None
    if kind.name.startswith("ListResponseOf") and isinstance(first, ListOf) and isinstance(first.item, DataType):
        digest = hashlib.md5(f" 1 {first.item.namespace}".encode(), usedforsecurity=False).digest()
        return kind.name + base64.b64encode(digest[:6]).decode()
    return kind.name


@cache
def _ordered(kind: DataType) -> tuple[tuple[DataType, Member], ...]:
    """Return the members with the class that declares each.

    Base classes come first; within a class, members are in alphabetical order unless it is `ordered`.
    """
    own = {member.name: member for member in kind.members}
    return tuple(
        (declaring, own[name])
        for declaring in kind.lineage
        for name in (declaring.own if declaring.ordered else sorted(declaring.own))
    )


def _element(declaring: DataType, member: Member, value: Mapping[str, Any], scope: Prefixes, depth: int) -> str:
    found = value.get(member.key)
    prefix, attribute = scope.get(declaring.namespace), ""
    if prefix is None:  # the base class is in another namespace
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
    """Return the content of an object or a list, and the declaration of its namespace unless that is in scope."""
    item = kind.item if isinstance(kind, ListOf) else kind
    namespace = item.namespace if isinstance(item, DataType) else _ARRAYS
    declared = ""
    if namespace not in scope:
        scope = {**scope, namespace: f"d{depth}p1:"}
        declared = f' xmlns:d{depth}p1="{namespace}"'
    if isinstance(kind, DataType):
        return _members(kind, value, scope, depth + 1), declared
    return _items(item, value, scope, depth + 1), declared


def _items(kind: Scalar | DataType, values: Sequence[Any], scope: Prefixes, depth: int) -> str:
    if isinstance(kind, Scalar):
        tag = f"{scope[_ARRAYS]}{kind.value}"
        return "".join([f"<{tag}>{_text(value)}</{tag}>" for value in values])
    tag = f"{scope[kind.namespace]}{kind.name}"
    return "".join([f"<{tag}>{_members(kind, value, scope, depth + 1)}</{tag}>" for value in values])


def _members(kind: DataType, value: Mapping[str, Any], scope: Prefixes, depth: int) -> str:
    return "".join([_element(base, member, value, scope, depth) for base, member in _ordered(kind)])


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _ESCAPED.sub(_escape, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return jsv.plain(value)


def _escape(match: re.Match[str]) -> str:
    return _NAMED.get(match[0]) or f"&#x{ord(match[0]):X};"
