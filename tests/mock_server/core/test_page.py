"""A page that is asked for again is not written again, and never given to who asked for another."""

from collections.abc import Callable

import pytest

from mock_server.core.query import Page


@pytest.fixture
def page() -> Page:
    return Page(rows=(b"{}",), total=1, more=False, last=None)


class Pen:
    """Writes another text each time."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return b"text %d" % self.times


def texts(page: Page, *how: object, write: Callable[[], bytes]) -> list[bytes]:
    return [text(page, wanted, write) for wanted in how]


def text(page: Page, how: object, write: Callable[[], bytes]) -> bytes:
    kept: bytes | None = page.written.again(how)
    if kept is None:
        kept = write()
        page.written.keep(how, kept, len(kept))
    return kept


def test_a_page_is_written_twice_and_then_kept(page: Page) -> None:
    assert texts(page, "json", "json", "json", "json", write=Pen()) == [b"text 1", b"text 2", b"text 2", b"text 2"]


def test_another_way_of_writing_it_is_another_text(page: Page) -> None:
    assert texts(page, "json", "json", "csv", "csv", "csv", "json", write=Pen()) == [
        b"text 1", b"text 2", b"text 3", b"text 4", b"text 4", b"text 5",
    ]  # fmt: skip


def test_a_long_text_is_not_kept(page: Page) -> None:
    pen = Pen()
    long = texts(page, *["json"] * 4, write=lambda: pen() * 100_000)
    assert [text[:6] for text in long] == [b"text 1", b"text 2", b"text 3", b"text 4"]
