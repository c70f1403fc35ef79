"""Rows as the store gives them, encoded. Most hold nothing but texts, and are written by a template."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

Write = Callable[[Mapping[str, Any]], str]
_PLACE = re.compile(r"%\((\w+)\)s")


class Template(NamedTuple):
    """What is written of a row with certain members: its text for the operator %, and which texts go into it."""

    text: str
    texts: Callable[[Mapping[str, Any]], tuple[str, ...]]

    @classmethod
    def of(cls, write: Write, keys: tuple[str, ...]) -> "Template":
        """The template of rows with these keys, as `write` writes them."""
        named = write({key: f"%({key})s" for key in keys})
        places = _PLACE.findall(named)
        # Of one name the getter gives no tuple, and without any there is none.
        texts = itemgetter(*places) if len(places) > 1 else lambda row: tuple(row[key] for key in places)
        return cls(_PLACE.sub("%s", named), texts)


def write_each(
    rows: bytes,
    write: Write,
    template: Callable[[tuple[str, ...]], Template],
    texts: Callable[[list[str]], list[str]] | None = None,
    escape: Callable[[bytes], bytes] | None = None,
    *,
    filled: bool = False,
) -> list[str]:
    """Each row of an encoded list as `write` writes it, whose templates `template` gives.

    A text is written as it is, or as `texts` makes it, which is given a member of many rows at once, or as
    `escape` makes it in the encoded list. `filled` is whether templates are for texts that are not empty.
    """
    decoded: list[dict[str, Any]] = orjson.loads(rows if escape is None else escape(rows))
    values = list(chain.from_iterable(row.values() for row in decoded))
    if set(map(type, values)) - {str} or (filled and not all(values)):
        return [write(row) for row in orjson.loads(rows)]
    alike: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(decoded):
        alike.setdefault(tuple(row), []).append(number)
    written = [""] * len(decoded)
    for keys, numbers in alike.items():
        text, texts_of = template(keys)
        taken: Iterable[tuple[str, ...]] = [texts_of(decoded[number]) for number in numbers]
        if texts is not None and any(taken):
            taken = zip(*(texts(list(column)) for column in zip(*taken, strict=True)), strict=True)
        for number, found in zip(numbers, taken, strict=True):
            written[number] = text % found
    return written
