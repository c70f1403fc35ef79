"""The limit on nested JSON, the same for request bodies, documents, faults and files.

Parsers accept about a thousand levels, the encoder 254 and Python's stack even fewer. The limit is checked on the text
before it is parsed, so that everything accepted can be stored, redacted and rendered.
"""

import re

DEEPEST = 100
ENVELOPE = 3
"""Levels that the control API puts around a document: `{"collections": {"name": [document]}}`."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_OPENING_AND_CLOSING = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))


def is_nested_deeper(text: bytes, levels: int = DEEPEST) -> bool:
    """Return whether JSON has more than `levels` nested arrays and objects.

    For text that is not JSON the result is arbitrary, since no parser accepts it.
    """
    if text.count(b"[") + text.count(b"{") <= levels:
        return False
    left = _STRING.sub(b"", text).translate(_OPENING_AND_CLOSING, _OTHERS)
    for _ in range(levels):
        rest = left.replace(b"[]", b"")  # the innermost level
        if len(rest) == len(left):
            return False
        left = rest
    return b"[]" in left
