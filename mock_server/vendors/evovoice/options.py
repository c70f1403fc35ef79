"""The settings of Evo Voice."""

from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

ADMINISTRATOR = "SystemAdministrator"
_SEEDED = ("admin@example.com:admin:" + ADMINISTRATOR, "agent@example.com:agent")


class UserSpec(NamedTuple):
    """A user who can sign in, as a setting spells it. Neither name nor password contains a colon."""

    name: str
    password: str
    roles: tuple[str, ...]
    locked: bool


def read_user(text: str) -> UserSpec:
    """Return the user of NAME:PASSWORD[:ROLE,ROLE[:locked]]. Raises ValueError, which does not repeat the password."""
    name, _, rest = text.partition(":")
    password, _, rest = rest.partition(":")
    roles, _, state = rest.partition(":")
    if not name or not password or state not in ("", "locked"):
        raise ValueError("a user is NAME:PASSWORD, NAME:PASSWORD:ROLE,ROLE or NAME:PASSWORD:ROLES:locked")
    return UserSpec(name, password, tuple(filter(None, roles.split(","))), bool(state))


def _user_text(text: str) -> str:
    read_user(text)
    return text


class EvoVoiceOptions(BaseModel):
    """Each field is the flag and the variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: tuple[Annotated[str, AfterValidator(_user_text)], ...] = Field(
        (),
        repr=False,
        description="A user who can sign in, in place of admin@example.com and agent@example.com; may be repeated.",
    )
    auth: bool = Field(True, description="Require users to sign in. Without it every caller is an administrator.")
    lenient_accept: bool = Field(True, description="Answer JSON instead of HTML when the request names no format.")
    json_auth_errors: bool = Field(
        False, description="Send 401 and 403 with a JSON error instead of an empty body and plain text."
    )
    strict_query: bool = Field(False, description="Evo Voice: answer 400 to unknown query parameters.")
    data_contract: bool = Field(False, description="Write lists in CSV and JSONL as one row per item, without totals.")

    @property
    def user_specs(self) -> tuple[UserSpec, ...]:
        """The users who can sign in."""
        return tuple(map(read_user, self.user or _SEEDED))


def describe_access(options: EvoVoiceOptions) -> str:
    """Return who can sign in. Passwords are shown only for the users that every server has."""
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
