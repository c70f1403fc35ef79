"""How deeply JSON may be nested: one limit for request bodies, documents, faults and files.

Parsers take about a thousand levels, the encoder 254 and Python's own stack fewer still. The limit is checked before
anything is done with a text, so that what was taken can be stored, redacted and shown.
"""

import re

DEEPEST = 100
ENVELOPE = 3
"""Levels that the control API puts around a document: `{"collections": {"name": [document]}}`."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_OPENING_AND_CLOSING = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))


def is_nested_deeper(text: bytes, levels: int = DEEPEST) -> bool:
    """Return whether JSON has more than `levels` arrays and objects within each other.

    What is not JSON may be judged either way: no parser takes it.
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
