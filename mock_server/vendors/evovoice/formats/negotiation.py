"""Chooses the format: suffix, callback, `?format=`, Accept, default, in this order (FACTS.md E6.2)."""

import re
from collections.abc import Mapping

from mock_server.vendors.evovoice.formats import FORMATS, Format

_CALLBACK = re.compile(r"[A-Za-z_$][\w.$\[\]]*", re.ASCII)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_PREFERRED = ("html", "json", "xml", "jsv")  # tried before the others against the beginning of Accept


def split_suffix(path: str) -> tuple[str, str | None]:
    """Return the path without the suffix that names a format, and the format's name; None if there is none."""
    stripped = path.rstrip("/")
    before, dot, name = stripped.rpartition(".")
    name = name.lower()
    if not dot or name not in FORMATS or before.endswith("/") or not before:
        return path, None
    return before, name


def negotiate(
    *, suffix: str | None, query: Mapping[str, str], accept: str, content_type: str, lenient: bool
) -> tuple[Format, str | None]:
    """Return the format, and the callback to wrap JSON in. The names in `query` are in lower case."""
    if suffix is not None:
        return FORMATS[suffix], None
    callback = query.get("callback", "")
    if _CALLBACK.fullmatch(callback):
        return FORMATS["json"], callback
    named = FORMATS.get(query.get("format", "").partition(".")[0].lower())
    return named or _accepted(accept, content_type) or FORMATS["json" if lenient else "html"], None


def wrap_callback(name: str, body: bytes) -> bytes:
    """Return a script that calls `name` with the JSON."""
    return b"%b(%b)" % (name.encode(), body)


def _accepted(accept: str, content_type: str) -> Format | None:
    """Return the format that the beginning of Accept names. The header is not read as a list."""
    accept, sent = accept.strip().lower(), content_type.partition(";")[0].strip().lower()
    if accept == "*/*":
        return None if sent in _FORMS else next((form for form in FORMATS.values() if form.mime == sent), None)
    preferred = [FORMATS[name] for name in _PREFERRED]
    for form in sorted(preferred, key=lambda form: form.mime != sent) + list(FORMATS.values()):
        if accept.startswith(form.mime):
            return form
    return None
