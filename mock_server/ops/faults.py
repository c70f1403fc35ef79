"""The faults of a world: list them with their counts, set them, remove them."""

from typing import Any

from mock_server.core.fault_targets import check_targets
from mock_server.core.faults import Rules
from mock_server.ops.control import Call, Nothing, Route


def _read(call: Call) -> dict[str, Any]:
    return {
        "rules": [
            {**tally.rule.model_dump(mode="json", exclude_defaults=True), "met": tally.met, "happened": tally.happened}
            for tally in call.world.faults.tallies
        ]
    }


def _set(call: Call) -> dict[str, Any]:
    check_targets(call.body.rules, call.api.vendors)
    call.world.faults.set(call.body.rules)
    return _read(call)


def _clear(call: Call) -> dict[str, Any]:
    call.world.faults.set(())
    return _read(call)


FAULTS = (
    Route(
        method="GET",
        path="/_mock/faults",
        summary="List the faults with their counts",
        act=_read,
    ),
    Route(method="PUT", path="/_mock/faults", summary="Set the faults", act=_set, body=Rules),
    Route(method="DELETE", path="/_mock/faults", summary="Remove all faults", act=_clear, body=Nothing),
)
