"""Fault injection: rules, the requests that they match, and how often they have applied."""

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from os import urandom
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mock_server.core import bounds
from mock_server.core.clock import Clock
from mock_server.core.patterns import Pattern, fits
from mock_server.core.problems import Kind, Problem
from mock_server.core.redaction import shown_fault
from mock_server.core.validation import explain
from mock_server.core.vendor import Request

HEADER = "x-mock-fault"
_LONGEST_DELAY = 300_000
_LARGEST = 2**53
_MOST_HEADERS = 100
_COUNT_BYTES = 300
_RULE_BYTES = 3_000
_SHOWN = 200  # characters of an invalid header that the error quotes

Milliseconds = Annotated[float, Field(ge=0, le=_LONGEST_DELAY, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fixed(_Part):
    """A constant delay."""

    kind: Literal["fixed"] = "fixed"
    milliseconds: Milliseconds

    def draw(self, _: random.Random) -> float:
        """Return the delay in milliseconds."""
        return self.milliseconds


class Uniform(_Part):
    """A delay that is equally likely anywhere between two bounds."""

    kind: Literal["uniform"]
    low: Milliseconds
    high: Milliseconds

    def draw(self, source: random.Random) -> float:
        """Return the delay in milliseconds."""
        return source.uniform(self.low, self.high)


class LogNormal(_Part):
    """A delay that is mostly near the median and occasionally much longer."""

    kind: Literal["lognormal"]
    median: Annotated[float, Field(gt=0, le=_LONGEST_DELAY, allow_inf_nan=False)]
    sigma: Annotated[float, Field(gt=0, le=3, allow_inf_nan=False)] = 0.5

    def draw(self, source: random.Random) -> float:
        """Return the delay in milliseconds."""
        return min(_LONGEST_DELAY, self.median * source.lognormvariate(0, self.sigma))


class Limit(_Part):
    """At most `requests` requests in `seconds` seconds for each Authorization header, then 429."""

    requests: Annotated[int, Field(ge=1, le=1_000_000)]
    seconds: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class Error(StrEnum):
    """Errors that the vendor renders."""

    UNAUTHENTICATED = "401"
    PAYMENT_REQUIRED = "402"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    INTERNAL = "500"


_KINDS = {
    Error.UNAUTHENTICATED: Kind.REJECTED_CREDENTIALS,
    Error.PAYMENT_REQUIRED: Kind.PAYMENT_REQUIRED,
    Error.FORBIDDEN: Kind.FORBIDDEN,
    Error.TOO_MANY: Kind.TOO_MANY,
    Error.INTERNAL: Kind.INTERNAL,
}


class Match(_Part):
    """The requests that a rule applies to. All given members must match; path and header values are glob patterns.

    `nth` selects one of the requests that match everything else, counted from 1. `probability` is drawn from the seed.
    """

    vendor: str | None = None
    operation: str | None = None
    method: str | None = None
    path: Pattern | None = None
    header: Annotated[dict[str, Pattern], Field(max_length=_MOST_HEADERS)] = {}
    nth: Annotated[int, Field(ge=1, le=_LARGEST)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0

    def holds(self, vendor: str, operation: str, request: Request) -> bool:
        """Return whether the request matches, regardless of `nth` and `probability`."""
        return (
            self.vendor in (None, vendor)
            and self.operation in (None, operation)
            and (self.method is None or self.method.upper() == request.method)
            and (self.path is None or fits(request.path, self.path))
            and all(fits(request.headers.get(name.lower()) or "", wanted) for name, wanted in self.header.items())
        )


class Act(_Part):
    """What a fault does: a delay, and then an error of the vendor, a connection fault, or changed data.

    `drop` closes the connection after the response headers, `truncate` after that number of bytes of the body; `empty`
    responds without a body, `drip` sends that number of bytes per second, and `churn` creates that number of sessions
    before the response.
    """

    delay: Annotated[Fixed | Uniform | LogNormal, Field(discriminator="kind")] | None = None
    error: Error | None = None
    retry_after: Annotated[int, Field(ge=0, le=86_400)] | None = None
    limit: Limit | None = None
    drop: bool = False
    empty: bool = False
    truncate: Annotated[int, Field(ge=0, le=1 << 30)] | None = None
    drip: Annotated[int, Field(ge=1, le=1 << 30)] | None = None
    churn: Annotated[int, Field(ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _one_ending(self) -> "Act":
        endings = ("error", "limit", "drop", "empty", "truncate", "drip")
        given = [name for name in endings if getattr(self, name) not in (None, False)]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} cannot be combined")
        if not given and self.delay is None and self.churn is None:
            raise ValueError(f"it does nothing; give one of delay, churn, {', '.join(endings)}")
        return self

    def problem(self) -> Problem | None:
        """Return the error for the vendor to render, or None."""
        if self.error is None:
            return None
        wait = 1 if self.retry_after is None and self.error is Error.TOO_MANY else self.retry_after
        return Problem(_KINDS[self.error], headers=() if wait is None else (("Retry-After", str(wait)),))


class Rule(_Part):
    """One fault: which requests it matches, and what happens to the first `times` of them (default: all)."""

    match: Match = Match()
    act: Act
    times: Annotated[int, Field(ge=1, le=_LARGEST)] | None = None


class Rules(_Part):
    """All rules. The first one that matches a request applies."""

    rules: Annotated[tuple[Rule, ...], Field(max_length=1000)]


@dataclass(slots=True)
class Tally:
    """A rule with the number of requests that it matched (`met`) and that it was applied to (`happened`)."""

    rule: Rule
    met: int = 0
    happened: int = 0
    windows: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    """The start of each caller's window, and the requests in it."""


class Faults:
    """A world's fault rules and counters; a no-op without rules and without X-Mock-Fault."""

    def __init__(self, clock: Clock, seed: object, rules: Iterable[Rule] = ()) -> None:
        self._clock = clock
        self._seed = seed
        self._key = urandom(16)
        self._lock = threading.Lock()
        self.set(rules)

    @property
    def rules(self) -> list[Rule]:
        """The rules in order."""
        return [tally.rule for tally in self._tallies]

    @property
    def tallies(self) -> list[Tally]:
        """The rules in order, with their counters."""
        return self._tallies

    @property
    def random(self) -> random.Random:
        """The seeded source that delays are drawn from."""
        return self._random

    def set(self, rules: Iterable[Rule]) -> None:
        """Replace the rules, and reset the counters and the random source."""
        with self._lock:
            self._tallies = [Tally(rule) for rule in rules]
            self._rules_size = sum(_RULE_BYTES + 3 * len(each.rule.model_dump_json()) for each in self._tallies)
            self._random = random.Random(f"faults {self._seed}")
            self._counts: dict[bytes, int] = {}  # by a hash of the header, whose id is free text
            self._windows = 0

    def meet(self, vendor: str, operation: str, request: Request) -> Act | None:
        """Return what happens to this request, or None. Raise Problem for an invalid header."""
        text = request.headers.get(HEADER)
        if text is None and not self._tallies:
            return None
        if text is not None:
            return self._of_header(text)
        with self._lock:
            for tally in self._tallies:
                if tally.rule.match.holds(vendor, operation, request) and self._happens(tally):
                    limited = tally.rule.act.limit
                    if limited is None:
                        return tally.rule.act
                    return self._over(tally, limited, self._caller(request))
        return None

    def _happens(self, tally: Tally) -> bool:
        rule = tally.rule
        tally.met += 1
        if rule.match.nth not in (None, tally.met) or (rule.times is not None and tally.happened >= rule.times):
            return False
        if rule.match.probability < 1 and self._random.random() >= rule.match.probability:
            return False
        tally.happened += 1
        return True

    def _caller(self, request: Request) -> bytes:
        """Return a hash that identifies the caller without revealing the credential."""
        return self._hash(request.headers.get("authorization") or "")

    def _hash(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()

    def _over(self, tally: Tally, limit: Limit, key: bytes) -> Act | None:
        """Return a 429 once the caller has used up its window, else None."""
        now, length = self._clock.now(), round(limit.seconds * 1000)
        start, count = tally.windows.get(key, (now, 0))
        if now >= start + length:
            start, count = now, 0
        if key not in tally.windows:
            if self._windows >= bounds.MOST_FAULT_COUNTS:
                for each in self._tallies:
                    each.windows.clear()
                self._windows = 0
            self._windows += 1
        tally.windows[key] = (start, count + 1)
        if count < limit.requests:
            return None
        return Act(error=Error.TOO_MANY, retry_after=max(1, -(-(start + length - now) // 1000)))

    def _of_header(self, text: str) -> Act | None:
        act, times = parse_header(text)
        if times is None:
            return act
        with self._lock:
            if len(self._counts) >= bounds.MOST_FAULT_COUNTS:
                self._counts.clear()
            key = self._hash(text)
            self._counts[key] = self._counts.get(key, 0) + 1
            return act if self._counts[key] <= times else None

    @property
    def size(self) -> int:
        """About how many bytes of memory the rules and counters take."""
        return _COUNT_BYTES * (len(self._counts) + self._windows) + self._rules_size


class _HeaderFault(Act):
    """A fault in a header, with its counting."""

    times: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    id: str = ""


def parse_header(text: str) -> tuple[Act, int | None]:
    """Return the fault in a header, such as `error=429; times=1; id=a`, and how often it applies.

    Equal headers are counted together; a different `id` makes them count separately. Raise Problem.
    """
    values: dict[str, object] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        name = name.replace("-", "_")
        if name == "delay":
            values["delay"] = {"kind": "fixed", "milliseconds": value}
        else:
            values[name] = True if name in ("drop", "empty") else value
    try:
        fault = _HeaderFault.model_validate(values)
        return Act.model_validate(fault.model_dump(exclude={"times", "id"}, exclude_unset=True)), fault.times
    except ValidationError as error:
        message = explain(_HeaderFault, error, "the header").text
        raise Problem(
            Kind.INVALID, f"X-Mock-Fault {shown_fault(text)[:_SHOWN]!r}: {message}; for example error=429; times=1"
        ) from error
