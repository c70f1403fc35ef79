"""What Vapi has in each of the named worlds."""

from mock_server.core.clock import format_instant, parse_instant
from mock_server.core.store import Document
from mock_server.core.vendor import Preset
from mock_server.vendors.vapi.seeding.edge_cases import EDGE_CASES

_HOUR, _DAY, _MINUTE = 3_600_000, 86_400_000, 60_000
_NAMES = (  # of the session, and of the customer
    ("Größe ändern", "Jörg Weiß"),
    ("サイズ交換", "村上 桃子"),
    ("تبديل الموعد", "ليلى حداد"),
    ("Ωmega-Bestellung", "Ωmega & Söhne"),
    ("👋🏽 Rückruf", "Zoë 👋🏽"),
    ("Zoë’s café", "Zoë O’Hara"),
    ("Счёт за март", "Иванов, Пётр"),
    ("한국어 예약", "김민준"),
)


def _tied(session: Document, _: int, now: int) -> Document:
    return _moved(session, now - _HOUR)


def _unicode(session: Document, number: int, _: int) -> Document:
    name, customer = _NAMES[number % len(_NAMES)]
    return {**session, "name": name, "customer": {**(session.get("customer") or {}), "name": customer}}


def _expired(session: Document, number: int, now: int) -> Document:
    """Return every second session as expired and completed; the others expire one a minute."""
    last = now - _DAY + (number // 2 + 1) * _MINUTE
    if number % 2:
        last -= 2 * _DAY
    status = "completed" if number % 2 else "active"
    return {**_moved(session, last), "expirationSeconds": 86_400, "status": status}


def _moved(session: Document, instant: int) -> Document:
    """Return the session moved to another time, with the times of its messages."""
    later = instant - parse_instant(session["createdAt"])
    moved = {**session, "createdAt": format_instant(instant), "updatedAt": format_instant(instant)}
    if "messages" in session:
        moved["messages"] = [
            {key: value + later if key in ("time", "endTime") else value for key, value in message.items()}
            for message in session["messages"]
        ]
    if "artifact" in session:
        moved["artifact"] = {**session["artifact"], "structuredOutputsLastUpdatedAt": moved["updatedAt"]}
    return moved


PRESETS = {
    "empty": Preset(0),
    "one": Preset(1),
    "page": Preset(100),
    "page-plus-one": Preset(101),
    "ties": Preset(30, _tied),
    "unicode": Preset(2 * len(_NAMES), _unicode),
    "expired": Preset(20, _expired),
    "near-miss": Preset(len(EDGE_CASES)),
    "demo": Preset(250),
    "10k": Preset(10_000),
}
