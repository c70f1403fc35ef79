"""The settings: one frozen value, filled from flags and MOCK_SERVER_* variables."""

import difflib
import ipaddress
import os
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mock_server.core.clock import Clock, parse_setting
from mock_server.core.faults import Rule, Rules
from mock_server.core.nesting import DEEPEST, ENVELOPE, is_nested_deeper
from mock_server.core.store import Durability
from mock_server.core.urls import parse_authority, parse_origin
from mock_server.core.validation import explain
from mock_server.core.vendor import Vendor
from mock_server.vendors import VENDORS, WORLDS, Options

PREFIX = "MOCK_SERVER_"


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which, why and what is allowed."""


def _clock_text(text: str) -> str:
    parse_setting(text)
    return text


def _vendor_name(name: str) -> str:
    names = [vendor.name for vendor in VENDORS]
    if name not in names:
        raise ValueError(f"{name!r} is no vendor; known are {', '.join(names)}")
    return name


def _world_name(name: str) -> str:
    if name not in WORLDS:
        raise ValueError(f"there is no world {name!r}; known are {', '.join(WORLDS)}")
    return name


def _token_text(token: str | None) -> str | None:
    if token is not None and not (token.isascii() and token.isprintable() and token.strip() == token != ""):
        raise ValueError("a token is visible ASCII without spaces around it")
    return token


def _origin_text(text: str) -> str:
    return text if text == "*" else parse_origin(text)


def _host_text(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    try:
        host, port = parse_authority(text)
    except ValueError:
        raise ValueError("it is not a host such as host.docker.internal or 192.168.1.5") from None
    if port is not None:
        raise ValueError(f"a host has no port here, webhooks may go to each; write {host}")
    return host


class _ServerOptions(BaseModel):
    """The settings that no vendor has for itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8400, ge=0, le=65_535, description="Port to listen on; 0 picks a free one.")
    vendor: tuple[Annotated[str, AfterValidator(_vendor_name)], ...] = Field(
        (), description="Serve only this vendor; may be repeated. All when left out."
    )
    sessions: int = Field(250, ge=0, description="Sessions to make at the start, for each vendor and organisation.")
    seed: int = Field(1, description="Where ids, people and texts come from; same seed, same sessions.")
    clock: Annotated[str, AfterValidator(_clock_text)] = Field(
        "real", description="`real`, or an ISO 8601 instant at which time stands still."
    )
    db: Path | None = Field(None, description="File to keep sessions in; in memory when left out.")
    durability: Durability = Field(
        Durability.PROCESS,
        description="What a write to --db survives once it is answered: `process` a kill, `disk` a power cut.",
    )
    world: Annotated[str, AfterValidator(_world_name)] = Field("demo", description="The named data set to begin with.")
    load: Path | None = Field(None, description="A file of documents to begin with, in place of a named data set.")
    faults: Path | None = Field(None, description="A file of faults, as PUT /_mock/faults takes them.")
    journal: int = Field(1_000, ge=0, le=1_000_000, description="Requests that are kept to be looked at; 0 for none.")
    admin_token: Annotated[str | None, AfterValidator(_token_text)] = Field(
        None, repr=False, description="What X-Mock-Token must be for /_mock/; made and printed beyond loopback."
    )
    cors: tuple[Annotated[str, AfterValidator(_origin_text)], ...] = Field(
        (),
        description="An origin whose pages may use the server; may be repeated. `*` lets all pages use the APIs, "
        "without cookies and without /_mock/.",
    )
    webhook_allow: tuple[Annotated[str, AfterValidator(_host_text)], ...] = Field(
        (), description="A host beyond this machine that webhooks may be sent to, by http too; may be repeated."
    )
    event_history: int = Field(
        10_000, ge=1, description="Events that are kept, and events that may wait for their delivery."
    )
    streams: int = Field(16, ge=1, le=1024, description="Event streams and long polls that may be open at a time.")
    quiet: bool | None = Field(
        None, description="Print no line for each response. When left out, they are printed if stderr is a terminal."
    )
    check_references: bool = Field(False, description="Refuse an assistantId or accountId that leads nowhere.")


class Settings(Options, _ServerOptions):
    """How a server behaves. Each field is the flag and the variable of the same name."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The settings with these values. Raises SettingsError."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise SettingsError("; ".join(map(_explain, error.errors()))) from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings that the MOCK_SERVER_* variables ask for. Raises SettingsError."""
        refuse_unknown_variables(environment)
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            text = environment.get(variable(name))
            if text:
                values[name] = text.split() if isinstance(field.default, tuple) else text
        return cls.of(values)

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        """The vendors to serve."""
        return tuple(vendor for vendor in VENDORS if not self.vendor or vendor.name in self.vendor)

    def documents(self) -> dict[str, Any] | None:
        """What the file to load holds, by collection. Raises SettingsError."""
        if self.load is None:
            return None
        found = _json(self.load, "--load")
        documents = found.get("collections", found) if isinstance(found, dict) else None
        if not isinstance(documents, dict) or not all(
            isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in documents.values()
        ):
            raise SettingsError(f"--load {self.load}: it is no object of collections, each an array of documents")
        return documents

    def rules(self) -> tuple[Rule, ...]:
        """The faults of the file. Raises SettingsError."""
        if self.faults is None:
            return ()
        try:
            return Rules.model_validate(_json(self.faults, "--faults")).rules
        except ValidationError as error:
            raise SettingsError(f"--faults {self.faults}: {explain(Rules, error, 'the file').text}") from error

    def make_clock(self) -> Clock:
        """The clock that the settings name."""
        return Clock(*parse_setting(self.clock))


def _json(path: Path, flag: str) -> Any:
    try:
        text = path.read_bytes().removeprefix(BOM_UTF8)
        if is_nested_deeper(text, DEEPEST + ENVELOPE):
            raise SettingsError(f"{flag} {path} is nested deeper than {DEEPEST} levels")
        return orjson.loads(text)
    except OSError as error:
        raise SettingsError(f"{flag} {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{flag} {path} is no JSON: {error}") from error


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Raise SettingsError for a MOCK_SERVER_* variable that no setting has."""
    known = {variable(name).removeprefix(PREFIX): variable(name) for name in Settings.model_fields}
    for name in environment:
        if name.startswith(PREFIX) and name not in known.values():
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = f"did you mean {known[near[0]]}?" if near else f"known are {', '.join(known.values())}"
            raise SettingsError(f"{name} is not a setting; {hint}")


def _explain(error: Any) -> str:
    """The setting and its rule, and the value unless it is a secret."""
    name = str(error["loc"][0])
    field = Settings.model_fields.get(name)
    value = f" {error['input']!r}" if field is None or field.repr else ""
    return f"--{name.replace('_', '-')}{value}: {error['msg'].removeprefix('Value error, ')}"
