"""Rows: documents as they are stored and rendered."""

from dataclasses import dataclass
from typing import cast

import orjson

from mock_server.core.store.spec import Document

ROW_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A stored document: TinyDB's number, the whole document as JSON, and the part of it that is rendered.

    A row never changes; a change of the document replaces it.
    """

    doc_id: int
    stored: bytes
    shown: bytes

    @property
    def size(self) -> int:
        """About how many bytes of memory the row takes, with its entries in indexes."""
        return ROW_BYTES + len(self.stored) + (0 if self.shown is self.stored else len(self.shown))

    @classmethod
    def of(cls, doc_id: int, stored: bytes, document: Document, hidden: frozenset[str]) -> "Row":
        """Return the row of a document, given in both forms; `hidden` members are not rendered."""
        if hidden.isdisjoint(document):
            return cls(doc_id, stored, stored)
        return cls(doc_id, stored, encode({key: value for key, value in document.items() if key not in hidden}))


def encode(document: Document) -> bytes:
    """Return the document as JSON."""
    # The bytes that orjson returns keep their whole write buffer, more than twice their length; a copy does not.
    return bytes(memoryview(orjson.dumps(document)))


def decode(stored: bytes) -> Document:
    """Return a new copy of a stored document."""
    return cast(Document, orjson.loads(stored))
