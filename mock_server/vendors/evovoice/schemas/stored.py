"""Checks for documents that are loaded from outside, so that nothing that reads them later fails.

A document may have other members too; they are kept.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from mock_server.vendors.evovoice.schemas.types import DataType, ListOf, Scalar

STRICT = ConfigDict(strict=True)
_SCALARS = {Scalar.STRING: str, Scalar.INT: int, Scalar.DOUBLE: float, Scalar.BOOL: bool}
_REQUIRED = frozenset({"id", "dateCreated", "name", "ancestorIds", "functionName", "description"})


@cache
def stored_model(kind: DataType) -> type[BaseModel]:
    """Return a model that checks the types of the members that a document has, and requires those the code reads."""
    members: dict[str, Any] = {
        member.key: (_type(member.kind), ... if member.key in _REQUIRED else None) for member in kind.members
    }
    return create_model(kind.name, __config__=STRICT, **members)


def _type(kind: Scalar | ListOf | DataType) -> Any:
    if isinstance(kind, ListOf):
        return list[_type(kind.item)]  # type: ignore[misc]  # only known at run time
    return stored_model(kind) if isinstance(kind, DataType) else _SCALARS[kind]
