"""A document as it is kept, and the answers that are kept for whoever asks again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar, cast

import orjson

from mock_server.core.store.spec import Document

T = TypeVar("T")
REMEMBERED = 128
"""Selections, and pages, that are kept until the next write."""


@dataclass(frozen=True, slots=True)
class Row:
    """A document as it is kept: TinyDB's number, the whole document encoded, and the part that is shown."""

    doc_id: int
    stored: bytes
    shown: bytes

    @classmethod
    def of(cls, doc_id: int, stored: bytes, document: Document, hidden: frozenset[str]) -> "Row":
        """The row of a document that is stored so; `hidden` members are not shown."""
        if hidden.isdisjoint(document):
            return cls(doc_id, stored, stored)
        return cls(doc_id, stored, encoded({key: value for key, value in document.items() if key not in hidden}))


class Remembered(OrderedDict[Hashable, T]):
    """The answers asked for last."""

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """The remembered answer, made first if it is not there."""
        answer = self.get(key)
        if answer is None:
            answer = self[key] = make()
            if len(self) > REMEMBERED:
                self.popitem(last=False)
        return answer


def encoded(document: Document) -> bytes:
    """The document as it is kept."""
    # What orjson hands out keeps the room it was written in, more than twice its length; a copy does not.
    return bytes(memoryview(orjson.dumps(document)))


def decoded(stored: bytes) -> Document:
    """A copy of a kept document."""
    return cast(Document, orjson.loads(stored))
