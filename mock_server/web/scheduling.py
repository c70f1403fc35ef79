"""Which requests may take long, decided from the request line and headers before the request runs.

Short requests run on the event loop, since Python threads contend for the global interpreter lock (GIL); a long one
there would make every client wait, so it gets a worker thread.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mock_server.core.faults import HEADER as FAULT
from mock_server.core.vendor import Vendor
from mock_server.web.requests import first_segment, wsgi_text
from mock_server.web.worlds import TOKEN, WORLD, Worlds

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_CONTROL = "_mock/"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_ROWS = 200
_LARGE_BODY = 64 << 10  # bytes; to check a larger one may take long
_NAMES_A_FAULT, _NAMES_A_WORLD = (f"HTTP_{name.upper().replace('-', '_')}" for name in (FAULT, WORLD))

NeedsWorker = Callable[["WSGIEnvironment"], bool]


def make_needs_worker(vendors: Sequence[Vendor], worlds: Worlds, *, durable: bool) -> NeedsWorker:
    """Return a function that returns whether a request may take long.

    It may when it is to the control API, changes a file, has a large body, asks for many rows or for a slow operation,
    names a world, which may have to be made, or meets a fault; and when sessions have expired, which have to be
    completed first.
    """
    vendor_of = {prefix: vendor for vendor in vendors for prefix in vendor.prefixes}
    slow = {operation.path for vendor in vendors for operation in vendor.operations if operation.slow}

    def needs_worker(environ: "WSGIEnvironment") -> bool:
        path = environ["PATH_INFO"]
        return (
            (durable and environ["REQUEST_METHOD"] not in _READING)
            or int(environ.get("CONTENT_LENGTH") or 0) > _LARGE_BODY
            or path.lstrip("/").startswith(_CONTROL)  # Flask merges leading slashes
            or "/" + path.strip("/") in slow
            or _NAMES_A_FAULT in environ
            or _NAMES_A_WORLD in environ
            or environ.get("HTTP_AUTHORIZATION", "").startswith(TOKEN)
            or _asks_for_many(path, environ["QUERY_STRING"])
            or bool(worlds.default.faults.rules)
            or any(emulation.is_due() for emulation in worlds.default.emulations.values())
        )

    def _asks_for_many(path: str, query: str) -> bool:
        vendor = vendor_of.get(first_segment(path).lower()) if query else None
        return vendor is not None and vendor.rows_asked(wsgi_text(query)) > _MOST_ROWS

    return needs_worker
