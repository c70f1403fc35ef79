"""A short run of the hostile requests; `python -m tests.mock_server.hostile --requests 200000` is the long one."""

from collections.abc import Callable

from tests.mock_server.conftest import Served
from tests.mock_server.hostile import attack


def test_no_input_makes_a_5xx_or_stops_the_server(launch: Callable[..., Served]) -> None:
    served = launch("--port", 0, "--sessions", 30)

    outcome = attack(served.url, served.process.pid, requests=2_000, seed=1)

    assert outcome.failures == []
    assert outcome.ordinary > 0
    assert outcome.statuses[200] > 0
    assert outcome.threads[1] >= outcome.threads[0]
