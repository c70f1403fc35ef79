"""What documents from outside must be like, so that nothing that reads them later fails; more members are kept."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from mock_server.vendors.evovoice.models import ACCOUNT, SESSION, DataType, ListOf, Scalar

_STRICT = ConfigDict(strict=True)
_SCALARS = {Scalar.STRING: str, Scalar.INT: int, Scalar.DOUBLE: float, Scalar.BOOL: bool}
_RELIED_ON = frozenset({"id", "dateCreated", "name", "ancestorIds", "functionName", "description"})


@cache
def _shape(kind: DataType) -> type[BaseModel]:
    """The vendor's class: a member that is there is of its type, and those that are relied on are there."""
    members: dict[str, Any] = {
        member.key: (_type(member.kind), ... if member.key in _RELIED_ON else None) for member in kind.members
    }
    return create_model(kind.name, __config__=_STRICT, **members)


def _type(kind: Scalar | ListOf | DataType) -> Any:
    if isinstance(kind, ListOf):
        return list[_type(kind.item)]  # type: ignore[misc]  # known when it runs
    return _shape(kind) if isinstance(kind, DataType) else _SCALARS[kind]


STORED_SESSION, STORED_ACCOUNT = _shape(SESSION), _shape(ACCOUNT)
STORED_USAGE = create_model(
    "CustomerUsage", __config__=_STRICT, accountId=(str, ...), customerId=(str, ...), minutes=(dict[str, int], ...)
)
"""A customer's minutes by day."""
