"""What a request may contain: the names of its members, and how their texts are read (FACTS.md E2)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

_SMALLEST, _LARGEST = -(2**31), 2**31 - 1
_INT = re.compile(r" *(-?)0*([0-9]{1,10}) *")  # Python refuses to convert thousands of digits
_TRUE = re.compile(r"[1tTyY]|on|[tT][rR][uU][eE]")
_FALSE = re.compile(r"[0fFnN]|off|[fF][aA][lL][sS][eE]")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"?[^,]*')


class Unreadable(ValueError):
    """A text that is not a value of the member's type."""


class Type(NamedTuple):
    """How a member is read: from a text, and from a list of texts if the body has one."""

    read: Callable[[str], Any]
    read_list: Callable[[Sequence[str | None]], Any] | None = None


Members = Mapping[str, Type]


class Sent(NamedTuple):
    """A value and its name as the caller spelled it. `text` is None for null; `items` are those of a list."""

    name: str
    text: str | None
    items: Sequence[str | None] | None = None


@dataclass(frozen=True, eq=False)
class Contract:
    """The data contract of a request: the operation's name, its XML namespace and its members.

    In XML the members of `base` come first. Those of each class are in alphabetical order unless it is `ordered`.
    """

    name: str
    own: Members
    namespace: str
    base: "Contract | None" = None
    ordered: bool = False

    @cached_property
    def members(self) -> Members:
        """All members."""
        return {**(self.base.members if self.base else {}), **self.own}

    @cached_property
    def elements(self) -> Sequence[tuple[str, str]]:
        """The namespace and name of each member, in the order that XML requires."""
        names = self.own if self.ordered else sorted(self.own)
        return (*(self.base.elements if self.base else ()), *((self.namespace, name) for name in names))


def _whole(text: str) -> int:
    match = _INT.fullmatch(text)
    number = int(match[1] + match[2]) if match else _LARGEST + 1
    if not _SMALLEST <= number <= _LARGEST:
        raise Unreadable
    return number


def _boolean(text: str) -> bool:
    word = text.partition(",")[0]
    if _TRUE.fullmatch(word):
        return True
    if _FALSE.fullmatch(word):
        return False
    raise Unreadable


def _items(text: str) -> tuple[str | None, ...] | None:
    """Return the items of a JSV list, or None if it is empty. An empty item is null. Never fails."""
    inner = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    return tuple(_split(inner)) if inner else None


def _split(text: str) -> Iterator[str | None]:
    start = 0
    while start <= len(text):
        quoted = _QUOTED.match(text, start)
        if quoted:
            yield quoted[1].replace('""', '"')
            end = quoted.end()
        else:
            end = text.find(",", start)
            end = len(text) if end < 0 else end
            yield text[start:end] or None
        start = end + 1


def choice(*names: str) -> Type:
    """Return the type of an enum, whose value is a number. It is read from a name in any case, or from any number."""
    numbers = {name.lower(): number for number, name in enumerate(names)}

    def read(text: str) -> int:
        number = numbers.get(text.strip().lower())
        return _whole(text) if number is None else number

    return Type(read)


TEXT = Type(str)
WHOLE = Type(_whole)
BOOLEAN = Type(_boolean)
TEXT_LIST = Type(_items, lambda items: tuple(items) or None)
