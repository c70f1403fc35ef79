"""Which operation a request is for: paths in any case, format suffixes, other methods (FACTS.md E2.12, E6.1)."""

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.bodies import forms
from mock_server.vendors.evovoice.formats.negotiation import split_suffix

_OVERRIDE = "x-http-method-override"


def rewriter(paths: Iterable[str]) -> Callable[[Request], tuple[str, str]]:
    """Return a function that gives the method and the path of a request as the operations spell them."""
    templates = [path.strip("/").split("/") for path in paths]

    def rewrite(request: Request) -> tuple[str, str]:
        return _method(request), _path(request.path, templates)

    return rewrite


def _path(path: str, templates: Iterable[list[str]]) -> str:
    """Return the path without suffix and repeated slashes, its fixed segments spelled as in the template that fits."""
    first, *others = filter(None, split_suffix(path)[0].split("/"))
    segments = [first.lower(), *others]
    for template in templates:
        if len(template) == len(segments):
            spelled = [sent if "<" in fixed else fixed for fixed, sent in zip(template, segments, strict=True)]
            if [word.lower() for word in spelled] == [word.lower() for word in segments]:
                return "/" + "/".join(spelled)
    return "/" + "/".join(segments)


def _method(request: Request) -> str:
    """Return the method that overrides the one that was sent, if any: header before query before form field."""
    header = request.headers.get(_OVERRIDE)
    if header:
        return header.upper()
    for name, value in (*parse_qsl(request.query), *_form_fields(request)):
        if value and name.lower() == _OVERRIDE:
            return value.upper()
    return request.method


def _form_fields(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form; none if it cannot be read, which is reported when the body is bound."""
    try:
        return forms.fields(request)
    except ValueError:
        return []
