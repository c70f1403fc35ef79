"""How a data type of the vendor is declared: its members in order, with the vendor's own names (FACTS.md E3).

JSON, JSV, CSV and XML each need a different part of a declaration, so a type is data rather than a Python class.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Union


class Scalar(Enum):
    """The simple types. Only a string can be null."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"


@dataclass(frozen=True)
class ListOf:
    """A list of one type."""

    item: Union["Scalar", "DataType"]


@dataclass(frozen=True, eq=False)
class DataType:
    """A class of the vendor. Its own members come before those of the base class, except in XML."""

    name: str
    namespace: str
    own: Mapping[str, Union[Scalar, ListOf, "DataType"]]
    base: Union["DataType", None] = None
    ordered: bool = field(default=False)
    """Whether XML keeps the declared order instead of alphabetical order."""
    secret: frozenset[str] = frozenset()
    """The members whose values are secrets."""

    @cached_property
    def members(self) -> tuple["Member", ...]:
        """All members in the order of JSON, JSV and CSV."""
        return tuple(self._members())

    @property
    def lineage(self) -> tuple["DataType", ...]:
        """The class and its base classes, the most distant base first."""
        return (*(self.base.lineage if self.base else ()), self)

    @cached_property
    def shown_names(self) -> frozenset[str]:
        """The names of all members that are not secret, and of those of their types."""
        names = {member.name for member in self.members} - self.secret
        kinds = (member.kind.item if isinstance(member.kind, ListOf) else member.kind for member in self.members)
        return frozenset(names).union(*(kind.shown_names for kind in kinds if isinstance(kind, DataType)))

    def _members(self) -> Iterator["Member"]:
        for name, kind in self.own.items():
            yield Member(name, camel_case(name), kind)
        if self.base is not None:
            yield from self.base.members


@dataclass(frozen=True)
class Member:
    """One member: the declared name, the name in JSON and JSV, and the type."""

    name: str
    key: str
    kind: Scalar | ListOf | DataType


_CAPITALS = re.compile(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+")


def camel_case(name: str) -> str:
    """Return the name in ServiceStack's camel case (FACTS.md E3.7).

    The leading capitals become lower case, except the one that begins the next word.
    """
    return _CAPITALS.sub(lambda match: match[0].lower(), name)
