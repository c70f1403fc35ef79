"""Rows as the store gives them, encoded. Most hold nothing but texts, and are written by a template."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

Write = Callable[[Mapping[str, Any]], str]


def write_each(
    rows: bytes,
    write: Write,
    text: Callable[[str], str] | None = None,
    escape: Callable[[bytes], bytes] | None = None,
) -> list[str]:
    """Each row of an encoded list as `write` writes it, and how it writes a text.

    That is as `text` does, or as it is, or as `escape` changes all of them at once in the encoded list.
    """
    decoded: list[dict[str, Any]] = orjson.loads(rows if escape is None else escape(rows))
    if not _are_texts(rows, sum(map(len, decoded))):
        return [write(row) for row in orjson.loads(rows)]
    templates: dict[tuple[str, ...], str] = {}
    written = []
    for row in decoded:
        keys = tuple(row)
        template = templates.get(keys)
        if template is None:
            template = templates[keys] = write({key: f"%({key})s" for key in keys})
        written.append(template % (row if text is None else {key: text(value) for key, value in row.items()}))
    return written


def _are_texts(rows: bytes, members: int) -> bool:
    """Whether that many members are texts, told by the quotes behind a name: not those that belong to a text."""
    return rows.count(b'":"') - rows.count(b'\\":"') == members
