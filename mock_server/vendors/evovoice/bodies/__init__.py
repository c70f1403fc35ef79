"""A request's body in each of the formats that the framework reads: one module each, chosen by Content-Type."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from mock_server.core.problems import Kind, Problem
from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.bodies import csv, forms, json, jsv, xml
from mock_server.vendors.evovoice.contract import Contract, Sent

_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_JSON = "application/json"
_READERS: Mapping[str, Callable[[bytes, Contract], Iterable[Sent]]] = {
    "": json.read,
    _JSON: json.read,
    "text/json": json.read,
    "text/jsonl": json.read,
    "application/jsv": jsv.read,
    "text/jsv": jsv.read,
    "application/xml": xml.read,
    "text/xml": xml.read,
    "text/csv": csv.read,
}
_SEND = f"send {_JSON}, application/xml, application/jsv, text/csv or a form"


def read_body(request: Request, contract: Contract) -> tuple[Sequence[Sent], Sequence[tuple[str, str]]]:
    """Return the members of a body, and the fields of a form. Raises Problem for a body that cannot be read."""
    if request.method in _BODILESS or not request.body:
        return (), ()
    kind = forms.media_type(request)
    try:
        if kind in forms.MEDIA_TYPES:
            return (), forms.fields(request)
        reader = _READERS.get(kind)
        if reader is None:
            raise Problem(Kind.UNSUPPORTED_MEDIA, f"Content-Type '{kind}' is not supported; {_SEND}")
        return tuple(reader(request.body, contract)), ()
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Problem(
            Kind.MALFORMED, f"Could not deserialize '{kind or _JSON}' request using {contract.name}'\nError: {why}"
        ) from error
