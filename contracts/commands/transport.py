"""The options that say how requests leave and how much of a response is taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from contracts.transport import MAX_BYTES, MAX_SECONDS, Transport

_OPTIONS = (
    click.option(
        "--max-response-bytes",
        type=click.IntRange(min=1024),
        envvar="CONTRACTS_MAX_RESPONSE_BYTES",
        default=MAX_BYTES,
        show_default=True,
        help="The largest response that is taken, also as unpacked.",
    ),
    click.option(
        "--max-response-seconds",
        type=click.FloatRange(min=0.1),
        envvar="CONTRACTS_MAX_RESPONSE_SECONDS",
        default=MAX_SECONDS,
        show_default=True,
        help="How long a response may take as a whole.",
    ),
    click.option(
        "--use-proxy",
        is_flag=True,
        envvar="CONTRACTS_USE_PROXY",
        help="Use the proxies that HTTP_PROXY, HTTPS_PROXY and ALL_PROXY name, but never to this machine.",
    ),
)


def transport_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, and their values as `transport`."""

    @wraps(command)
    def with_transport(
        *args: Any, max_response_bytes: int, max_response_seconds: float, use_proxy: bool, **options: Any
    ) -> Any:
        transport = Transport(max_bytes=max_response_bytes, max_seconds=max_response_seconds, use_proxy=use_proxy)
        return command(*args, transport=transport, **options)

    for option in reversed(_OPTIONS):
        with_transport = option(with_transport)
    return with_transport
