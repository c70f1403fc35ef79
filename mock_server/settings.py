"""The settings: one frozen value, filled from flags and MOCK_SERVER_* variables."""

import difflib
import ipaddress
import os
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from mock_server.core import bounds
from mock_server.core.clock import Clock, parse_setting
from mock_server.core.fault_targets import check_targets
from mock_server.core.faults import Rule, Rules
from mock_server.core.nesting import DEEPEST, ENVELOPE, is_nested_deeper
from mock_server.core.problems import Problem
from mock_server.core.redaction import shown_text
from mock_server.core.store import Durability
from mock_server.core.urls import is_loopback, parse_authority, parse_origin, parse_url
from mock_server.core.validation import explain
from mock_server.core.vendor import Vendor
from mock_server.vendors import VENDORS, WORLDS, VendorKeywords, VendorSettings

PREFIX = "MOCK_SERVER_"


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which, why and what is allowed."""


def _clock_text(text: str) -> str:
    parse_setting(text)
    return text


def _vendor_name(name: str) -> str:
    names = [vendor.name for vendor in VENDORS]
    if name not in names:
        raise ValueError(f"unknown vendor; choose from {', '.join(names)}")
    return name


def _world_name(name: str) -> str:
    if name not in WORLDS:
        raise ValueError(f"unknown world; choose from {', '.join(WORLDS)}")
    return name


def _token_text(token: str | None) -> str | None:
    if token is not None and not (token.isascii() and token.isprintable() and token.strip() == token != ""):
        raise ValueError("use visible ASCII without spaces around it")
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
        raise ValueError("give a host such as host.docker.internal or 192.168.1.5") from None
    if port is not None:
        raise ValueError(f"webhooks may go to every port of a host, so give it without one: {host}")
    return host


class _ServerOptions(BaseModel):
    """The settings of the server, whatever its vendors are. Each field is the flag and the variable of the same name.

    `json_schema_extra` holds what the command line shows as the value: a `metavar`, or `choices`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.", json_schema_extra={"metavar": "HOST"})
    port: int = Field(
        8400,
        ge=0,
        le=65_535,
        description="Port to listen on; 0 picks a free one.",
        json_schema_extra={"metavar": "PORT"},
    )
    vendor: tuple[Annotated[str, AfterValidator(_vendor_name)], ...] = Field(
        (),
        description="Serve only this vendor; may be repeated. Without it, all are served.",
        json_schema_extra={"choices": [vendor.name for vendor in VENDORS]},
    )
    sessions: int = Field(250, ge=0, description="Sessions in the world demo, for each vendor and organisation.")
    seed: int = Field(1, description="Seed of all ids, people and texts: the same seed makes the same sessions.")
    clock: Annotated[str, AfterValidator(_clock_text)] = Field(
        "real",
        description="`real`, or an ISO 8601 instant at which the clock is frozen.",
        json_schema_extra={"metavar": "real|INSTANT"},
    )
    db: Path | None = Field(None, description="File to keep sessions in. Without it, they are kept in memory.")
    durability: Durability = Field(
        Durability.PROCESS,
        description="What an answered write to --db survives: `process` a kill, `disk` a power cut.",
        json_schema_extra={"choices": [each.value for each in Durability]},
    )
    world: Annotated[str, AfterValidator(_world_name)] = Field(
        "demo", description="Named data set to start with.", json_schema_extra={"choices": [*WORLDS]}
    )
    load: Path | None = Field(None, description="File of documents to start with, instead of a named data set.")
    faults: Path | None = Field(None, description="File of faults, in the format of PUT /_mock/faults.")
    journal: int = Field(1_000, ge=0, le=1_000_000, description="Requests kept in the request journal; 0 disables it.")
    admin_token: Annotated[str | None, AfterValidator(_token_text)] = Field(
        None,
        repr=False,
        description="Token that requests to /_mock/ must send as X-Mock-Token. On a host other than loopback, one is "
        "generated and printed if none is given.",
        json_schema_extra={"metavar": "TOKEN"},
    )
    cors: tuple[Annotated[str, AfterValidator(_origin_text)], ...] = Field(
        (),
        description="Origin whose pages may use the server; may be repeated. `*` allows the pages of every origin, "
        "without cookies and without /_mock/.",
        json_schema_extra={"metavar": "ORIGIN"},
    )
    webhook_allow: tuple[Annotated[str, AfterValidator(_host_text)], ...] = Field(
        (),
        description="Host other than this machine that webhooks may be sent to, over plain http too; may be repeated.",
        json_schema_extra={"metavar": "HOST"},
    )
    event_history: int = Field(10_000, ge=1, description="Events kept; also the limit of pending deliveries.")
    streams: int = Field(16, ge=1, le=1024, description="Event streams and long polls that may be open at a time.")
    slow_requests: int = Field(
        24, ge=1, le=1024, description="Slow requests that run at a time, besides streams; one more is answered 503."
    )
    connections: int = Field(
        1_024,
        ge=1,
        le=65_536,
        description="Open connections. For one more, the one that has waited longest without a request is closed.",
    )
    head_seconds: float = Field(
        30,
        gt=0,
        le=3_600,
        description="Seconds in which a request line and headers must arrive; also how long a connection may be idle.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    body_seconds: float = Field(
        60,
        gt=0,
        le=3_600,
        description="Seconds in which a request body must arrive; also how long a response may stay unread.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    head_bytes: int = Field(
        65_536,
        ge=1_024,
        le=1 << 20,
        description="Bytes of a request line and headers; path and query may have half as many.",
    )
    documents_mib: int = Field(
        bounds.DOCUMENTS,
        ge=1,
        le=1 << 20,
        description="MiB of documents that clients may add to a world; writes beyond that are answered 507.",
    )
    webhook_workers: int = Field(
        16, ge=1, le=256, description="Threads that deliver webhooks, for all worlds; they end when they are idle."
    )
    quiet: bool | None = Field(
        None,
        description="Print no line for each response. By default, lines are printed if stderr is a terminal.",
    )
    check_references: bool = Field(
        False, description="Refuse an assistantId or accountId that does not exist, instead of accepting any."
    )


class Keywords(VendorKeywords, total=False):
    """The settings as keyword arguments."""

    host: str
    port: int
    vendor: Sequence[str]
    sessions: int
    seed: int
    clock: str
    db: str | Path | None
    durability: str
    world: str
    load: str | Path | None
    faults: str | Path | None
    journal: int
    admin_token: str | None
    cors: Sequence[str]
    webhook_allow: Sequence[str]
    event_history: int
    streams: int
    slow_requests: int
    connections: int
    head_seconds: float
    body_seconds: float
    head_bytes: int
    documents_mib: int
    webhook_workers: int
    quiet: bool | None
    check_references: bool


def _options() -> dict[str, tuple[str | None, FieldInfo]]:
    found: dict[str, tuple[str | None, FieldInfo]] = {
        name: (None, field) for name, field in _ServerOptions.model_fields.items()
    }
    for vendor in VENDORS:
        found |= {name: (vendor.name, field) for name, field in vendor.options.model_fields.items()}
    return found


_OPTIONS = _options()
OPTIONS: dict[str, FieldInfo] = {name: field for name, (_, field) in _OPTIONS.items()}
"""Every setting by the name of its flag and variable."""


class Settings(VendorSettings, _ServerOptions):
    """How a server behaves: its own settings, and a section for each vendor.

    Keywords of the constructor, flags and variables have no sections: `Settings(api_key=["alpha"])` sets
    `settings.vapi.api_key`.
    """

    @model_validator(mode="before")
    @classmethod
    def _into_sections(cls, values: Any) -> Any:
        """Move the settings of vendors into their sections."""
        if not isinstance(values, Mapping):
            return values
        arranged: dict[str, Any] = {}
        for name, value in values.items():
            section, _ = _OPTIONS.get(name, (None, None))
            if section is not None:
                arranged[section] = {**arranged.get(section, {}), name: value}
            elif isinstance(value, BaseModel):
                arranged[name] = {**value.model_dump(exclude_unset=True), **arranged.get(name, {})}
            elif isinstance(value, Mapping):
                arranged[name] = {**value, **arranged.get(name, {})}
            else:
                arranged[name] = value
        return arranged

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings with these values. Raise SettingsError."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise SettingsError("; ".join(map(_explain, error.errors()))) from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings of the MOCK_SERVER_* variables. Raise SettingsError."""
        refuse_unknown_variables(environment)
        values: dict[str, Any] = {}
        for name, field in OPTIONS.items():
            text = environment.get(variable(name))
            if text:
                values[name] = text.split() if isinstance(field.default, tuple) else text
        return cls.of(values)

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        """The vendors to serve."""
        return tuple(vendor for vendor in VENDORS if not self.vendor or vendor.name in self.vendor)

    def section(self, vendor: Vendor) -> BaseModel:
        """Return the settings of a vendor."""
        section: BaseModel = getattr(self, vendor.name)
        return section

    def unreachable_webhook_host(self) -> str | None:
        """Return the host of --webhook if webhooks may not be sent there, else None."""
        if self.vapi.webhook is None:
            return None
        host = parse_url(self.vapi.webhook).host
        return None if is_loopback(host) or host in self.webhook_allow else host

    def documents(self) -> dict[str, Any] | None:
        """Return the documents of the --load file by collection, None without one. Raise SettingsError."""
        if self.load is None:
            return None
        found = _json(self.load, "--load")
        documents = found.get("collections", found) if isinstance(found, dict) else None
        if not isinstance(documents, dict) or not all(
            isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in documents.values()
        ):
            raise SettingsError(f"--load {self.load}: expected an object that maps collections to arrays of documents")
        return documents

    def rules(self) -> tuple[Rule, ...]:
        """Return the faults of the --faults file. Raise SettingsError."""
        if self.faults is None:
            return ()
        try:
            rules = Rules.model_validate(_json(self.faults, "--faults")).rules
            check_targets(rules, VENDORS)
        except ValidationError as error:
            raise SettingsError(f"--faults {self.faults}: {explain(Rules, error, 'the file').text}") from error
        except Problem as problem:
            raise SettingsError(f"--faults {self.faults}: {problem.detail}") from problem
        return rules

    def make_clock(self) -> Clock:
        """Return a clock with the setting of --clock."""
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
        raise SettingsError(f"{flag} {path} is not valid JSON: {error}") from error


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Raise SettingsError for a MOCK_SERVER_* variable that is not a setting."""
    known = {variable(name).removeprefix(PREFIX): variable(name) for name in OPTIONS}
    for name in environment:
        if name.startswith(PREFIX) and name not in known.values():
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = f"did you mean {known[near[0]]}?" if near else f"choose from {', '.join(known.values())}"
            raise SettingsError(f"{name} is not a setting; {hint}")


def _explain(error: Any) -> str:
    """Return the setting and its rule, and the value unless it is a secret."""
    name = next((str(part) for part in error["loc"] if part in OPTIONS), str(error["loc"][-1]))
    field = OPTIONS.get(name)
    sent = shown_text(error["input"]) if isinstance(error["input"], str) else error["input"]
    value = f" {sent!r}" if field is None or field.repr else ""
    return f"--{name.replace('_', '-')}{value}: {error['msg'].removeprefix('Value error, ')}"
