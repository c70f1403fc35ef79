"""Strict parsing of URLs and hosts."""

import pytest

from mock_server.core.urls import is_loopback, parse_authority, parse_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://a.example", ("https", "a.example", None, "a.example", "", "")),
        ("HTTP://LocalHost:80/A?b=C#d", ("http", "localhost", 80, "LocalHost:80", "/A", "?b=C")),
        ("http://u:p@127.0.0.1:9/x?y", ("http", "127.0.0.1", 9, "127.0.0.1:9", "/x", "?y")),
        ("http://[0:0::1]:8/", ("http", "::1", 8, "[0:0::1]:8", "/", "")),
        ("https://bücher.example./", ("https", "xn--bcher-kva.example", None, "bücher.example.", "/", "")),
        ("wss://a_b.example:/?", ("wss", "a_b.example", None, "a_b.example:", "/", "?")),
    ],
)
def test_parses_a_url(text: str, parts: tuple[object, ...]) -> None:
    assert parse_url(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "https:", "https://", "https:///a", "//a.example", "a.example", "https://[", "https://[::1", "https://]",
        "https://[::1]]", "https://[a]", "https://[127.0.0.1]", "https://a[::1]", "https://a:b", "https://a:99999",
        "https://a:-1", "https://a b", "https://a/b c", "https://a/\0", "https://a/\n", " https://a", "https://a ",
        "https://a..b", "https://.a", "https://" + "a" * 64, "https://a\\b", "https://@", "https://u@", "https://%61",
        "https://a:1:2", "https://u@v@a", "https://[::1%25lo]", "https://\ud800", "https://-",
    ],
)  # fmt: skip
def test_rejects_text_that_is_not_a_url(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|illegal|label|address|Only|At least|Expected|surrogates|idna"):
        parse_url(text)


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("localhost", True), ("LOCALHOST.", True), ("api.localhost", True), ("127.9.9.9", True), ("[::1]", True),
        ("localhost.example", False), ("10.0.0.1", False), ("[::2]", False), ("0.0.0.0", False), ("127.1", False),
    ],
)  # fmt: skip
def test_recognises_loopback_hosts(text: str, here: bool) -> None:
    assert is_loopback(parse_authority(text)[0]) is here
