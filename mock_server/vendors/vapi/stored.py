"""What documents from outside must be like, so that nothing that reads them later fails; more members are kept."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Stored(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)


class _Told(_Stored):
    """What may say where messages go."""

    server: dict[str, Any] | None = None


class StoredSession(_Stored):
    """A session; the indexes refuse other members that they cannot read."""

    id: str
    status: str
    assistant: _Told = _Told()
    assistant_overrides: _Told = _Told()
    phone_number: _Told = _Told()
