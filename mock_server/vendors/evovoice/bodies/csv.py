"""CSV bodies: a line of names and a line of values; the framework ignores further lines (FACTS.md E2.16)."""

import re
from collections.abc import Iterator

from mock_server.vendors.evovoice.contract import Contract, Sent

# A cell is quoted or plain; text between the closing quote and the next comma is ignored.
_CELL = re.compile(r'(?:"(?P<quoted>(?:[^"]++|"")*+)"[^,\n]*?|(?P<plain>(?!")[^,\n]*?))(?P<end>,|\r?\n|\Z)')


def read(body: bytes, _: Contract) -> Iterator[Sent]:
    """Yield the cells of the first row by the names above them; an empty one is null. Raises ValueError."""
    rows = _rows(body.decode("utf-8-sig", "replace"))
    names, values = next(rows, []), next(rows, [])
    if len(values) > len(names):
        raise ValueError(f"the first row has {len(values)} values for {len(names)} names")
    for name, value in zip(names, values, strict=False):
        yield Sent((name or "").strip(), value)


def _rows(text: str) -> Iterator[list[str | None]]:
    """Yield the cells of each line that is not empty."""
    at, row = 0, list[str | None]()
    while at < len(text):
        cell = _CELL.match(text, at)
        if cell is None:
            raise ValueError(f"the quote at character {at} is not closed")
        row.append(cell["plain"] or None if cell["quoted"] is None else cell["quoted"].replace('""', '"'))
        at = cell.end()
        if cell["end"] != ",":
            if row != [None]:
                yield row
            row = []
    if row:
        yield [*row, None]
