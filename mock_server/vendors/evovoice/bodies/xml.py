"""XML bodies as .NET's DataContractSerializer reads them: in the order of the contract (FACTS.md E6.10).

A document type is refused, so that there are no entities to expand.
"""

from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

from mock_server.core.nesting import DEEPEST
from mock_server.vendors.evovoice.contract import TEXT, Contract, Sent

_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ITEM = ("http://schemas.microsoft.com/2003/10/Serialization/Arrays", "string")
_MEMBER, _LIST_ITEM = 2, 3  # the depth of each
_CHUNK = 4096  # an error in a handler is only raised after the chunk that it is in
_ENCODINGS = ("utf-8", "utf-16")

Name = tuple[str, str]


class _Element:
    """A member or an item: its namespace and name, its text, and its child elements."""

    __slots__ = ("inner", "name", "nil", "text")

    def __init__(self, name: Name, *, nil: bool) -> None:
        self.name = name
        self.nil = nil
        self.text: list[str] = []
        self.inner: list[_Element] = []

    @property
    def value(self) -> str | None:
        """The text; None for null. Raises ValueError if there are elements instead."""
        if self.inner:
            raise ValueError(f"element '{self.name[1]}' contains other elements instead of text")
        return None if self.nil else "".join(self.text)


class _Document:
    """The root and its members, down to the items of lists. Anything deeper is only counted."""

    def __init__(self, body: bytes) -> None:
        self._open: list[_Element] = []
        self._depth = 0
        self.root: _Element | None = None
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declare
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        try:
            for at in range(0, len(body), _CHUNK):
                parser.Parse(body[at : at + _CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise ValueError(f"encoding '{encoding}' is not supported; send {' or '.join(_ENCODINGS)}")

    def _refuse(self, *_: object) -> NoReturn:
        raise ValueError("a document type is not allowed")

    def _start(self, spelled: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        if self._depth > _LIST_ITEM:
            return
        element = _Element(_split(spelled), nil=attributes.get(f"{_INSTANCE} nil") in ("true", "1"))
        if self._open:
            self._open[-1].inner.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        if self._depth <= _LIST_ITEM:
            self._open.pop()
        self._depth -= 1

    def _add(self, text: str) -> None:
        if self._depth in (_MEMBER, _LIST_ITEM):
            self._open[-1].text.append(text)


def read(body: bytes, contract: Contract) -> Iterator[Sent]:
    """Yield the members. Unknown ones, and those out of order, are skipped. Raises ValueError."""
    root = _Document(body).root
    expected = contract.namespace, contract.name
    if root is None or root.name != expected:
        namespace, name = ("", "nothing") if root is None else root.name
        raise ValueError(
            f"Expecting element '{expected[1]}' from namespace '{expected[0]}'. "
            f"Encountered '{name}' from namespace '{namespace}'."
        )
    left = list(contract.elements)
    for element in root.inner:
        if element.name in left:
            del left[: left.index(element.name) + 1]
            yield _sent(element, contract)


def _sent(element: _Element, contract: Contract) -> Sent:
    name = element.name[1]
    kind = contract.members[name]
    if kind.read_list is not None and not element.nil:
        return Sent(name, None, [item.value for item in element.inner if item.name == _ITEM])
    text = element.value
    return Sent(name, text if kind is TEXT or text is None else text.strip())


def _split(spelled: str) -> Name:
    namespace, _, name = spelled.rpartition(" ")
    return namespace, name
