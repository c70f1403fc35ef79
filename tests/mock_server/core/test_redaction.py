"""What is hidden keeps its kind, and what is shown has no credentials in it."""

from typing import Any

import pytest
from pydantic import BaseModel

from mock_server.core.defects import describe_defect
from mock_server.core.faults import Act
from mock_server.core.redaction import (
    UNREADABLE,
    Names,
    Redactor,
    names_of,
    shown_fault,
    shown_headers,
    shown_text,
    sounds_secret,
)

NAMES = Names(("name", "items", "Token", "count", "url"), free=("metadata",))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"name": "a", "NAME": 1}, {"name": "a", "NAME": 1}),
        ({"other": "a"}, {"other": "***"}),
        (
            {"other": [1, 2.5, None, True, "", {"name": "a"}]},
            {"other": ["***", "***", None, True, "", {"name": "***"}]},
        ),
        ({"items": ["a", {"name": "a", "b": "c"}]}, {"items": ["a", {"name": "a", "b": "***"}]}),
        ({"token": "a"}, {"token": "***"}),
        ({"metadata": {"a": ["b"], "apiKey": {"a": "b"}}}, {"metadata": {"a": ["b"], "apiKey": {"a": "***"}}}),
        ({"metadata": "https://u:p@here/a?b#c"}, {"metadata": "https://here/a?***"}),
        (
            {"url": "user:password@here", "metadata": {"hookUrl": "//a:b@c"}},
            {"url": "***", "metadata": {"hookUrl": "***"}},
        ),
        ({"url": "", "metadata": {"hookUrl": "http://a/?b"}}, {"url": "", "metadata": {"hookUrl": "http://a/?***"}}),
        (["a", {"name": "a"}], ["***", {"name": "a"}]),
        ("a", "***"),
        (None, None),
    ],
)
def test_a_hidden_value_keeps_its_kind(value: Any, shown: Any) -> None:
    assert NAMES.of_value(value) == shown


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe{\0}\0", b"a=b", b"[" * 500 + b"]" * 500, b'{"a":1e999}', b"<a/>"])
def test_what_is_not_json_is_hidden_as_a_whole(text: bytes) -> None:
    assert NAMES.of_json(text) == UNREADABLE
    assert NAMES.of_json(b"") == b""


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("name=a+b%20c&count=1&", "name=a+b%20c&count=1&"),
        ("n%61me=a&other=b", "n%61me=a&other=***"),
        ("metadata[a]=1&metadata.secret=1&name[0]=1", "metadata[a]=1&metadata.secret=***&name[0]=1"),
        ("other&other=&name&name=", "***&***&name&name="),
        ("name=a;token=b", "name=a%3Btoken%3D***"),
        ("c2VjcmV0==", "***"),
        ('{"x":{"y":"vault"}}', "***"),
        ('{"url":"https://h/a?b=1"}', "***"),
        ("<P>vault</P><X a='1'/>", "***"),
    ],
)
def test_a_query_keeps_the_spelling_of_what_is_shown(query: str, shown: str) -> None:
    assert [NAMES.of_query(query) for _ in range(2)] == [shown, shown]
    assert NAMES.shows_all(query) is (query == shown)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (("name",), "a"), (("items", "name"), "a"), (("items", "other"), "***"), (("metadata", "x", "y"), "a"),
        (("metadata", "x", "pin"), "***"), (("items", "1"), "***"), (("items", "metadata.x"), "***"),
        (("items", ".."), "***"),
    ],
)  # fmt: skip
def test_a_member_is_shown_by_the_names_that_lead_to_it(place: tuple[str, ...], shown: str) -> None:
    assert NAMES.at(place, "a") == shown


def test_a_url_is_shown_without_its_query_whatever_is_in_it() -> None:
    assert NAMES.at(("metadata", "url"), "https://h/a'b?sig=c") == "https://h/a'b?***"


@pytest.mark.parametrize(
    "name",
    [
        "secret", "clientSecret", "password", "passphrase", "token", "refreshToken", "accessTokens", "tokens", "apiKey",
        "api_keys", "x-api-key", "privateKey", "accessKeyId", "key", "sshKey", "bearer", "auth", "jwt", "pin", "sig",
        "credentials", "authorization", "Cookie", "headers",
    ],
)  # fmt: skip
def test_names_that_sound_secret(name: str) -> None:
    assert sounds_secret(name)


@pytest.mark.parametrize("name", ["name", "promptTokens", "monkey", "author", "keyword", "pinned", "spinner", "codes"])
def test_names_that_do_not(name: str) -> None:
    assert not sounds_secret(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Reset the password today", "Reset the password today"),
        ("see https://u:p@here.example/a?b=c.", "see https://here.example/a?***"),
        ("https://[ https://u:p@[", "https://[ ***"),
        ("token: abc, more", "token: ***, more"),
        ('{"api_key":"abc"}', '{"api_key":"***"}'),
        ("Authorization: Basic abc\nnext", "Authorization: ***\nnext"),
        ("a Bearer abc b", "a Bearer *** b"),
        ("sip:desk:abc@here.example, sip:desk@here.example", "sip:desk:***@here.example, sip:desk@here.example"),
        ("tokens" * 20_000 + "=", "tokens" * 20_000 + "="),
    ],
    ids=range(9),
)
def test_a_shown_text_has_no_credentials(text: str, shown: str) -> None:
    assert shown_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("error=429; times=1; id=a", "error=429; times=1; id=***"),
        ("drop;id = a", "drop; id=***"),
        ("a; b=c", "***; ***"),
        ("delay=abc", "delay=***"),
    ],
)
def test_a_fault_is_shown_without_free_text(text: str, shown: str) -> None:
    assert shown_fault(text) == shown


@pytest.mark.parametrize("name", [*(set(Act.model_fields) - {"limit"}), "times"])
def test_each_part_of_a_fault_is_shown(name: str) -> None:
    assert shown_fault(f"{name}=1;{name.replace('_', '-')} = 2.5") == f"{name}=1; {name.replace('_', '-')}=2.5"


def test_headers_are_shown_by_a_table() -> None:
    sent = {"accept": "*/*", "x-own": "a", "authorization": "Bearer a", "cookie": "a=b", "content-length": "5"}

    assert shown_headers(sent) == {"Accept": "*/*", "X-Own": "***", "Authorization": "Bearer ***", "Cookie": "***"}


def test_without_vendors_nothing_is_shown() -> None:
    redactor = Redactor((), ("limit",))

    assert redactor.names("acme").of_value({"a": "b"}) == {"a": "***"}
    assert redactor.document_names("acme.rows").of_value({"a": "b"}) == {"a": "***"}
    assert redactor.of_address("/acme", "limit=1&a=b") == ("/acme", "limit=1&a=***")


class Inner(BaseModel):
    """A model in a model."""

    b: "list[Inner] | None" = None


class Outer(BaseModel):
    """A model with models in it."""

    a: dict[str, Any]
    inner: list[Inner] | None = None


def test_the_names_of_models_are_those_of_all_models_in_them() -> None:
    assert names_of(Outer, Outer) == {"a", "inner", "b"}


def test_a_defect_is_described_without_its_message() -> None:
    try:
        try:
            {}["s3cret"]
        except KeyError as error:
            raise ValueError("s3cret") from error
    except ValueError as error:
        described = describe_defect(error)

    assert "s3cret" not in described
    assert described.startswith("ValueError")
    assert "after KeyError" in described
    assert "test_redaction.py" in described
