"""Nesting is counted in the text, so that JSON that is nested too deeply is never parsed."""

import pytest

from mock_server.core.nesting import DEEPEST, is_nested_deeper


def arrays(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("text", "deeper"),
    [
        (b"", False),
        (b"{}", False),
        (arrays(DEEPEST), False),
        (arrays(DEEPEST + 1), True),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), True),
        (b'[{"a":' * 51 + b"1" + b"}]" * 51, True),
        (b'[{"a":' * 50 + b"1" + b"}]" * 50, False),
        (b"[" + b"[]," * 5_000 + b"[]]", False),
        (b"[" + arrays(DEEPEST - 1) + b"," + arrays(DEEPEST) + b"]", True),
        (b" [\n" * 101 + b" ]\t" * 101, True),
        (b'"' + arrays(500) + b'"', False),
        (b'{"' + arrays(500) + b'": "\\"' + arrays(500) + b'"}', False),
        (b'["\\\\", ' + arrays(DEEPEST) + b"]", True),
        (b"[" * 100_000, False),
        (b"]" * 100_000 + b"[" * 100_000, False),
        (b'"\\' + b'\\"' * 400_000 + arrays(500), False),
    ],
)
def test_levels_inside_strings_do_not_count(text: bytes, deeper: bool) -> None:
    assert is_nested_deeper(text) is deeper


@pytest.mark.parametrize(("levels", "deeper"), [(3, False), (2, True)])
def test_the_limit_is_a_parameter(levels: int, deeper: bool) -> None:
    assert is_nested_deeper(b'{"a":{"b":[]}}', levels) is deeper
