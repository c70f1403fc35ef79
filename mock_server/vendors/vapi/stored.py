"""What documents from outside must be like, so that nothing that reads them later fails; more members are kept."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Told(BaseModel):
    """What may say where messages go."""

    server: dict[str, Any] | None = None


class StoredSession(BaseModel):
    """A session; the indexes refuse other members that they cannot read."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    status: str
    assistant: _Told = _Told()
    assistant_overrides: _Told = _Told()
    phone_number: _Told = _Told()
