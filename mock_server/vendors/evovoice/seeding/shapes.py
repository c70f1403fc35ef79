"""What Evo Voice has in each of the named worlds."""

from mock_server.core.clock import format_instant
from mock_server.core.store import Document
from mock_server.core.vendor import Shape

_HOUR = 3_600_000
_PURPOSES = (
    "Größe der Warteschlange ändern", "営業時間を変更する", "غيّر رسالة الترحيب", "Ask Zoë’s café to ring back 👋🏽",
    "Сменить приветствие", "점심시간에 닫기",
)  # fmt: skip


def _tied(session: Document, _: int, now: int) -> Document:
    moment = format_instant(now - _HOUR)
    return {**session, "dateCreated": moment, "dateLastModified": moment}


def _unicode(session: Document, number: int, _: int) -> Document:
    return {**session, "purpose": _PURPOSES[number % len(_PURPOSES)]}


SHAPES = {
    "empty": Shape(0),
    "one": Shape(1),
    "page": Shape(25),
    "page-plus-one": Shape(26),
    "ties": Shape(30, _tied),
    "unicode": Shape(2 * len(_PURPOSES), _unicode),
    "expired": Shape(20),
    "near-miss": Shape(40),
    "demo": Shape(250),
    "10k": Shape(10_000),
}
