"""Events and deliveries: stream, list and wait for events; list and replay deliveries, and inject faults into them."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from mock_server.core.events import Delivery, Event, State
from mock_server.core.problems import Kind, Problem
from mock_server.core.system_time import monotonic
from mock_server.core.vendor import Response
from mock_server.ops.control import Call, Nothing, Route
from mock_server.web.delivery_faults import DeliveryFaultPlan
from mock_server.web.journal import LOOK_SECONDS
from mock_server.web.streams import Stream

_SHOWN = 3  # events listed in the message of a wait that timed out
_LARGEST_NUMBER = 2**53
_DIGITS = 17
_MOST_SECONDS = 300


class Selection(BaseModel):
    """Selects events: each parameter that is given must match."""

    model_config = ConfigDict(extra="forbid")

    type: str | None = None
    vendor: str | None = None
    session: str | None = None

    def holds(self, event: Event) -> bool:
        """Return whether the event is selected."""
        draft = event.draft
        return (
            self.type in (None, draft.type)
            and self.vendor in (None, draft.vendor)
            and self.session in (None, draft.subject)
        )

    def __str__(self) -> str:
        named = [
            f"{name} {value}" for name, value in self.model_dump(include=set(Selection.model_fields)).items() if value
        ]
        return " with ".join(["event", ", ".join(named)] if named else ["event"])


class StreamQuery(Selection):
    """`since` is the number of the last event that the client has; without it, only new events are sent."""

    since: Annotated[int, Field(ge=0, le=_LARGEST_NUMBER)] | None = None


class ListQuery(StreamQuery):
    """Selects the last `limit` events that are kept."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class WaitQuery(Selection):
    """Waits at most `timeout` seconds for an event after the number `since`; 0 is the start."""

    since: Annotated[int, Field(ge=0, le=_LARGEST_NUMBER)] = 0
    timeout: Annotated[float, Field(ge=0, le=_MOST_SECONDS, allow_inf_nan=False)] = 5


class DeliveriesQuery(Selection):
    """Selects the last `limit` deliveries, in one state if that is given."""

    state: State | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


def _stream(call: Call) -> Response:
    last = call.request.headers.get("last-event-id") or ""
    after = int(last) if last.isascii() and last.isdecimal() and len(last) < _DIGITS else call.query.since
    event_log = call.world.event_log
    if after is not None and after > event_log.last:  # the number is from an earlier run, so every event is newer
        after = 0
    frames = Stream(
        event_log, event_log.last if after is None else after, call.query.holds, call.api.limiter, call.api.redactor
    )
    headers = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))
    return Response(body=frames, media_type="text/event-stream; charset=utf-8", headers=headers)


def _wait(call: Call) -> bytes:
    found = _kept_event(call)
    if found is None and call.query.timeout:
        call.api.limiter.acquire()
        try:
            found = _wait_for_event(call)
        finally:
            call.api.limiter.release()
    if found is None:
        raise Problem(Kind.TIMED_OUT, _timed_out(call))
    return b'{"event":%b}' % _shown_event(found, call).as_json()


def _kept_event(call: Call) -> Event | None:
    wanted: Callable[[Event], bool] = call.query.holds
    return next(filter(wanted, call.world.event_log.after(call.query.since)), None)


def _wait_for_event(call: Call) -> Event | None:
    event_log, until = call.world.event_log, monotonic() + call.query.timeout
    last = event_log.last
    found = _kept_event(call)
    while found is None and (left := until - monotonic()) > 0 and not (event_log.closed or call.client_left()):
        if event_log.wait(last, min(left, LOOK_SECONDS)):
            after, last = max(last, call.query.since), event_log.last
            found = next(filter(call.query.holds, event_log.after(after)), None)
    return found


def _timed_out(call: Call) -> str:
    last = [f"{event.draft.type} of {event.draft.subject}" for event in call.world.event_log.after(0)[-_SHOWN:]]
    return (
        f"No {call.query} after number {call.query.since} came within {call.query.timeout:g} s; "
        f"{'the last events were ' + ', '.join(last) if last else 'there are no events'}"
    )


def _list_events(call: Call) -> bytes:
    found = filter(call.query.holds, call.world.event_log.after(call.query.since or 0))
    shown = [_shown_event(event, call).as_json() for event in list(found)[-call.query.limit :]]
    return b'{"events":[%b]}' % b",".join(shown)


def _list_deliveries(call: Call) -> dict[str, Any]:
    query = call.query
    found = [
        each
        for each in call.world.event_log.deliveries()
        if query.holds(each.event) and query.state in (None, each.state)
    ]
    return {
        "deliveries": [_shown(each, call) for each in found[-query.limit :]],
        "waiting": call.world.dispatcher.backlog(),
    }


def _read_delivery(call: Call) -> dict[str, Any]:
    number = _number(call)
    for each in call.world.event_log.deliveries():
        if each.event.number == number:
            return _shown(each, call)
    raise Problem(Kind.NOT_FOUND, f"There is no delivery of event {number}")


def _number(call: Call) -> int:
    text = call.request.path_values["number"]
    if not (text.isascii() and text.isdecimal() and len(text) < _DIGITS):
        raise Problem(Kind.INVALID, f"{text!r} is not an event number")
    return int(text)


def _replay(call: Call) -> dict[str, Any]:
    number = _number(call)
    event = call.world.event_log.event(number)
    if event is None:
        raise Problem(Kind.NOT_FOUND, f"There is no event {number}, or it is no longer kept")
    call.world.dispatcher.replay(event)
    return {"replayed": number}


def _set_faults(call: Call) -> dict[str, Any]:
    call.world.dispatcher.set_faults(call.body)
    mode: dict[str, Any] = call.world.dispatcher.delivery_faults.plan.model_dump()
    return mode


def _shown_event(event: Event, call: Call) -> Event:
    return call.api.redactor.shown_event(event)


def _shown(delivery: Delivery, call: Call) -> dict[str, Any]:
    draft = _shown_event(delivery.event, call).draft
    return {
        "type": draft.type,
        "vendor": draft.vendor,
        "session": draft.subject,
        "time": draft.time,
        **delivery.as_document(),
        "message": orjson.Fragment(draft.message),
    }


EVENTS = (
    Route(
        method="GET", path="/_mock/events", summary="Stream events as Server-Sent Events", act=_stream,
        query=StreamQuery, problems=(Kind.BUSY,), media_type="text/event-stream",
    ),
    Route(
        method="GET", path="/_mock/events/list", summary="List events", act=_list_events, query=ListQuery, large=True
    ),
    Route(
        method="GET", path="/_mock/events/wait", summary="Wait for an event", act=_wait, query=WaitQuery,
        problems=(Kind.TIMED_OUT, Kind.BUSY),
    ),
    Route(
        method="GET", path="/_mock/deliveries", summary="List deliveries with all attempts", act=_list_deliveries,
        query=DeliveriesQuery, large=True,
    ),
    Route(
        method="GET", path="/_mock/deliveries/<number>", summary="Read the delivery of an event",
        act=_read_delivery, problems=(Kind.NOT_FOUND,),
    ),
    Route(
        method="POST", path="/_mock/deliveries/<number>/replay", summary="Deliver an event once more",
        act=_replay, body=Nothing, status=202, problems=(Kind.NOT_FOUND,),
    ),
    Route(
        method="GET", path="/_mock/deliveries/mode", summary="Read the faults of the next deliveries",
        act=lambda call: call.world.dispatcher.delivery_faults.plan.model_dump(),
    ),
    Route(
        method="PUT", path="/_mock/deliveries/mode", summary="Inject faults into the next deliveries",
        act=_set_faults, body=DeliveryFaultPlan,
    ),
)  # fmt: skip
