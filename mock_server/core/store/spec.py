"""What a vendor declares about its documents."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSpec:
    """A kind of document. Each has its key, a text, under "id".

    `equality` fields give all values a row is found by, `ordered` fields the key it is sorted and bounded by.
    The first ordered field is the order that new documents mostly come in: any page of it costs the same.
    `hidden` keys are stored and found, never rendered. `schema` is what documents from outside must be like.
    """

    name: str
    equality: Mapping[str, Callable[[Document], Iterable[Hashable]]]
    ordered: Mapping[str, Callable[[Document], Any]]
    hidden: frozenset[str] = frozenset()
    schema: type[BaseModel] | None = None

    @property
    def order(self) -> str:
        """The field that rows are numbered by."""
        return next(iter(self.ordered))

    def place(self, document: Document) -> tuple[Any, str]:
        """Where the document stands in that order."""
        return self.ordered[self.order](document), document["id"]
