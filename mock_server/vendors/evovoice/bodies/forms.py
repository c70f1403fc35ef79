"""The fields of forms, URL-encoded or multipart; files among the parts are ignored (FACTS.md E2.16)."""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from mock_server.core.vendor import Request

_URL_ENCODED, _MULTIPART = MEDIA_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_MAX_PARTS = 1024  # ASP.NET Core's limit


def media_type(request: Request) -> str:
    """Return the media type of the body without parameters, in lower case."""
    return (request.headers.get("content-type") or "").partition(";")[0].strip().lower()


def fields(request: Request) -> list[tuple[str, str]]:
    """Return the names and texts of a form; none if the body is not a form. Raises ValueError."""
    kind = media_type(request)
    if kind == _URL_ENCODED:
        return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return _parts(request) if kind == _MULTIPART else []


def _parts(request: Request) -> list[tuple[str, str]]:
    boundary = parse_options_header(request.headers.get("content-type"))[1].get("boundary", "")
    if not boundary or not boundary.isascii():
        raise ValueError("Content-Type has no boundary of ASCII characters")
    parser = MultiPartParser(_memory, max_form_parts=_MAX_PARTS)
    try:
        form, _ = parser.parse(BytesIO(request.body), boundary.encode("ascii"), len(request.body))
    except RequestEntityTooLarge:
        raise ValueError(f"it has more than {_MAX_PARTS} parts") from None
    return [(name, text) for name, text in form.items(multi=True) if name]


def _memory(*_: Any, **__: Any) -> BytesIO:
    """Return the stream that an uploaded file is written to: memory, not the disk."""
    return BytesIO()
