"""Renders responses: the negotiated format and the headers that all of them have (FACTS.md E6)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.vendor import Context, Request, Response
from mock_server.vendors.evovoice.formats import FORMATS, Format, WriteOptions
from mock_server.vendors.evovoice.formats.negotiation import negotiate, split_suffix, wrap_callback
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.evovoice.schemas.types import DataType

Headers = tuple[tuple[str, str], ...]

STANDING_HEADERS: Headers = (("Vary", "Accept"), ("X-Powered-By", "ServiceStack/6.11 (voice-session-emulator)"))


def reply(
    operation: str,
    kind: DataType,
    value: Mapping[str, Any],
    request: Request,
    context: Context,
    headers: Headers = (),
    status: int = 200,
) -> Response:
    """Return the value in the format that the request asks for."""
    options: EvoVoiceOptions = context.options
    chosen, callback = requested_format(request, options)
    body = chosen.write(kind, value, WriteOptions(operation, context.clock.now(), options.data_contract))
    if callback is not None:
        return Response(wrap_callback(callback, body), status, "text/javascript", STANDING_HEADERS + headers)
    if chosen.name == "csv":
        headers = (("Content-Disposition", f'attachment;filename="{operation}.csv"'), *headers)
    return Response(body, status, chosen.media_type, STANDING_HEADERS + headers)


def requested_format(request: Request, options: EvoVoiceOptions) -> tuple[Format, str | None]:
    """Return the format, and the name of the callback to wrap JSON in."""
    accept, suffix = request.headers.get("accept") or "", split_suffix(request.path)[1]
    first, _, rest = request.path.strip("/").lower().partition("/")
    if first in FORMATS and rest.startswith("reply/"):
        # The path names the format, and only the query overrides it.
        suffix, accept = None, FORMATS[first].media_type
    return negotiate(
        suffix=suffix,
        query={name.lower(): value for name, value in reversed(parse_qsl(request.query))},
        accept=accept,
        content_type=request.headers.get("content-type") or "",
        lenient=options.lenient_accept,
    )
