"""The clock of a world: read, freeze, move and run it."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mock_server.core.clock import format_instant, parse_instant, within_range
from mock_server.ops.control import Call, Route

_FURTHEST = 10 * 366 * 86_400  # seconds


def _instant(text: str) -> str:
    parse_instant(text)
    return text


Instant = Annotated[str, AfterValidator(_instant), Field(json_schema_extra={"format": "date-time"})]


class Turn(BaseModel):
    """How to set the clock; exactly one member.

    `freeze` stops it at an instant. `jump` moves it to an instant and `advance` by a number of seconds; a frozen clock
    stays frozen, a running one runs on. `run` returns it to the machine's time.
    """

    model_config = ConfigDict(extra="forbid")

    freeze: Instant | None = None
    jump: Instant | None = None
    advance: Annotated[float, Field(ge=0, le=_FURTHEST, allow_inf_nan=False)] | None = None
    run: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("freeze", "jump", "advance") if getattr(self, name) is not None]
        given += ["run"] if self.run else []
        if len(given) != 1:
            raise ValueError(f"give exactly one of freeze, jump, advance, run; got {', '.join(given) or 'none'}")
        return self


def _read(call: Call) -> dict[str, Any]:
    now = call.world.clock.now()
    return {"now": format_instant(now), "milliseconds": now, "frozen": call.world.clock.frozen}


def _set(call: Call) -> dict[str, Any]:
    """Set the clock and apply the changes that have fallen due."""
    turn, clock = call.body, call.world.clock
    if turn.freeze is not None:
        clock.freeze(within_range(parse_instant(turn.freeze)))
    elif turn.run:
        clock.run()
    else:
        ahead = None if turn.advance is None else clock.now() + round(turn.advance * 1000)
        clock.jump(within_range(parse_instant(turn.jump) if ahead is None else ahead))
    call.world.advance()
    return _read(call)


CLOCK = (
    Route(method="GET", path="/_mock/clock", summary="Read the clock", act=_read),
    Route(method="PUT", path="/_mock/clock", summary="Set the clock", act=_set, body=Turn),
)
