"""What every answer carries: the negotiated format and the standing headers (facts E6)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.redaction import cached_by_query
from mock_server.core.vendor import Context, Request, Response
from mock_server.vendors.evovoice.formats import FORMATS, Format, Writing
from mock_server.vendors.evovoice.formats.negotiation import negotiate, split_suffix, wrap_callback
from mock_server.vendors.evovoice.models import DataType
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.evovoice.paging import ListResponse

Headers = tuple[tuple[str, str], ...]
Value = Mapping[str, Any] | ListResponse
_Written = tuple[bytes, str, Headers]

STANDING: Headers = (("Vary", "Accept"), ("X-Powered-By", "ServiceStack/6.11 (voice-session-emulator)"))


def reply(
    operation: str,
    kind: DataType,
    value: Value,
    request: Request,
    context: Context,
    headers: Headers = (),
    status: int = 200,
) -> Response:
    """Return the value in the format that the request asks for."""
    body, media_type, standing = _written(operation, kind, value, request, context)
    return Response(body, status, media_type, standing + headers)


def _written(operation: str, kind: DataType, value: Value, request: Request, context: Context) -> _Written:
    """The body, its media type, and the headers that go with it."""
    options: EvoVoiceOptions = context.options
    chosen, callback = asked_for(request, options)
    whole = value.members() if isinstance(value, ListResponse) else value
    body = chosen.write(kind, whole, Writing(operation, context.clock.now(), options.data_contract))
    if callback is not None:
        return wrap_callback(callback, body), "text/javascript", STANDING
    if chosen.name == "csv":
        disposition = ("Content-Disposition", f'attachment;filename="{operation}.csv"')
        return body, chosen.media_type, (*STANDING, disposition)
    return body, chosen.media_type, STANDING


def asked_for(request: Request, options: EvoVoiceOptions) -> tuple[Format, str | None]:
    """The format, and the name of the callback to wrap JSON in."""
    accept, sent = request.headers.get("accept") or "", request.headers.get("content-type") or ""
    return _negotiated(request.path, request.query, accept, sent, options.lenient_accept)


@cached_by_query(4096)
def _negotiated(path: str, query: str, accept: str, content_type: str, lenient: bool) -> tuple[Format, str | None]:
    first, _, rest = path.strip("/").lower().partition("/")
    suffix = split_suffix(path)[1]
    if first in FORMATS and rest.startswith("reply/"):
        # The route names the format, and only the query overrules it.
        suffix, accept = None, FORMATS[first].media_type
    names = {name.lower(): value for name, value in reversed(parse_qsl(query))}
    return negotiate(suffix=suffix, query=names, accept=accept, content_type=content_type, lenient=lenient)
