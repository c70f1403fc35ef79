"""Evo Voice's section of the settings."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

ADMINISTRATOR = "SystemAdministrator"
_SEEDED = ("admin@example.com:admin:" + ADMINISTRATOR, "agent@example.com:agent")


class UserSpec(NamedTuple):
    """A user who may sign in, as --user gives it."""

    name: str
    password: str
    roles: tuple[str, ...]
    locked: bool


def read_user(text: str) -> UserSpec:
    """Return the user that NAME:PASSWORD[:ROLE,ROLE[:locked]] describes.

    Raise ValueError, whose message does not repeat the password.
    """
    name, _, rest = text.partition(":")
    password, _, rest = rest.partition(":")
    roles, _, state = rest.partition(":")
    if not name or not password or state not in ("", "locked"):
        raise ValueError("give NAME:PASSWORD, NAME:PASSWORD:ROLE,ROLE or NAME:PASSWORD:ROLES:locked")
    return UserSpec(name, password, tuple(filter(None, roles.split(","))), bool(state))


def _user_text(text: str) -> str:
    read_user(text)
    return text


class EvoVoiceOptions(BaseModel):
    """Evo Voice's settings. Each field is the flag and the variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: tuple[Annotated[str, AfterValidator(_user_text)], ...] = Field(
        (),
        repr=False,
        description="Accept only this user, instead of admin@example.com and agent@example.com. May be repeated.",
        json_schema_extra={"metavar": "NAME:PASSWORD[:ROLES[:locked]]"},
    )
    auth: bool = Field(True, description="Ask for credentials; without it, every caller is an administrator.")
    lenient_accept: bool = Field(True, description="Answer JSON, not HTML, unless a request names a format.")
    json_auth_errors: bool = Field(
        False, description="Answer 401 and 403 with an error in JSON, instead of an empty body and plain text."
    )
    strict_query: bool = Field(False, description="Evo Voice: answer 400 to unknown query parameters.")
    data_contract: bool = Field(
        False, description="Write lists in CSV and JSONL as one row for each item, without totals."
    )

    @property
    def user_specs(self) -> tuple[UserSpec, ...]:
        """The users who may sign in."""
        return tuple(map(read_user, self.user or _SEEDED))


class EvoVoiceKeywords(TypedDict, total=False):
    """The fields of EvoVoiceOptions as keyword arguments."""

    user: Sequence[str]
    auth: bool
    lenient_accept: bool
    json_auth_errors: bool
    strict_query: bool
    data_contract: bool


def describe_access(options: EvoVoiceOptions) -> str:
    """Return which credentials are accepted, in words; passwords only of the seeded users, which are public."""
    if not options.auth:
        return "every caller is an administrator"
    if options.user:
        return "sign in as " + ", ".join(user.name for user in options.user_specs)
    return ", ".join(
        f"{user.name} / {user.password}" + (f" ({', '.join(user.roles)})" if user.roles else "")
        for user in options.user_specs
    )


def sample_request(options: EvoVoiceOptions, url: str) -> str:
    """Return a command that lists one session."""
    user = options.user_specs[0]
    password = "PASSWORD" if options.user else user.password
    credentials = f"-u {user.name}:{password} " if options.auth else ""
    return f"curl {credentials}'{url}/ai/sessions?countPerPage=1'"
