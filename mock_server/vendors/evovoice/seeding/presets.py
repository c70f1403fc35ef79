"""The sessions of Evo Voice in each of the named worlds."""

from mock_server.core.clock import format_instant
from mock_server.core.store import Document
from mock_server.core.vendor import Preset
from mock_server.vendors.evovoice.seeding.sessions import ODD_PURPOSES

_HOUR = 3_600_000
_PURPOSES = (
    "Größe der Warteschlange ändern", "営業時間を変更する", "غيّر رسالة الترحيب", "Ask Zoë’s café to ring back 👋🏽",
    "Сменить приветствие", "점심시간에 닫기",
)  # fmt: skip
_MISTAKEN = (
    *ODD_PURPOSES,
    "Change the greeting",
    "Change the greeting.",
    "Change the greetings",
    " Change the greeting",
    "Close at 5 pm",
    "Close at 5:30 pm",
    "close at 5 pm",
    "=2+5",
    "true",
)
_DATES = ("dateCreated", "dateLastModified")


def _tied(session: Document, _: int, now: int) -> Document:
    moment = format_instant(now - _HOUR)
    tied = {key: moment if key in _DATES else value for key, value in session.items()}
    if "actions" in session:
        tied["actions"] = [{**action, "date": moment} for action in session["actions"]]
    return tied


def _with_purpose(session: Document, purpose: str) -> Document:
    """Return the session with another purpose, and without the actions of the old one."""
    return {
        key: purpose if key == "purpose" else value for key, value in session.items() if key not in ("actions", "log")
    }


def _unicode(session: Document, number: int, _: int) -> Document:
    return _with_purpose(session, _PURPOSES[number % len(_PURPOSES)])


def _near_miss(session: Document, number: int, _: int) -> Document:
    """Return every other session with a purpose that is easily mistaken for another one, or for another type."""
    return _with_purpose(session, _MISTAKEN[number // 2]) if number % 2 else session


PRESETS = {
    "empty": Preset(0),
    "one": Preset(1),
    "page": Preset(25),
    "page-plus-one": Preset(26),
    "ties": Preset(30, _tied),
    "unicode": Preset(2 * len(_PURPOSES), _unicode),
    "expired": Preset(20),
    "near-miss": Preset(2 * len(_MISTAKEN), _near_miss),
    "demo": Preset(250),
    "10k": Preset(10_000),
}
