"""Which operation a request is for: paths in any case, suffixes, other verbs (facts E2, E6)."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import parse_qsl

from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.bodies import forms
from mock_server.vendors.evovoice.formats.negotiation import split_suffix

_OVERRIDE = "x-http-method-override"


def rewriter(paths: Iterable[str]) -> Callable[[Request], tuple[str, str]]:
    """What finds the method and the path, as one of `paths` spells it, that a request means."""
    templates = [path.strip("/").split("/") for path in paths]

    @lru_cache(maxsize=4096)
    def place(path: str) -> str:
        first, *others = filter(None, split_suffix(path)[0].split("/"))
        segments = [first.lower(), *others]
        spellings = (_spelled(template, segments) for template in templates)
        return "/" + "/".join(next(filter(None, spellings), segments))

    def rewrite(request: Request) -> tuple[str, str]:
        plain = _OVERRIDE not in request.headers and not request.body and _OVERRIDE not in request.query.lower()
        return request.method if plain else _verb(request), place(request.path)

    return rewrite


def _spelled(template: list[str], segments: list[str]) -> list[str] | None:
    """The segments with the fixed ones as the template has them, or None if it does not fit."""
    if len(template) != len(segments):
        return None
    spelled = [sent if "<" in fixed else fixed for fixed, sent in zip(template, segments, strict=True)]
    return spelled if [word.lower() for word in spelled] == [word.lower() for word in segments] else None


def _verb(request: Request) -> str:
    """Header before query before form; whatever was sent stands in for the verb."""
    header = request.headers.get(_OVERRIDE)
    if header:
        return header.upper()
    for name, value in (*parse_qsl(request.query), *_fields(request)):
        if value and name.lower() == _OVERRIDE:
            return value.upper()
    return request.method


def _fields(request: Request) -> list[tuple[str, str]]:
    """The fields of a form; none of one that cannot be read, which is refused later."""
    try:
        return forms.fields(request)
    except ValueError:
        return []
