"""What Vapi has in each of the named worlds."""

from mock_server.core.clock import format_instant
from mock_server.core.store import Document
from mock_server.core.vendor import Shape
from mock_server.vendors.vapi.seeding.edge_cases import EDGE_CASES

_HOUR, _DAY, _MINUTE = 3_600_000, 86_400_000, 60_000
_NAMES = (
    "Größe ändern",
    "サイズ交換",
    "تبديل الموعد",
    "Ωmega & Söhne",
    "👋🏽 Rückruf",
    "Zoë’s café",
    "Иванов, Пётр",
    "한국어 예약",
)


def _tied(session: Document, _: int, now: int) -> Document:
    moment = format_instant(now - _HOUR)
    return {**session, "createdAt": moment, "updatedAt": moment}


def _unicode(session: Document, number: int, _: int) -> Document:
    name = _NAMES[number % len(_NAMES)]
    return {**session, "name": name, "customer": {**(session.get("customer") or {}), "name": name}}


def _expired(session: Document, number: int, now: int) -> Document:
    """Every other one was completed by its time; the rest fall due one a minute."""
    last = now - _DAY + (number // 2 + 1) * _MINUTE
    if number % 2:
        last -= 2 * _DAY
    moment = format_instant(last)
    status = "completed" if number % 2 else "active"
    return {**session, "createdAt": moment, "updatedAt": moment, "expirationSeconds": 86_400, "status": status}


SHAPES = {
    "empty": Shape(0),
    "one": Shape(1),
    "page": Shape(100),
    "page-plus-one": Shape(101),
    "ties": Shape(30, _tied),
    "unicode": Shape(2 * len(_NAMES), _unicode),
    "expired": Shape(20, _expired),
    "near-miss": Shape(len(EDGE_CASES)),
    "demo": Shape(250),
    "10k": Shape(10_000),
}
