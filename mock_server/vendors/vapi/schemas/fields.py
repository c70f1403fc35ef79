"""The types of single fields, and the two kinds of objects. Each rule that a value can break is a key of RULES."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mock_server.core.urls import is_loopback, parse_url

_SECURE = ("https", "wss")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_ABSOLUTE_URI = re.compile(
    r"[a-z][a-z0-9+.-]*:(?:[a-z0-9:/?#\[\]@!$&'()*+,;=._~-]|%[0-9a-f]{2})*", re.IGNORECASE | re.ASCII
)


def is_uuid(text: str) -> bool:
    """Return whether the text has the form of a UUID, in any case."""
    return _UUID.fullmatch(text) is not None


def broken(rule: str, **values: Any) -> PydanticCustomError:
    """Return the error for a value that breaks a rule; `values` fill the blanks in the rule's wording."""
    return PydanticCustomError(rule, rule, values)


def _whole(value: Any) -> Any:
    """Return a whole number as an integer: to JSON and to the vendor's JavaScript, 4e2 and 400 are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _required_to(accept: Callable[[str], bool], rule: str) -> AfterValidator:
    def check(text: str) -> str:
        if not accept(text):
            raise broken(rule)
        return text

    return AfterValidator(check)


def _server_url(text: str, info: ValidationInfo) -> str:
    """Check the URL. The context of a validation holds the hosts, beyond this machine, that may be reached by http."""
    try:
        url = parse_url(text)
    except ValueError:
        url = None
    hosts = info.context or ()
    if url is None or not (
        url.scheme in _SECURE or (url.scheme == "http" and (is_loopback(url.host) or url.host in hosts))
    ):
        raise broken("server_url")
    return text


Text = Annotated[str, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Integer = Annotated[int, Strict(), BeforeValidator(_whole)]
Boolean = Annotated[bool, Strict()]
Open = dict[str, Any]
Name = Annotated[Text, Field(max_length=40)]
Uuid = Annotated[Text, _required_to(is_uuid, "uuid")]
Uri = Annotated[Text, _required_to(lambda text: _ABSOLUTE_URI.fullmatch(text) is not None, "uri")]
ServerUrl = Annotated[Text, AfterValidator(_server_url)]


class Body(BaseModel):
    """An object whose unknown keys are refused (FACTS.md F4.3)."""

    model_config = ConfigDict(extra="forbid")


class OpenBody(BaseModel):
    """An object that may have more members than are documented."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _with_choices(cls, value: Any) -> Any:
        """Add null for each required choice that is missing, so that its error lists what to choose from."""
        if not isinstance(value, dict):
            return value
        choices = (
            name
            for name, field in cls.model_fields.items()
            if field.is_required() and get_origin(field.annotation) is Literal
        )
        return {**dict.fromkeys(choices), **value}
