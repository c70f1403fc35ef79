"""How a vendor declares a kind of document."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSpec:
    """A kind of document. Each document has its id, a string, under "id".

    `equality` maps a field to a function that returns all values a document is found by, `ordered` maps a field to a
    function that returns the key it is sorted and bounded by. The first ordered field should be the one that new
    documents mostly arrive in the order of: any page in that order costs the same. `hidden` members are stored and
    searched, but never rendered. `schema` validates documents that are loaded from outside.
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

    def position(self, document: Document) -> tuple[Any, str]:
        """Return the position of the document in that order."""
        return self.ordered[self.order](document), document["id"]
