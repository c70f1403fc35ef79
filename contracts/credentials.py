"""What opens a target, what must not, and which parts of it no output may show; sends nothing."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contracts.result import USAGE, CannotRun

Headers = Mapping[str, str]
STAND_IN_TOKEN = "contract-check"
_ADMIN, _AGENT = ("admin@example.com", "admin"), ("agent@example.com", "agent")  # seeded by the stand-in


class SignInRefused(CannotRun):
    """The target does not let the credential in, so that nothing can be checked."""


class WrongUsage(CannotRun):
    """The environment names half a credential."""

    exit_code = USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """How a caller is let in: `authorization` opens, each of `lacking` and `refused` must get 401.

    `who` says in messages whose it is, as in "as ann", and `advice` what to do when it is refused.

    `unprivileged` belongs to a caller without any role, if one is known. `secrets` are the parts that
    reports replace, by the name that takes their place.
    """

    authorization: str = field(repr=False)
    lacking: tuple[Headers, ...] = field(repr=False)
    refused: tuple[Headers, ...] = field(repr=False, default=())
    unprivileged: str | None = field(repr=False, default=None)
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)
    who: str = "with the token"
    advice: str = "Give a token that the target accepts."

    @property
    def headers(self) -> dict[str, str]:
        """What a caller who is let in sends."""
        return {"Authorization": self.authorization}


def bearer(token: str, reject_token: str | None = None) -> Credential:
    """A bearer token, and one that the target must refuse."""
    return Credential(
        authorization=f"Bearer {token}",
        lacking=({}, {"Authorization": f"Basic {token}"}, {"Authorization": "Bearer "}),
        refused=({"Authorization": f"Bearer {reject_token}"},) if reject_token else (),
        secrets={"TOKEN": token, "REJECTED_TOKEN": reject_token or ""},
        advice="Give a token that the target accepts with --token or CONTRACTS_TOKEN.",
    )


def basic(user: str, password: str, agent: tuple[str, str] | None = None) -> Credential:
    """A name and a password by HTTP Basic, and those of an `agent` without any role."""
    authorization = _basic(user, password)
    unprivileged = None if agent is None else _basic(*agent)
    return Credential(
        authorization=authorization,
        lacking=({}, {"Authorization": "Bearer x"}),
        refused=({"Authorization": _basic(user, f"not {password}")},),
        unprivileged=unprivileged,
        secrets={
            "EVOVOICE_PASSWORD": password,
            "EVOVOICE_BASIC": authorization.partition(" ")[2],
            "EVOVOICE_AGENT_BASIC": (unprivileged or "").partition(" ")[2],
            "EVOVOICE_WRONG_BASIC": _basic(user, f"not {password}").partition(" ")[2],
        },
        who=f"as {user}",
        advice="Set EVOVOICE_USER and EVOVOICE_PASSWORD to a user who may read sessions.",
    )


def of_environment(kind: str, token: str = STAND_IN_TOKEN, reject_token: str | None = None) -> Credential:
    """What a vendor of this kind is signed in to with: the token, or who EVOVOICE_* names, else the seeded users.

    Raises WrongUsage when a name stands without its password.
    """
    if kind == "bearer":
        return bearer(token, reject_token)
    user, agent = _user("EVOVOICE"), _user("EVOVOICE_AGENT")
    if user is not None:
        return basic(*user, agent)
    seeded = basic(*_ADMIN, agent or _AGENT)
    # Its password is in the documentation, and hiding the word would hide the name too.
    return replace(seeded, secrets={name: text for name, text in seeded.secrets.items() if text != _ADMIN[1]})


def _user(prefix: str) -> tuple[str, str] | None:
    names = (f"{prefix}_USER", f"{prefix}_PASSWORD")
    user, password = map(os.environ.get, names)
    if not user and not password:
        return None
    if not user or not password:
        raise WrongUsage(f"Set both of {' and '.join(names)}, or neither; one is missing.")
    return user, password


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
