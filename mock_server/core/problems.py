"""The one domain error. Core and vendors raise it; each vendor renders it in its own format."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """What went wrong, independent of any vendor's status codes and wording."""

    UNAUTHENTICATED = "no credentials"
    REJECTED_CREDENTIALS = "invalid credentials"
    LOCKED_OUT = "the account is locked"
    FORBIDDEN = "the caller may not use this operation"
    NOT_OWNED = "the caller does not own this object"
    MALFORMED = "the request cannot be read"
    INVALID = "the request can be read but breaks a rule"
    NOT_FOUND = "not found"
    NO_ROUTE = "no such path"
    WRONG_METHOD = "the path does not support this method"
    SWITCHED_OFF = "the operation is not available in this form"
    UNSUPPORTED_MEDIA = "the media type of the body is not supported"
    TOO_LARGE = "the body is too large"
    TARGET_TOO_LONG = "path and query are too long"
    HEAD_TOO_LARGE = "the headers are too large"
    LATE = "the request did not arrive in time"
    PAYMENT_REQUIRED = "the account has no credit"
    TOO_MANY = "too many requests"
    TIMED_OUT = "the expected event did not happen in time"
    BUSY = "too many requests are waiting already"
    UNSTORED = "the change could not be stored"
    INTERNAL = "an internal error"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: `field` is its dotted wire name ('' for the whole request), `message` the rule.

    `code` identifies the rule for programs, for vendors that send one.
    """

    field: str
    message: str
    code: str = ""


class Problem(Exception):
    """An error that a request is answered with.

    `fields` holds every violation at once, `allow` the methods that a path takes, and `headers` extra response headers.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        fields: tuple[Violation, ...] = (),
        allow: tuple[str, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(detail or kind.value)
        self.kind: Final = kind
        self.detail: Final = detail or kind.value
        self.fields: Final = fields
        self.allow: Final = allow
        self.headers: Final = headers

    def with_headers(self, headers: tuple[tuple[str, str], ...]) -> "Problem":
        """Return the same problem with these headers after its own."""
        return Problem(self.kind, self.detail, fields=self.fields, allow=self.allow, headers=(*self.headers, *headers))
