"""Rows as the store gives them, encoded. Most hold nothing but texts, and are written by a template."""

import re
from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Any, NamedTuple

import orjson

Write = Callable[[Mapping[str, Any]], str]
_PLACE = re.compile(r"%\((\w+)\)s")


class Template(NamedTuple):
    """What is written of a row with certain members: its text for the operator %, and which texts go into it."""

    text: str
    keys: tuple[str, ...]

    @classmethod
    def of(cls, write: Write, keys: tuple[str, ...]) -> "Template":
        """The template of rows with these keys, as `write` writes them."""
        named = write({key: f"%({key})s" for key in keys})
        return cls(_PLACE.sub("%s", named), tuple(_PLACE.findall(named)))


def write_each(
    rows: bytes,
    write: Write,
    template: Callable[[tuple[str, ...]], Template],
    texts: Callable[[list[str]], list[str]] | None = None,
    escape: Callable[[bytes], bytes] | None = None,
) -> list[str]:
    """Each row of an encoded list as `write` writes it, whose templates `template` gives.

    A text is written as it is, or as `texts` makes it, which is given a member of many rows at once, or as
    `escape` makes it in the encoded list.
    """
    decoded: list[dict[str, Any]] = orjson.loads(rows if escape is None else escape(rows))
    if set(map(type, chain.from_iterable(row.values() for row in decoded))) - {str}:
        return [write(row) for row in orjson.loads(rows)]
    alike: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(decoded):
        alike.setdefault(tuple(row), []).append(number)
    written = [""] * len(decoded)
    for keys, numbers in alike.items():
        text, members = template(keys)
        columns = [[decoded[number][key] for number in numbers] for key in members]
        filled = zip(*map(texts, columns) if texts else columns, strict=True) if columns else repeat((), len(numbers))
        for number, values in zip(numbers, filled, strict=True):
            written[number] = text % values
    return written
