"""What every answer carries: the negotiated format and the standing headers (facts E6)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.vendor import Answer, Request, Surroundings
from mock_server.vendors.evovoice.formats import FORMATS, Format, Writing
from mock_server.vendors.evovoice.formats.negotiation import negotiate, split_suffix, wrap_callback
from mock_server.vendors.evovoice.models import DataType
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.evovoice.paging import ListResponse

Headers = tuple[tuple[str, str], ...]
Value = Mapping[str, Any] | ListResponse

STANDING: Headers = (("Vary", "Accept"), ("X-Powered-By", "ServiceStack/6.11 (voice-session-emulator)"))


def reply(
    kind: DataType,
    value: Value,
    request: Request,
    surroundings: Surroundings,
    *,
    operation: str,
    status: int = 200,
    headers: Headers = (),
) -> Answer:
    """The value in the format that the request asks for."""
    options: EvoVoiceOptions = surroundings.options
    chosen, callback = asked_for(request, options)
    if isinstance(value, ListResponse) and not chosen.dated:
        how = (value.command, chosen.name, options.data_contract)
        body = value.page.written.recall(how, _written, chosen, kind, value, operation, surroundings)
    else:
        body = _written(chosen, kind, value, operation, surroundings)
    if callback is not None:
        return Answer(wrap_callback(callback, body), status, "text/javascript", STANDING + headers)
    if chosen.name == "csv":
        headers = (*headers, ("Content-Disposition", f'attachment;filename="{operation}.csv"'))
    return Answer(body, status, chosen.media_type, STANDING + headers)


def _written(chosen: Format, kind: DataType, value: Value, operation: str, surroundings: Surroundings) -> bytes:
    whole = value.members() if isinstance(value, ListResponse) else value
    writing = Writing(operation, surroundings.clock.now(), surroundings.options.data_contract)
    return chosen.write(kind, whole, writing)


def asked_for(request: Request, options: EvoVoiceOptions) -> tuple[Format, str | None]:
    """The format, and the name of the callback to wrap JSON in."""
    accept, sent = request.headers.get("accept") or "", request.headers.get("content-type") or ""
    return _negotiated(request.path, request.query, accept, sent, options.lenient_accept)


@lru_cache(maxsize=4096)
def _negotiated(path: str, query: str, accept: str, content_type: str, lenient: bool) -> tuple[Format, str | None]:
    first, _, rest = path.strip("/").lower().partition("/")
    suffix = split_suffix(path)[1]
    if first in FORMATS and rest.startswith("reply/"):
        # The route names the format, and only the query overrules it.
        suffix, accept = None, FORMATS[first].media_type
    names = {name.lower(): value for name, value in reversed(parse_qsl(query))}
    return negotiate(suffix=suffix, query=names, accept=accept, content_type=content_type, lenient=lenient)
